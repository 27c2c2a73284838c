#include "core/analysis/feature_metrics.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/data/shuffle.h"

namespace afs {
namespace {

Error cannot(std::string why) { return {ErrorKind::argument, "Could not compare features", std::move(why)}; }

void check_features(const Tensor& real, const Tensor& generated, std::int64_t least) {
    for (const Tensor& set : {real, generated})
        if (set.dim() != 2 || set.size(0) < least || set.size(1) < 1)
            throw cannot(
                fmt::format("features are [N, F] with at least {} pictures, not {}", least, shape_text(set.sizes())));
    if (real.size(1) != generated.size(1))
        throw cannot(fmt::format("the sets have {} and {} features", real.size(1), generated.size(1)));
}

// The first `count` of a shuffled 0 .. size-1.
Tensor pick(std::int64_t size, std::int64_t count, RandomState& random, const Tensor& features) {
    std::vector<std::int64_t> order = shuffled_indices(size, random);
    order.resize(static_cast<std::size_t>(count));
    const Tensor index = at::tensor(order, at::kLong).to(features.device());
    return features.index_select(0, index).to(at::kDouble);
}

// [rows, columns] float32 distances between points in float64. Every entry is the same however the sets are cut: a
// product of matrices is not, in its last bits, but those are gone after rounding.
Tensor distances(const Tensor& rows, const Tensor& columns) {
    const Tensor squares = rows.square().sum(1, true) + columns.square().sum(1).unsqueeze(0);
    return (squares - 2 * at::mm(rows, columns.t())).clamp_min(0).sqrt().to(at::kFloat);
}

// For each point: is it inside the ball of any of `centres`?
double share_inside(const Tensor& points, const Tensor& centres, const Tensor& radii, std::int64_t batch) {
    std::int64_t inside = 0;
    for (std::int64_t i = 0; i < points.size(0); i += batch) {
        const Tensor rows = points.narrow(0, i, std::min(batch, points.size(0) - i));
        Tensor any = at::zeros({rows.size(0)}, rows.options().dtype(at::kBool));
        for (std::int64_t j = 0; j < centres.size(0); j += batch) {
            const std::int64_t count = std::min(batch, centres.size(0) - j);
            any |= (distances(rows, centres.narrow(0, j, count)) <= radii.narrow(0, j, count)).any(1);
        }
        inside += any.sum().item<std::int64_t>();
    }
    return static_cast<double>(inside) / static_cast<double>(points.size(0));
}

}  // namespace

Tensor detector_pictures(const Tensor& pictures) {
    const Tensor bytes = (pictures * 127.5 + 128).clamp(0, 255).to(at::kByte);
    return bytes.size(1) == 1 ? bytes.repeat({1, 3, 1, 1}) : bytes;
}

double frechet_distance(const FeatureMoments& real, const FeatureMoments& generated) {
    if (real.mean.sizes() != generated.mean.sizes())
        throw cannot(fmt::format("the sets have {} and {} features", real.mean.numel(), generated.mean.numel()));
    // (S1 S2)^(1/2) has the trace of (S1^(1/2) S2 S1^(1/2))^(1/2), which is symmetric.
    const auto [values, vectors] = at::linalg_eigh(real.covariance);
    const Tensor root = at::mm(vectors * values.clamp_min(0).sqrt(), vectors.t());
    const Tensor middle = at::linalg_multi_dot({root, generated.covariance, root});
    const Tensor spectrum = at::linalg_eigvalsh((middle + middle.t()) / 2).clamp_min(0);
    const Tensor distance = (real.mean - generated.mean).square().sum() + real.covariance.trace() +
                            generated.covariance.trace() - 2 * spectrum.sqrt().sum();
    return distance.item<double>();
}

double kernel_distance(const Tensor& real, const Tensor& generated, const KidOptions& options, RandomState& random) {
    check_features(real, generated, 2);
    if (options.subsets < 1 || options.max_subset_size < 2)
        throw cannot(fmt::format("{} subsets of {} pictures are none", options.subsets, options.max_subset_size));
    const std::int64_t m = std::min({real.size(0), generated.size(0), options.max_subset_size});
    const auto width = static_cast<double>(real.size(1)), size = static_cast<double>(m);
    const auto kernel = [&](const Tensor& a, const Tensor& b) { return (at::mm(a, b.t()) / width + 1).pow(3); };
    double total = 0.0;
    for (std::int64_t subset = 0; subset < options.subsets; ++subset) {
        const Tensor x = pick(generated.size(0), m, random, generated), y = pick(real.size(0), m, random, real);
        const Tensor within = kernel(x, x) + kernel(y, y);
        const double others = (within.sum() - within.trace()).item<double>() / (size - 1);
        total += others - 2 * kernel(x, y).sum().item<double>() / size;
    }
    return total / static_cast<double>(options.subsets) / size;
}

Tensor neighbour_radii(const Tensor& points, const PrecisionRecallOptions& options) {
    const Tensor x = points.to(at::kDouble);
    const std::int64_t wanted = std::int64_t{options.k} + 1;  // the point itself counts
    std::vector<Tensor> radii;
    for (std::int64_t i = 0; i < x.size(0); i += options.batch) {
        const Tensor rows = x.narrow(0, i, std::min(options.batch, x.size(0) - i));
        Tensor nearest;
        for (std::int64_t j = 0; j < x.size(0); j += options.batch) {
            const Tensor found = distances(rows, x.narrow(0, j, std::min(options.batch, x.size(0) - j)));
            const Tensor candidates = nearest.defined() ? at::cat({nearest, found}, 1) : found;
            nearest = std::get<0>(
                candidates.topk(std::min(wanted, candidates.size(1)), 1, /*largest=*/false, /*sorted=*/true));
        }
        radii.push_back(nearest.select(1, wanted - 1));
    }
    return at::cat(radii);
}

PrecisionRecall precision_recall(const Tensor& real, const Tensor& generated, const PrecisionRecallOptions& options) {
    if (options.k < 1 || options.batch < 1)
        throw cannot(fmt::format("k = {} in batches of {} is none", options.k, options.batch));
    check_features(real, generated, std::int64_t{options.k} + 1);
    const Tensor x = real.to(at::kDouble), y = generated.to(at::kDouble);
    return {share_inside(y, x, neighbour_radii(x, options), options.batch),
            share_inside(x, y, neighbour_radii(y, options), options.batch)};
}

InceptionScore inception_score(const Tensor& probabilities, int splits) {
    if (probabilities.dim() != 2 || splits < 1 || probabilities.size(0) < splits)
        throw cannot(
            fmt::format("probabilities {} cannot be cut into {} parts", shape_text(probabilities.sizes()), splits));
    const Tensor p = probabilities.to(at::kDouble);
    const std::int64_t count = p.size(0);
    std::vector<double> scores;
    for (std::int64_t i = 0; i < splits; ++i) {
        const std::int64_t begin = i * count / splits, end = (i + 1) * count / splits;
        const Tensor part = p.narrow(0, begin, end - begin);
        // p ln p is 0 where p is.
        const Tensor divergence = at::xlogy(part, part) - at::xlogy(part, part.mean(0, true));
        scores.push_back(divergence.sum(1).mean().exp().item<double>());
    }
    const Tensor all = at::tensor(scores, at::kDouble);
    return {all.mean().item<double>(), all.std(/*unbiased=*/false).item<double>()};
}

}  // namespace afs
