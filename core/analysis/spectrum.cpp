#include "core/analysis/spectrum.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
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

// Sums |FFT|^2 of planes [C, H, W], a few channels at a time. Result: [H, W / 2 + 1].
Tensor summed_power(const Tensor& planes, const Tensor& windows) {
    const std::int64_t channels = planes.size(0), height = planes.size(1), half = planes.size(2) / 2 + 1;
    const std::int64_t chunks = (channels + kChannelsAtOnce - 1) / kChannelsAtOnce;
    if (planes.is_cuda()) {
        const Tensor centred = (planes - planes.mean({1, 2}, true)).mul_(windows.to(planes.device()));
        return at::view_as_real(at::fft_rfft2(centred)).square().sum(at::IntArrayRef{0, 3}).cpu();
    }
    const Tensor parts = at::zeros({chunks, height, half});
    thread_pool()(chunks, [&](std::int64_t begin, std::int64_t end) {
        const at::NoGradGuard no_grad;  // the guard of the calling thread does not reach here
        for (std::int64_t chunk = begin; chunk < end; ++chunk) {
            const std::int64_t first = chunk * kChannelsAtOnce;
            const Tensor some = planes.narrow(0, first, std::min(kChannelsAtOnce, channels - first));
            const Tensor f = at::fft_rfft2((some - some.mean({1, 2}, true)).mul_(windows)).contiguous();
            const auto* const values = static_cast<const float*>(at::view_as_real(f).const_data_ptr());
            float* const sum = parts.mutable_data_ptr<float>() + chunk * height * half;
            for (std::int64_t c = 0; c < some.size(0); ++c) {
                const float* const plane = values + c * height * half * 2;
                for (std::int64_t i = 0; i < height * half; ++i)
                    sum[i] += plane[2 * i] * plane[2 * i] + plane[2 * i + 1] * plane[2 * i + 1];
            }
        }
    });
    return parts.sum(0);  // always in this order: equal scenes give equal pixels, whatever the threads
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
    const Tensor half = summed_power(planes, window(height, beta).unsqueeze(1) * window(width, beta));
    Tensor power = at::empty({height, width});
    const float* const from = half.const_data_ptr<float>();
    float* const to = power.mutable_data_ptr<float>();
    const std::int64_t columns = width / 2 + 1;
    for (std::int64_t y = 0; y < height; ++y)
        for (std::int64_t i = 0; i < width; ++i) {
            const bool mirrored = i >= columns;  // a real signal: P(-f) = P(f)
            to[(y + height / 2) % height * width + (i + width / 2) % width] =
                from[(mirrored ? (height - y) % height : y) * columns + (mirrored ? width - i : i)];
        }
    return power;
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
