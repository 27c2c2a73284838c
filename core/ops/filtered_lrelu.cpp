#include "core/ops/filtered_lrelu.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>

#include "core/ops/argument_checks.h"
#include "core/ops/fir.h"
#include "core/ops/fused_fir.h"

namespace afs {
namespace {

constexpr const char* kName = "filtered_lrelu";

void check_scale(const char* argument, const Tensor& scale, const Tensor& x) {
    if (!scale.defined()) return;
    if (scale.sizes() != at::IntArrayRef{x.size(0), x.size(1)})
        refuse_argument(kName, "{} is {}, but must be [{}, {}]", argument, describe(scale), x.size(0), x.size(1));
    if (scale.device() != x.device())
        refuse_argument(kName, "{} is on {}, but x is on {}", argument, scale.device().str(), x.device().str());
}

void check_filtered_lrelu(const Tensor& x, const Tensor& bias, const FilteredLreluSpec& spec) {
    check_picture(kName, "x", x);
    check_bias(kName, bias, x, x.size(1));
    check_scale("load_scale", spec.load_scale, x);
    check_scale("store_scale", spec.store_scale, x);
    check_filter(kName, "up_filter", spec.up_filter, x);
    check_filter(kName, "down_filter", spec.down_filter, x);
    if (spec.up < 1) refuse_argument(kName, "up is {}, but must be at least 1", spec.up);
    if (spec.down < 1) refuse_argument(kName, "down is {}, but must be at least 1", spec.down);
    if (!std::isfinite(spec.gain)) refuse_argument(kName, "gain is {}", spec.gain);
    if (!(spec.slope >= 0.0) || !std::isfinite(spec.slope))
        refuse_argument(kName, "slope is {}, but must be at least 0", spec.slope);
    if (spec.clamp && !(*spec.clamp >= 0.0)) refuse_argument(kName, "clamp is {}, but must be at least 0", *spec.clamp);
}

struct Sides {
    std::int64_t up, out;
};
Sides sides(std::int64_t in, std::int64_t up_taps, std::int64_t down_taps, const FilteredLreluSpec& spec, int lo,
            int hi) {
    const std::int64_t up = detail::fir_output_size(in, up_taps, spec.up, 1, lo, hi);
    return {up, up < 1 ? 0 : detail::fir_output_size(up, down_taps, 1, spec.down, 0, 0)};
}

// Leaky ReLU and clamp, remembering only its result: sign and size of that say what the gradient is (SPEC 7: 0 where
// clamped, slope where negative).
struct LreluClamp : public torch::autograd::Function<LreluClamp> {
    static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& u, double slope, double clamp) {
        Tensor y = at::leaky_relu(u, slope);
        if (clamp >= 0.0) y.clamp_(-clamp, clamp);
        context->save_for_backward({y});
        context->saved_data["slope"] = slope;
        context->saved_data["clamp"] = clamp;
        return y;
    }
    // Both operators below are linear in the gradient and differentiable with respect to it: any order follows.
    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list dy) {
        const Tensor y = context->get_saved_variables()[0].detach();
        const double clamp = context->saved_data["clamp"].toDouble();
        // A slope of 0 leaves -0 of what was negative.
        Tensor du = at::where(at::signbit(y), dy[0] * context->saved_data["slope"].toDouble(), dy[0]);
        if (clamp >= 0.0) du = at::hardtanh_backward(du, y, -clamp, clamp);
        return {du, {}, {}};
    }
};

Tensor times(const Tensor& x, const Tensor& scale) {
    return scale.defined() ? x * scale.to(x.scalar_type()).unsqueeze(2).unsqueeze(3) : x;
}

// The operator without its checks.
struct FilteredLrelu {
    Tensor x;  // bias added
    detail::PreparedFilter up_filter, down_filter;
    FilteredLreluSpec spec;
    Sides h, w;
    detail::FilterSize up_taps, down_taps;
    bool x_is_ours = false;  // may be overwritten

    [[nodiscard]] Tensor downsample(const Tensor& y) const {
        return detail::fir(y, down_filter, {}, {spec.down, spec.down}, {});
    }
    // Leaky ReLU and clamp in place.
    void activate(Tensor& u) const {
        if (spec.slope != 1.0) at::leaky_relu_(u, spec.slope);
        if (spec.clamp) u.clamp_(-*spec.clamp, *spec.clamp);
    }

    [[nodiscard]] Tensor whole(bool differentiable) const {
        Tensor u = detail::fir(x, up_filter, {spec.up, spec.up}, {}, spec.padding);
        if (differentiable) return downsample(LreluClamp::apply(u, spec.slope, spec.clamp.value_or(-1.0)));
        // u is a new tensor unless there was nothing to pad and filter.
        if (!x_is_ours && u.is_alias_of(x)) u = u.clone();
        activate(u);
        return downsample(u);
    }
};

}  // namespace

Tensor filtered_lrelu(const Tensor& x, const Tensor& bias, const FilteredLreluSpec& spec) {
    check_filtered_lrelu(x, bias, spec);
    const auto up_taps = detail::filter_size(spec.up_filter), down_taps = detail::filter_size(spec.down_filter);
    const Sides h = sides(x.size(2), up_taps.y, down_taps.y, spec, spec.padding.y0, spec.padding.y1);
    const Sides w = sides(x.size(3), up_taps.x, down_taps.x, spec, spec.padding.x0, spec.padding.x1);
    if (h.out < 1 || w.out < 1)
        refuse_argument(kName,
                        "x is {} and padding is ({}, {}, {}, {}), which leaves no room for the filters of {} x {} and "
                        "{} x {} taps",
                        describe(x), spec.padding.x0, spec.padding.x1, spec.padding.y0, spec.padding.y1, up_taps.y,
                        up_taps.x, down_taps.y, down_taps.x);
    if (x.numel() == 0) return empty_result(x, {x.size(0), x.size(1), h.out, w.out});
    if (const auto y = detail::filtered_lrelu_by_kernel(x, bias, spec, h.out, w.out)) return *y;
    if (spec.load_scale.defined() || spec.store_scale.defined()) {
        FilteredLreluSpec unscaled = spec;
        unscaled.load_scale = unscaled.store_scale = Tensor();
        return times(filtered_lrelu(times(x, spec.load_scale), bias, unscaled), spec.store_scale);
    }

    // The gain rides on the filters. Its size may go before the activation, which is positively homogeneous, its sign
    // after the clamp, which is symmetric.
    const double up_gain = spec.up * spec.up * std::abs(spec.gain), down_gain = spec.gain < 0.0 ? -1.0 : 1.0;
    const FilteredLrelu op{bias.defined() ? x + bias.to(x.scalar_type()).view({1, -1, 1, 1}) : x,
                           detail::prepare_filter(spec.up_filter, x.options(), up_gain, spec.flip),
                           detail::prepare_filter(spec.down_filter, x.options(), down_gain, spec.flip),
                           spec,
                           h,
                           w,
                           up_taps,
                           down_taps,
                           bias.defined()};
    const bool differentiable = at::GradMode::is_enabled() && op.x.requires_grad();
    return op.whole(differentiable);
}

}  // namespace afs
