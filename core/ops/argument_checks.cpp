#include "core/ops/argument_checks.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

namespace afs {

std::string describe(const Tensor& tensor) {
    if (!tensor.defined()) return "undefined";
    std::string type = c10::toString(tensor.scalar_type());
    switch (tensor.scalar_type()) {
        case at::kDouble: type = "float64"; break;
        case at::kFloat: type = "float32"; break;
        case at::kHalf: type = "float16"; break;
        case at::kBFloat16: type = "bfloat16"; break;
        default: break;
    }
    return fmt::format("[{}] {}", fmt::join(tensor.sizes(), ", "), type);
}

void check_picture(const char* operator_name, const char* name, const Tensor& x) {
    if (!x.defined() || x.dim() != 4 || !x.is_floating_point() || x.size(2) < 1 || x.size(3) < 1)
        refuse_argument(operator_name, "{} is {}, but must be [N, C, H, W] of a floating-point type with H and W >= 1",
                        name, describe(x));
}

void check_bias(const char* operator_name, const Tensor& bias, const Tensor& x, std::int64_t channels) {
    if (!bias.defined()) return;
    if (bias.dim() != 1 || bias.size(0) != channels || !bias.is_floating_point())
        refuse_argument(operator_name, "bias is {}, but must be [{}] of a floating-point type", describe(bias),
                        channels);
    if (bias.device() != x.device())
        refuse_argument(operator_name, "bias is on {}, but x is on {}", bias.device().str(), x.device().str());
}

void check_filter(const char* operator_name, const char* name, const Tensor& filter, const Tensor& x) {
    if (!filter.defined()) return;
    if ((filter.dim() != 1 && filter.dim() != 2) || filter.numel() < 1 || !filter.is_floating_point())
        refuse_argument(operator_name, "{} is {}, but must be [taps] or [h, w] of a floating-point type", name,
                        describe(filter));
    if (filter.device() != x.device() && !filter.is_cpu())
        refuse_argument(operator_name, "{} is on {}, but x is on {}", name, filter.device().str(), x.device().str());
}

Tensor empty_result(const Tensor& x, at::IntArrayRef shape) { return x.sum() * x.new_empty(shape); }

}  // namespace afs
