// Convolutions whose weights a style scales, done as scaling of activations around one ordinary convolution (SPEC 6.3,
// 11; DESIGN 8).
#pragma once

#include "core/ops/tensor_convert.h"

namespace afs {

// Alias-free networks (SPEC 6.3). x: [N, Cin, H, W].  weight: [Cout, Cin, k, k] as stored.  styles: [N, Cin], before
// normalisation. input_gain: undefined, [], [Cin] or [N, Cin].  demodulate = false for ToRGB. Padding k - 1 on every
// side: result [N, Cout, H + k - 1, W + k - 1]. Styles and demodulation are computed in float32; the result has the
// dtype of x. Differentiable twice, through all normalisations.
[[nodiscard]] Tensor modulated_conv3(const Tensor& x, const Tensor& weight, const Tensor& styles, bool demodulate,
                                     const Tensor& input_gain = {});

struct ModulatedConv2Spec {
    int up = 1;  // 1 or 2; 2 applies the stored kernel as a true convolution (SPEC 11)
    bool demodulate = true;
    Tensor resample_filter;  // for up = 2: [4, 4] or [taps]
};

// StyleGAN2 (SPEC 11). noise: undefined, [H, W] or [N, 1, H, W], added after demodulation. Result: [N, Cout, H*up,
// W*up] (k odd, "same").
[[nodiscard]] Tensor modulated_conv2(const Tensor& x, const Tensor& weight, const Tensor& styles, const Tensor& noise,
                                     const ModulatedConv2Spec& spec);

// Plain convolution with resampling (discriminator, resnet skips): weight as stored, correlation unless up = 2. padding
// in samples of the kernel ("same" = k / 2).
[[nodiscard]] Tensor conv2d_resample(const Tensor& x, const Tensor& weight, const Tensor& filter, int up, int down,
                                     int padding);

}  // namespace afs
