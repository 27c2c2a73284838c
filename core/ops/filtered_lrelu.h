// The filtered nonlinearity (paper, section 3.2; SPEC 7): bias, upsampling, leaky ReLU, clamp, downsampling.
#pragma once

#include <optional>

#include "core/ops/upfirdn2d.h"

namespace afs {

struct FilteredLreluSpec {
    // [taps], [h, w] or undefined (identity); float32; best in host memory: the device's would be read back each time
    Tensor up_filter = {};
    Tensor down_filter = {};  // likewise
    int up = 1, down = 1;
    Padding2d padding = {};  // with respect to the upsampled picture
    double gain = 1.4142135623730951, slope = 0.2;
    std::optional<double> clamp = {};
    bool flip = false;  // concerns both filters
    // [N, C] or undefined: x is multiplied by load_scale before the bias is added, the result by store_scale. Free of
    // cost where the kernels run; how modulated convolutions hand on their scales.
    Tensor load_scale = {}, store_scale = {};
};

// x: [N, C, H, W] floating point, any strides.  bias: [C] or undefined. Result: [N, C, out_h, out_w], dtype of x.
// Differentiable twice. Throws Error{argument} naming the argument and what it was.
[[nodiscard]] Tensor filtered_lrelu(const Tensor& x, const Tensor& bias, const FilteredLreluSpec& spec);

}  // namespace afs
