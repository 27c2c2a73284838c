// What decides how networks are trained (SPEC 13, 14), as values: what a run writes down and a continued one must
// repeat. Torch-free.
#pragma once

#include <cstdint>
#include <optional>

#include "core/ops/device.h"

namespace afs {

struct AdamOptions {
    double lr = 0.0025;
    double beta1 = 0.0, beta2 = 0.99;  // [0, 1)
    double eps = 1e-8;

    bool operator==(const AdamOptions&) const = default;
};

struct LossOptions {
    double r1_gamma = 10;
    double style_mixing_probability = 0;  // StyleGAN2: 0.9
    double pl_weight = 0;                 // StyleGAN2: 2; of the path length penalty
    int pl_batch_shrink = 2;              // it takes the first n-th of a chunk
    double pl_decay = 0.01;               // of the mean path length
    double blur_init_sigma = 0;           // R: 10 pixels
    double blur_fade_kimg = 0;
    Precision precision = Precision::automatic;
    // Activations of the main phases are computed again for the gradients instead of being kept: T, R and the
    // discriminator (core/model/recompute.h). Regularisers, which differentiate gradients, keep theirs. Same numbers.
    bool grad_checkpoint = false;

    bool operator==(const LossOptions&) const = default;
};

// How often each augmentation is applied, as a multiple of p; 0: it does not exist and draws nothing.
struct AugmentOptions {
    double xflip = 0, rotate90 = 0, integer_shift = 0;                            // exact on pixels
    double scale = 0, rotate = 0, aniso = 0, fractional_shift = 0;                // geometric
    double brightness = 0, contrast = 0, luma_flip = 0, hue = 0, saturation = 0;  // colour
    double image_filter = 0;                                                      // four frequency bands
    double noise = 0, cutout = 0;                                                 // corruptions

    bool operator==(const AugmentOptions&) const = default;
};

// Adaptive strength: p rises while the discriminator is too sure about real pictures, and falls while it is not.
struct AdaController {
    double target = 0.6;  // of the mean of sign(D(real))
    int interval = 4;     // minibatches between adjustments
    double kimg = 500;    // thousands of pictures in which p may move by 1

    bool operator==(const AdaController&) const = default;
};

struct TrainerOptions {
    int batch = 32;     // pictures a step, of all ranks together
    int batch_gpu = 0;  // pictures a chunk; 0: a rank's whole share
    LossOptions loss;
    AdamOptions g_adam = {.lr = 0.0025}, d_adam = {.lr = 0.002};  // before the adjustment for lazy regularisation
    int g_reg_interval = 0;                   // steps between regularisations; 0: none of its own (alias-free networks)
    int d_reg_interval = 16;                  // likewise
    double ema_kimg = 10;                     // half-life of G_ema, in thousands of pictures
    std::optional<double> ema_rampup = 0.05;  // shorter at first: at most this share of the pictures seen
    std::optional<AugmentOptions> augmentations;
    double initial_p = 0;
    std::optional<AdaController> ada;  // absent: p stays
    std::uint64_t seed = 0;            // of latents, noise and augmentations

    bool operator==(const TrainerOptions&) const = default;
};

}  // namespace afs
