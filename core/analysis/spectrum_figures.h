// What a spectrum says, as values. Torch-free: panels and plots include it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/model/filters.h"

namespace afs {

inline constexpr double kSpectrumBeta = 8.0;        // of the Kaiser window
inline constexpr double kMostSpectrumBeta = 100.0;  // beyond it nothing is left of a picture's edges
inline constexpr double kSpectrumRangeDb = 50.0;

struct SpectrumChannels {
    int base = 0;
    int count = 0;  // 0: all
};

// Frequencies beyond which energy is counted; cycles per image width.
struct SpectrumLimits {
    double cutoff = 0;    // f_c; 0: not counted
    double band = 0;      // s/2 - f_h; 0: not counted
    bool radial = false;  // outside a circle; else outside a square, as separable filters cut
};

// Frequencies in cycles per image width; levels in dB relative to the mean of the whole spectrum. -inf where there is
// no energy at all.
struct SpectrumFigures {
    int width = 0, height = 0;
    double nyquist = 0;               // s/2
    std::vector<float> db;            // [height, width], DC at [height div 2, width div 2]
    std::vector<double> frequency;    // 0 .. s/2, of the next two
    std::vector<double> radial_db;    // mean power on circles, each one step wide
    std::vector<double> cut0_db;      // along the x axis
    std::vector<double> frequency45;  // 0 .. s/sqrt 2
    std::vector<double> cut45_db;     // along the diagonal
    // |response| of the layer's filters at `frequency`, dB; empty where there is none.
    std::vector<double> up_filter_db, down_filter_db;
    std::optional<double> beyond_cutoff, beyond_band;  // shares of the energy, 0..1
};

// Of one module of a network: a row of the waterfall.
struct LayerSpectrum {
    std::string name = {};
    SpectrumFigures figures = {};     // without the map
    double cutoff = 0, stopband = 0;  // f_c and f_t; 0: none
};

// Of every module, of one picture or of several.
struct NetworkSpectra {
    std::vector<LayerSpectrum> layers = {};  // in the order in which they run
    int pictures = 0;                        // whose power was added
    [[nodiscard]] const LayerSpectrum* find(const std::string& name) const {
        for (const LayerSpectrum& layer : layers)
            if (layer.name == name) return &layer;
        return nullptr;
    }
};

}  // namespace afs
