// The power spectrum of a layer or a picture as the explorer shows it (SPEC 8), and what is read off it: averages over
// circles, cuts, shares of energy. Any thread; tensors of any device.
#pragma once

#include <string>

#include "core/analysis/spectrum_figures.h"
#include "core/model/layer_schedule.h"
#include "core/ops/tensor_convert.h"

namespace afs {

// Power of x, [1, C, H, W] or [C, H, W], summed over the channels that `view` names: each channel less its mean, times
// a Kaiser window, |FFT|^2; divided by its mean over all frequencies. Result: [H, W] float32 on the CPU, DC at [H div
// 2, W div 2]. Throws Error{argument} for a beta outside 0..100 and for a tensor of fewer than 2 x 2 samples.
[[nodiscard]] Tensor layer_power(const Tensor& x, const SpectrumChannels& channels, double beta);

// layer_power in decibels and everything else of the figures. `rate`: samples per image width.
[[nodiscard]] SpectrumFigures layer_spectrum(const Tensor& x, const SpectrumChannels& channels, double beta,
                                             double rate, const SpectrumLimits& limits = {});

// Of a network's module, its rate and limits taken from the table; "output" is the picture. `designed`: false for
// networks whose filters have no designed cutoffs (StyleGAN2); the side counts as the rate then.
[[nodiscard]] SpectrumFigures layer_spectrum(const Tensor& x, const SpectrumChannels& channels, double beta,
                                             const Schedule& schedule, const std::string& layer, bool designed);

}  // namespace afs
