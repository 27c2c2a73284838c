// What calls of our kernels share: tensors in the kernels' own terms, and launches on a GPU.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

#include "core/ops/tensor_convert.h"
#include "kernels/storage.h"

namespace afs::detail {

[[nodiscard]] inline bool has_kernel_storage(c10::ScalarType type) {
    return type == c10::ScalarType::Float || type == c10::ScalarType::Half || type == c10::ScalarType::BFloat16;
}
[[nodiscard]] inline kernels::Storage kernel_storage(c10::ScalarType type) {
    return type == c10::ScalarType::Float  ? kernels::Storage::f32
           : type == c10::ScalarType::Half ? kernels::Storage::f16
                                           : kernels::Storage::bf16;
}

// Values per channel as kernels read them; undefined stays undefined, and its data is null.
[[nodiscard]] Tensor as_floats(const Tensor& t);
[[nodiscard]] const float* data_of(const Tensor& floats);

// Whether a result of t is to be recorded for gradients.
[[nodiscard]] bool learns(const Tensor& t);

// Whether a kernel runs for tensors on this device in this program.
[[nodiscard]] bool has_kernels(at::Device device);

// On CUDA: `launch` gets the current stream of `device` (a cudaStream_t) and returns its cudaError_t; the work waits
// for what the stream has been asked for, this returns before it is done. tried: "Could not filter a layer on the GPU".
// Throws Error{device}. Elsewhere it throws Error{internal}.
void launch_on_gpu(at::Device device, const char* tried, const std::function<int(void* stream)>& launch);

}  // namespace afs::detail
