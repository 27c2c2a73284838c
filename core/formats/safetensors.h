// The safetensors format: 8 bytes of header length, a JSON header {name: {dtype, shape, data_offsets}, "__metadata__":
// {string: string}}, then the tensors' bytes. Reading maps the file and copies nothing; any thread; never trusts a
// number before it is checked against the file.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/file.h"
#include "core/formats/tensor_data.h"

namespace afs {

// Key and value of `__metadata__`, in the order in which they are written or were read.
using StringPairs = std::vector<std::pair<std::string, std::string>>;

struct SafetensorsFile {
    std::vector<std::pair<std::string, TensorData>> tensors;  // in the order of their bytes in the file
    StringPairs metadata;

    [[nodiscard]] const TensorData* find(std::string_view name) const;            // nullptr when absent
    [[nodiscard]] const std::string* metadata_value(std::string_view key) const;  // nullptr when absent
};

// True when the bytes begin like a safetensors file: '{' after a header length, which may begin with any byte.
[[nodiscard]] bool looks_like_safetensors(Bytes bytes);

// Throws Error{format} naming the tensor and what is wrong with it; Error{file} when the file cannot be read. Bytes
// that belong to two tensors or to none are refused, as the format's reference reader does.
[[nodiscard]] SafetensorsFile read_safetensors(const std::filesystem::path& path);

// The same from memory. The tensors refer to `bytes`, which `owner` keeps alive; `display` names the file in errors.
[[nodiscard]] SafetensorsFile parse_safetensors(Bytes bytes, const std::shared_ptr<const void>& owner,
                                                const std::string& display);

// Writes tensors in the given order; the data begins at a multiple of 8 bytes. Streams: memory use does not depend on
// the size of the tensors. Throws Error{argument} for repeated names or keys, Error{file}.
void write_safetensors(const std::filesystem::path& path, std::span<const std::pair<std::string, TensorData>> tensors,
                       const StringPairs& metadata, Overwrite overwrite);

}  // namespace afs
