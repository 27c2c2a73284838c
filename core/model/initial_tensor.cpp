#include "core/model/initial_tensor.h"

#include <ATen/ATen.h>

#include "core/base/error.h"

namespace afs {

Tensor initial_tensor(const TensorPlan& plan, const at::Generator& random) {
    using Init = TensorPlan::Init;
    switch (plan.init) {
        case Init::normal: return at::randn(plan.shape, random, at::kFloat).mul_(plan.value);
        case Init::constant: return at::full(plan.shape, plan.value, at::kFloat);
        case Init::fourier_frequencies: {
            // Uniform in the disc of radius `value` (SPEC 3).
            const Tensor g = at::randn(plan.shape, random, at::kFloat);
            const Tensor squares = g.square().sum(1, true);
            return g / (squares.sqrt() * squares.exp().pow(0.25)) * plan.value;
        }
        case Init::fourier_phases: return at::rand(plan.shape, random, at::kFloat) - 0.5;
        case Init::fourier_affine_bias: {
            Tensor bias = at::zeros(plan.shape, at::kFloat);
            bias[0] = 1;
            return bias;
        }
        case Init::identity: return at::eye(plan.shape[0], at::kFloat);
        case Init::filter:
            return at::tensor(at::ArrayRef<double>(plan.filter), at::kDouble).to(at::kFloat).view(plan.shape);
    }
    check_failed("every kind of initial value is made", __FILE__, __LINE__);
}

}  // namespace afs
