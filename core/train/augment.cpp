#include "core/train/augment.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/base/error.h"
#include "core/ops/upfirdn2d.h"
#include "core/train/augment_filters.h"

namespace afs {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kIntegerShift = 0.125, kScaleStd = 0.2, kAnisoStd = 0.2, kFractionalShiftStd = 0.125;
constexpr double kBrightnessStd = 0.2, kContrastStd = 0.5, kSaturationStd = 1.0;
constexpr double kBandStd = 1.0, kNoiseStd = 0.1, kCutoutSize = 0.5;
constexpr std::array kBandPower = {10.0 / 13, 1.0 / 13, 1.0 / 13, 1.0 / 13};  // of natural pictures

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kBilinear = 0, kZeros = 0;  // as LibTorch counts them

// Bilinear sampling at fixed places, zeros outside: linear in the pictures, so that its gradient's gradient is the same
// sampling (LibTorch's own has none of second order).
Tensor sample(const Tensor& x, const Tensor& grid);
Tensor sample_transposed(const Tensor& dy, const Tensor& grid, at::IntArrayRef shape);

struct Sample : public torch::autograd::Function<Sample> {
    static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& grid) {
        context->save_for_backward({grid});
        context->saved_data["shape"] = x.sizes().vec();
        return at::grid_sampler_2d(x.detach(), grid, kBilinear, kZeros, /*align_corners=*/false);
    }
    static variable_list backward(AutogradContext* context, variable_list dy) {
        return {sample_transposed(dy[0], context->get_saved_variables()[0], context->saved_data["shape"].toIntVector()),
                {}};
    }
};

struct SampleTransposed : public torch::autograd::Function<SampleTransposed> {
    static Tensor forward(AutogradContext* context, const Tensor& dy, const Tensor& grid,
                          std::vector<std::int64_t> shape) {
        context->save_for_backward({grid});
        const Tensor like = at::empty({1}, dy.options()).expand(shape);  // of which only the shape matters
        return std::get<0>(at::grid_sampler_2d_backward(dy.detach().contiguous(), like, grid, kBilinear, kZeros,
                                                        /*align_corners=*/false, {true, false}));
    }
    static variable_list backward(AutogradContext* context, variable_list ddx) {
        return {sample(ddx[0], context->get_saved_variables()[0]), {}, {}};
    }
};

Tensor sample(const Tensor& x, const Tensor& grid) { return Sample::apply(x, grid); }
Tensor sample_transposed(const Tensor& dy, const Tensor& grid, at::IntArrayRef shape) {
    return SampleTransposed::apply(dy, grid, shape.vec());
}

// One number a picture, or the same for all of a stack of matrices: [N] float64 tensors.
Tensor rows(std::initializer_list<std::initializer_list<Tensor>> entries) {
    std::vector<Tensor> stacked;
    for (const auto& row : entries) stacked.push_back(at::stack(at::TensorList(row.begin(), row.size()), -1));
    return at::stack(stacked, -2);
}

// Parameters and gates of one batch, drawn in the order of the calls. Parameters are float32 as drawn; matrices are
// made in float64.
class Draws {
  public:
    Draws(std::int64_t batch, double p, RandomSource& random, const std::optional<AugmentAt>& at)
        : batch_(batch), p_(p), random_(random), at_(at) {}

    // [N, columns] uniform in [0, 1), or the quantile of all.
    [[nodiscard]] Tensor uniform(std::int64_t columns = 1) {
        if (at_) return at::full({batch_, columns}, at_->quantile, at::kFloat);
        return random_.uniform({batch_, columns});
    }
    [[nodiscard]] Tensor normal(std::int64_t columns = 1) {
        if (!at_) return random_.normal({batch_, columns});
        return at::full({batch_, columns}, erfinv(2 * at_->quantile - 1), at::kFloat);
    }
    // N(0, 1)'s size.
    [[nodiscard]] Tensor magnitude() {
        if (!at_) return random_.normal({batch_, 1}).abs();
        return at::full({batch_, 1}, erfinv(at_->quantile), at::kFloat);
    }
    [[nodiscard]] Tensor field(at::IntArrayRef shape) { return random_.normal(shape); }

    // `value` where the gate is open, else `neutral`.
    [[nodiscard]] Tensor gated(const Tensor& value, double multiplier, double neutral) {
        return gated_by(value, multiplier * p_, neutral);
    }
    [[nodiscard]] Tensor gated_by(const Tensor& value, double probability, double neutral) {
        if (at_) return value;
        return at::where(random_.uniform({batch_, 1}) < probability, value, at::scalar_tensor(neutral, at::kFloat));
    }

    [[nodiscard]] bool fixed() const { return at_.has_value(); }
    [[nodiscard]] double p() const { return p_; }

  private:
    static double erfinv(double x) { return at::erfinv(at::scalar_tensor(x, at::kDouble)).item<double>(); }

    std::int64_t batch_;
    double p_;
    RandomSource& random_;
    std::optional<AugmentAt> at_;
};

Tensor column(const Tensor& parameters, std::int64_t i = 0) { return parameters.select(1, i).to(at::kDouble); }

struct Matrices3 {  // [N, 3, 3] of columns [N]
    static Tensor scaling(const Tensor& x, const Tensor& y) {
        const Tensor zero = at::zeros_like(x), one = at::ones_like(x);
        return rows({{x, zero, zero}, {zero, y, zero}, {zero, zero, one}});
    }
    static Tensor scaling(double x, double y) { return scaling(scalar(x), scalar(y)); }
    static Tensor translation(const Tensor& x, const Tensor& y) {
        const Tensor zero = at::zeros_like(x), one = at::ones_like(x);
        return rows({{one, zero, x}, {zero, one, y}, {zero, zero, one}});
    }
    static Tensor translation(double x, double y) { return translation(scalar(x), scalar(y)); }
    static Tensor rotation(const Tensor& cosine, const Tensor& sine) {
        const Tensor zero = at::zeros_like(cosine), one = at::ones_like(cosine);
        return rows({{cosine, -sine, zero}, {sine, cosine, zero}, {zero, zero, one}});
    }
    static Tensor rotation(const Tensor& angle) { return rotation(angle.cos(), angle.sin()); }

  private:
    static Tensor scalar(double x) { return at::full({1}, x, at::kDouble); }
};

bool any_geometry(const AugmentOptions& o) {
    return o.xflip > 0 || o.rotate90 > 0 || o.integer_shift > 0 || o.scale > 0 || o.rotate > 0 || o.aniso > 0 ||
           o.fractional_shift > 0;
}

// From output to input, in pixels about the centre: [N, 3, 3] float64.
Tensor draw_geometry(const AugmentOptions& o, Draws& draws, std::int64_t batch, double width, double height) {
    Tensor g = at::eye(3, at::kDouble).repeat({batch, 1, 1});
    const auto then = [&](const Tensor& inverse) { g = g.matmul(inverse); };
    if (o.xflip > 0) {
        const Tensor i = column(draws.gated((draws.uniform() * 2).floor(), o.xflip, 0));
        then(Matrices3::scaling(1 - 2 * i, at::ones_like(i)));
    }
    if (o.rotate90 > 0) {
        const Tensor i = column(draws.gated((draws.uniform() * 4).floor(), o.rotate90, 0));
        const Tensor cosine = (i == 0).to(at::kDouble) - (i == 2).to(at::kDouble);  // exact
        const Tensor sine = (i == 1).to(at::kDouble) - (i == 3).to(at::kDouble);
        then(Matrices3::rotation(cosine, sine));
    }
    if (o.integer_shift > 0) {
        const Tensor t = draws.gated((draws.uniform(2) * 2 - 1) * kIntegerShift, o.integer_shift, 0);
        then(Matrices3::translation(-(column(t, 0) * width).round(), -(column(t, 1) * height).round()));
    }
    if (o.scale > 0) {
        const Tensor s = column(draws.gated((draws.normal() * kScaleStd).exp2(), o.scale, 1));
        then(Matrices3::scaling(1 / s, 1 / s));
    }
    // Twice, so that anisotropic scaling happens in any direction; together with probability p.
    const double p_rotate = 1 - std::sqrt(std::clamp(1 - o.rotate * draws.p(), 0.0, 1.0));
    if (o.rotate > 0) {
        const Tensor angle = (draws.uniform() * 2 - 1) * kPi;
        then(Matrices3::rotation(column(draws.gated_by(angle, p_rotate, 0))));
    }
    if (o.aniso > 0) {
        const Tensor s = column(draws.gated((draws.normal() * kAnisoStd).exp2(), o.aniso, 1));
        then(Matrices3::scaling(1 / s, s));
    }
    if (o.rotate > 0) {
        const Tensor drawn = draws.fixed() ? at::zeros({batch, 1}) : (draws.uniform() * 2 - 1) * kPi;
        then(Matrices3::rotation(column(draws.gated_by(drawn, p_rotate, 0))));
    }
    if (o.fractional_shift > 0) {
        const Tensor t = draws.gated(draws.normal(2) * kFractionalShiftStd, o.fractional_shift, 0);
        then(Matrices3::translation(-column(t, 0) * width, -column(t, 1) * height));
    }
    return g;
}

// One resampling for all of it, without aliasing: reflected margins, twice the rate, bilinear there, back.
Tensor resample(const Tensor& x, const Tensor& inverse, AugmentTrace* trace) {
    const auto width = static_cast<double>(x.size(3)), height = static_cast<double>(x.size(2));
    const Tensor taps = symlet(6);
    const std::int64_t reach = taps.size(0) / 4;  // of the filter, in pixels: 3
    const double cx = (width - 1) / 2, cy = (height - 1) / 2;

    // How far outside the corners of the outputs look, over the whole batch.
    const Tensor corners =
        at::tensor(at::ArrayRef<double>({-cx, cx, cx, -cx, -cy, -cy, cy, cy, 1, 1, 1, 1}), at::kDouble).view({3, 4});
    const Tensor seen = inverse.matmul(corners);  // [N, 3, 4]
    const auto margin = [&](std::int64_t axis, double sign, double centre) {
        const double outside =
            (seen.select(1, axis) * sign).max().item<double>() + static_cast<double>(2 * reach) - centre;
        return static_cast<std::int64_t>(std::ceil(std::clamp(outside, 0.0, 2 * centre)));
    };
    const std::int64_t left = margin(0, -1, cx), top = margin(1, -1, cy), right = margin(0, 1, cx),
                       bottom = margin(1, 1, cy);
    Tensor y = at::reflection_pad2d(x, {left, right, top, bottom});
    Tensor g = Matrices3::translation(static_cast<double>(left - right) / 2, static_cast<double>(top - bottom) / 2)
                   .matmul(inverse);

    const Tensor filter = (taps / taps.sum()).to(at::kFloat);
    y = upsample2d(y, filter, {2, 2});
    g = Matrices3::translation(-0.5, -0.5)
            .matmul(Matrices3::scaling(2, 2))
            .matmul(g)
            .matmul(Matrices3::scaling(0.5, 0.5))
            .matmul(Matrices3::translation(0.5, 0.5));
    const std::int64_t out_h = (x.size(2) + 2 * reach) * 2, out_w = (x.size(3) + 2 * reach) * 2;
    g = Matrices3::scaling(2.0 / static_cast<double>(y.size(3)), 2.0 / static_cast<double>(y.size(2)))
            .matmul(g)
            .matmul(Matrices3::scaling(static_cast<double>(out_w) / 2, static_cast<double>(out_h) / 2));
    if (trace != nullptr) {
        trace->inverse_geometry = inverse;
        trace->margin = {static_cast<int>(left), static_cast<int>(top), static_cast<int>(right),
                         static_cast<int>(bottom)};
        trace->sampling = g;
    }
    const Tensor theta = g.slice(1, 0, 2).to(at::kFloat).to(x.device());
    const Tensor grid = at::affine_grid_generator(theta, {x.size(0), x.size(1), out_h, out_w}, /*align_corners=*/false);
    y = sample(y.contiguous(), grid);
    const int crop = static_cast<int>(-2 * reach);
    return downsample2d(y, filter, {2, 2}, {crop, crop, crop, crop}, /*gain=*/1.0, /*flip=*/true);
}

bool any_colour(const AugmentOptions& o) {
    return o.brightness > 0 || o.contrast > 0 || o.luma_flip > 0 || o.hue > 0 || o.saturation > 0;
}

// [N, 4, 4] float64. Gray pictures draw no hue and saturation.
Tensor draw_colour(const AugmentOptions& o, Draws& draws, std::int64_t batch, bool gray) {
    const Tensor identity = at::eye(4, at::kDouble);
    Tensor c = identity.repeat({batch, 1, 1});
    const auto then = [&](const Tensor& matrix) { c = matrix.matmul(c); };
    const auto each = [](const Tensor& values) { return values.view({-1, 1, 1}); };
    const double third = 1 / std::sqrt(3.0);
    const Tensor luma = at::tensor(at::ArrayRef<double>({third, third, third, 0.0}), at::kDouble);  // the gray axis
    const Tensor along = at::outer(luma, luma);
    if (o.brightness > 0) {
        const Tensor b = column(draws.gated(draws.normal() * kBrightnessStd, o.brightness, 0));
        Tensor move = at::zeros({4, 4}, at::kDouble);
        move.slice(0, 0, 3).select(1, 3).fill_(1);
        then(identity + each(b) * move);
    }
    if (o.contrast > 0) {
        const Tensor s = column(draws.gated((draws.normal() * kContrastStd).exp2(), o.contrast, 1));
        Tensor colours = identity.clone();
        colours[3][3].fill_(0);
        then(identity + each(s - 1) * colours);
    }
    if (o.luma_flip > 0) {
        const Tensor i = column(draws.gated((draws.uniform() * 2).floor(), o.luma_flip, 0));
        then(identity - 2 * each(i) * along);
    }
    if (o.hue > 0 && !gray) {
        // Rodrigues' formula, right-handed about the gray axis.
        const Tensor angle = column(draws.gated((draws.uniform() * 2 - 1) * kPi, o.hue, 0));
        Tensor cross = at::zeros({4, 4}, at::kDouble);
        cross[0][1].fill_(-third);
        cross[0][2].fill_(third);
        cross[1][0].fill_(third);
        cross[1][2].fill_(-third);
        cross[2][0].fill_(-third);
        cross[2][1].fill_(third);
        Tensor colours = identity.clone();
        colours[3][3].fill_(0);
        then(identity + each(angle.sin()) * cross + each(1 - angle.cos()) * (along - colours));
    }
    if (o.saturation > 0 && !gray) {
        const Tensor s = column(draws.gated((draws.normal() * kSaturationStd).exp2(), o.saturation, 1));
        then(along + (identity - along) * each(s));
    }
    return c;
}

Tensor recolour(const Tensor& x, const Tensor& colour) {
    const Tensor c = colour.to(at::kFloat).to(x.device());
    const Tensor flat = x.flatten(2);
    if (x.size(1) == 3)
        return at::baddbmm(c.slice(1, 0, 3).slice(2, 3, 4), c.slice(1, 0, 3).slice(2, 0, 3), flat).view_as(x);
    const Tensor mean = c.slice(1, 0, 3).mean(1, /*keepdim=*/true);  // [N, 1, 4]
    return (flat * mean.slice(2, 0, 3).sum(2, true) + mean.slice(2, 3, 4)).view_as(x);
}

// Each band's gain, the total power of natural pictures kept: [N, 4] float64.
Tensor draw_band_gains(const AugmentOptions& o, Draws& draws, std::int64_t batch) {
    const Tensor power = at::tensor(at::ArrayRef<double>(kBandPower.data(), kBandPower.size()), at::kDouble);
    Tensor gains = at::ones({batch, 4}, at::kDouble);
    for (std::int64_t band = 0; band < 4; ++band) {
        Tensor change = at::ones({batch, 4}, at::kDouble);
        change.select(1, band).copy_(column(draws.gated((draws.normal() * kBandStd).exp2(), o.image_filter, 1)));
        gains = gains * change / (power * change.square()).sum(1, true).sqrt();
    }
    return gains;
}

Tensor filter_bands(const Tensor& x, const Tensor& gains) {
    const Tensor taps = gains.matmul(band_filters()).to(at::kFloat).to(x.device());  // [N, 43]
    const std::int64_t reach = taps.size(1) / 2;
    if (std::min(x.size(2), x.size(3)) <= reach)
        throw Error(
            ErrorKind::argument, "Could not filter pictures in bands",
            fmt::format("they are {} x {}, but must be larger than {} pixels a side", x.size(3), x.size(2), reach));
    const std::int64_t planes = x.size(0) * x.size(1);
    const Tensor kernels = taps.unsqueeze(1).repeat({1, x.size(1), 1}).view({planes, 1, taps.size(1)});
    Tensor y = at::reflection_pad2d(x, {reach, reach, reach, reach});
    y = y.reshape({1, planes, y.size(2), y.size(3)});
    y = at::conv2d(y, kernels.unsqueeze(2), {}, 1, at::IntArrayRef{0}, 1, planes);
    y = at::conv2d(y, kernels.unsqueeze(3), {}, 1, at::IntArrayRef{0}, 1, planes);
    return y.view_as(x);
}

Tensor cut_out(const Tensor& x, const AugmentOptions& o, Draws& draws) {
    const Tensor size = draws.gated(at::full({x.size(0), 1}, kCutoutSize, at::kFloat), o.cutout, 0);
    const Tensor centre = draws.uniform(2);
    const auto away = [&](std::int64_t axis, std::int64_t side) {  // [N, side]
        const Tensor places = (at::arange(side, at::kFloat) + 0.5) / static_cast<double>(side);
        return (places - centre.narrow(1, axis, 1)).abs() >= size / 2;
    };
    const Tensor kept = away(0, x.size(3))
                            .view({x.size(0), 1, 1, x.size(3)})
                            .logical_or(away(1, x.size(2)).view({x.size(0), 1, x.size(2), 1}));
    return x * kept.to(at::kFloat).to(x.device());
}

}  // namespace

AugmentOptions bgc_augmentations() {
    AugmentOptions o;
    o.xflip = o.rotate90 = o.integer_shift = 1;
    o.scale = o.rotate = o.aniso = o.fractional_shift = 1;
    o.brightness = o.contrast = o.luma_flip = o.hue = o.saturation = 1;
    return o;
}

Tensor augment(const Tensor& pictures, const AugmentOptions& o, double p, RandomSource& random,
               std::optional<AugmentAt> at, AugmentTrace* trace) {
    if (!pictures.defined() || pictures.dim() != 4 || (pictures.size(1) != 1 && pictures.size(1) != 3) ||
        pictures.scalar_type() != at::kFloat)
        throw Error(ErrorKind::argument, "Could not augment pictures",
                    fmt::format("they should be float32 [N, 1 or 3, H, W] but are {}",
                                pictures.defined() ? shape_text(pictures.sizes()) : "absent"));
    const std::int64_t batch = pictures.size(0);
    Draws draws(batch, p, random, at);
    Tensor x = pictures;
    if (any_geometry(o))
        x = resample(x, draw_geometry(o, draws, batch, static_cast<double>(x.size(3)), static_cast<double>(x.size(2))),
                     trace);
    if (any_colour(o)) {
        const Tensor colour = draw_colour(o, draws, batch, x.size(1) == 1);
        if (trace != nullptr) trace->colour = colour;
        x = recolour(x.contiguous(), colour);
    }
    if (o.image_filter > 0) {
        const Tensor gains = draw_band_gains(o, draws, batch);
        if (trace != nullptr) trace->band_gains = gains;
        x = filter_bands(x, gains);
    }
    if (o.noise > 0) {
        const Tensor sigma = draws.gated(draws.magnitude() * kNoiseStd, o.noise, 0);
        x = x + (draws.field(x.sizes()) * sigma.view({-1, 1, 1, 1})).to(x.device());
    }
    if (o.cutout > 0) x = cut_out(x, o, draws);
    return x;
}

float adjusted_p(float p, double mean_sign, const AdaController& ada, int batch) {
    const double difference = mean_sign - ada.target;
    const double direction = difference > 0 ? 1.0 : difference < 0 ? -1.0 : 0.0;
    const auto step = static_cast<float>(direction * batch * ada.interval / (ada.kimg * 1000));
    return std::max(p + step, 0.0F);
}

}  // namespace afs
