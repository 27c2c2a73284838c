// How a tensor of a plan begins (SPEC 2, 3, 6, 11, 12). Private to the room.
#pragma once

#include <ATen/core/Generator.h>

#include "core/model/tensor_plan.h"
#include "core/ops/tensor_convert.h"

namespace afs {

// float32 on the CPU; random values come from `random`.
[[nodiscard]] Tensor initial_tensor(const TensorPlan& plan, const at::Generator& random);

}  // namespace afs
