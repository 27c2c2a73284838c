// Official snapshots: a pickled dictionary of networks (SPEC 17). Their source texts are ignored; modules become dotted
// names in the order in which PyTorch lists them: a module's parameters, its buffers, then its sub-modules.
#pragma once

#include "core/formats/network_archive.h"
#include "core/formats/pickle_graph.h"

namespace afs {

// `root`: what the pickle holds; it must be a dictionary with at least one network. Throws Error{format}.
[[nodiscard]] NetworkArchive snapshot_archive(PickleGraph& graph, const PickleNode& root);

// Reads the pickle and makes the archive of it.
[[nodiscard]] NetworkArchive read_snapshot(Bytes bytes, const std::shared_ptr<const void>& owner,
                                           const std::string& display);

}  // namespace afs
