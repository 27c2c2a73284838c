#include "core/ops/tensor_convert.h"

#include <ATen/ATen.h>

#include <cstring>

#include "core/base/error.h"

namespace afs {
namespace {

constexpr std::pair<DType, at::ScalarType> kTypes[] = {
    {DType::f64, at::kDouble}, {DType::f32, at::kFloat},   {DType::f16, at::kHalf},  {DType::bf16, at::kBFloat16},
    {DType::i64, at::kLong},   {DType::i32, at::kInt},     {DType::i16, at::kShort}, {DType::i8, at::kChar},
    {DType::u8, at::kByte},    {DType::boolean, at::kBool}};

}  // namespace

Tensor to_tensor(const TensorData& data) {
    for (const auto& [ours, theirs] : kTypes) {
        if (ours != data.dtype) continue;
        Tensor tensor = at::empty(data.shape, at::TensorOptions().dtype(theirs));
        if (!data.bytes.empty()) std::memcpy(tensor.data_ptr(), data.bytes.data(), data.bytes.size());
        return tensor;
    }
    check_failed("a DType without a torch type", __FILE__, __LINE__);
}

TensorData to_tensor_data(const Tensor& tensor) {
    const Tensor plain = tensor.detach().to(at::kCPU).contiguous();
    for (const auto& [ours, theirs] : kTypes) {
        if (theirs != plain.scalar_type()) continue;
        const auto owner = std::make_shared<const Tensor>(plain);
        return {ours, plain.sizes().vec(), Bytes(static_cast<const std::byte*>(plain.const_data_ptr()), plain.nbytes()),
                owner};
    }
    throw Error(ErrorKind::argument, "Could not convert a tensor", "files cannot hold its element type");
}

}  // namespace afs
