// NumPy's .npy (versions 1 to 3) and .npz files of plain numbers. Object arrays, which are pickles, are refused.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/formats/tensor_data.h"

namespace afs {

// `tried` heads error messages ("Could not open w.npy"). The result shares `owner`. Fortran order is turned into
// row-major by copying. Throws Error{format}.
[[nodiscard]] TensorData read_npy(Bytes bytes, const std::shared_ptr<const void>& owner, const std::string& tried);
[[nodiscard]] TensorData read_npy(const std::filesystem::path& path);

// All arrays of a .npz, by name without ".npy", in the file's order. Members may be deflated; their sizes are bounded
// by `limit_bytes` together.
[[nodiscard]] std::vector<std::pair<std::string, TensorData>> read_npz(const std::filesystem::path& path,
                                                                       std::size_t limit_bytes = std::size_t{4} << 30);

// The bytes before the data of a version 1 file, padded to 64: write it, then the elements in any number of pieces.
[[nodiscard]] std::string npy_header(DType dtype, const std::vector<std::int64_t>& shape);

void write_npy(const std::filesystem::path& path, const TensorData& tensor, Overwrite overwrite);

// Stored, not deflated.
void write_npz(const std::filesystem::path& path, const std::vector<std::pair<std::string, TensorData>>& arrays,
               Overwrite overwrite);

}  // namespace afs
