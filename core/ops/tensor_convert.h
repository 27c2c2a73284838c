// TensorData <-> at::Tensor.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/formats/tensor_data.h"

namespace afs {

using Tensor = at::Tensor;

// An owning, contiguous, aligned copy on the CPU, of the file's type.
[[nodiscard]] Tensor to_tensor(const TensorData& data);

// Bytes of a tensor on any device, contiguous and row-major; shares the tensor's storage where it can. Throws
// Error{argument} for types that files do not know.
[[nodiscard]] TensorData to_tensor_data(const Tensor& tensor);

}  // namespace afs
