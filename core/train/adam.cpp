#include "core/train/adam.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/base/error.h"

namespace afs {

AdamOptions for_lazy_regularisation(const AdamOptions& options, int interval) {
    AFS_CHECK(interval >= 1);
    const double share = static_cast<double>(interval) / (interval + 1);
    AdamOptions result = options;
    result.lr *= share;
    result.beta1 = std::pow(options.beta1, share);
    result.beta2 = std::pow(options.beta2, share);
    return result;
}

Adam::Adam(const AdamOptions& options, std::vector<std::pair<std::string, Tensor>> parameters) : options_(options) {
    const at::NoGradGuard no_gradient;
    for (auto& [name, parameter] : parameters) {
        Slot slot{std::move(name), std::move(parameter), 0, {}, {}};
        if (options.beta1 > 0) slot.first = at::zeros_like(slot.parameter);
        slot.second = at::zeros_like(slot.parameter);
        slots_.push_back(std::move(slot));
    }
}

void Adam::step() {
    const at::NoGradGuard no_gradient;
    const auto [lr, beta1, beta2, eps] = options_;
    for (Slot& slot : slots_) {
        const Tensor gradient = slot.parameter.grad();
        if (!gradient.defined()) continue;
        const auto age = static_cast<double>(++slot.steps);
        slot.second.mul_(beta2).addcmul_(gradient, gradient, 1 - beta2);
        // Both moments start at 0 and are divided by what that makes them too small by.
        Tensor size = slot.second.sqrt().div_(std::sqrt(1 - std::pow(beta2, age))).add_(eps);
        if (beta1 > 0) slot.first.mul_(beta1).add_(gradient, 1 - beta1);
        slot.parameter.addcdiv_(beta1 > 0 ? slot.first : gradient, size, -lr / (1 - std::pow(beta1, age)));
    }
}

void Adam::clear_gradients() {
    for (Slot& slot : slots_) slot.parameter.mutable_grad() = Tensor();
}

void sanitise_gradient(Tensor gradient) {
    const at::NoGradGuard no_gradient;
    gradient.nan_to_num_(/*nan=*/0.0, /*posinf=*/1e5, /*neginf=*/-1e5);
}

}  // namespace afs
