#include "tests/bench/zero_insertion.h"

#include <ATen/ATen.h>

#include <cmath>

namespace afs::zero_insertion {

Tensor upfirdn2d(const Tensor& x, const Tensor& filter, int up, int down, Padding2d padding, double gain) {
    const std::int64_t n = x.size(0), c = x.size(1), h = x.size(2), w = x.size(3);
    Tensor y = x;
    if (up > 1) {
        y = y.reshape({n, c, h, 1, w, 1});
        y = at::constant_pad_nd(y, {0, up - 1, 0, 0, 0, up - 1});
        y = y.reshape({n, c, h * up, w * up});
    }
    y = at::constant_pad_nd(y, {padding.x0, padding.x1, padding.y0, padding.y1});
    if (filter.defined()) {
        const Tensor taps = (filter * (filter.dim() == 1 ? std::sqrt(gain) : gain)).to(x.scalar_type());
        const auto flipped = [&](const Tensor& f, at::IntArrayRef shape) {
            return f.flip(f.dim() == 1 ? at::IntArrayRef{0} : at::IntArrayRef{0, 1})
                .reshape(shape)
                .repeat({c, 1, 1, 1});
        };
        const std::int64_t width = filter.size(-1), height = filter.size(0);
        if (filter.dim() == 2) {
            y = at::conv2d(y, flipped(taps, {1, 1, height, width}), Tensor(), at::IntArrayRef{1, 1},
                           at::IntArrayRef{0, 0}, at::IntArrayRef{1, 1}, c);
        } else {
            y = at::conv2d(y, flipped(taps, {1, 1, 1, width}), Tensor(), at::IntArrayRef{1, 1}, at::IntArrayRef{0, 0},
                           at::IntArrayRef{1, 1}, c);
            y = at::conv2d(y, flipped(taps, {1, 1, height, 1}), Tensor(), at::IntArrayRef{1, 1}, at::IntArrayRef{0, 0},
                           at::IntArrayRef{1, 1}, c);
        }
    } else if (gain != 1.0) {
        y = y * gain;
    }
    if (down == 1) return y;
    return y.slice(2, 0, y.size(2), down).slice(3, 0, y.size(3), down);
}

Tensor filtered_lrelu(const Tensor& x, const Tensor& bias, const FilteredLreluSpec& spec) {
    Tensor y = bias.defined() ? x + bias.to(x.scalar_type()).view({1, -1, 1, 1}) : x;
    y = upfirdn2d(y, spec.up_filter, spec.up, 1, spec.padding, spec.up * spec.up);
    y = at::leaky_relu(y, spec.slope) * spec.gain;
    if (spec.clamp) y = at::clamp(y, -*spec.clamp, *spec.clamp);
    return upfirdn2d(y, spec.down_filter, 1, spec.down, {});
}

Tensor modulated_conv3(const Tensor& x, const Tensor& weight, const Tensor& styles, bool demodulate) {
    const std::int64_t n = x.size(0), k = weight.size(2);
    Tensor w = weight, s = styles;
    if (demodulate) {
        w = w * at::rsqrt(w.square().mean({1, 2, 3}, /*keepdim=*/true));
        s = s * at::rsqrt(s.square().mean());
    }
    w = w.unsqueeze(0) * s.view({n, 1, -1, 1, 1});
    if (demodulate) w = w * at::rsqrt(w.square().sum({2, 3, 4}, /*keepdim=*/true) + 1e-8);
    const Tensor y = at::conv2d(x.reshape({1, n * x.size(1), x.size(2), x.size(3)}),
                                w.reshape({n * weight.size(0), weight.size(1), k, k}), Tensor(), at::IntArrayRef{1, 1},
                                at::IntArrayRef{k - 1, k - 1}, at::IntArrayRef{1, 1}, n);
    return y.reshape({n, weight.size(0), y.size(2), y.size(3)});
}

}  // namespace afs::zero_insertion
