// Dictionaries of tensors without modules (.pt, .pth, .safetensors): flattened to dotted names and told apart by the
// network's name in front.
#pragma once

#include "core/formats/network_archive.h"
#include "core/formats/pickle_graph.h"

namespace afs {

// "G_ema.x" goes to the network "G_ema" as "x"; likewise "G.", "D.", "augment_pipe."; all others to the network "".
// Names must be unique. Networks appear in the order of their first tensor.
[[nodiscard]] std::vector<std::pair<std::string, NetworkRecord>> split_networks(std::vector<NamedTensor> tensors);

// A pickled dictionary, possibly nested: {"G_ema": {"x": tensor}} is {"G_ema.x": tensor}. Values that are no tensors
// are left out. Throws Error{format} when there is no tensor at all or a name occurs twice.
[[nodiscard]] std::vector<NamedTensor> flatten_dictionary(PickleGraph& graph, const PickleNode& root);

}  // namespace afs
