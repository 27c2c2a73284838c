// Networks of a few channels and options for them, with which a training step takes milliseconds.
#pragma once

#include "core/train/trainer.h"

namespace afs::test {

struct Setting {
    TrainerOptions options;
    GeneratorConfig g;
    DiscriminatorConfig d;
};
[[nodiscard]] Setting small_setting(Family family);

// `share` pictures, labels and labels for the generator, drawn from `seed`; z is left to the trainer.
[[nodiscard]] Minibatch minibatch_of(const Trainer& trainer, int seed, std::int64_t share = 4);

}  // namespace afs::test
