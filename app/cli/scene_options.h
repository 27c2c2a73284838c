// The options of `images` that edit a scene, spelled as the official scripts spell them.
#pragma once

#include <CLI/App.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/scene/scene.h"

namespace afs::cli {

struct SceneOptions {
    std::string network, translate, noise_mode = "const", layer;
    std::string latent_plane, blend;
    std::vector<std::string> mixes;
    std::optional<int> class_index, truncation_cutoff;
    double psi = 1.0, rotate_deg = 0.0, scale = 1.0, shear = 0.0, gain_db = 0.0;
    std::uint32_t noise_seed = 0;
    std::int64_t noise_frame = 0;
    int base_channel = 0, channels = 3;
    bool round_to_pixel = false, no_normalize = false;

    void add(CLI::App& app);

    // The scene but for its seed. Throws CLI::ValidationError for values that cannot be parsed.
    [[nodiscard]] Scene scene() const;
};

}  // namespace afs::cli
