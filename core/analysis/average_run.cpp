#include "core/analysis/average_run.h"

#include <algorithm>
#include <tuple>

namespace afs {
namespace {

struct Source {
    AverageCurve curve;
    std::unique_ptr<PictureSource> pictures;

    [[nodiscard]] int image_size() const { return pictures ? pictures->side() : curve.spectrum.image_size; }
};

Source open_source(const std::string& path, const AverageRun& run, const Progress& progress) {
    Source source;
    source.curve.path = path;
    source.curve.name = std::filesystem::path(path).filename().string();
    if (source.curve.name.empty()) source.curve.name = path;
    if (path.ends_with(".npz")) {
        source.curve.spectrum = read_spectrum(path);
    } else {
        source.pictures = open_picture_source(path, run.pictures, progress);
        source.curve.pictures = source.pictures->size();
    }
    return source;
}

bool has_pictures(const Source& source) { return source.pictures != nullptr; }

// Means of the cells that fall together.
std::vector<float> reduced_map(const AverageSpectrum& spectrum, int side) {
    const std::vector<double> map = spectrum_heat_map(spectrum);
    const int from = spectrum.side + 1;
    std::vector<float> out;
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x) {
            const auto cells = [&](int i) {
                const int first = static_cast<int>(static_cast<std::int64_t>(i) * from / side);
                return std::pair(first,
                                 std::max(static_cast<int>(static_cast<std::int64_t>(i + 1) * from / side), first + 1));
            };
            const auto [top, bottom] = cells(y);
            const auto [left, right] = cells(x);
            double sum = 0;
            for (int j = top; j < bottom; ++j)
                for (int i = left; i < right; ++i)
                    sum +=
                        map[static_cast<std::size_t>(j) * static_cast<std::size_t>(from) + static_cast<std::size_t>(i)];
            out.push_back(static_cast<float>(sum / ((bottom - top) * (right - left))));
        }
    return out;
}

}  // namespace

AverageReport average_spectra(const AverageRun& run, const Progress& progress,
                              const std::function<void(const AverageReport&)>& on_curve) {
    AverageSpectrumOptions options{.interp = run.interp, .beta = run.beta};
    if (run.whiten) std::tie(options.mean, options.std) = *run.whiten;
    check_spectrum_options(options);
    std::vector<Source> sources;
    for (const std::string& path : run.sources) sources.push_back(open_source(path, run, progress));
    for (const Source& source : sources)
        if (source.image_size() != sources.front().image_size())
            throw different_image_sizes(sources.front().curve.name, sources.front().image_size(), source.curve.name,
                                        source.image_size());

    AverageReport report;
    const auto to_read = static_cast<double>(std::ranges::count_if(sources, has_pictures));
    double step = 0;
    const auto next_part = [&] {
        const double begin = step++;
        return progress.part(begin / to_read, step / to_read);
    };
    // Whoever gives the figures is read first, so that it is read once.
    const auto first = std::ranges::find_if(sources, has_pictures);
    const bool measure = !run.whiten && first != sources.end();
    if (measure) {
        OwnSpectrum own = own_average_spectrum(*first->pictures, options, next_part());
        first->curve.spectrum = std::move(own.spectrum);
        options.mean = own.stats.mean;
        options.std = own.stats.std;
        report.whitened_by = first->curve.name;
    }
    report.mean = options.mean;
    report.std = options.std;
    for (Source& source : sources) {
        if (source.pictures && !(measure && &source == &*first))
            source.curve.spectrum = average_spectrum(*source.pictures, options, next_part());
        source.curve.slices = spectrum_slices(source.curve.spectrum);
        if (run.map_side > 0) source.curve.map = reduced_map(source.curve.spectrum, run.map_side);
        report.curves.push_back(std::move(source.curve));
        if (on_curve) on_curve(report);
    }
    return report;
}

}  // namespace afs
