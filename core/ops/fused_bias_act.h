// bias_act through the one-pass kernel (kernels/bias_act.h), with gradients of any order. Internal to this room;
// arguments have been checked.
#pragma once

#include <optional>

#include "core/ops/bias_act.h"

namespace afs::detail {

// Nothing where the kernel does not take these arguments: float64, activations that are not piecewise
// linear, gains that are not positive, gradients with respect to spec.scale or spec.noise.
[[nodiscard]] std::optional<Tensor> bias_act_by_kernel(const Tensor& x, const Tensor& bias, const BiasActSpec& spec);

}  // namespace afs::detail
