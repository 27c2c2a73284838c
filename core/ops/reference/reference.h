// The operators of this room in the plainest torch that follows SPEC's words: zeros are inserted, weights are modulated
// sample by sample, filters are sums over their taps. Slow and obvious. The yardstick of tests, never part of the
// program.
#pragma once

#include "core/ops/bias_act.h"
#include "core/ops/filtered_lrelu.h"
#include "core/ops/modulated_conv.h"
#include "core/ops/upfirdn2d.h"

namespace afs::reference {

// The contracts are those of the operators of the same names.
[[nodiscard]] Tensor upfirdn2d(const Tensor& x, const Tensor& filter, Factor2d up, Factor2d down, Padding2d padding,
                               double gain = 1.0, bool flip = false);
[[nodiscard]] Tensor bias_act(const Tensor& x, const Tensor& bias, const BiasActSpec& spec);
[[nodiscard]] Tensor filtered_lrelu(const Tensor& x, const Tensor& bias, const FilteredLreluSpec& spec);
[[nodiscard]] Tensor modulated_conv3(const Tensor& x, const Tensor& weight, const Tensor& styles, bool demodulate,
                                     const Tensor& input_gain = {}, const Tensor& bias = {});
[[nodiscard]] Tensor modulated_conv2(const Tensor& x, const Tensor& weight, const Tensor& styles, const Tensor& noise,
                                     const ModulatedConv2Spec& spec);
[[nodiscard]] Tensor fully_connected(const Tensor& x, const Tensor& weight, const Tensor& bias,
                                     double lr_multiplier = 1.0, Activation activation = Activation::linear);

}  // namespace afs::reference
