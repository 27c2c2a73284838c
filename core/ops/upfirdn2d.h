// Resampling by an FIR filter (SPEC 7): insert zeros, pad or crop, filter, keep every down-th sample; no zero is ever
// inserted in memory.
#pragma once

#include <array>
#include <optional>
#include <span>

#include "core/ops/tensor_convert.h"

namespace afs {

struct Padding2d {  // in samples of the upsampled picture; negative crops
    int x0 = 0, x1 = 0, y0 = 0, y1 = 0;
    bool operator==(const Padding2d&) const = default;
};

struct Factor2d {  // >= 1
    int x = 1, y = 1;
    bool operator==(const Factor2d&) const = default;
};

// x: [N, C, H, W] floating point, any strides.  filter: [taps] separable, [h, w], or undefined for identity; float32.
// flip = false: true convolution. Result: [N, C, (H*up.y + y0 + y1 - h + down.y)/down.y, ...], dtype of x.
// Differentiable any number of times. Throws Error{argument} naming the argument and what it was.
[[nodiscard]] Tensor upfirdn2d(const Tensor& x, const Tensor& filter, Factor2d up, Factor2d down, Padding2d padding,
                               double gain = 1.0, bool flip = false);

// The conveniences of SPEC 7: `padding` is with respect to the output (upsample2d) or the input.
[[nodiscard]] Tensor upsample2d(const Tensor& x, const Tensor& filter, Factor2d up = {2, 2}, Padding2d padding = {},
                                double gain = 1.0, bool flip = false);
[[nodiscard]] Tensor downsample2d(const Tensor& x, const Tensor& filter, Factor2d down = {2, 2}, Padding2d padding = {},
                                  double gain = 1.0, bool flip = false);
[[nodiscard]] Tensor filter2d(const Tensor& x, const Tensor& filter, Padding2d padding = {}, double gain = 1.0,
                              bool flip = false);

// Taps as upfirdn2d takes them. taps: [n], [h, w], or undefined for the identity [1, 1]. Fewer than 8 taps become their
// outer product unless `separable` says otherwise; normalised to sum 1; times gain^(ndim/2). Result: float32 on the
// CPU.
[[nodiscard]] Tensor setup_filter(const Tensor& taps, std::optional<bool> separable = {}, bool normalize = true,
                                  bool flip = false, double gain = 1.0);
[[nodiscard]] Tensor setup_filter(std::span<const double> taps, std::optional<bool> separable = {},
                                  bool normalize = true, bool flip = false, double gain = 1.0);

}  // namespace afs
