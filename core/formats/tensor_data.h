// A tensor as a file holds it: a type, a shape, bytes. Readers produce it, writers take it; no torch here, so that
// readers can be fuzzed and panels can include what they return.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/file.h"

namespace afs {

enum class DType { f64, f32, f16, bf16, i64, i32, i16, i8, u8, boolean };

[[nodiscard]] std::size_t item_size(DType dtype);        // bytes
[[nodiscard]] std::string_view dtype_name(DType dtype);  // "float32", "int64", ...

// Contiguous, row-major, little endian. `owner` keeps `bytes` alive (a mapped file, a buffer): copies are cheap and
// share. Bytes may be unaligned: read them with memcpy.
struct TensorData {
    DType dtype = DType::f32;
    std::vector<std::int64_t> shape;  // every size >= 0; [] is a scalar
    Bytes bytes;                      // exactly numel * item_size
    std::shared_ptr<const void> owner;

    [[nodiscard]] std::int64_t numel() const;
};

// Owning copies of values.
[[nodiscard]] TensorData make_tensor_data(std::vector<std::int64_t> shape, std::span<const float> values);
[[nodiscard]] TensorData make_tensor_data(DType dtype, std::vector<std::int64_t> shape, std::vector<std::byte> bytes);

// Values converted to double, row-major: for configuration scalars, filters and tests, not for weights.
[[nodiscard]] std::vector<double> to_doubles(const TensorData& tensor);

[[nodiscard]] std::string shape_text(std::span<const std::int64_t> shape);  // "[3, 64, 1, 1]"

}  // namespace afs
