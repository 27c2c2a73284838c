// Convolutions whose weights a style scales, done as scaling of activations around one ordinary convolution (SPEC 6.3,
// 11; docs/architecture.md, Speed).
#pragma once

#include "core/ops/packed_kernel.h"
#include "core/ops/tensor_convert.h"

namespace afs {

// Alias-free networks (SPEC 6.3). x: [N, Cin, H, W].  weight: [Cout, Cin, k, k] as stored.  styles: [N, Cin], before
// normalisation. input_gain: undefined, [], [Cin] or [N, Cin].  demodulate = false for ToRGB. Padding k - 1 on every
// side: result [N, Cout, H + k - 1, W + k - 1]. Styles and demodulation are computed in float32 (float64 for x of
// float64); the result has the dtype of x and is channels-last on a CPU. bias: undefined or [Cout], added to the
// result: cheaper here than in the operator that follows. Differentiable twice, through all normalisations. Throws
// Error{argument}.
[[nodiscard]] Tensor modulated_conv3(const Tensor& x, const Tensor& weight, const Tensor& styles, bool demodulate,
                                     const Tensor& input_gain = {}, const Tensor& bias = {});

// What of a kernel does not depend on the styles, for networks that run more than once between changes of their
// weights. weight: [Cout, Cin, k, k] as stored; keep one as long as the weight's values stand.
struct ModulatedKernel {
    ModulatedKernel() = default;
    explicit ModulatedKernel(const Tensor& weight);  // throws Error{argument}

    Tensor weight;   // its values, in the order that convolutions want
    Tensor norm;     // [Cout]: rsqrt of the mean square of an output's values; float32, or float64 where weight is
    Tensor squares;  // [Cout, Cin]: sums of squares, each output's normalised by `norm`; likewise
    PackedKernel packed;
};
// A kernel for pictures of half precision, for the operator in parts only: `weight` is of that type and channels-last,
// each output's values of unit mean square where `demodulate`, so that nothing between styles and demodulation leaves
// half's range, and its inputs, as its outputs unless there are fewer than kHalfChannels, are padded with zeros to
// multiples of kHalfChannels, which is what matrix units want. type: float16 or bfloat16. Throws Error{argument}.
inline constexpr std::int64_t kHalfChannels = 8;
[[nodiscard]] ModulatedKernel half_kernel(const Tensor& weight, c10::ScalarType type, bool demodulate);

// What styles do to a convolution, as scales of its activations.
struct Modulation {
    Tensor before;  // [N, Cin]
    Tensor after;   // [N, Cout]; undefined where nothing is demodulated
};

// The operator in parts, for callers that fold the two scales into their neighbours (see FilteredLreluSpec):
// modulated_conv3 is convolve3(x * before) * after + bias. styles, input_gain, demodulate: as below, of the channels
// without padding; the results are 0 where the kernel is padded.
[[nodiscard]] Modulation modulation3(const ModulatedKernel& kernel, const Tensor& styles, bool demodulate,
                                     const Tensor& input_gain = {});
[[nodiscard]] Tensor convolve3(const Tensor& scaled_x, const ModulatedKernel& kernel, const Tensor& bias = {});

// The same operator, with the same contract.
[[nodiscard]] Tensor modulated_conv3(const Tensor& x, const ModulatedKernel& kernel, const Tensor& styles,
                                     bool demodulate, const Tensor& input_gain = {}, const Tensor& bias = {});

struct ModulatedConv2Spec {
    int up = 1;  // 1 or 2; 2 applies the stored kernel as a true convolution (SPEC 11)
    bool demodulate = true;
    Tensor resample_filter = {};  // for up = 2: [4, 4] or [taps]
};

// What of StyleGAN2's kernel does not depend on the styles; see ModulatedKernel.
struct ModulatedKernel2 {
    ModulatedKernel2() = default;
    // type: of the pictures that come. For float16 and bfloat16 the values are prescaled as SPEC 11 says. Throws
    // Error{argument}.
    ModulatedKernel2(const Tensor& weight, c10::ScalarType type, bool demodulate);

    Tensor weight;   // prescaled; float32, or float64 for pictures of it
    Tensor squares;  // [Cout, Cin]: its sums of squares; undefined where nothing is demodulated
    PackedKernel packed;
};
// The operator in parts, for callers that keep the modulation and fold its second scale into what follows (see
// BiasActSpec). styles: [N, Cin]. type: of the pictures that come; half precision is prescaled as SPEC 11 says.
[[nodiscard]] Modulation modulation2(const ModulatedKernel2& kernel, const Tensor& styles, c10::ScalarType type,
                                     bool demodulate);
struct Convolved2 {
    Tensor y;      // [N, Cout, H*up, W*up]
    Tensor scale;  // [N, Cout]: y * scale is the result; undefined: y is
};
// modulation: modulation2's for x's type; spec.demodulate has been done there.
[[nodiscard]] Convolved2 convolve2(const Tensor& x, const ModulatedKernel2& kernel, const Modulation& modulation,
                                   const ModulatedConv2Spec& spec);

// StyleGAN2 (SPEC 11). noise: undefined, or what broadcasts to [N, 1, H*up, W*up] ([], [H*up, W*up], [N, 1, ...]),
// added after demodulation. Result: [N, Cout, H*up, W*up] (k odd, "same"). Half precision is prescaled as SPEC 11 says.
[[nodiscard]] Tensor modulated_conv2(const Tensor& x, const Tensor& weight, const Tensor& styles, const Tensor& noise,
                                     const ModulatedConv2Spec& spec);

// Plain convolution with resampling (discriminator, resnet skips). weight: [Cout, Cin, k, k] as stored, correlation
// unless up = 2, where it is a true convolution. filter: [taps], [h, w] or undefined. up, down: 1 or 2, not both 2.
// padding in samples of the kernel ("same" = k / 2).
[[nodiscard]] Tensor conv2d_resample(const Tensor& x, const Tensor& weight, const Tensor& filter, int up, int down,
                                     int padding);

}  // namespace afs
