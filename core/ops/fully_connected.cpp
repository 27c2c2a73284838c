#include "core/ops/fully_connected.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/ops/argument_checks.h"

namespace afs {

Tensor fully_connected(const Tensor& x, const Tensor& weight, const Tensor& bias, double lr_multiplier,
                       Activation activation) {
    constexpr const char* kName = "fully_connected";
    if (!x.defined() || x.dim() != 2 || !x.is_floating_point())
        refuse_argument(kName, "x is {}, but must be [N, in] of a floating-point type", describe(x));
    if (!weight.defined() || weight.dim() != 2 || weight.size(1) != x.size(1) || !weight.is_floating_point())
        refuse_argument(kName, "weight is {}, but must be [out, {}] of a floating-point type", describe(weight),
                        x.size(1));
    check_bias(kName, bias, x, weight.size(0));

    const double gain = lr_multiplier / std::sqrt(static_cast<double>(weight.size(1)));
    const Tensor w = weight.to(x.scalar_type()).t();
    // The gains ride on the matrix product: the stored weight is not copied.
    const Tensor y = bias.defined() ? at::addmm(bias.to(x.scalar_type()), x, w, /*beta=*/lr_multiplier, /*alpha=*/gain)
                                    : at::mm(x, w) * gain;
    if (activation == Activation::linear) return y;
    return bias_act(y, {}, {.activation = activation});
}

}  // namespace afs
