#include "core/analysis/perceptual_path.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/base/error.h"

namespace afs {
namespace {

constexpr int kDetectorSide = 256;

Tensor unit(const Tensor& x) { return x / x.norm(2, -1, /*keepdim=*/true); }

}  // namespace

Tensor spherical_interpolation(const Tensor& a, const Tensor& b, const Tensor& t) {
    const Tensor from = unit(a), to = unit(b);
    const Tensor cosine = (from * to).sum(-1, true), angle = t * cosine.acos();
    return unit(from * angle.cos() + unit(to - cosine * from) * angle.sin());
}

Tensor path_distances(const PathFunctions& functions, const Tensor& z, const Tensor& t, const PathOptions& options) {
    AFS_CHECK(z.dim() == 2 && z.size(0) == 2 * t.numel());
    const Tensor at_t = options.whole_path ? t : at::zeros_like(t);
    Tensor ws;
    if (options.space == PathSpace::w) {
        const auto ends = functions.mapping(z).chunk(2);
        const Tensor share = at_t.view({-1, 1, 1});
        ws = at::cat({at::lerp(ends[0], ends[1], share), at::lerp(ends[0], ends[1], share + options.epsilon)});
    } else {
        const auto ends = z.chunk(2);
        const Tensor share = at_t.view({-1, 1});
        ws = functions.mapping(at::cat({spherical_interpolation(ends[0], ends[1], share),
                                        spherical_interpolation(ends[0], ends[1], share + options.epsilon)}));
    }
    Tensor pictures = functions.synthesis(ws);
    if (options.crop) {
        const std::int64_t c = pictures.size(2) / 8;
        pictures = pictures.narrow(2, 3 * c, 4 * c).narrow(3, 2 * c, 4 * c);
    }
    if (const int factor = options.resolution / kDetectorSide; factor > 1) pictures = at::avg_pool2d(pictures, factor);
    pictures = (pictures + 1) * 127.5;
    if (pictures.size(1) == 1) pictures = pictures.repeat({1, 3, 1, 1});
    const auto features = functions.features(pictures).chunk(2);
    return (features[0] - features[1]).square().sum(1) / (options.epsilon * options.epsilon);
}

TrimmedMean trimmed_mean(const Tensor& distances) {
    if (distances.numel() == 0) throw Error(ErrorKind::argument, "Could not average distances", "there are none");
    const Tensor flat = distances.flatten(), sorted = std::get<0>(flat.sort());
    const auto last = static_cast<double>(flat.numel() - 1);
    const Tensor low = sorted[static_cast<std::int64_t>(std::floor(0.01 * last))],
                 high = sorted[static_cast<std::int64_t>(std::ceil(0.99 * last))];
    const Tensor kept = flat.masked_select((flat >= low) & (flat <= high)).to(at::kDouble);
    return {kept.mean().item<double>(), low.item().toDouble(), high.item().toDouble(), kept.numel()};
}

}  // namespace afs
