// The table of layers (SPEC 4): everything that asks about a network (inspector, spectra, memory estimate) reads it,
// never a class. Torch-free.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/generator_config.h"

namespace afs {

struct LayerSpec {
    std::string name;                      // "L3_52_512"; StyleGAN2: "b8.conv0", "b8.torgb"
    int in_size = 0, out_size = 0;         // samples, margins included
    double in_rate = 0, out_rate = 0;      // samples per unit image width
    double in_cutoff = 0, out_cutoff = 0;  // f_c, cycles per unit image width
    double in_half_width = 0, out_half_width = 0;
    double out_stopband = 0;  // f_t, same unit; 0: nothing filters the layer's output (ToRGB), or not by design
    double tmp_rate = 0;      // where the nonlinearity runs
    int up = 1, down = 1;
    int up_taps = 1, down_taps = 1;   // 1 = identity
    std::array<int, 4> padding = {};  // x0, x1, y0, y1
    int channels_in = 0, channels_out = 0;
    int kernel = 3;
    bool critical = false, radial = false;  // radial: the down filter really is
    bool half_precision = false;            // by SPEC's rule, on CUDA
    bool is_torgb = false;
    int w_index = 0;  // which of the num_ws copies styles the layer; -1: none (StyleGAN2 resnet's skips)

    bool operator==(const LayerSpec&) const = default;
};

struct Schedule {
    // Fourier input (alias-free) or learned constant (StyleGAN2).
    int input_channels = 0, input_size = 0;
    double input_rate = 0, input_bandwidth = 0;
    int num_ws = 0;
    std::vector<LayerSpec> layers;

    [[nodiscard]] const LayerSpec* find(std::string_view name) const;
};

// Validates the configuration first. Throws Error{network} where it has no schedule (a resampling factor that is not a
// whole number, a cutoff beyond its stopband, a layer of no size). StyleGAN2's rows are its convolutions and ToRGBs in
// the order in which they run; their filters cut off at half the rate and have no designed half-width (0).
[[nodiscard]] Schedule make_schedule(const GeneratorConfig& config,
                                     const std::string& tried = "The network's configuration cannot be used");

}  // namespace afs
