// Writing network files: our native safetensors, and PyTorch state dictionaries with the official names
// (docs/file-formats.md). Torch-free; tensors are streamed from wherever they lie.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/base/json.h"
#include "core/formats/network_archive.h"

namespace afs {

struct SavedNetwork {
    std::string name;        // "G_ema", "G", "D", "augment_pipe"; empty for tensors that belong to no known network
    std::string class_name;  // "Generator"; may be empty
    Json config;             // to_json(GeneratorConfig); null for other classes
    Json init_kwargs;        // as an official file gave them; null when there are none
    Json attributes;         // likewise
    std::vector<NamedTensor> tensors;
};

struct NetworksToSave {
    std::vector<SavedNetwork> networks;
    Json training_set_kwargs;  // null when there are none
    Json texts;  // object of further metadata texts ("afs.label": shown as the network's name); may be null
};

// By the ending of `path`: .safetensors with the network's name before every tensor's ("G_ema.synthesis.input.weight"),
// or .pt, where a single network's tensors have their official names alone ("synthesis.input.weight", what PyTorch's
// load_state_dict takes). Both carry the configuration. Keeps every type and bit. Atomic. Throws Error{argument} for
// another ending, Error{file}.
void save_networks(const std::filesystem::path& path, const NetworksToSave& what, Overwrite overwrite);

// Throws what save_networks would throw about the path: call it before long work.
void check_may_save_networks(const std::filesystem::path& path, Overwrite overwrite);

}  // namespace afs
