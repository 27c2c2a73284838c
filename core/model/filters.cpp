#include "core/model/filters.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "core/base/error.h"

namespace afs {
namespace {

using std::numbers::pi;

double sinc(double x) { return x == 0 ? 1.0 : std::sin(pi * x) / (pi * x); }

// The radially symmetric ideal low-pass at distance r from its centre.
double jinc(double cutoff, double r) {
    return r == 0 ? pi * cutoff * cutoff : cutoff * std::cyl_bessel_j(1.0, 2 * pi * cutoff * r) / r;
}

void normalise(std::vector<double>& taps) {
    double sum = 0;
    for (const double tap : taps) sum += tap;
    for (double& tap : taps) tap /= sum;
}

}  // namespace

double kaiser_attenuation(int taps, double width, double rate) {
    return 2.285 * (taps - 1) * pi * (width / (rate / 2)) + 7.95;
}

double kaiser_beta(double attenuation_db) {
    if (attenuation_db > 50) return 0.1102 * (attenuation_db - 8.7);
    if (attenuation_db > 21) return 0.5842 * std::pow(attenuation_db - 21, 0.4) + 0.07886 * (attenuation_db - 21);
    return 0;
}

std::vector<double> kaiser_window(int taps, double beta) {
    std::vector<double> window(static_cast<std::size_t>(taps), 1.0);
    if (taps == 1) return window;
    const double centre = (taps - 1) / 2.0;
    for (int n = 0; n < taps; ++n) {
        const double x = (n - centre) / centre;
        window[static_cast<std::size_t>(n)] =
            std::cyl_bessel_i(0.0, beta * std::sqrt(std::max(0.0, 1 - x * x))) / std::cyl_bessel_i(0.0, beta);
    }
    return window;
}

std::vector<double> design_lowpass(const LowpassSpec& spec) {
    if (spec.taps < 1 || spec.taps > 4096 || !(spec.cutoff > 0) || !(spec.width > 0) || !(spec.rate > 0))
        throw Error(ErrorKind::argument, "Could not design a low-pass filter",
                    fmt::format("{} taps, cutoff {}, width {} and rate {} make none", spec.taps, spec.cutoff,
                                spec.width, spec.rate));
    if (spec.taps == 1) return {};
    const auto n = static_cast<std::size_t>(spec.taps);
    const double centre = (spec.taps - 1) / 2.0;
    const auto window = kaiser_window(spec.taps, kaiser_beta(kaiser_attenuation(spec.taps, spec.width, spec.rate)));

    std::vector<double> taps;
    if (!spec.radial) {
        const double relative = spec.cutoff / (spec.rate / 2);
        for (std::size_t i = 0; i < n; ++i)
            taps.push_back(sinc(relative * (static_cast<double>(i) - centre)) * window[i]);
    } else {
        for (std::size_t row = 0; row < n; ++row)
            for (std::size_t column = 0; column < n; ++column) {
                const double x = (static_cast<double>(column) - centre) / spec.rate;
                const double y = (static_cast<double>(row) - centre) / spec.rate;
                taps.push_back(jinc(spec.cutoff, std::hypot(x, y)) * window[row] * window[column]);
            }
    }
    normalise(taps);
    return taps;
}

LowpassSpec up_filter_spec(const LayerSpec& layer) {
    return {layer.up_taps, layer.in_cutoff, 2 * layer.in_half_width, layer.tmp_rate, false};
}

LowpassSpec down_filter_spec(const LayerSpec& layer) {
    return {layer.down_taps, layer.out_cutoff, 2 * layer.out_half_width, layer.tmp_rate, layer.radial};
}

std::vector<double> filter_response_db(const LowpassSpec& filter, const std::vector<double>& frequencies) {
    const std::vector<double> taps = design_lowpass(filter);
    std::vector<double> along(taps.empty() ? 1 : static_cast<std::size_t>(filter.taps), taps.empty() ? 1.0 : 0.0);
    for (std::size_t i = 0; i < taps.size(); ++i) along[i % along.size()] += taps[i];  // of a radial filter: every row
    std::vector<double> response;
    response.reserve(frequencies.size());
    for (const double f : frequencies) {
        std::complex<double> sum = 0.0;
        for (std::size_t i = 0; i < along.size(); ++i)
            sum += along[i] * std::polar(1.0, -2.0 * pi * f / filter.rate * static_cast<double>(i));
        response.push_back(std::max(20.0 * std::log10(std::max(std::abs(sum), 1e-10)), -200.0));
    }
    return response;
}

}  // namespace afs
