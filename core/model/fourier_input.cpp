#include "core/model/fourier_input.h"

#include <ATen/ATen.h>

#include <cmath>
#include <numbers>

#include "core/model/recorded_pass.h"
#include "core/ops/fully_connected.h"

namespace afs {

using at::indexing::Slice;

namespace {

Tensor wide(const Tensor& x) { return x.to(at::kDouble); }

}  // namespace

FourierInput::FourierInput(int size, double rate, double bandwidth, const TensorLookup& tensors,
                           const std::string& prefix)
    : size_(size),
      rate_(rate),
      bandwidth_(bandwidth),
      weight_(tensors(prefix + ".weight")),
      affine_weight_(tensors(prefix + ".affine.weight")),
      affine_bias_(tensors(prefix + ".affine.bias")),
      freqs_(tensors(prefix + ".freqs")),
      phases_(tensors(prefix + ".phases")) {
    positions_ = ((at::arange(size, at::kDouble) + 0.5 - size / 2.0) / rate).to(freqs_.options());
}

Tensor FourierInput::operator()(const Tensor& w, const Matrix3& network_transform) const {
    return features(placement(w), transform_tensor(network_transform, w));
}

// In double precision: where r_c and r_s are small, dividing by them multiplies every rounding error before it.
Tensor FourierInput::placement(const Tensor& w) const {
    const Tensor t = fully_connected(wide(w), wide(affine_weight_), wide(affine_bias_));  // r_c, r_s, t_x, t_y
    const Tensor turn = t / t.index({Slice(), Slice(0, 2)}).norm(2, {1}, true);
    const Tensor cosine = turn.select(1, 0), sine = turn.select(1, 1);
    const Tensor rotation = at::stack({at::stack({cosine, -sine}, 1), at::stack({sine, cosine}, 1)}, 1);  // [N, 2, 2]
    const Tensor shift = -rotation.matmul(turn.index({Slice(), Slice(2, 4)}).unsqueeze(2));               // [N, 2, 1]
    return at::cat({rotation, shift}, 2);
}

Tensor FourierInput::features(const Tensor& placement, const Tensor& network_transform) const {
    const Tensor m = placement.matmul(network_transform);  // [N, 2, 3]
    const at::ScalarType type = freqs_.scalar_type();

    const Tensor wide_phases = wide(phases_) + at::matmul(wide(freqs_), m.slice(2, 2, 3)).squeeze(2);  // [N, C]
    const Tensor wide_freqs = at::matmul(wide(freqs_), m.slice(2, 0, 2));                              // [N, C, 2]
    const Tensor amplitudes =
        (1 - (wide_freqs.norm(2, {2}) - bandwidth_) / (rate_ / 2 - bandwidth_)).clamp(0, 1).to(type);  // [N, C]
    // Whole turns go first: the sine of a large float32 argument would lose digits.
    const Tensor phases = (wide_phases - wide_phases.round()).to(type);
    const Tensor freqs = wide_freqs.to(type);

    const Tensor across = freqs.select(2, 0).unsqueeze(2) * positions_ + phases.unsqueeze(2);  // [N, C, W], in turns
    const Tensor down = freqs.select(2, 1).unsqueeze(2) * positions_;                          // [N, C, H]
    const Tensor turns = down.unsqueeze(3) + across.unsqueeze(2);                              // [N, C, H, W]
    const Tensor waves =
        ((turns - turns.round()) * (2 * std::numbers::pi)).sin() * amplitudes.unsqueeze(2).unsqueeze(3);

    const std::int64_t channels = freqs_.size(0);
    const Tensor mixed = at::matmul(weight_ * (1 / std::sqrt(static_cast<double>(channels))), waves.flatten(2));
    return mixed.view({m.size(0), channels, size_, size_});
}

}  // namespace afs
