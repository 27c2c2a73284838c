// Types of tensors and of kernels.
#pragma once

#include <c10/core/ScalarType.h>

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

}  // namespace afs::detail
