// The filter behind upfirdn2d and filtered_lrelu, without their checks: polyphase through (transposed) depthwise
// convolutions of LibTorch. Internal to this room.
//
// Why so: zeros are never inserted nor multiplied; LibTorch's own derivatives make gradients of any order; and on a CPU
// oneDNN's depthwise convolution on channels-last data is the fastest plain form that was measured (one axis of 64
// channels, 178x178, down 2 with 12 taps, 2 threads: 0.2 to 0.3 ms, against 0.85 ms as banded matrix products and 21 ms
// as one-channel convolutions).
#pragma once

#include "core/ops/upfirdn2d.h"

namespace afs::detail {

// Output side of upfirdn2d along one axis; may be < 1, which callers refuse.
[[nodiscard]] std::int64_t fir_output_size(std::int64_t in, std::int64_t taps, int up, int down, int lo, int hi);

// Taps of a filter along y and x; 1 where it is undefined.
struct FilterSize {
    std::int64_t y = 1, x = 1;
};
[[nodiscard]] FilterSize filter_size(const Tensor& filter);

// A filter made ready for pictures of one type: its taps in both orders, gain included. All are [h, w].
struct FirTaps {
    Tensor convolution, correlation;
};
struct PreparedFilter {
    FirTaps along_x;  // [1, w]; [h, w] where it is not separable; undefined where there is no filter
    FirTaps along_y;  // [h, 1]; undefined where it is not separable
    double gain = 1;  // of no filter
};
[[nodiscard]] PreparedFilter prepare_filter(const Tensor& filter, const at::TensorOptions& type, double gain,
                                            bool flip);

// upfirdn2d for checked arguments, x with elements. The result is channels-last on a CPU. It may share x's memory where
// there is nothing to compute.
[[nodiscard]] Tensor fir(const Tensor& x, const PreparedFilter& filter, Factor2d up, Factor2d down, Padding2d padding);

}  // namespace afs::detail
