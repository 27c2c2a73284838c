#include "core/analysis/equivariance.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "core/analysis/equivariance_draws.h"
#include "core/analysis/ratio_bootstrap.h"
#include "core/base/error.h"
#include "core/model/replaced_filters.h"

namespace afs {
namespace {

constexpr double kMostTranslation = 0.125;  // of the picture's side, either way
constexpr char kTried[] = "Could not measure equivariance";

EquivarianceFigure figure_of(EquivarianceKind kind, const RatioBootstrap& sums) {
    EquivarianceFigure figure{kind, equivariance_db(sums.ratio()), {}};
    if (const auto ratio = sums.interval95())  // a larger difference is a smaller figure
        figure.ci95_db = Interval{equivariance_db(ratio->high), equivariance_db(ratio->low)};
    return figure;
}

}  // namespace

Tensor EquivarianceDraws::ws(std::int64_t count) {
    const GeneratorConfig& config = generator_.config();
    const Tensor z = at::empty({count, config.z_dim}, at::kFloat);
    for (std::int64_t i = 0; i < z.numel(); ++i) z.data_ptr<float>()[i] = static_cast<float>(random_.normal());
    Tensor c;
    if (config.c_dim > 0) {
        c = at::zeros({count, config.c_dim}, at::kFloat);
        for (std::int64_t i = 0; i < count; ++i) {
            if (labels_.count > 0)
                c[i].copy_(at::tensor(labels_.label(random_.integer(labels_.count))));
            else
                c[i][random_.integer(static_cast<std::uint32_t>(config.c_dim))] = 1.0F;
        }
    }
    const Tensor w_avg = generator_.w_avg();
    const Tensor w = generator_.map(z.to(w_avg.device()), c.defined() ? c.to(w_avg.device()) : c);
    return truncate_and_broadcast(w, w_avg, generator_.num_ws(), 1.0);
}

std::array<double, 5> EquivarianceDraws::uniform() {
    std::array<double, 5> u{};
    for (double& value : u) value = random_.uniform();
    return u;
}

void check_transformable(const Generator& generator, const std::string& tried) {
    if (!generator.input_transformable())
        throw Error(ErrorKind::network, tried,
                    "this network draws on a learned constant (StyleGAN2), so its input cannot be moved or turned",
                    "Use an alias-free network (StyleGAN3).");
}

SquaredError masked_error(const Tensor& a, const Tensor& b, const Tensor& mask) {
    const at::NoGradGuard no_grad;
    const Tensor squares = (a - b).square() * mask;
    return {squares.sum(at::kDouble).item<double>(),
            mask.sum(at::kDouble).item<double>() * static_cast<double>(a.size(0) * a.size(1))};
}

double equivariance_db(double mean_squared_difference) {
    return 20.0 * std::log10(2.0) - 10.0 * std::log10(mean_squared_difference);
}

Matrix3 Movement::matrix() const {
    if (affine) return *affine;
    if (kind == EquivarianceKind::rotation) return rotation_matrix(angle);
    return {1, 0, tx, 0, 1, ty, 0, 0, 1};
}

Movement movement_of(const Matrix3& m, bool whole_pixels) {
    const bool straight = m[0] == 1.0 && m[1] == 0.0 && m[3] == 0.0 && m[4] == 1.0;
    if (straight)
        return {whole_pixels ? EquivarianceKind::translation_int : EquivarianceKind::translation_frac, m[2], m[5], 0.0};
    const bool turned = m[0] == m[4] && m[1] == -m[3] && std::abs(m[0] * m[0] + m[1] * m[1] - 1.0) < 1e-12;
    const double angle = std::atan2(m[1], m[0]);
    if (turned && m[2] == 0.0 && m[5] == 0.0) return {EquivarianceKind::rotation, 0.0, 0.0, angle};
    return {EquivarianceKind::rotation, 0.0, 0.0, 0.0, m};
}

Movement draw_movement(EquivarianceKind kind, const std::array<double, 5>& u, int side) {
    const auto shift = [](double uniform) { return (2.0 * uniform - 1.0) * kMostTranslation; };
    const auto rounded = [side](double t) { return std::nearbyint(t * side) / side; };
    switch (kind) {
        case EquivarianceKind::translation_int: return {kind, rounded(shift(u[0])), rounded(shift(u[1])), 0.0};
        case EquivarianceKind::translation_frac: return {kind, shift(u[2]), shift(u[3]), 0.0};
        case EquivarianceKind::rotation: return {kind, 0.0, 0.0, (2.0 * u[4] - 1.0) * std::numbers::pi};
    }
    return {};
}

Comparison compare(const Tensor& unmoved, const Tensor& moved, const Movement& movement) {
    Resampled reference;
    if (movement.affine) {
        reference = affine_resample(unmoved, *movement.affine);
        const Resampled output = pseudo_affine(moved, *movement.affine);
        return {output.picture, reference.picture, reference.mask * output.mask};
    }
    switch (movement.kind) {
        case EquivarianceKind::translation_int:
            reference = integer_translation(unmoved, movement.tx, movement.ty);
            break;
        case EquivarianceKind::translation_frac:
            reference = fractional_translation(unmoved, movement.tx, movement.ty);
            break;
        case EquivarianceKind::rotation: {
            reference = rotation(unmoved, movement.angle);
            const Resampled output = pseudo_rotation(moved, movement.angle);
            return {output.picture, reference.picture, reference.mask * output.mask};
        }
    }
    return {moved, reference.picture, reference.mask};
}

std::vector<SquaredError> equivariance_batch(const Generator& generator, const Tensor& ws,
                                             const std::vector<Movement>& movements, const SynthesisOptions& options) {
    const at::NoGradGuard no_grad;
    SynthesisOptions how = options;
    how.network_transform = kIdentity3;
    const Tensor unmoved = generator.synthesize(ws, how);
    std::vector<SquaredError> errors;
    for (const Movement& movement : movements) {
        const auto back = inverse(movement.matrix());
        AFS_CHECK(back.has_value());
        how.network_transform = *back;
        const Comparison c = compare(unmoved, generator.synthesize(ws, how), movement);
        errors.push_back(masked_error(c.output, c.reference, c.mask));
    }
    return errors;
}

std::vector<SquaredError> equivariance_batch(const Generator& generator, const Tensor& ws,
                                             const std::array<double, 5>& u, const std::vector<EquivarianceKind>& kinds,
                                             const SynthesisOptions& options) {
    std::vector<Movement> movements;
    for (const EquivarianceKind kind : kinds)
        movements.push_back(draw_movement(kind, u, generator.config().img_resolution));
    return equivariance_batch(generator, ws, movements, options);
}

EquivarianceResult measure_equivariance(const Generator& generator, const EquivarianceRequest& request,
                                        const std::function<void(const EquivarianceResult&)>& on_batch,
                                        const DrawnLabels& labels) {
    const at::NoGradGuard no_grad;
    check_transformable(generator, kTried);
    if (request.kinds.empty() || request.samples < 1 || request.batch < 1)
        throw Error(ErrorKind::argument, kTried,
                    fmt::format("{} kinds of movement, {} samples in batches of {} were asked for, and at least one of "
                                "each is needed",
                                request.kinds.size(), request.samples, request.batch));
    SynthesisOptions options;
    options.precision = request.precision;
    options.stop = request.stop;
    if (!request.filters.empty())
        options.filters = std::make_shared<const ReplacedFilters>(generator.schedule(), request.filters);
    EquivarianceDraws draws(generator, request.seed, labels);
    std::vector<EquivarianceKind> kinds = request.kinds;
    std::optional<Movement> fixed;
    if (request.movement) {
        if (!inverse(*request.movement))
            throw Error(ErrorKind::argument, kTried, "the movement's matrix has no inverse, and the network needs it");
        fixed = movement_of(*request.movement, request.whole_pixels);
        kinds = {fixed->kind};
    }
    std::vector<RatioBootstrap> sums(kinds.size());
    EquivarianceResult result;
    result.wanted = request.samples;
    result.seed = request.seed;
    while (result.samples < request.samples) {
        const auto count = std::min<std::int64_t>(request.batch, request.samples - result.samples);
        const Tensor ws = draws.ws(count);
        const auto u = draws.uniform();
        std::vector<SquaredError> errors;
        try {
            if (request.stop.stop_requested()) throw Error(ErrorKind::cancelled, "Cancelled", "");
            errors = fixed ? equivariance_batch(generator, ws, {*fixed}, options)
                           : equivariance_batch(generator, ws, u, kinds, options);
        } catch (const Error& e) {
            if (e.kind() != ErrorKind::cancelled || result.samples == 0) throw;
            return result;
        }
        result.samples += count;
        result.figures.clear();
        for (std::size_t k = 0; k < sums.size(); ++k) {
            if (errors[k].count == 0.0)
                throw Error(ErrorKind::argument, kTried,
                            fmt::format("pictures of {} pixels are too small: after the movement nothing is left whose "
                                        "surroundings are known",
                                        generator.config().img_resolution));
            sums[k].add(errors[k].sum, errors[k].count);
            result.figures.push_back(figure_of(kinds[k], sums[k]));
        }
        if (on_batch) on_batch(result);
    }
    return result;
}

}  // namespace afs
