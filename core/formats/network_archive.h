// What a network file holds, whatever its format: networks as named tensors plus the plain values that configure them.
// Reading one executes nothing and builds no network; core/model turns an archive into a `Network` and judges it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/formats/tensor_data.h"

namespace afs {

struct NamedTensor {
    std::string name;  // dotted: "synthesis.L0_36_512.weight"
    TensorData tensor;
    bool parameter = true;  // false: a buffer
};

// One network of a file (G, D, G_ema, augment_pipe).
struct NetworkRecord {
    std::string class_name;  // "Generator", "Discriminator"; empty where the format has none (state dictionaries)
    Json init_kwargs;        // object: the configuration as the file gives it; null where the format has none
    Json attributes;  // object: plain attributes of the top-level module (z_dim, img_resolution, ...); may be empty
    std::vector<std::pair<std::string, std::string>>
        modules;                       // (dotted path, class) of every sub-module, in the file's order
    std::vector<NamedTensor> tensors;  // in the file's order; names are unique

    [[nodiscard]] const NamedTensor* find(std::string_view name) const;
};

struct NetworkArchive {
    std::string format;  // "pickle", "torch-zip", "torch-legacy" (.pt of PyTorch before 1.6), "safetensors"
    // "G", "D", "G_ema", "augment_pipe"; in the file's order. Formats of plain tensors tell networks apart by the
    // prefix of their names ("G_ema.synthesis.input.weight"); what has no such prefix is the network "".
    std::vector<std::pair<std::string, NetworkRecord>> networks;
    std::vector<std::string> absent;  // keys that the file holds with the value None
    Json training_set_kwargs;         // null when absent
    Json metadata;  // object of texts: safetensors' string map, or afs_config.json of a torch-zip; else null

    [[nodiscard]] const NetworkRecord* find(std::string_view name) const;
};

// The format is found from the bytes, not from the file's name. Throws Error{file} or Error{format}; nothing in the
// file is ever executed. Tensors refer to the mapped file where the format allows it.
[[nodiscard]] NetworkArchive read_network_archive(const std::filesystem::path& path);

// The same from memory: `owner` keeps `bytes` alive for the tensors; `display` names the file in errors.
[[nodiscard]] NetworkArchive read_network_archive(Bytes bytes, const std::shared_ptr<const void>& owner,
                                                  const std::string& display);

}  // namespace afs
