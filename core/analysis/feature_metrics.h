// Distances between sets of pictures, of the features that a detector network finds in them (SPEC 16). The formulas
// alone: who makes the features is not known here. Features are [N, F] of any floating type, on any device.
#pragma once

#include "core/analysis/feature_statistics.h"
#include "core/base/random_state.h"

namespace afs {

// Pictures as detectors take them: [N, 1 or 3, H, W] of about -1..1 -> uint8 [N, 3, H, W].
[[nodiscard]] Tensor detector_pictures(const Tensor& pictures);

// FID = |mu1 - mu2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)), by eigenvalues of the symmetric form: as defined where a matrix
// has no full rank, too.
[[nodiscard]] double frechet_distance(const FeatureMoments& real, const FeatureMoments& generated);

struct KidOptions {
    std::int64_t subsets = 100, max_subset_size = 1000;
};
// The mean of unbiased squared MMDs, kernel (x.y/F + 1)^3, over random subsets: of each pair those of the generated
// pictures are drawn first. float64. Throws Error{argument} for fewer than two pictures.
[[nodiscard]] double kernel_distance(const Tensor& real, const Tensor& generated, const KidOptions& options,
                                     RandomState& random);

struct PrecisionRecall {
    double precision = 0.0, recall = 0.0;
};
struct PrecisionRecallOptions {
    int k = 3;
    std::int64_t batch = 4096;  // pictures compared at once: memory, never the result
};
// The share of generated pictures inside a ball around a real one that reaches to its k-th neighbour, and the other way
// round. Distances are computed in float64 and compared as float32; the official metric has them in half precision.
[[nodiscard]] PrecisionRecall precision_recall(const Tensor& real, const Tensor& generated,
                                               const PrecisionRecallOptions& options = {});
// [N] float32: each point's distance to its k-th neighbour in the set.
[[nodiscard]] Tensor neighbour_radii(const Tensor& points, const PrecisionRecallOptions& options = {});

struct InceptionScore {
    double mean = 0.0, std = 0.0;
};
// probabilities: [N, classes]; over `splits` parts of the list, the population's standard deviation.
[[nodiscard]] InceptionScore inception_score(const Tensor& probabilities, int splits = 10);

}  // namespace afs
