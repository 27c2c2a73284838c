// What is in a network file, in words that scripts rely on (CLI.md, `inspect`): configuration, layers, other networks.
// Looks at names, shapes and plain values; builds no generator and copies no weights.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/model/layer_schedule.h"

namespace afs {

struct Description {
    // kind ("generator", "network", "tensors"), format, config, img_resolution, img_channels, z_dim, c_dim, w_dim,
    // num_ws, num_params, layers, networks, training_set_kwargs. `config` is the preset's name or "custom". Where the
    // file holds no generator the keys that describe one are null and `layers` is empty; every network of `networks`
    // has name, class, num_params and num_tensors, and where there is no generator also `tensors` (name, dtype, shape;
    // the first thousand).
    Json json;
    std::vector<std::string> warnings;
};

// `which`: whose configuration and layers are described where there are several: "G_ema", else "G". Throws Error{file,
// format, network}, also for a generator whose tensors and configuration disagree.
[[nodiscard]] Description describe_network_file(const std::filesystem::path& path, const std::string& which = "G_ema");

// One row of the schedule as `inspect` prints it.
[[nodiscard]] Json layer_json(const LayerSpec& layer);

}  // namespace afs
