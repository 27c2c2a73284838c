#include "core/analysis/spectrum.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <mutex>
#include <numbers>

#include "core/base/error.h"
#include "core/ops/thread_pool.h"

namespace afs {
namespace {

constexpr std::int64_t kChannelsAtOnce = 4;  // a thread's working set stays in its cache

Tensor window(std::int64_t size, double beta) {
    const auto values = kaiser_window(static_cast<int>(size), beta);
    return at::tensor(values, at::kFloat);
}

// Sums that do not wait for each other: one alone is as slow as its chain of additions.
float mean_of(const float* from, std::int64_t count) {
    constexpr std::int64_t kLanes = 16;
    std::array<double, kLanes> sums{};
    std::int64_t i = 0;
    for (; i + kLanes <= count; i += kLanes)
        for (std::int64_t k = 0; k < kLanes; ++k) sums[static_cast<std::size_t>(k)] += from[i + k];
    double sum = 0;
    for (; i < count; ++i) sum += from[i];
    for (const double part : sums) sum += part;
    return static_cast<float>(sum / static_cast<double>(count));
}

// Two planes less their means, times the window, as the real and the imaginary parts of one plane of complex numbers.
void fill_pair(const float* real, const float* imaginary, const float* windows, std::int64_t count, float* to) {
    const float a = mean_of(real, count), b = mean_of(imaginary, count);
    for (std::int64_t i = 0; i < count; ++i) {
        to[2 * i] = (real[i] - a) * windows[i];
        to[2 * i + 1] = (imaginary[i] - b) * windows[i];
    }
}

// One plane, without another.
void fill_single(const float* real, const float* windows, std::int64_t count, float* to) {
    const float a = mean_of(real, count);
    for (std::int64_t i = 0; i < count; ++i) {
        to[2 * i] = (real[i] - a) * windows[i];
        to[2 * i + 1] = 0.0F;
    }
}

// Sums |FFT|^2 of planes [C, H, W]. Result: [H, W], DC at [0, 0]. On CPUs two planes a and b share one transform of z =
// a + ib: |A(f)|^2 + |B(f)|^2 is the mean of |Z(f)|^2 and |Z(-f)|^2, and a complex transform of half as many planes
// takes three quarters of the time of a real one.
Tensor summed_power(const Tensor& planes, const Tensor& windows) {
    const std::int64_t channels = planes.size(0), height = planes.size(1), width = planes.size(2),
                       count = height * width;
    if (planes.is_cuda()) {
        const Tensor centred = (planes - planes.mean({1, 2}, true)).mul_(windows.to(planes.device()));
        return at::view_as_real(at::fft_fft2(centred)).square().sum(at::IntArrayRef{0, 3}).cpu();
    }
    const std::int64_t chunks = (channels + kChannelsAtOnce - 1) / kChannelsAtOnce;
    const Tensor parts = at::zeros({chunks, height, width});
    const float* const w = windows.const_data_ptr<float>();
    thread_pool()(chunks, [&](std::int64_t begin, std::int64_t end) {
        const at::NoGradGuard no_grad;  // the guard of the calling thread does not reach here
        for (std::int64_t chunk = begin; chunk < end; ++chunk) {
            const std::int64_t first = chunk * kChannelsAtOnce;
            const Tensor some = planes.narrow(0, first, std::min(kChannelsAtOnce, channels - first)).contiguous();
            const std::int64_t pairs = (some.size(0) + 1) / 2;
            const Tensor z = at::empty({pairs, height, width, 2});
            for (std::int64_t pair = 0; pair < pairs; ++pair) {
                const float* const first_plane = some.const_data_ptr<float>() + 2 * pair * count;
                float* const to = z.mutable_data_ptr<float>() + 2 * pair * count;
                if (2 * pair + 1 < some.size(0))
                    fill_pair(first_plane, first_plane + count, w, count, to);
                else
                    fill_single(first_plane, w, count, to);
            }
            const Tensor f = at::fft_fft2(at::view_as_complex(z)).contiguous();
            const auto* const values = static_cast<const float*>(at::view_as_real(f).const_data_ptr());
            float* const sum = parts.mutable_data_ptr<float>() + chunk * count;
            for (std::int64_t pair = 0; pair < pairs; ++pair) {
                const float* const plane = values + pair * count * 2;
                for (std::int64_t i = 0; i < count; ++i)
                    sum[i] += plane[2 * i] * plane[2 * i] + plane[2 * i + 1] * plane[2 * i + 1];
            }
        }
    });
    const Tensor sum = parts.sum(0);  // always in this order: equal scenes give equal pixels, whatever the threads
    return (sum + sum.flip({0, 1}).roll({1, 1}, {0, 1})).mul_(0.5);  // -f lies at the mirrored place, DC at itself
}

double decibel(double power) { return power > 0 ? 10.0 * std::log10(power) : -std::numeric_limits<double>::infinity(); }

}  // namespace

Tensor layer_power_sum(const Tensor& x, const SpectrumChannels& channels, double beta) {
    const std::string tried = "Could not compute a spectrum";
    if (!(beta >= 0 && beta <= kMostSpectrumBeta))
        throw Error(ErrorKind::argument, tried,
                    fmt::format("beta is {:g}, outside 0 to {:g}", beta, kMostSpectrumBeta));
    AFS_CHECK((x.dim() == 4 && x.size(0) == 1) || x.dim() == 3);
    const at::NoGradGuard no_grad;
    Tensor planes = (x.dim() == 4 ? x.squeeze(0) : x).to(at::kFloat);
    const std::int64_t height = planes.size(1), width = planes.size(2);
    if (planes.size(0) < 1 || height < 2 || width < 2)
        throw Error(ErrorKind::argument, tried,
                    fmt::format("a layer of {} x {} samples has no frequencies", width, height));
    if (channels.count > 0) {
        const std::int64_t count = std::min<std::int64_t>(channels.count, planes.size(0));
        planes = planes.narrow(0, std::clamp<std::int64_t>(channels.base, 0, planes.size(0) - count), count);
    }
    // DC comes to [H div 2, W div 2].
    return summed_power(planes, window(height, beta).unsqueeze(1) * window(width, beta))
        .roll({height / 2, width / 2}, {0, 1});
}

namespace {

Tensor relative(const Tensor& power) {
    const double mean = power.sum(at::kDouble).item<double>() / static_cast<double>(power.numel());
    return mean > 0 ? power / mean : power;
}

}  // namespace

Tensor layer_power(const Tensor& x, const SpectrumChannels& channels, double beta) {
    return relative(layer_power_sum(x, channels, beta));
}

SpectrumScale spectrum_scale(const Schedule& schedule, const std::string& layer, bool designed, std::int64_t width) {
    SpectrumScale scale{.rate = static_cast<double>(width)};
    if (!designed) return scale;
    // The picture is what the last row makes, scaled.
    const LayerSpec* const row = layer == "output" ? &schedule.layers.back() : schedule.find(layer);
    if (row) {
        scale.rate = row->out_rate;
        scale.limits = {row->out_cutoff, row->out_rate / 2 - row->out_half_width, row->radial};
        if (row->up_taps > 1) scale.up_filter = up_filter_spec(*row);
        if (row->down_taps > 1) scale.down_filter = down_filter_spec(*row);
    } else if (layer == "input") {
        scale.rate = schedule.input_rate;
        scale.limits.cutoff = schedule.input_bandwidth;
    }
    return scale;
}

SpectrumFigures spectrum_figures(const Tensor& sum, const SpectrumScale& scale, bool map) {
    const Tensor power = relative(sum);
    const SpectrumLimits& limits = scale.limits;
    SpectrumFigures out;
    out.height = static_cast<int>(power.size(0));
    out.width = static_cast<int>(power.size(1));
    out.nyquist = scale.rate / 2;
    const float* const p = power.const_data_ptr<float>();
    const int cy = out.height / 2, cx = out.width / 2, most = std::min(cy, cx);
    const double step_y = scale.rate / out.height, step_x = scale.rate / out.width;
    if (map) {
        const Tensor db = power.log10().mul_(10.0);
        out.db.assign(db.const_data_ptr<float>(), db.const_data_ptr<float>() + db.numel());
    }

    std::vector<double> rings(static_cast<std::size_t>(most) + 1), counts(rings.size());
    double total = 0, beyond_cutoff = 0, beyond_band = 0;
    for (int y = 0; y < out.height; ++y)
        for (int i = 0; i < out.width; ++i) {
            const double v = p[y * out.width + i];
            const double fy = std::abs(y - cy) * step_y, fx = std::abs(i - cx) * step_x,
                         r = std::sqrt(fx * fx + fy * fy);
            const double distance = limits.radial ? r : std::max(fx, fy);
            total += v;
            if (distance > limits.cutoff) beyond_cutoff += v;
            if (distance > limits.band) beyond_band += v;
            const auto ring = static_cast<std::size_t>(r / step_x + 0.5);
            if (ring >= rings.size()) continue;
            rings[ring] += v;
            counts[ring] += 1;
        }
    // A tensor that is the same everywhere has no energy, hence no shares of it.
    if (limits.cutoff > 0 && total > 0) out.beyond_cutoff = beyond_cutoff / total;
    if (limits.band > 0 && total > 0) out.beyond_band = beyond_band / total;
    // An even side has its highest frequency only below DC; power is the same on both sides.
    for (int k = 0; k <= most; ++k) {
        out.frequency.push_back(k * step_x);
        out.frequency45.push_back(std::numbers::sqrt2 * k * step_x);
        const auto ring = static_cast<std::size_t>(k);
        out.radial_db.push_back(decibel(rings[ring] / counts[ring]));
        out.cut0_db.push_back(decibel(p[cy * out.width + cx - k]));
        out.cut45_db.push_back(decibel(p[(cy - k) * out.width + cx - k]));
    }
    if (scale.up_filter) out.up_filter_db = filter_response_db(*scale.up_filter, out.frequency);
    if (scale.down_filter) out.down_filter_db = filter_response_db(*scale.down_filter, out.frequency);
    return out;
}

SpectrumFigures layer_spectrum(const Tensor& x, const SpectrumChannels& channels, double beta, double rate,
                               const SpectrumLimits& limits) {
    return spectrum_figures(layer_power_sum(x, channels, beta), {.rate = rate, .limits = limits});
}

SpectrumFigures layer_spectrum(const Tensor& x, const SpectrumChannels& channels, double beta, const Schedule& schedule,
                               const std::string& layer, bool designed) {
    return spectrum_figures(layer_power_sum(x, channels, beta), spectrum_scale(schedule, layer, designed, x.size(-1)));
}

}  // namespace afs
