// What generator and discriminator are trained for (SPEC 13): one phase's loss of one chunk of a minibatch, and its
// gradients. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "core/model/discriminator.h"
#include "core/model/generator.h"
#include "core/train/augment.h"
#include "core/train/statistics.h"

namespace afs {

// Main losses and regularisers; `both` is their sum in one pass.
enum class Phase { g_main, g_reg, g_both, d_main, d_reg, d_both };
[[nodiscard]] std::string_view phase_name(Phase phase);  // "Gmain", ... as logs and statistics spell it
[[nodiscard]] bool trains_generator(Phase phase);

// What one phase takes of one chunk. Device of the networks.
struct Chunk {
    Tensor pictures;  // [n, C, R, R] float32 in [-1, 1]; D phases
    Tensor labels;    // [n, c_dim] of the pictures, or undefined
    Tensor z;         // [n, z_dim]
    Tensor c;         // [n, c_dim] of z, or undefined
};

class Loss {
  public:
    // Augmentations may be absent. `average`, where given, replaces a tensor by its mean over all ranks: w_avg and
    // magnitude_ema follow what all of them see.
    using Average = std::function<void(Tensor& tensor)>;
    Loss(const LossOptions& options, std::shared_ptr<Generator> generator, std::shared_ptr<Discriminator> discriminator,
         std::optional<AugmentOptions> augmentations, RandomSource& random, Average average = {});

    // Adds the gradients of gain * the chunk's mean loss to those of the phase's network, whose parameters must ask for
    // gradients; the other network's must not. D's main phase moves w_avg and every magnitude_ema. images: that
    // training has seen; p: strength of augmentations.
    void accumulate_gradients(Phase phase, const Chunk& chunk, double gain, double images, double p,
                              const Report& report);

    [[nodiscard]] Tensor& pl_mean() { return pl_mean_; }  // [] float32: mean path length so far
    [[nodiscard]] const Tensor& pl_mean() const { return pl_mean_; }
    [[nodiscard]] const LossOptions& options() const { return options_; }

  private:
    struct Generated {
        Tensor pictures, ws;
    };
    [[nodiscard]] Generated generate(const Tensor& z, const Tensor& c, bool update_averages);
    [[nodiscard]] Tensor synthesize(const Tensor& ws, bool update_averages) const;
    [[nodiscard]] Tensor judge(const Tensor& pictures, const Tensor& c, double sigma, double p);
    void update_w_avg(const Tensor& w) const;

    void train_generator(const Chunk& chunk, double gain, double sigma, double p, const Report& report);
    void regularise_paths(const Chunk& chunk, double gain, const Report& report);
    void train_discriminator(Phase phase, const Chunk& chunk, double gain, double sigma, double p,
                             const Report& report);

    LossOptions options_;
    std::shared_ptr<Generator> generator_;
    std::shared_ptr<Discriminator> discriminator_;
    std::optional<AugmentOptions> augmentations_;
    RandomSource& random_;
    Average average_;
    Tensor pl_mean_;
};

}  // namespace afs
