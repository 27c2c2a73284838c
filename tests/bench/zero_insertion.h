// The usual way to compute an alias-free network where there are no kernels for it: zeros are inserted between samples,
// filters run at the full rate, and most of what they make is dropped. A frozen yardstick for benchmarks, written in
// whole-tensor operators of LibTorch; the program never uses it. Do not make it faster.
#pragma once

#include "core/ops/filtered_lrelu.h"

namespace afs::zero_insertion {

// The contracts of the operators of the same names; planes (not channels-last) run fastest.
[[nodiscard]] Tensor upfirdn2d(const Tensor& x, const Tensor& filter, int up, int down, Padding2d padding,
                               double gain = 1.0);
[[nodiscard]] Tensor filtered_lrelu(const Tensor& x, const Tensor& bias, const FilteredLreluSpec& spec);

// SPEC 6.3 as it stands there: every sample's own weights, one group of an ordinary convolution for each sample.
[[nodiscard]] Tensor modulated_conv3(const Tensor& x, const Tensor& weight, const Tensor& styles, bool demodulate);

}  // namespace afs::zero_insertion
