#include "core/ops/upfirdn2d.h"

#include <ATen/ATen.h>

#include <cmath>
#include <utility>

#include "core/ops/argument_checks.h"
#include "core/ops/fir.h"
#include "core/ops/fused_fir.h"

namespace afs {
namespace {

void check_factor(const char* operator_name, const char* name, Factor2d factor) {
    if (factor.x < 1 || factor.y < 1)
        refuse_argument(operator_name, "{} is {} along x and {} along y, but must be at least 1", name, factor.x,
                        factor.y);
}

Tensor checked_upfirdn2d(const char* operator_name, const Tensor& x, const Tensor& filter, Factor2d up, Factor2d down,
                         Padding2d padding, double gain, bool flip) {
    check_picture(operator_name, "x", x);
    check_filter(operator_name, "filter", filter, x);
    check_factor(operator_name, "up", up);
    check_factor(operator_name, "down", down);
    if (!std::isfinite(gain)) refuse_argument(operator_name, "gain is {}", gain);
    const detail::FilterSize taps = detail::filter_size(filter);
    const std::int64_t height = detail::fir_output_size(x.size(2), taps.y, up.y, down.y, padding.y0, padding.y1);
    const std::int64_t width = detail::fir_output_size(x.size(3), taps.x, up.x, down.x, padding.x0, padding.x1);
    if (height < 1 || width < 1)
        refuse_argument(operator_name,
                        "x is {} and padding is ({}, {}, {}, {}), which leaves no room for a filter of {} x {} taps",
                        describe(x), padding.x0, padding.x1, padding.y0, padding.y1, taps.y, taps.x);
    if (x.numel() == 0) return empty_result(x, {x.size(0), x.size(1), height, width});
    if (const auto y = detail::upfirdn2d_by_kernel(x, filter, up, down, padding, gain, flip, height, width)) return *y;
    return detail::fir(x, detail::prepare_filter(filter, x.options(), gain, flip), up, down, padding);
}

// SPEC 7's integer divisions round down, for taps fewer than the factor too.
int half(int value) { return value >> 1; }

std::pair<int, int> int_size(const Tensor& filter) {
    const detail::FilterSize taps = detail::filter_size(filter);
    return {static_cast<int>(taps.y), static_cast<int>(taps.x)};
}

}  // namespace

Tensor upfirdn2d(const Tensor& x, const Tensor& filter, Factor2d up, Factor2d down, Padding2d padding, double gain,
                 bool flip) {
    return checked_upfirdn2d("upfirdn2d", x, filter, up, down, padding, gain, flip);
}

Tensor upsample2d(const Tensor& x, const Tensor& filter, Factor2d up, Padding2d padding, double gain, bool flip) {
    const auto [h, w] = int_size(filter);
    const Padding2d around{padding.x0 + half(w + up.x - 1), padding.x1 + half(w - up.x),
                           padding.y0 + half(h + up.y - 1), padding.y1 + half(h - up.y)};
    return checked_upfirdn2d("upsample2d", x, filter, up, {}, around, gain * up.x * up.y, flip);
}

Tensor downsample2d(const Tensor& x, const Tensor& filter, Factor2d down, Padding2d padding, double gain, bool flip) {
    const auto [h, w] = int_size(filter);
    const Padding2d around{padding.x0 + half(w - down.x + 1), padding.x1 + half(w - down.x),
                           padding.y0 + half(h - down.y + 1), padding.y1 + half(h - down.y)};
    return checked_upfirdn2d("downsample2d", x, filter, {}, down, around, gain, flip);
}

Tensor filter2d(const Tensor& x, const Tensor& filter, Padding2d padding, double gain, bool flip) {
    const auto [h, w] = int_size(filter);
    const Padding2d around{padding.x0 + half(w), padding.x1 + half(w - 1), padding.y0 + half(h),
                           padding.y1 + half(h - 1)};
    return checked_upfirdn2d("filter2d", x, filter, {}, {}, around, gain, flip);
}

Tensor setup_filter(const Tensor& taps, std::optional<bool> separable, bool normalize, bool flip, double gain) {
    constexpr const char* kName = "setup_filter";
    if (!taps.defined()) return at::ones({1, 1});
    if ((taps.dim() != 1 && taps.dim() != 2) || taps.numel() < 1)
        refuse_argument(kName, "taps is {}, but must be [n] or [h, w]", describe(taps));
    if (taps.dim() == 2 && separable.value_or(false))
        refuse_argument(kName, "taps is {}, which cannot be made separable", describe(taps));
    Tensor filter = taps.to(at::kCPU, at::kDouble);
    if (filter.dim() == 1 && !separable.value_or(filter.numel() >= 8)) filter = at::outer(filter, filter);
    if (normalize) {
        const double sum = filter.sum().item<double>();
        if (sum == 0.0 || !std::isfinite(sum)) refuse_argument(kName, "taps sum to {} and cannot be normalised", sum);
        filter = filter / sum;
    }
    if (flip) filter = filter.dim() == 1 ? filter.flip({0}) : filter.flip({0, 1});
    return (filter * std::pow(gain, 0.5 * static_cast<double>(filter.dim()))).to(at::kFloat);
}

Tensor setup_filter(std::span<const double> taps, std::optional<bool> separable, bool normalize, bool flip,
                    double gain) {
    const Tensor list = at::empty({static_cast<std::int64_t>(taps.size())}, at::kDouble);
    std::copy(taps.begin(), taps.end(), list.mutable_data_ptr<double>());
    return setup_filter(list, separable, normalize, flip, gain);
}

}  // namespace afs
