#include "core/ops/filtered_lrelu.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>

#include "core/ops/argument_checks.h"
#include "core/ops/fir.h"

namespace afs {
namespace {

constexpr const char* kName = "filtered_lrelu";

void check_filtered_lrelu(const Tensor& x, const Tensor& bias, const FilteredLreluSpec& spec) {
    check_picture(kName, "x", x);
    check_bias(kName, bias, x, x.size(1));
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
        Tensor du = at::leaky_relu_backward(dy[0], y, context->saved_data["slope"].toDouble(), false);
        if (clamp >= 0.0) du = at::hardtanh_backward(du, y, -clamp, clamp);
        return {du, {}, {}};
    }
};

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

    // Rows [first, last) of the result, from the rows of x that they need.
    [[nodiscard]] Tensor rows(const Tensor& part, std::int64_t first, std::int64_t last) const {
        const std::int64_t u_first = first * spec.down, u_last = (last - 1) * spec.down + down_taps.y;
        const std::int64_t lo = spec.padding.y0, up = spec.up;
        // Upsampled row u is the sum over the padded rows u ... u + taps - 1; sample i lies at i * up + lo there.
        const std::int64_t from = std::clamp<std::int64_t>((u_first - lo + up - 1) / up, 0, part.size(2) - 1);
        const std::int64_t reach = u_last - 1 + up_taps.y - 1 - lo;
        const std::int64_t to = std::clamp<std::int64_t>(reach < 0 ? 0 : reach / up + 1, from + 1, part.size(2));
        Padding2d around = spec.padding;
        around.y0 = static_cast<int>(from * up + lo - u_first);
        around.y1 = static_cast<int>(u_last - u_first - (to - from) * up - around.y0 + up_taps.y - 1);
        // What the transposed convolution yields beyond these rows is cropped by as much at both ends; a row more is
        // cheaper than a tap more.
        const int crop_before = static_cast<int>(up_taps.y) - 1 - around.y0;
        const int crop_behind = static_cast<int>(up_taps.y) - spec.up - around.y1;
        const int before = std::max(crop_before - std::max(crop_behind, 0), 0);
        around.y0 += before;
        around.y1 += std::max(crop_behind - std::max(crop_before, 0), 0);
        Tensor u = detail::fir(part.narrow(2, from, to - from), up_filter, {spec.up, spec.up}, {}, around)
                       .narrow(2, before, u_last - u_first);
        activate(u);
        return downsample(u);
    }
};

// How the work on a CPU is cut so that the upsampled picture never exists as a whole: into strips of rows of some
// channels, small enough for the caches. One thread makes a whole strip: a picture's threads meet once, not once an
// operator, which matters most where something else (a window, another program) wants the same cores.
struct Blocks {
    std::int64_t channels, rows;         // of one block
    std::int64_t channel_count, strips;  // blocks along each

    Blocks(const FilteredLrelu& op, std::int64_t samples, std::int64_t threads) {
        constexpr std::int64_t kBytes = 8 << 20;  // of upsampled rows: a share of the last-level cache
        const std::int64_t total = op.x.size(1);
        const auto row_bytes = [&](std::int64_t c) { return op.w.up * c * op.x.element_size(); };
        const auto upsampled = [&](std::int64_t r) { return r * op.spec.down + op.down_taps.y; };
        // Strips overlap by the filter: fewer than 32 rows would repeat much, so rather fewer channels (in the 16 of
        // a register).
        channels = std::clamp<std::int64_t>(kBytes / (row_bytes(1) * upsampled(32)) / 16 * 16, 16, total);
        if (channels >= total) channels = total;
        channel_count = (total + channels - 1) / channels;
        rows = std::clamp<std::int64_t>((kBytes / row_bytes(channels) - op.down_taps.y) / op.spec.down, 16, op.h.out);
        strips = (op.h.out + rows - 1) / rows;
        // Every thread the same share, where strips stay 12 rows or more.
        const std::int64_t others = samples * channel_count;
        while (others * strips % threads != 0 && op.h.out / (strips + 1) >= 12) ++strips;
        rows = (op.h.out + strips - 1) / strips;
        strips = (op.h.out + rows - 1) / rows;
    }
};

Tensor run_blocks(const FilteredLrelu& op) {
    const std::int64_t samples = op.x.size(0), channels = op.x.size(1);
    const Blocks blocks(op, samples, at::get_num_threads());
    const Tensor picture = op.x.contiguous(at::MemoryFormat::ChannelsLast);
    if (samples * blocks.channel_count * blocks.strips == 1) {
        const at::NoGradGuard no_grad;
        return op.rows(picture, 0, op.h.out);
    }
    const Tensor result = at::empty({samples, channels, op.h.out, op.w.out},
                                    picture.options().memory_format(at::MemoryFormat::ChannelsLast));
    const bool inference = c10::InferenceMode::is_enabled();
    at::parallel_for(0, samples * blocks.channel_count * blocks.strips, 1, [&](std::int64_t begin, std::int64_t end) {
        const c10::InferenceMode same(inference);  // modes are each thread's own; the result belongs to the caller's
        const at::NoGradGuard no_grad;
        for (std::int64_t block = begin; block < end; ++block) {
            const std::int64_t strip = block % blocks.strips, rest = block / blocks.strips;
            const std::int64_t c = rest % blocks.channel_count * blocks.channels, n = rest / blocks.channel_count;
            const std::int64_t count = std::min(blocks.channels, channels - c);
            const std::int64_t first = strip * blocks.rows, last = std::min(first + blocks.rows, op.h.out);
            result.narrow(0, n, 1)
                .narrow(1, c, count)
                .narrow(2, first, last - first)
                .copy_(op.rows(picture.narrow(0, n, 1).narrow(1, c, count), first, last));
        }
    });
    return result;
}

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
    const bool filters = spec.up_filter.defined() && spec.down_filter.defined();
    if (x.is_cpu() && filters && !differentiable) return run_blocks(op);
    return op.whole(differentiable);
}

}  // namespace afs
