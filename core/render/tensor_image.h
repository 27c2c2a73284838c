// From a tensor to pixels and figures (SPEC 8).
#pragma once

#include <memory>
#include <utility>

#include "core/ops/tensor_convert.h"
#include "core/render/frame.h"

namespace afs {

struct ChannelSelection {
    int base = 0;            // clamped to [0, C - channels]
    int channels = 3;        // fewer channels in the tensor than this: 1
    bool normalize = false;  // each channel by its own max|x|, clipped to [1e-8, 1e8]
    double gain_db = 0.0;
    bool mosaic = false;  // every channel; base and channels do not apply
};

// x: [1, C, H, W] or [C, H, W], floating point, any device and strides. Result: RGBA, clamp(x * 127.5 + 128, 0, 255)
// truncated. Not for a mosaic.
[[nodiscard]] Image to_image(const Tensor& x, const ChannelSelection& selection = {});
// The same picture, made and left on x's device, where it is complete.
[[nodiscard]] FramePicture to_frame_picture(const Tensor& x, const ChannelSelection& selection = {});

// Every channel as a gray picture, in order, in a grid that is about as wide as high; black between and after them.
[[nodiscard]] std::pair<Image, PictureGrid> to_mosaic(const Tensor& x, const ChannelSelection& selection);

// Means of factor x factor elements; of fewer at the right and lower edge where the size is no multiple.
// x: [1, C, H, W] or [C, H, W]. Result: [C, ceil(H / factor), ceil(W / factor)] float32.
[[nodiscard]] Tensor reduced(const Tensor& x, int factor);

// The channels that the selection shows, [1 or 3, H, W] float32, as they are. Not for a mosaic.
[[nodiscard]] Tensor shown_planes(const Tensor& x, const ChannelSelection& selection);
// The same on the host, for who reads values.
[[nodiscard]] ShownValues shown_values(const Tensor& x, const ChannelSelection& selection);

// Of every channel and of those that the selection shows; std is the unbiased one.
[[nodiscard]] TensorStats tensor_stats(const Tensor& x, const ChannelSelection& selection = {});

}  // namespace afs
