#include "core/analysis/layer_equivariance.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "core/analysis/equivariance_draws.h"
#include "core/base/error.h"
#include "core/model/replaced_filters.h"
#include "core/ops/thread_pool.h"

namespace afs {
namespace {

constexpr char kTried[] = "Could not measure the equivariance of the layers";
// Longer than the metric's 3: what a layer holds close to half its rate must not count as its own error.
constexpr int kLanczos = 6;

// 1 where a sample lies inside the picture and comes from inside the picture.
Tensor picture_mask(const Tensor& x, const Matrix3& matrix, double rate) {
    const auto back = inverse(matrix);
    AFS_CHECK(back.has_value());
    const Matrix3& b = *back;
    const auto positions = [&](std::int64_t size) {
        return (at::arange(size, at::kDouble) + (0.5 - static_cast<double>(size) / 2)) / rate;
    };
    const Tensor u = positions(x.size(3)).view({1, -1}), v = positions(x.size(2)).view({-1, 1});
    const double edge = 0.5 + 1e-9;
    const auto inside = [&](const Tensor& position) { return position.abs() <= edge; };
    const Tensor mask = inside(u)
                            .logical_and(inside(v))
                            .logical_and(inside(u * b[0] + v * b[1] + b[2]))
                            .logical_and(inside(u * b[3] + v * b[4] + b[5]));
    return mask.to(x.device(), at::kFloat).unsqueeze(0).unsqueeze(0);
}

struct Layer {
    std::string name;
    double rate = 0.0;
    Tensor unmoved;
    RelativeError translation, rotation;
};

std::vector<Layer> layers_of(const Schedule& schedule) {
    std::vector<Layer> layers = {{"input", schedule.input_rate, {}, {}, {}}};
    for (const LayerSpec& spec : schedule.layers) layers.push_back({spec.name, spec.out_rate, {}, {}, {}});
    return layers;
}

}  // namespace

void RelativeError::add(const Comparison& c) {
    const at::NoGradGuard no_grad;
    const double count = c.mask.sum(at::kDouble).item<double>();
    if (count == 0.0) return;
    // Each value is looked at once: a large network's layers are longer than any cache.
    const Tensor output = c.output.to(at::kCPU, at::kFloat).contiguous(),
                 reference = c.reference.to(at::kCPU, at::kFloat).contiguous(),
                 mask = c.mask.to(at::kCPU, at::kFloat).contiguous();
    const std::int64_t planes = output.size(0) * output.size(1), size = output.size(2) * output.size(3);
    const float* const compared = mask.const_data_ptr<float>();
    const auto first = std::find_if(compared, compared + size, [](float m) { return m != 0.0F; }) - compared;
    std::vector<double> errors(static_cast<std::size_t>(planes)), variances(errors.size());
    thread_pool()(planes, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t plane = begin; plane < end; ++plane) {
            const float* const a = output.const_data_ptr<float>() + plane * size;
            const float* const b = reference.const_data_ptr<float>() + plane * size;
            const double origin = b[first];  // a plane of one value has no variance, however it is rounded
            double error = 0.0, sum = 0.0, squares = 0.0;
            for (std::int64_t i = 0; i < size; ++i) {
                if (compared[i] == 0.0F) continue;
                const double difference = static_cast<double>(a[i]) - b[i], value = b[i] - origin;
                error += difference * difference;
                sum += value;
                squares += value * value;
            }
            errors[static_cast<std::size_t>(plane)] = error;
            variances[static_cast<std::size_t>(plane)] = std::max(squares - sum * sum / count, 0.0);
        }
    });
    for (const double error : errors) error_ += error;
    for (const double variance : variances) variance_ += variance;
}

std::optional<double> RelativeError::db() const {
    if (variance_ <= 0.0) return std::nullopt;
    return 10.0 * std::log10(variance_ / error_);
}

Comparison compare_layer(const Tensor& unmoved, const Tensor& moved, const Movement& movement, double rate,
                         bool whole) {
    const at::NoGradGuard no_grad;
    const Tensor inside = picture_mask(unmoved, movement.matrix(), rate);
    if (movement.affine) {
        Matrix3 own = *movement.affine;
        own[2] *= rate / static_cast<double>(unmoved.size(3));
        own[5] *= rate / static_cast<double>(unmoved.size(2));
        const Resampled reference = affine_resample(unmoved, own, {}, whole ? Tensor() : inside);
        const Tensor compared = reference.mask * inside;
        const Resampled output = pseudo_affine(moved, own, 3, whole ? Tensor() : compared);
        return {output.picture, reference.picture, compared * output.mask};
    }
    if (movement.kind == EquivarianceKind::rotation) {
        const Resampled reference = rotation(unmoved, movement.angle, 3, whole ? Tensor() : inside);
        const Tensor compared = reference.mask * inside;
        const Resampled output = pseudo_rotation(moved, movement.angle, 3, whole ? Tensor() : compared);
        return {output.picture, reference.picture, compared * output.mask};
    }
    const auto fraction = [&](double t, std::int64_t side) { return t * rate / static_cast<double>(side); };
    const Resampled reference = fractional_translation(unmoved, fraction(movement.tx, unmoved.size(3)),
                                                       fraction(movement.ty, unmoved.size(2)), kLanczos);
    return {moved.to(at::kFloat), reference.picture, reference.mask * inside};
}

LayerProfile measure_layers(const Generator& generator, const LayerProfileRequest& request,
                            const std::function<void(const LayerProfile&)>& on_sample, const DrawnLabels& labels) {
    const at::NoGradGuard no_grad;
    check_transformable(generator, kTried);
    if (request.samples < 1)
        throw Error(ErrorKind::argument, kTried,
                    fmt::format("{} samples were asked for, and one is the least", request.samples));
    std::shared_ptr<const ReplacedFilters> filters;
    if (!request.filters.empty())
        filters = std::make_shared<const ReplacedFilters>(generator.schedule(), request.filters);
    EquivarianceDraws draws(generator, request.seed, labels);
    std::vector<Layer> layers = layers_of(generator.schedule());
    std::unordered_map<std::string, Layer*> by_name;
    for (Layer& layer : layers) by_name[layer.name] = &layer;
    const auto layer_of = [&](const std::string& name) {
        const auto found = by_name.find(name);
        return found == by_name.end() ? nullptr : found->second;  // "output" is the last layer, scaled
    };
    LayerProfile profile;
    profile.wanted = request.samples;
    while (profile.samples < request.samples) {
        // One picture at a time: every activation of a large network is kept until the moved one is there.
        const Tensor ws = draws.ws(1);
        const auto u = draws.uniform();
        SynthesisOptions options;
        options.precision = request.precision;
        options.stop = request.stop;
        options.filters = filters;
        try {
            if (request.stop.stop_requested()) throw Error(ErrorKind::cancelled, "Cancelled", "");
            options.on_layer = [&](const std::string& name, const Tensor& x) {
                if (Layer* const layer = layer_of(name)) layer->unmoved = x;
            };
            (void)generator.synthesize(ws, options);
            for (const EquivarianceKind kind : {EquivarianceKind::translation_frac, EquivarianceKind::rotation}) {
                const Movement movement = draw_movement(kind, u, generator.config().img_resolution);
                const auto back = inverse(movement.matrix());
                AFS_CHECK(back.has_value());
                options.network_transform = *back;
                options.on_layer = [&](const std::string& name, const Tensor& x) {
                    Layer* const layer = layer_of(name);
                    if (layer == nullptr) return;
                    const Comparison c = compare_layer(layer->unmoved, x, movement, layer->rate, /*whole=*/false);
                    (kind == EquivarianceKind::rotation ? layer->rotation : layer->translation).add(c);
                };
                (void)generator.synthesize(ws, options);
            }
        } catch (const Error& e) {
            if (e.kind() != ErrorKind::cancelled || profile.samples == 0) throw;
            return profile;
        }
        ++profile.samples;
        profile.layers.clear();
        for (const Layer& layer : layers)
            profile.layers.push_back({layer.name, layer.translation.db(), layer.rotation.db()});
        if (on_sample) on_sample(profile);
    }
    return profile;
}

}  // namespace afs
