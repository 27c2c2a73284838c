#include "core/ops/bias_act.h"

#include <ATen/ATen.h>

#include <array>
#include <numbers>

#include "core/ops/argument_checks.h"
#include "core/ops/fused_bias_act.h"

namespace afs {
namespace {

struct ActivationRow {
    Activation activation;
    std::string_view name;
    double gain;
};
constexpr double kRoot2 = std::numbers::sqrt2;
constexpr std::array<ActivationRow, 9> kActivations{{{Activation::linear, "linear", 1.0},
                                                     {Activation::relu, "relu", kRoot2},
                                                     {Activation::lrelu, "lrelu", kRoot2},
                                                     {Activation::tanh, "tanh", 1.0},
                                                     {Activation::sigmoid, "sigmoid", 1.0},
                                                     {Activation::elu, "elu", 1.0},
                                                     {Activation::selu, "selu", 1.0},
                                                     {Activation::softplus, "softplus", 1.0},
                                                     {Activation::swish, "swish", kRoot2}}};

Tensor activate(const Tensor& x, Activation activation, double alpha) {
    switch (activation) {
        case Activation::linear: return x;
        case Activation::relu: return at::relu(x);
        case Activation::lrelu: return at::leaky_relu(x, alpha);
        case Activation::tanh: return at::tanh(x);
        case Activation::sigmoid: return at::sigmoid(x);
        case Activation::elu: return at::elu(x);
        case Activation::selu: return at::selu(x);
        case Activation::softplus: return at::softplus(x);
        case Activation::swish: return at::silu(x);
    }
    check_failed("an Activation without a function", __FILE__, __LINE__);
}

void check_bias_act(const Tensor& x, const Tensor& bias, const BiasActSpec& spec) {
    if (!x.defined() || !x.is_floating_point())
        refuse_argument("bias_act", "x is {}, but must be of a floating-point type", describe(x));
    if (spec.clamp && !(*spec.clamp >= 0.0))
        refuse_argument("bias_act", "clamp is {}, but must be at least 0", *spec.clamp);
    if (spec.scale.defined() || spec.noise.defined()) {
        check_picture("bias_act", "x", x);
        if (spec.dim != 1)
            refuse_argument("bias_act", "dim is {}, but must be 1 where there is a scale or noise", spec.dim);
        if (spec.scale.defined() && spec.scale.sizes() != at::IntArrayRef{x.size(0), x.size(1)})
            refuse_argument("bias_act", "scale is {}, but must be [{}, {}]", describe(spec.scale), x.size(0),
                            x.size(1));
        if (spec.noise.defined() && !at::is_expandable_to(spec.noise.sizes(), {x.size(0), 1, x.size(2), x.size(3)}))
            refuse_argument("bias_act", "noise is {}, but must broadcast to [{}, 1, {}, {}]", describe(spec.noise),
                            x.size(0), x.size(2), x.size(3));
    }
    if (!bias.defined()) return;
    if (spec.dim < 0 || spec.dim >= x.dim())
        refuse_argument("bias_act", "dim is {}, but x is {}", spec.dim, describe(x));
    check_bias("bias_act", bias, x, x.size(spec.dim));
}

}  // namespace

Activation parse_activation(std::string_view name) {
    std::string names;
    for (const ActivationRow& row : kActivations) {
        if (row.name == name) return row.activation;
        names += names.empty() ? "" : ", ";
        names += row.name;
    }
    throw Error(ErrorKind::argument, fmt::format("\"{}\" is not an activation", name),
                fmt::format("activations are {}", names));
}

double default_gain(Activation activation) {
    for (const ActivationRow& row : kActivations)
        if (row.activation == activation) return row.gain;
    check_failed("an Activation without a gain", __FILE__, __LINE__);
}

Tensor bias_act(const Tensor& x, const Tensor& bias, const BiasActSpec& spec) {
    check_bias_act(x, bias, spec);
    if (x.numel() == 0) return empty_result(x, x.sizes());
    if (const auto y = detail::bias_act_by_kernel(x, bias, spec)) return *y;
    Tensor y = x;
    if (spec.scale.defined()) y = y * spec.scale.to(x.scalar_type()).unsqueeze(2).unsqueeze(3);
    if (spec.noise.defined()) y = y + spec.noise.to(x.scalar_type());
    if (bias.defined()) {
        std::vector<std::int64_t> shape(static_cast<std::size_t>(x.dim()), 1);
        shape[static_cast<std::size_t>(spec.dim)] = -1;
        y = y + bias.to(x.scalar_type()).view(shape);
    }
    y = activate(y, spec.activation, spec.alpha.value_or(0.2));
    const double gain = spec.gain.value_or(default_gain(spec.activation));
    if (gain != 1.0) y = y * gain;
    if (spec.clamp) y = at::clamp(y, -*spec.clamp, *spec.clamp);
    return y;
}

}  // namespace afs
