#include "core/analysis/average_spectrum.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <numbers>

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/formats/npy.h"
#include "core/model/filters.h"
#include "core/ops/tensor_convert.h"
#include "core/ops/thread_pool.h"

namespace afs {
namespace {

constexpr int kMostInterp = 16, kMostSide = 16384;
constexpr double kMostBeta = 100, kMostSmooth = 100;
constexpr std::int64_t kPicturesAtOnce = 16;

Error refuse(const std::string& why, const std::string& what_to_do = {}) {
    return {ErrorKind::argument, "Could not compute an average spectrum", why, what_to_do};
}

// Calls `take(pixels, pictures)` with every picture of the source, a few at a time.
template <class Take>
void stream(PictureSource& source, const Progress& progress, const std::string& doing, Take take) {
    const std::int64_t size = source.size();
    // Pictures of a network are made one by one: the bar moves with each.
    const std::int64_t at_once = source.is_network() ? 1 : kPicturesAtOnce;
    for (std::int64_t first = 0; first < size; first += at_once) {
        progress.check_stop();
        progress.report(static_cast<double>(first) / static_cast<double>(size),
                        fmt::format("{} {}: {} of {} pictures", doing, source.name(), first, size));
        const std::int64_t count = std::min(at_once, size - first);
        take(source.read(first, count, progress), count);
    }
    progress.report(1.0, fmt::format("{} {}", doing, source.name()));
}

// Adds |FFT|^2 of windowed, zero-padded pictures; only the half of the frequencies that a real signal has.
//
// Whitening is linear: with F of the windowed pixels and W of the window, a whitened picture has (F - mean W) / std. So
// its figures may come last: |F - mean W|^2 = |F|^2 - 2 mean Re(F W*) + mean^2 |W|^2, and of F the sum is enough.
// Pixels are taken less a mean that is near the true one, so that the three terms do not cancel more than they must.
class PowerSum {
  public:
    // `final`: options.mean is the pictures' mean; there is nothing to correct, and no sum of F is kept.
    PowerSum(int image_size, const AverageSpectrumOptions& options, bool final)
        : size_(image_size), side_(image_size * options.interp), half_(side_ / 2 + 1), taken_(options.mean) {
        std::vector<double> window = kaiser_window(image_size, options.beta);
        double energy = 0;
        for (const double w : window) energy += w * w;
        for (double& w : window) w /= std::sqrt(energy);
        const Tensor one = at::tensor(window, at::kDouble);
        window_ = one.unsqueeze(1) * one;
        const auto bins = static_cast<std::size_t>(side_) * static_cast<std::size_t>(half_);
        sum_ = {std::vector<double>(bins), std::vector<double>(final ? 0 : 2 * bins)};
    }

    void add(const std::vector<std::uint8_t>& planes, std::int64_t count) {
        std::map<std::int64_t, Part> parts;  // by their first plane: sums do not depend on who was first
        std::mutex mutex;
        thread_pool()(count, [&](std::int64_t begin, std::int64_t end) {
            const at::NoGradGuard no_grad;
            Part part{std::vector<double>(sum_.power.size()), std::vector<double>(sum_.spectrum.size())};
            for (std::int64_t i = begin; i < end; ++i) {
                auto* const bytes = const_cast<std::uint8_t*>(planes.data()) + i * size_ * size_;
                const Tensor f =
                    transform(at::from_blob(bytes, {size_, size_}, at::kByte).to(at::kDouble).sub_(taken_));
                const auto* const v = static_cast<const double*>(at::view_as_real(f).const_data_ptr());
                for (std::size_t k = 0; k < part.power.size(); ++k)
                    part.power[k] += v[2 * k] * v[2 * k] + v[2 * k + 1] * v[2 * k + 1];
                for (std::size_t k = 0; k < part.spectrum.size(); ++k) part.spectrum[k] += v[k];
            }
            const std::lock_guard lock(mutex);
            parts.emplace(begin, std::move(part));
        });
        for (const auto& [first, part] : parts) {
            for (std::size_t k = 0; k < sum_.power.size(); ++k) sum_.power[k] += part.power[k];
            for (std::size_t k = 0; k < sum_.spectrum.size(); ++k) sum_.spectrum[k] += part.spectrum[k];
        }
        planes_ += count;
    }

    // Of the pictures whitened by `mean` and `std`; `mean`: options.mean, where that was final.
    [[nodiscard]] AverageSpectrum whitened(double mean, double std) const {
        const at::NoGradGuard no_grad;
        std::vector<double> power = sum_.power;
        const double count = static_cast<double>(planes_);
        if (!sum_.spectrum.empty()) {
            const Tensor f = transform(at::ones({size_, size_}, at::kDouble));
            const auto* const w = static_cast<const double*>(at::view_as_real(f).const_data_ptr());
            const double m = mean - taken_;
            for (std::size_t k = 0; k < power.size(); ++k) {
                const double cross = sum_.spectrum[2 * k] * w[2 * k] + sum_.spectrum[2 * k + 1] * w[2 * k + 1];
                const double window = w[2 * k] * w[2 * k] + w[2 * k + 1] * w[2 * k + 1];
                power[k] = std::max(power[k] - 2 * m * cross + count * m * m * window, 0.0);
            }
        }
        for (double& p : power) p /= std * std * count;
        AverageSpectrum out{size_, side_, {}};
        out.spectrum.resize(static_cast<std::size_t>(side_) * static_cast<std::size_t>(side_));
        const auto n = static_cast<std::size_t>(side_), half = static_cast<std::size_t>(half_);
        for (std::size_t y = 0; y < n; ++y)
            for (std::size_t x = 0; x < n; ++x)
                out.spectrum[y * n + x] = x < half ? power[y * half + x] : power[(n - y) % n * half + (n - x)];
        return out;
    }

  private:
    struct Part {
        std::vector<double> power;     // [side, half], sums of |F|^2
        std::vector<double> spectrum;  // [side, half, 2], sums of F; or empty
    };

    // Rows first: those of the padding are zero, so they need no transform. x: [size, size] float64. Result: [side,
    // half] complex.
    [[nodiscard]] Tensor transform(const Tensor& x) const {
        return at::fft_fft(at::fft_rfft(x * window_, side_, 1), side_, 0).contiguous();
    }

    int size_, side_, half_;
    double taken_;   // that pixels are less by
    Tensor window_;  // [size, size], unit energy
    Part sum_;
    std::int64_t planes_ = 0;
};

// Exact for 10^14 values: they are whole numbers.
class ValueSum {
  public:
    void add(const std::vector<std::uint8_t>& values) {
        for (const std::uint64_t v : values) {
            sum_ += v;
            squares_ += v * v;
        }
        count_ += values.size();
    }
    [[nodiscard]] PictureStats stats(const PictureSource& source) const {
        if (count_ == 0) throw refuse(source.name() + " has no pictures");
        const long double n = static_cast<long double>(count_), mean = static_cast<long double>(sum_) / n;
        const long double variance = static_cast<long double>(squares_) / n - mean * mean;
        return {static_cast<double>(mean), static_cast<double>(std::sqrt(std::max(variance, 0.0L))), source.size()};
    }

  private:
    std::uint64_t sum_ = 0, squares_ = 0, count_ = 0;
};

void check_size(const PictureSource& source, const AverageSpectrumOptions& options) {
    if (source.side() < 2 || source.side() > kMostSide / options.interp)
        throw refuse(fmt::format("pictures of {0} x {0} pixels at interp {1} give a side of {2}, outside 2 to {3}",
                                 source.side(), options.interp, source.side() * options.interp, kMostSide));
}

// A line of values smoothed in place, the ends continued.
void smooth_line(double* first, std::size_t stride, std::size_t count, const std::vector<double>& kernel,
                 std::vector<double>& copy) {
    const auto radius = static_cast<std::ptrdiff_t>(kernel.size() / 2), last = static_cast<std::ptrdiff_t>(count) - 1;
    copy.resize(count);
    for (std::size_t i = 0; i < count; ++i) copy[i] = first[i * stride];
    for (std::ptrdiff_t i = 0; i <= last; ++i) {
        double sum = 0;
        for (std::ptrdiff_t k = -radius; k <= radius; ++k)
            sum += kernel[static_cast<std::size_t>(k + radius)] *
                   copy[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(i + k, 0, last))];
        first[static_cast<std::size_t>(i) * stride] = sum;
    }
}

}  // namespace

PictureStats picture_stats(PictureSource& source, const Progress& progress) {
    ValueSum values;
    stream(source, progress, "statistics of",
           [&](const std::vector<std::uint8_t>& pixels, std::int64_t) { values.add(pixels); });
    return values.stats(source);
}

void check_spectrum_options(const AverageSpectrumOptions& options) {
    if (!std::isfinite(options.mean)) throw refuse(fmt::format("the mean is {}", options.mean));
    if (!(options.std > 0) || !std::isfinite(options.std))
        throw refuse(fmt::format("the standard deviation is {:g}, but must be above 0", options.std),
                     "Pictures of one colour have no spectrum.");
    if (options.interp < 1 || options.interp > kMostInterp)
        throw refuse(fmt::format("interp is {}, outside 1 to {}", options.interp, kMostInterp));
    if (!(options.beta >= 0 && options.beta <= kMostBeta))
        throw refuse(fmt::format("beta is {:g}, outside 0 to {:g}", options.beta, kMostBeta));
}

AverageSpectrum average_spectrum(PictureSource& source, const AverageSpectrumOptions& options,
                                 const Progress& progress) {
    check_spectrum_options(options);
    check_size(source, options);
    PowerSum sum(source.side(), options, /*final=*/true);
    stream(source, progress, "spectrum of", [&](const std::vector<std::uint8_t>& pixels, std::int64_t count) {
        sum.add(pixels, count * source.channels());
    });
    return sum.whitened(options.mean, options.std);
}

OwnSpectrum own_average_spectrum(PictureSource& source, const AverageSpectrumOptions& options,
                                 const Progress& progress) {
    AverageSpectrumOptions used = options;
    used.mean = 127.5;  // of the range
    used.std = 1;
    check_spectrum_options(used);
    check_size(source, used);
    PowerSum sum(source.side(), used, /*final=*/false);
    ValueSum values;
    stream(source, progress, "spectrum of", [&](const std::vector<std::uint8_t>& pixels, std::int64_t count) {
        values.add(pixels);
        sum.add(pixels, count * source.channels());
    });
    const PictureStats stats = values.stats(source);
    used.mean = stats.mean;
    used.std = stats.std;
    check_spectrum_options(used);
    return {sum.whitened(stats.mean, stats.std), stats};
}

void write_spectrum(const std::filesystem::path& path, const AverageSpectrum& spectrum, Overwrite overwrite) {
    const auto bytes_of = [](const auto* first, std::size_t count) {
        const auto* const begin = reinterpret_cast<const std::byte*>(first);
        return std::vector<std::byte>(begin, begin + count * sizeof *first);
    };
    const std::int64_t image_size = spectrum.image_size;
    write_npz(path,
              {{"spectrum", make_tensor_data(DType::f64, {spectrum.side, spectrum.side},
                                             bytes_of(spectrum.spectrum.data(), spectrum.spectrum.size()))},
               {"image_size", make_tensor_data(DType::i64, {}, bytes_of(&image_size, 1))}},
              overwrite);
}

AverageSpectrum read_spectrum(const std::filesystem::path& path) {
    const std::string tried = "Could not open " + path.string();
    const auto fail = [&](std::string why) {
        return Error(ErrorKind::format, tried, std::move(why),
                     "Files of average spectra are made by `afstudio spectra calc`.");
    };
    AverageSpectrum out;
    std::int64_t image_size = 0;
    for (const auto& [name, array] : read_npz(path)) {
        if (name == "image_size" && array.numel() == 1) image_size = std::llround(to_doubles(array)[0]);
        if (name != "spectrum") continue;
        if ((array.dtype != DType::f64 && array.dtype != DType::f32) || array.shape.size() != 2 ||
            array.shape[0] != array.shape[1] || array.shape[0] < 2 || array.shape[0] > kMostSide)
            throw fail(fmt::format("its spectrum is {} {}, not a square of floating-point numbers",
                                   dtype_name(array.dtype), shape_text(array.shape)));
        out.side = static_cast<int>(array.shape[0]);
        out.spectrum = to_doubles(array);
    }
    if (out.spectrum.empty()) throw fail("it holds no array \"spectrum\"");
    if (image_size < 2 || image_size > out.side || out.side % image_size != 0)
        throw fail(fmt::format("its image_size {} does not divide its {} frequencies a side", image_size, out.side));
    out.image_size = static_cast<int>(image_size);
    if (std::any_of(out.spectrum.begin(), out.spectrum.end(), [](double v) { return !std::isfinite(v) || v < 0; }))
        throw fail("its spectrum holds values that no power can have");
    return out;
}

std::vector<double> spectrum_heat_map(const AverageSpectrum& s, double smooth) {
    if (!(smooth >= 0 && smooth <= kMostSmooth))
        throw Error(ErrorKind::argument, "Could not draw a spectrum",
                    fmt::format("smooth is {:g}, outside 0 to {:g}", smooth, kMostSmooth));
    const auto n = static_cast<std::size_t>(s.side), out = n + 1;
    std::vector<double> map(out * out);
    const std::size_t to_centre = n - n / 2;  // of an index of the map to one of the spectrum
    for (std::size_t y = 0; y < out; ++y)
        for (std::size_t x = 0; x < out; ++x)
            map[y * out + x] =
                10.0 * std::log10(std::max(s.spectrum[(y + to_centre) % n * n + (x + to_centre) % n], 1e-300));
    const double sigma = smooth * s.side / s.image_size;
    const auto radius = static_cast<int>(4 * sigma + 0.5);
    if (radius == 0) return map;
    std::vector<double> kernel(static_cast<std::size_t>(2 * radius + 1));
    double sum = 0;
    for (int k = -radius; k <= radius; ++k)
        sum += kernel[static_cast<std::size_t>(k + radius)] = std::exp(-0.5 * k * k / (sigma * sigma));
    for (double& k : kernel) k /= sum;
    const kernels::ParallelFor pool = thread_pool();
    for (const bool down : {true, false})
        pool(static_cast<std::int64_t>(out), [&](std::int64_t begin, std::int64_t end) {
            std::vector<double> copy;
            for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
                smooth_line(map.data() + (down ? i : i * out), down ? out : 1, out, kernel, copy);
        });
    return map;
}

SpectrumSlices spectrum_slices(const AverageSpectrum& spectrum, double smooth) {
    const std::vector<double> map = spectrum_heat_map(spectrum, smooth);
    const auto out = static_cast<std::size_t>(spectrum.side) + 1, centre = static_cast<std::size_t>(spectrum.side / 2);
    const double step = static_cast<double>(spectrum.image_size) / spectrum.side;
    SpectrumSlices slices;
    for (std::size_t k = 0; k <= centre; ++k) {
        slices.frequency0.push_back(static_cast<double>(k) * step);
        slices.db0.push_back(map[centre * out + centre + k]);
        slices.frequency45.push_back(static_cast<double>(k) * step * std::numbers::sqrt2);
        slices.db45.push_back(map[(centre + k) * out + centre + k]);
    }
    return slices;
}

Error different_image_sizes(const std::string& first, int first_size, const std::string& second, int second_size) {
    return {
        ErrorKind::argument, "Could not compare the spectra",
        fmt::format("{0} is of pictures of {1} x {1} pixels, {2} of {3} x {3}", first, first_size, second, second_size),
        "Only spectra of pictures of one size have the same frequencies."};
}

}  // namespace afs
