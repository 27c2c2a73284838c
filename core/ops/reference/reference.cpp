#include "core/ops/reference/reference.h"

#include <ATen/ATen.h>

#include <cmath>

namespace afs::reference {
namespace {

// x with up - 1 zeros behind every sample of dimension `dim`.
Tensor insert_zeros(const Tensor& x, std::int64_t dim, int up) {
    const Tensor apart = x.unsqueeze(dim + 1);
    std::vector<std::int64_t> zeros_shape = apart.sizes().vec();
    zeros_shape[static_cast<std::size_t>(dim + 1)] = up - 1;
    return at::cat({apart, apart.new_zeros(zeros_shape)}, dim + 1).flatten(dim, dim + 1);
}

// Zeros before and behind; negative crops.
Tensor pad_or_crop(const Tensor& x, std::int64_t dim, std::int64_t lo, std::int64_t hi) {
    const auto zeros = [&](std::int64_t count) {
        std::vector<std::int64_t> shape = x.sizes().vec();
        shape[static_cast<std::size_t>(dim)] = count;
        return x.new_zeros(shape);
    };
    const std::int64_t from = std::max<std::int64_t>(-lo, 0), to = x.size(dim) - std::max<std::int64_t>(-hi, 0);
    if (to <= from) return zeros(x.size(dim) + lo + hi) + x.sum() * 0;
    return at::cat({zeros(std::max<std::int64_t>(lo, 0)), x.slice(dim, from, to), zeros(std::max<std::int64_t>(hi, 0))},
                   dim);
}

Tensor activate(const Tensor& x, Activation activation, double alpha) {
    switch (activation) {
        case Activation::linear: return x;
        case Activation::relu: return at::where(x > 0, x, x * 0);
        case Activation::lrelu: return at::where(x > 0, x, x * alpha);
        case Activation::tanh: return 2 / (1 + (-2 * x).exp()) - 1;
        case Activation::sigmoid: return 1 / (1 + (-x).exp());
        case Activation::elu: return at::where(x > 0, x, x.exp() - 1);
        case Activation::selu: return 1.0507009873554805 * at::where(x > 0, x, 1.6732632423543772 * (x.exp() - 1));
        case Activation::softplus: return (1 + x.exp()).log();
        case Activation::swish: return x / (1 + (-x).exp());
    }
    return {};
}

Tensor clamp_to(const Tensor& x, const std::optional<double>& clamp) {
    return clamp ? at::clamp(x, -*clamp, *clamp) : x;
}

}  // namespace

Tensor upfirdn2d(const Tensor& x, const Tensor& filter, Factor2d up, Factor2d down, Padding2d padding, double gain,
                 bool flip) {
    Tensor f = filter.defined() ? filter.to(x.scalar_type()) : x.new_ones({1, 1});
    if (f.dim() == 1) f = at::outer(f, f);
    if (flip) f = f.flip({0, 1});
    const Tensor sparse = insert_zeros(insert_zeros(x, 2, up.y), 3, up.x);
    const Tensor padded = pad_or_crop(pad_or_crop(sparse, 2, padding.y0, padding.y1), 3, padding.x0, padding.x1);
    const std::int64_t h = padded.size(2) - f.size(0) + 1, w = padded.size(3) - f.size(1) + 1;
    Tensor sum = padded.new_zeros({x.size(0), x.size(1), h, w});
    for (std::int64_t i = 0; i < f.size(0); ++i)
        for (std::int64_t j = 0; j < f.size(1); ++j)
            sum = sum + f[i][j] * padded.narrow(2, f.size(0) - 1 - i, h).narrow(3, f.size(1) - 1 - j, w);
    return sum.slice(2, 0, std::nullopt, down.y).slice(3, 0, std::nullopt, down.x) * gain;
}

Tensor bias_act(const Tensor& given, const Tensor& bias, const BiasActSpec& spec) {
    Tensor x = given;
    if (spec.scale.defined()) x = x * spec.scale.to(x.scalar_type()).view({x.size(0), x.size(1), 1, 1});
    if (spec.noise.defined()) x = x + spec.noise.to(x.scalar_type());
    Tensor y = x;
    if (bias.defined()) y = (x.transpose(spec.dim, -1) + bias.to(x.scalar_type())).transpose(spec.dim, -1);
    y = activate(y, spec.activation, spec.alpha.value_or(0.2)) * spec.gain.value_or(default_gain(spec.activation));
    return clamp_to(y, spec.clamp);
}

Tensor filtered_lrelu(const Tensor& x, const Tensor& bias, const FilteredLreluSpec& spec) {
    const Tensor biased = bias.defined() ? x + bias.to(x.scalar_type()).view({1, -1, 1, 1}) : x;
    const Tensor u = reference::upfirdn2d(biased, spec.up_filter, {spec.up, spec.up}, {}, spec.padding,
                                          spec.up * spec.up, spec.flip);
    const Tensor bent = at::where(u < 0, u * spec.slope, u);  // SPEC 7: slope where negative, so not at 0
    const Tensor y = clamp_to(bent * spec.gain, spec.clamp);
    return reference::upfirdn2d(y, spec.down_filter, {}, {spec.down, spec.down}, {}, 1.0, spec.flip);
}

Tensor modulated_conv3(const Tensor& x, const Tensor& weight, const Tensor& styles, bool demodulate,
                       const Tensor& input_gain, const Tensor& bias) {
    Tensor w = weight, s = styles;
    if (demodulate) {
        w = w / w.square().mean({1, 2, 3}, true).sqrt();
        s = s / s.square().mean().sqrt();
    }
    std::vector<Tensor> samples;
    for (std::int64_t n = 0; n < x.size(0); ++n) {
        Tensor wn = w * s[n].view({1, -1, 1, 1});
        if (demodulate) wn = wn / (wn.square().sum({1, 2, 3}, true) + 1e-8).sqrt();
        if (input_gain.defined()) wn = wn * input_gain.expand({x.size(0), x.size(1)})[n].view({1, -1, 1, 1});
        samples.push_back(at::conv2d(x.narrow(0, n, 1), wn, bias, 1, weight.size(2) - 1));
    }
    return at::cat(samples);
}

Tensor modulated_conv2(const Tensor& x, const Tensor& weight, const Tensor& styles, const Tensor& noise,
                       const ModulatedConv2Spec& spec) {
    const std::int64_t side = weight.size(2);
    const int around = static_cast<int>(side / 2);
    Tensor picture = x;
    if (spec.up == 2) {
        const Tensor& f = spec.resample_filter;
        const int taps = f.defined() ? static_cast<int>(f.size(0)) : 1;
        const int lo = around + (taps + 1) / 2;
        const int hi = around + static_cast<int>(std::floor((taps - 2) / 2.0));
        picture = reference::upfirdn2d(x, f, {2, 2}, {}, {lo, hi, lo, hi}, 4.0);
    }
    std::vector<Tensor> samples;
    for (std::int64_t n = 0; n < x.size(0); ++n) {
        Tensor wn = weight * styles[n].view({1, -1, 1, 1});
        if (spec.demodulate) wn = wn / (wn.square().sum({1, 2, 3}, true) + 1e-8).sqrt();
        if (spec.up == 2) wn = wn.flip({2, 3});
        samples.push_back(at::conv2d(picture.narrow(0, n, 1), wn, {}, 1, spec.up == 2 ? 0 : around));
    }
    const Tensor y = at::cat(samples);
    return noise.defined() ? y + noise : y;
}

Tensor fully_connected(const Tensor& x, const Tensor& weight, const Tensor& bias, double lr_multiplier,
                       Activation activation) {
    const Tensor w = weight * (lr_multiplier / std::sqrt(static_cast<double>(weight.size(1))));
    Tensor y = (x.unsqueeze(1) * w.unsqueeze(0)).sum(2);
    if (bias.defined()) y = y + bias * lr_multiplier;
    return activate(y, activation, 0.2) * default_gain(activation);
}

}  // namespace afs::reference
