// Bias, activation, gain, clamp in one door (SPEC 7).
#pragma once

#include <optional>
#include <string_view>

#include "core/ops/tensor_convert.h"

namespace afs {

enum class Activation { linear, relu, lrelu, tanh, sigmoid, elu, selu, softplus, swish };

[[nodiscard]] Activation parse_activation(std::string_view name);  // throws Error{argument} listing the names
[[nodiscard]] double default_gain(Activation activation);          // 1 or sqrt(2)

struct BiasActSpec {
    Activation activation = Activation::linear;
    std::optional<double> alpha = {};  // slope of lrelu; default 0.2
    std::optional<double> gain = {};   // default: the activation's
    std::optional<double> clamp = {};  // >= 0; default none. The gradient of a clamped element is 0
    int dim = 1;                       // the bias' dimension in x
    // Of pictures x [N, C, H, W] with dim 1 only: x * scale + noise takes the place of x. Free of cost where the kernel
    // runs; how modulated convolutions hand on demodulation and noise.
    Tensor scale = {};  // [N, C] or undefined
    Tensor noise = {};  // what broadcasts to [N, 1, H, W], or undefined
};

// x: any shape, floating point.  bias: [x.size(dim)] or undefined. Result: shape and dtype of x. Differentiable twice.
[[nodiscard]] Tensor bias_act(const Tensor& x, const Tensor& bias, const BiasActSpec& spec);

}  // namespace afs
