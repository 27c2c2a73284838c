// Perceptual path length: how much the picture changes, to a network that sees like people, for a small step in the
// latent space (SPEC 16). The formulas alone; the networks are functions of whoever calls.
#pragma once

#include <functional>

#include "core/ops/tensor_convert.h"

namespace afs {

// a, b: [N, D], t: [N, 1]. Along the great circle between both, normalised.
[[nodiscard]] Tensor spherical_interpolation(const Tensor& a, const Tensor& b, const Tensor& t);

enum class PathSpace { z, w };

struct PathOptions {
    PathSpace space = PathSpace::w;
    bool whole_path = false;  // t anywhere on the path; else at its beginning (t is drawn all the same)
    bool crop = false;        // the part of an aligned portrait that holds the face
    double epsilon = 1e-4;
    int resolution = 256;  // of the pictures, whatever is cropped; beyond 256 they are averaged down
};

struct PathFunctions {
    std::function<Tensor(const Tensor& z)> mapping;          // [N, z_dim] -> ws [N, num_ws, w_dim]
    std::function<Tensor(const Tensor& ws)> synthesis;       // -> [N, C, H, W], about -1..1; the same noise for all
    std::function<Tensor(const Tensor& pictures)> features;  // [N, 3, h, w], about 0..255 -> [N, F]
};

// One batch: z [2B, z_dim], the beginnings, then the ends; t: [B] of [0, 1). Result: [B], the squared distance of the
// features over epsilon^2.
[[nodiscard]] Tensor path_distances(const PathFunctions& functions, const Tensor& z, const Tensor& t,
                                    const PathOptions& options);

struct TrimmedMean {
    double mean = 0.0, low = 0.0, high = 0.0;  // the bounds belong to what is kept
    std::int64_t kept = 0;
};
// The mean of what lies between the 1st percentile, rounded down to a sample, and the 99th, rounded up.
[[nodiscard]] TrimmedMean trimmed_mean(const Tensor& distances);

}  // namespace afs
