// The augmentations between pictures and discriminator (SPEC 14) and the controller of their strength. Differentiable
// to any order with respect to the pictures. One thread.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>

#include "core/train/random_source.h"
#include "core/train/training_options.h"

namespace afs {

// What official training uses: everything geometric and of colour.
[[nodiscard]] AugmentOptions bgc_augmentations();

// Every augmentation at one quantile of its parameter's distribution, and applied: what tests and pictures for
// documents need. Noise fields are drawn all the same.
struct AugmentAt {
    double quantile = 0.5;  // (0, 1)
};

// What was made of the draws, for those who check: undefined where a stage did not run.
struct AugmentTrace {
    Tensor inverse_geometry;         // [N, 3, 3] float64: from output to input in pixels about the picture's centre
    std::array<int, 4> margin = {};  // left, top, right, bottom, in pixels
    Tensor sampling;                 // [N, 3, 3] float64: as the sampler gets it, in [-1, 1] coordinates
    Tensor colour;                   // [N, 4, 4] float64
    Tensor band_gains;               // [N, 4] float64
};

// pictures: [N, 1 or 3, H, W] float32 in [-1, 1].  p >= 0: probabilities above 1 are certain. Result: the same shape.
// Draws in SPEC 14's order, each augmentation its parameter and then its gate, whatever p is. Throws Error{argument}
// for other channels and for pictures too small for the band filters (a side of 21 pixels or less).
[[nodiscard]] Tensor augment(const Tensor& pictures, const AugmentOptions& options, double p, RandomSource& random,
                             std::optional<AugmentAt> at = {}, AugmentTrace* trace = nullptr);

// p after one adjustment: by a step that is rounded to float32, never below 0, without an upper limit.
[[nodiscard]] float adjusted_p(float p, double mean_sign, const AdaController& ada, int batch);

}  // namespace afs
