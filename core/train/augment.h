// The augmentations between pictures and discriminator (SPEC 14) and the controller of their strength. Differentiable
// to any order with respect to the pictures. One thread.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>

#include "core/train/random_source.h"

namespace afs {

// How often each augmentation is applied, as a multiple of p; 0: it does not exist and draws nothing.
struct AugmentOptions {
    double xflip = 0, rotate90 = 0, integer_shift = 0;                            // exact on pixels
    double scale = 0, rotate = 0, aniso = 0, fractional_shift = 0;                // geometric
    double brightness = 0, contrast = 0, luma_flip = 0, hue = 0, saturation = 0;  // colour
    double image_filter = 0;                                                      // four frequency bands
    double noise = 0, cutout = 0;                                                 // corruptions

    bool operator==(const AugmentOptions&) const = default;
};

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

// Adaptive strength: p rises while the discriminator is too sure about real pictures, and falls while it is not.
struct AdaController {
    double target = 0.6;  // of the mean of sign(D(real))
    int interval = 4;     // minibatches between adjustments
    double kimg = 500;    // thousands of pictures in which p may move by 1

    bool operator==(const AdaController&) const = default;
};

// p after one adjustment: by a step that is rounded to float32, never below 0, without an upper limit.
[[nodiscard]] float adjusted_p(float p, double mean_sign, const AdaController& ada, int batch);

}  // namespace afs
