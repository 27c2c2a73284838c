// A fully connected layer with equalised learning rate (SPEC 2): x W^T * lr_multiplier/sqrt(in) + b * lr_multiplier,
// then the activation.
#pragma once

#include "core/ops/bias_act.h"

namespace afs {

// x: [N, in].  weight: [out, in] as stored.  bias: [out] as stored, or undefined.
[[nodiscard]] Tensor fully_connected(const Tensor& x, const Tensor& weight, const Tensor& bias,
                                     double lr_multiplier = 1.0, Activation activation = Activation::linear);

}  // namespace afs
