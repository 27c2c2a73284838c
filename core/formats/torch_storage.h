// PyTorch's tensors in pickles: the legacy serialisation of a storage (five pickles, then the data) and the rebuilding
// of a tensor from a storage, an offset, sizes and strides. Every number is checked before it is believed.
#pragma once

#include "core/formats/pickle_globals.h"

namespace afs {

// `torch.storage._load_from_bytes(bytes)`: arguments (bytes). Result: a storage.
[[nodiscard]] PickleNode* load_storage_from_bytes(PickleGraph& graph, const PickleCallSite& site,
                                                  const PickleNode& arguments);

// `torch._utils._rebuild_tensor[_v2](storage, offset, sizes, strides, ...)`. Result: a tensor.
[[nodiscard]] PickleNode* rebuild_tensor(PickleGraph& graph, const PickleCallSite& site, const PickleNode& arguments);

// `torch._utils._rebuild_parameter(tensor, ...)`. Result: the tensor.
[[nodiscard]] PickleNode* rebuild_parameter(PickleGraph& graph, const PickleCallSite& site,
                                            const PickleNode& arguments);

// Checks a view (sizes and strides in elements) against its storage. Throws Error{format} at `position`.
void check_view(const PickleGraph& graph, const PickleTensor& tensor, std::uint64_t position);

// The whole numbers of a tuple or list. Throws Error{format} naming `what`.
[[nodiscard]] std::vector<std::int64_t> integers_of(const PickleGraph& graph, const PickleNode& node,
                                                    std::uint64_t position, std::string_view what);

// A persistent id ('storage', type, key, location, element count[, view]), checked. `numel` >= 0.
struct StorageId {
    DType dtype;
    std::string key;
    std::int64_t numel;
};
[[nodiscard]] StorageId parse_storage_id(const PickleGraph& graph, const PickleNode& id, std::uint64_t position);

// The head of the legacy serialisation: magic number, protocol, system description. Returns its size in bytes.
[[nodiscard]] std::size_t read_legacy_head(PickleGraph& graph, Bytes bytes, const PickleContext& context);

// True when the bytes begin with the pickled magic number of the legacy serialisation.
[[nodiscard]] bool looks_like_legacy_torch(Bytes bytes);

// The tail: the list of keys, then for each an element count and the data, which become the storages' bytes. `storages`
// are indices into graph.storages; every one must be in the list, and nothing else. `at`: where the tail begins.
void read_legacy_tail(PickleGraph& graph, Bytes bytes, std::size_t at, const PickleContext& context,
                      std::span<const std::size_t> storages);

}  // namespace afs
