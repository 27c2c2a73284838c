#include "core/train/blur.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/ops/upfirdn2d.h"

namespace afs {

double blur_sigma(double initial_sigma, double fade_kimg, double images) {
    if (!(fade_kimg > 0)) return 0.0;
    return std::max(1 - images / (fade_kimg * 1e3), 0.0) * initial_sigma;
}

Tensor blur_taps(double sigma) {
    const auto radius = static_cast<std::int64_t>(std::floor(sigma * 3));
    if (radius < 1) return {};
    const Tensor x = at::arange(-radius, radius + 1, at::kDouble) / sigma;
    const Tensor taps = (-x.square()).exp2();
    return (taps / taps.sum()).to(at::kFloat);
}

Tensor blur_pictures(const Tensor& pictures, double sigma) {
    const Tensor taps = blur_taps(sigma);
    return taps.defined() ? filter2d(pictures, taps) : pictures;
}

}  // namespace afs
