// The blur through which R's discriminator sees pictures at the start of training (SPEC 13).
#pragma once

#include "core/ops/tensor_convert.h"

namespace afs {

// Standard width in pixels after `images` pictures: fades linearly from initial_sigma to 0 within fade_kimg thousands.
[[nodiscard]] double blur_sigma(double initial_sigma, double fade_kimg, double images);

// [2 floor(3 sigma) + 1] taps 2^-(x/sigma)^2, sum 1. Undefined where that is
// one tap: no blur.
[[nodiscard]] Tensor blur_taps(double sigma);

// pictures: [N, C, H, W]; zeros outside, the same size. Differentiable any number of times.
[[nodiscard]] Tensor blur_pictures(const Tensor& pictures, double sigma);

}  // namespace afs
