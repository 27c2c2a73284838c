// Blending along the sphere that Z lives on: slerp, and what it means for more than two points. Torch-free; any thread.
#pragma once

#include <optional>
#include <vector>

#include "core/scene/scene.h"

namespace afs {

// The weighted mean on the sphere. Weights are shares: not negative, divided by their sum, which is positive; a point
// without weight takes no part. The result's direction is the one whose squared angles to the points' directions,
// times the shares, have the least sum; its length is the shares' mean of the points' lengths. Two points: slerp from
// the first to the second by the second's share. One point: that point, exactly. The order does not matter beyond
// rounding. Opposite points have no single way between them: the heavier one, or the first, is the answer.
// points: as many as weights, all of one size. Throws Error{argument} for weights that are no shares.
[[nodiscard]] std::vector<float> spherical_mean(const std::vector<std::vector<float>>& points,
                                                const std::vector<double>& weights);

// The seeds that a latent blends: the plane's four or the list; none for a latent from a file.
[[nodiscard]] std::vector<SeedWeight> latent_seeds(const Latent& latent);

// The z of a latent that has one: a Z from a file, a single seed, seeds blended by slerp. Nothing for a W and for a
// blend in W. Result: [z_dim]; a Z from a file as it is, whatever its width. Throws as spherical_mean does.
[[nodiscard]] std::optional<std::vector<float>> latent_z(const Latent& latent, int z_dim);

}  // namespace afs
