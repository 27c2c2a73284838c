#include "core/formats/tensor_data.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>
#include <cstring>
#include <utility>

#include "core/base/checked.h"
#include "core/base/error.h"

namespace afs {
namespace {

static_assert(std::endian::native == std::endian::little, "TensorData's bytes are little endian");

template <class T> std::vector<double> widen(Bytes bytes) {
    std::vector<double> values(bytes.size() / sizeof(T));
    for (std::size_t i = 0; i < values.size(); ++i) {
        T value;
        std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
        values[i] = static_cast<double>(value);
    }
    return values;
}

double half_to_double(std::uint16_t bits) {
    const int exponent = (bits >> 10) & 31;
    const double fraction = bits & 1023;
    const double sign = (bits & 0x8000) ? -1.0 : 1.0;
    if (exponent == 0) return sign * fraction * 0x1p-24;
    if (exponent == 31) return sign * (fraction == 0 ? HUGE_VAL : std::bit_cast<double>(0x7ff8000000000000ull));
    return sign * std::bit_cast<double>(static_cast<std::uint64_t>(exponent - 15 + 1023) << 52) *
           (1.0 + fraction / 1024.0);
}

}  // namespace

std::size_t item_size(DType dtype) {
    switch (dtype) {
        case DType::f64:
        case DType::i64: return 8;
        case DType::f32:
        case DType::i32: return 4;
        case DType::f16:
        case DType::bf16:
        case DType::i16: return 2;
        case DType::i8:
        case DType::u8:
        case DType::boolean: return 1;
    }
    return 0;
}

std::string_view dtype_name(DType dtype) {
    switch (dtype) {
        case DType::f64: return "float64";
        case DType::f32: return "float32";
        case DType::f16: return "float16";
        case DType::bf16: return "bfloat16";
        case DType::i64: return "int64";
        case DType::i32: return "int32";
        case DType::i16: return "int16";
        case DType::i8: return "int8";
        case DType::u8: return "uint8";
        case DType::boolean: return "bool";
    }
    return "unknown";
}

std::int64_t TensorData::numel() const { return checked_numel(shape).value_or(0); }

TensorData make_tensor_data(DType dtype, std::vector<std::int64_t> shape, std::vector<std::byte> bytes) {
    const auto numel = checked_numel(shape);
    AFS_CHECK(numel && static_cast<std::size_t>(*numel) * item_size(dtype) == bytes.size());
    auto owner = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
    return {dtype, std::move(shape), Bytes(*owner), owner};
}

TensorData make_tensor_data(std::vector<std::int64_t> shape, std::span<const float> values) {
    const auto bytes = std::as_bytes(values);
    return make_tensor_data(DType::f32, std::move(shape), {bytes.begin(), bytes.end()});
}

std::vector<double> to_doubles(const TensorData& tensor) {
    switch (tensor.dtype) {
        case DType::f64: return widen<double>(tensor.bytes);
        case DType::f32: return widen<float>(tensor.bytes);
        case DType::i64: return widen<std::int64_t>(tensor.bytes);
        case DType::i32: return widen<std::int32_t>(tensor.bytes);
        case DType::i16: return widen<std::int16_t>(tensor.bytes);
        case DType::i8: return widen<std::int8_t>(tensor.bytes);
        case DType::u8:
        case DType::boolean: return widen<std::uint8_t>(tensor.bytes);
        case DType::f16:
        case DType::bf16: break;
    }
    std::vector<double> values(tensor.bytes.size() / 2);
    for (std::size_t i = 0; i < values.size(); ++i) {
        std::uint16_t bits;
        std::memcpy(&bits, tensor.bytes.data() + 2 * i, 2);
        values[i] = tensor.dtype == DType::f16 ? half_to_double(bits)
                                               : static_cast<double>(std::bit_cast<float>(std::uint32_t{bits} << 16));
    }
    return values;
}

std::string shape_text(std::span<const std::int64_t> shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

}  // namespace afs
