// Average spectra of several sources, whitened by one pair of figures so that they can be compared (SPEC 10): what the
// command and the window's job call. Torch-free; any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/analysis/average_spectrum.h"

namespace afs {

struct AverageRun {
    std::vector<std::string> sources = {};                 // data sets, networks, and spectra that were computed (.npz)
    PictureSourceOptions pictures = {};                    // of data sets and networks
    std::optional<std::pair<double, double>> whiten = {};  // mean, std; nothing: of the first source that has pictures
    int interp = 4;
    double beta = 8;
    int map_side = 0;  // of AverageCurve::map; 0: none is wanted
};

struct AverageCurve {
    std::string path = {}, name = {};  // the file's name
    AverageSpectrum spectrum = {};
    std::optional<std::int64_t> pictures = {};  // of what was read now
    SpectrumSlices slices = {};                 // not smoothed
    std::vector<float> map = {};                // [map_side, map_side] dB, smoothed, reduced; DC in the middle
};

struct AverageReport {
    std::vector<AverageCurve> curves = {};        // in the order of the sources; those that are complete
    double mean = 0, std = 1;                     // that they were whitened by; a file of a spectrum keeps its own
    std::optional<std::string> whitened_by = {};  // the source whose figures these are
};

using AverageSpectra = std::function<AverageReport(const AverageRun& run, const Progress& progress,
                                                   const std::function<void(const AverageReport&)>& on_curve)>;

// Every source is opened before the first picture is read: what cannot be compared is said at once. Throws Error as
// open_picture_source, read_spectrum and average_spectrum do, and of different_image_sizes; Error{cancelled}.
[[nodiscard]] AverageReport average_spectra(const AverageRun& run, const Progress& progress = {},
                                            const std::function<void(const AverageReport&)>& on_curve = {});

}  // namespace afs
