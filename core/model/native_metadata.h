// What native files say about their networks besides tensors (docs/file-formats.md): texts under "afs." keys, in a
// safetensors header or beside the tensors of a .pt archive. Private to the room; torch-free.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/formats/network_archive.h"

namespace afs {

inline constexpr const char* kNativeVersion = "1";

// "afs.config" is a JSON object {network: {"class", "config"?, "init_kwargs"?, "attributes"?, "buffers"?}}: `config` in
// our own words for generators, `init_kwargs` and `attributes` as an official file gave them, `buffers` the names of
// the tensors that are no parameters.
struct NativeMetadata {
    Json networks;             // null where the file is not native
    Json training_set_kwargs;  // null when absent
};

// Throws Error{network} for a version or JSON that is not understood. A file without "afs." keys gives nulls.
[[nodiscard]] NativeMetadata read_native_metadata(const Json& metadata, const std::string& tried);

// The entry of one network, null when there is none. A network without a name (a .pt of a single network) has the only
// entry. Parts of an entry that are not of the type they should be are dropped.
[[nodiscard]] Json native_entry(const NativeMetadata& metadata, const std::string& network);
// The name under which the only entry was saved.
[[nodiscard]] std::optional<std::string> only_native_name(const NativeMetadata& metadata);

// The texts that a native file carries, in the order in which they are written. `extra`: other texts, kept as they are.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> write_native_metadata(const NativeMetadata& metadata,
                                                                                     const Json& extra);

}  // namespace afs
