// The wavelet filters of the augmentations (SPEC 14). Private to the room.
#pragma once

#include "core/ops/tensor_convert.h"

namespace afs {

// The 2 n taps of Daubechies' least-asymmetric low-pass filter with n vanishing moments, float64; sum sqrt(2). Here n
// is 2 or 6.
[[nodiscard]] Tensor symlet(int vanishing_moments);

// [4, 43] float64: filters of four bands, lowest first, that sum to the identity in 43 centred taps.
[[nodiscard]] Tensor band_filters();

}  // namespace afs
