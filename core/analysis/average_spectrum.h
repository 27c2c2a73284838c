// Average power spectra of many pictures (SPEC 10): the method with which the paper's authors compare what generators
// and photographs hold at each frequency. Torch-free at the door; any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/analysis/picture_source.h"
#include "core/base/error.h"
#include "core/base/file.h"

namespace afs {

// Of every value of every picture, 0..255.
struct PictureStats {
    double mean = 0, std = 0;  // of the population
    std::int64_t pictures = 0;
};
[[nodiscard]] PictureStats picture_stats(PictureSource& source, const Progress& progress = {});

struct AverageSpectrumOptions {
    double mean = 0, std = 1;  // the pictures are whitened by them: one pair for all that are compared
    int interp = 4;            // zero padding: the spectrum's side is interp times the picture's; 1..16
    double beta = 8;           // Kaiser window; 0..100
};

struct AverageSpectrum {
    int image_size = 0;            // pixels a side
    int side = 0;                  // frequencies a side
    std::vector<double> spectrum;  // [side, side], DC at [0, 0]
};

// Streams the pictures; needs memory for a few of them. Throws Error{argument} for options out of bounds; a source's
// errors; Error{cancelled}.
[[nodiscard]] AverageSpectrum average_spectrum(PictureSource& source, const AverageSpectrumOptions& options,
                                               const Progress& progress = {});
void check_spectrum_options(const AverageSpectrumOptions& options);

// Whitened by the figures of the pictures themselves, in one pass: what a slow source makes is made once. The figures
// of `options` do not matter. Throws as average_spectrum does, and Error{argument} for pictures of one colour.
struct OwnSpectrum {
    AverageSpectrum spectrum;
    PictureStats stats;
};
[[nodiscard]] OwnSpectrum own_average_spectrum(PictureSource& source, const AverageSpectrumOptions& options,
                                               const Progress& progress = {});

// The official layout: .npz with `spectrum` float64 [side, side] and `image_size` int64.
void write_spectrum(const std::filesystem::path& path, const AverageSpectrum& spectrum, Overwrite overwrite);
// Throws Error{format} for other contents: another shape or type, a side that is no multiple, values that are not
// finite and positive.
[[nodiscard]] AverageSpectrum read_spectrum(const std::filesystem::path& path);

// Decibels, DC at [side / 2, side / 2], the first row and column once more at the end; smoothed by a Gaussian of sigma
// = smooth * side / image_size steps. Result: [side + 1, side + 1]. smooth: 0..100.
[[nodiscard]] std::vector<double> spectrum_heat_map(const AverageSpectrum& spectrum, double smooth = 1.25);

// From DC outwards, side / 2 + 1 values each. Frequencies in cycles per picture width.
struct SpectrumSlices {
    std::vector<double> frequency0, db0;    // 0 .. image_size / 2
    std::vector<double> frequency45, db45;  // 0 .. image_size / sqrt 2
};
[[nodiscard]] SpectrumSlices spectrum_slices(const AverageSpectrum& spectrum, double smooth = 0);

// Spectra of pictures of different sizes have different frequencies: what to throw for two of them.
[[nodiscard]] Error different_image_sizes(const std::string& first, int first_size, const std::string& second,
                                          int second_size);

}  // namespace afs
