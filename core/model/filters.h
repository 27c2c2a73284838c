// Low-pass filters of the alias-free networks (SPEC 5): designed in double precision, rounded once by whoever stores
// them. Torch-free; any thread.
#pragma once

#include <vector>

#include "core/model/layer_schedule.h"

namespace afs {

struct LowpassSpec {
    int taps = 1;         // 1: no filter
    double cutoff = 0;    // f_c, cycles per unit length
    double width = 0;     // of the whole transition band (2 f_h), same unit
    double rate = 1;      // fs, samples per unit length
    bool radial = false;  // a circular passband: taps x taps values, row-major, instead of `taps`
    bool operator==(const LowpassSpec&) const = default;
};

// Unit gain at DC. Empty for one tap: the identity. Throws Error{argument} for sizes and frequencies that make no
// filter.
[[nodiscard]] std::vector<double> design_lowpass(const LowpassSpec& spec);

// Of the Kaiser window that reaches what `taps` and `width` allow.
[[nodiscard]] double kaiser_attenuation(int taps, double width, double rate);  // dB
[[nodiscard]] double kaiser_beta(double attenuation_db);
// Symmetric; largest value 1 at the centre.
[[nodiscard]] std::vector<double> kaiser_window(int taps, double beta);

// |response| in dB of a filter along the x axis at `frequencies`; 0 dB everywhere for the identity. Never below -200
// dB.
[[nodiscard]] std::vector<double> filter_response_db(const LowpassSpec& filter, const std::vector<double>& frequencies);

// A layer's filters at its temporary rate.
[[nodiscard]] LowpassSpec up_filter_spec(const LayerSpec& layer);
[[nodiscard]] LowpassSpec down_filter_spec(const LayerSpec& layer);

}  // namespace afs
