// The power spectrum of a layer or a picture as the explorer shows it (SPEC 8), and what is read off it: averages over
// circles, cuts, shares of energy. Any thread; tensors of any device.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/analysis/spectrum_figures.h"
#include "core/model/layer_schedule.h"
#include "core/ops/tensor_convert.h"

namespace afs {

// Power of x, [1, C, H, W] or [C, H, W], summed over the channels that `view` names: each channel less its mean, times
// a Kaiser window, |FFT|^2; divided by its mean over all frequencies. Result: [H, W] float32 on the CPU, DC at [H div
// 2, W div 2]. Throws Error{argument} for a beta outside 0..100 and for a tensor of fewer than 2 x 2 samples.
[[nodiscard]] Tensor layer_power(const Tensor& x, const SpectrumChannels& channels, double beta);

// The same before the division: what averages over pictures add. Result: [H, W] float32 on the CPU, not negative.
[[nodiscard]] Tensor layer_power_sum(const Tensor& x, const SpectrumChannels& channels, double beta);

// What a module's spectrum is measured by: its rate, the limits of its energy, and its filters.
struct SpectrumScale {
    double rate = 1;  // samples per image width
    SpectrumLimits limits = {};
    std::optional<LowpassSpec> up_filter = {}, down_filter = {};
};
// Of a network's module; "output" is the picture. `designed`: false for networks whose filters have no designed cutoffs
// (StyleGAN2); the tensor's side, `width`, counts as the rate then.
[[nodiscard]] SpectrumScale spectrum_scale(const Schedule& schedule, const std::string& layer, bool designed,
                                           std::int64_t width);

// The figures of a power as layer_power_sum gives it, or of a sum of such. `map`: the decibels of every frequency, too.
[[nodiscard]] SpectrumFigures spectrum_figures(const Tensor& power, const SpectrumScale& scale, bool map = true);

// layer_power in decibels and everything else of the figures. `rate`: samples per image width.
[[nodiscard]] SpectrumFigures layer_spectrum(const Tensor& x, const SpectrumChannels& channels, double beta,
                                             double rate, const SpectrumLimits& limits = {});

// Of a network's module, as spectrum_scale says.
[[nodiscard]] SpectrumFigures layer_spectrum(const Tensor& x, const SpectrumChannels& channels, double beta,
                                             const Schedule& schedule, const std::string& layer, bool designed);

}  // namespace afs
