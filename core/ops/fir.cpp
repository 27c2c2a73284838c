#include "core/ops/fir.h"

#include <ATen/ATen.h>

#include <numeric>
#include <span>

#include "core/base/error.h"

namespace afs::detail {
namespace {

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return a >= 0 ? (a + b - 1) / b : -(-a / b); }

// One axis of the operator.
struct Axis {
    std::int64_t in, taps;
    std::int64_t up, down;
    std::int64_t lo, hi;  // padding of the upsampled row

    [[nodiscard]] std::int64_t out() const { return (in * up + lo + hi - taps + down) / down; }
};

// How an axis maps onto a convolution, whose padding is the same at both ends: what is uneven goes into zeros at the
// ends of the filter (a few wasted multiplications instead of a copy of the picture), what is far uneven or negative
// into samples added to or cropped from the picture.
struct AxisPlan {
    std::int64_t pad_lo = 0, pad_hi = 0;        // samples added to the picture, negative crops
    std::int64_t extend_lo = 0, extend_hi = 0;  // zeros added to the filter
    std::int64_t padding = 0;                   // the convolution's own
};

AxisPlan plan_down(const Axis& axis) {
    AxisPlan plan;
    std::int64_t lo = axis.lo, hi = axis.hi;
    const auto hand_over = [](std::int64_t& padding, std::int64_t rest, std::int64_t& pad) {
        pad += padding - rest;
        padding = rest;
    };
    if (lo < 0) hand_over(lo, 0, plan.pad_lo);
    if (hi < 0) hand_over(hi, 0, plan.pad_hi);
    if (lo > hi + axis.taps) hand_over(lo, hi, plan.pad_lo);
    if (hi > lo + axis.taps) hand_over(hi, lo, plan.pad_hi);
    plan.padding = std::max(lo, hi);
    plan.extend_lo = plan.padding - lo;
    plan.extend_hi = plan.padding - hi;
    return plan;
}

// A transposed convolution yields (in-1)*up + taps samples; upfirdn2d keeps all but `lo` and `hi` of them at the ends.
// Only oneDNN is known to take a padding wider than the kernel well: `wide_padding` says that it may be asked to.
AxisPlan plan_up(const Axis& axis, bool wide_padding) {
    AxisPlan plan;
    std::int64_t lo = axis.taps - 1 - axis.lo, hi = axis.taps - axis.up - axis.hi;
    const auto extension = [&] { return std::max({lo, hi, std::int64_t{0}}) - std::min(lo, hi); };
    const std::int64_t widest = wide_padding ? 4 * axis.taps : axis.taps - 1;
    if (extension() > axis.taps || std::max(lo, hi) > widest) {
        // Whole samples that no output sees are dropped, whole samples of zeros added: what remains is small.
        const auto settle = [&](std::int64_t& crop, std::int64_t& pad) {
            if (crop >= axis.taps) pad = -ceil_div(crop - axis.taps + 1, axis.up);
            if (crop < 0) pad = ceil_div(-crop, axis.up);
            crop += pad * axis.up;
        };
        settle(lo, plan.pad_lo);
        settle(hi, plan.pad_hi);
    }
    plan.padding = std::max({lo, hi, std::int64_t{0}});
    plan.extend_lo = plan.padding - lo;
    plan.extend_hi = plan.padding - hi;
    return plan;
}

// Part of a picture. Of one channel a copy: LibTorch 2.11 convolves a view of channels-last memory that has gaps as if
// it had none where there is a single channel, whose stride is that of the columns.
Tensor part_of(const Tensor& x, std::int64_t y0, std::int64_t height, std::int64_t x0, std::int64_t width) {
    const Tensor part = x.narrow(2, y0, height).narrow(3, x0, width);
    return x.size(1) == 1 && x.is_cpu() ? part.clone(at::MemoryFormat::Contiguous) : part;
}

Tensor pad_picture(const Tensor& x, std::int64_t x0, std::int64_t x1, std::int64_t y0, std::int64_t y1) {
    if (x0 == 0 && x1 == 0 && y0 == 0 && y1 == 0) return x;
    if (x0 <= 0 && x1 <= 0 && y0 <= 0 && y1 <= 0)  // a view, where constant_pad_nd would copy
        return part_of(x, -y0, x.size(2) + y0 + y1, -x0, x.size(3) + x0 + x1);
    const auto is_left = [](std::int64_t size, std::int64_t lo, std::int64_t hi) {
        return size + std::min<std::int64_t>(lo, 0) + std::min<std::int64_t>(hi, 0) >= 0;
    };
    if (is_left(x.size(2), y0, y1) && is_left(x.size(3), x0, x1)) return at::constant_pad_nd(x, {x0, x1, y0, y1});
    // constant_pad_nd crops first, which is not possible where padding on one side is cropped from the other.
    const auto padding = [](std::int64_t side) { return std::max<std::int64_t>(side, 0); };
    const Tensor padded = at::constant_pad_nd(x, {padding(x0), padding(x1), padding(y0), padding(y1)});
    return part_of(padded, padding(-y0), x.size(2) + y0 + y1, padding(-x0), x.size(3) + x0 + x1);
}

// What is left of the picture when one axis is cropped away altogether: zeros, through which gradients still flow.
bool vanishes(const Axis& axis, const AxisPlan& plan) {
    return axis.in + std::min<std::int64_t>(plan.pad_lo, 0) + std::min<std::int64_t>(plan.pad_hi, 0) <= 0;
}
Tensor zero_result(const Tensor& x, const Axis& y_axis, const Axis& x_axis) {
    return x.sum({2, 3}, /*keepdim=*/true)
        .mul(0)
        .expand({x.size(0), x.size(1), y_axis.out(), x_axis.out()})
        .contiguous();  // callers may write into it
}

// f [h, w] as the weight of a depthwise convolution.
Tensor depthwise_weight(const Tensor& f, std::int64_t channels) {
    return f.view({1, 1, f.size(0), f.size(1)}).expand({channels, 1, f.size(0), f.size(1)});
}

Tensor extend_filter(const Tensor& f, const AxisPlan& y, const AxisPlan& x) {
    if (y.extend_lo == 0 && y.extend_hi == 0 && x.extend_lo == 0 && x.extend_hi == 0) return f;
    return at::constant_pad_nd(f, {x.extend_lo, x.extend_hi, y.extend_lo, y.extend_hi});
}

Tensor convolve_down(const Tensor& x, const FirTaps& f, const Axis& y_axis, const Axis& x_axis) {
    const AxisPlan y = plan_down(y_axis), xp = plan_down(x_axis);
    if (vanishes(y_axis, y) || vanishes(x_axis, xp)) return zero_result(x, y_axis, x_axis);
    const Tensor weight = depthwise_weight(extend_filter(f.correlation, y, xp), x.size(1));
    return at::conv2d(pad_picture(x, xp.pad_lo, xp.pad_hi, y.pad_lo, y.pad_hi), weight, /*bias=*/{},
                      {y_axis.down, x_axis.down}, at::IntArrayRef({y.padding, xp.padding}), /*dilation=*/1, x.size(1));
}

Tensor convolve_up(const Tensor& x, const FirTaps& f, const Axis& y_axis, const Axis& x_axis) {
    const AxisPlan y = plan_up(y_axis, x.is_cpu()), xp = plan_up(x_axis, x.is_cpu());
    if (vanishes(y_axis, y) || vanishes(x_axis, xp)) return zero_result(x, y_axis, x_axis);
    const Tensor weight = depthwise_weight(extend_filter(f.convolution, y, xp), x.size(1));
    return at::conv_transpose2d(pad_picture(x, xp.pad_lo, xp.pad_hi, y.pad_lo, y.pad_hi), weight, /*bias=*/{},
                                {y_axis.up, x_axis.up}, {y.padding, xp.padding}, /*output_padding=*/0, x.size(1));
}

// Up and down along one axis: output n = q*period + r is tap k = first_tap + j*up of sample q*stride + start + j.
struct Phase {
    std::int64_t first_tap, count, start;
};
struct Phases {
    std::int64_t period, stride;
    std::int64_t blocks;          // outputs of one phase
    std::int64_t pad_lo, pad_hi;  // samples that the picture needs so that every phase finds its own
    std::vector<Phase> phases;

    explicit Phases(const Axis& axis) {
        const std::int64_t divisor = std::gcd(axis.up, axis.down);
        period = axis.up / divisor;
        stride = axis.down / divisor;
        blocks = ceil_div(axis.out(), period);
        std::int64_t first = axis.in, last = -1;
        for (std::int64_t r = 0; r < period; ++r) {
            const std::int64_t base = r * axis.down - axis.lo;
            const std::int64_t first_tap = ((-base % axis.up) + axis.up) % axis.up;
            // A phase that no tap meets still takes one sample, times zero.
            const std::int64_t count = std::max<std::int64_t>(ceil_div(axis.taps - first_tap, axis.up), 1);
            phases.push_back({first_tap, count, (base + first_tap) / axis.up});
            first = std::min(first, phases.back().start);
            last = std::max(last, (blocks - 1) * stride + phases.back().start + count - 1);
        }
        pad_lo = -first;
        pad_hi = last + 1 - axis.in;
    }
};

Tensor convolve_phases(const Tensor& x, const FirTaps& f, const Axis& y_axis, const Axis& x_axis) {
    const Phases y(y_axis), xp(x_axis);
    // Never cropped here: a phase finds its samples by their place.
    const std::int64_t y_lo = std::max<std::int64_t>(y.pad_lo, 0), x_lo = std::max<std::int64_t>(xp.pad_lo, 0);
    const Tensor padded =
        pad_picture(x, x_lo, std::max<std::int64_t>(xp.pad_hi, 0), y_lo, std::max<std::int64_t>(y.pad_hi, 0));
    // With zeros behind for phases that no tap meets.
    const Tensor taps = at::constant_pad_nd(f.correlation, {0, x_axis.up, 0, y_axis.up});
    std::vector<Tensor> rows;
    for (const Phase& py : y.phases) {
        std::vector<Tensor> columns;
        for (const Phase& px : xp.phases) {
            const Tensor samples = part_of(padded, y_lo + py.start, (y.blocks - 1) * y.stride + py.count,
                                           x_lo + px.start, (xp.blocks - 1) * xp.stride + px.count);
            const Tensor part = taps.slice(0, py.first_tap, py.first_tap + py.count * y_axis.up, y_axis.up)
                                    .slice(1, px.first_tap, px.first_tap + px.count * x_axis.up, x_axis.up);
            columns.push_back(at::conv2d(samples, depthwise_weight(part.contiguous(), x.size(1)), /*bias=*/{},
                                         {y.stride, xp.stride}, at::IntArrayRef({0, 0}), /*dilation=*/1, x.size(1)));
        }
        rows.push_back(columns.size() == 1 ? columns[0] : at::stack(columns, -1).flatten(3));
    }
    const Tensor all = rows.size() == 1 ? rows[0] : at::stack(rows, 3).flatten(2, 3);
    return all.narrow(2, 0, y_axis.out()).narrow(3, 0, x_axis.out());
}

Tensor convolve(const Tensor& x, const FirTaps& f, const Axis& y_axis, const Axis& x_axis) {
    if (y_axis.up == 1 && x_axis.up == 1) return convolve_down(x, f, y_axis, x_axis);
    if (y_axis.down == 1 && x_axis.down == 1) return convolve_up(x, f, y_axis, x_axis);
    return convolve_phases(x, f, y_axis, x_axis);
}

}  // namespace

std::int64_t fir_output_size(std::int64_t in, std::int64_t taps, int up, int down, int lo, int hi) {
    const std::int64_t span = in * up + lo + hi - taps + down;
    return span < 0 ? 0 : span / down;
}

FilterSize filter_size(const Tensor& filter) {
    if (!filter.defined()) return {};
    return {filter.size(0), filter.size(-1)};
}

PreparedFilter prepare_filter(const Tensor& filter, const at::TensorOptions& type, double gain, bool flip) {
    if (!filter.defined()) return {{}, {}, gain};
    const auto scalar_type = c10::typeMetaToScalarType(type.dtype());
    if (filter.is_cpu() && type.device().is_cpu() && filter.scalar_type() == at::kFloat && scalar_type == at::kFloat) {
        // A dozen numbers: by hand, in a hundredth of the time that LibTorch's operators take to start.
        const Tensor plain = filter.contiguous();
        const std::span<const float> taps(plain.const_data_ptr<float>(), static_cast<std::size_t>(plain.numel()));
        const auto both_orders = [&](at::IntArrayRef shape, double factor) {
            FirTaps result{at::empty(shape, at::kFloat), at::empty(shape, at::kFloat)};
            float* forward = (flip ? result.correlation : result.convolution).mutable_data_ptr<float>();
            float* backward = (flip ? result.convolution : result.correlation).mutable_data_ptr<float>();
            for (std::size_t i = 0; i < taps.size(); ++i)
                forward[i] = backward[taps.size() - 1 - i] = static_cast<float>(taps[i] * factor);
            return result;
        };
        if (plain.dim() == 2) return {both_orders(plain.sizes(), gain), {}, 1.0};
        return {both_orders({1, plain.size(0)}, gain), both_orders({plain.size(0), 1}, 1.0), 1.0};
    }
    const Tensor f = filter.detach().to(type.device(), scalar_type == at::kDouble ? at::kDouble : at::kFloat);
    const auto both_orders = [&](const Tensor& list) {
        const Tensor one = list.to(scalar_type), other = one.flip({0, 1});
        return flip ? FirTaps{other, one} : FirTaps{one, other};
    };
    const Tensor scaled = gain == 1.0 ? f : f * gain;
    if (f.dim() == 2) return {both_orders(scaled), {}, 1.0};
    return {both_orders(scaled.view({1, -1})), both_orders(f.view({-1, 1})), 1.0};
}

Tensor fir(const Tensor& x, const PreparedFilter& filter, Factor2d up, Factor2d down, Padding2d padding) {
    if (!filter.along_x.convolution.defined()) {
        if (up == Factor2d{} && down == Factor2d{}) {
            const Tensor padded = pad_picture(x, padding.x0, padding.x1, padding.y0, padding.y1);
            return filter.gain == 1.0 ? padded : padded * filter.gain;
        }
        // Resampling without a filter is so rare that it need not be fast.
        return fir(x, prepare_filter(at::ones({1}, x.options()), x.options(), filter.gain, false), up, down, padding);
    }
    const Tensor picture = x.is_cpu() ? x.contiguous(at::MemoryFormat::ChannelsLast) : x;
    const auto taps = [](const FirTaps& list, int dim) { return list.convolution.size(dim); };
    if (!filter.along_y.convolution.defined())
        return convolve(picture, filter.along_x,
                        {x.size(2), taps(filter.along_x, 0), up.y, down.y, padding.y0, padding.y1},
                        {x.size(3), taps(filter.along_x, 1), up.x, down.x, padding.x0, padding.x1});

    // Along x first, so that the second pass of a downsampling and the first of an upsampling are the small ones
    // (reading along a row is the cheaper direction).
    const Axis still{x.size(2), 1, 1, 1, 0, 0};
    const Tensor half = convolve(picture, filter.along_x, still,
                                 {x.size(3), taps(filter.along_x, 1), up.x, down.x, padding.x0, padding.x1});
    return convolve(half, filter.along_y, {x.size(2), taps(filter.along_y, 0), up.y, down.y, padding.y0, padding.y1},
                    {half.size(3), 1, 1, 1, 0, 0});
}

}  // namespace afs::detail
