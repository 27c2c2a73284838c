// Where the spectra of a network's layers lie beside each other: one logarithmic axis of frequencies for the waterfall
// of the canvas, of a film and of the panel. Torch-free.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/analysis/spectrum_figures.h"

namespace afs {

// The level of the circles between two of them; NaN where there is none: below the first, beyond s/2, no energy.
[[nodiscard]] inline double radial_db_at(const SpectrumFigures& f, double frequency) {
    const double none = std::numeric_limits<double>::quiet_NaN();
    if (f.frequency.size() < 2 || !(frequency >= f.frequency[1]) || frequency > f.frequency.back()) return none;
    const double at = frequency / f.frequency[1];
    const auto k = std::min(static_cast<std::size_t>(at), f.frequency.size() - 2);
    const double low = f.radial_db[k], high = f.radial_db[k + 1];
    if (!std::isfinite(low) || !std::isfinite(high)) return none;
    return low + (high - low) * (at - static_cast<double>(k));
}

// From a power of two below every curve to the highest limit of a layer.
struct WaterfallSpan {
    double low = 1, high = 2;
};
[[nodiscard]] inline WaterfallSpan waterfall_span(const NetworkSpectra& spectra) {
    if (spectra.layers.empty()) return {};
    double low = std::numeric_limits<double>::infinity(), high = 1;
    for (const LayerSpectrum& layer : spectra.layers) {
        low = std::min(low, layer.figures.frequency.at(1));
        high = std::max({high, layer.figures.nyquist, layer.stopband});
    }
    return {std::exp2(std::floor(std::log2(low))), high};
}

}  // namespace afs
