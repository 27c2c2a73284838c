// From a tensor to pixels and figures (SPEC 8).
#pragma once

#include "core/ops/tensor_convert.h"
#include "core/render/frame.h"

namespace afs {

struct ChannelSelection {
    int base = 0;            // clamped to [0, C - channels]
    int channels = 3;        // fewer channels in the tensor than this: 1
    bool normalize = false;  // each channel by its own max|x|, clipped to [1e-8, 1e8]
    double gain_db = 0.0;
};

// x: [1, C, H, W] or [C, H, W], floating point, any device and strides. Result: RGBA, clamp(x * 127.5 + 128, 0, 255)
// truncated.
[[nodiscard]] Image to_image(const Tensor& x, const ChannelSelection& selection = {});

// Of every channel and of those that the selection shows; std is the unbiased one.
[[nodiscard]] TensorStats tensor_stats(const Tensor& x, const ChannelSelection& selection = {});

}  // namespace afs
