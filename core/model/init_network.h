// Untrained networks that are worth looking at: what `afstudio init` writes, tests run on, and the window shows before
// there is a trained model.
#pragma once

#include <cstdint>
#include <memory>

#include "core/base/progress.h"
#include "core/model/generator.h"
#include "core/model/save_network.h"

namespace afs {

// Seeded weights made lively: the Fourier input's learned transform and all biases are moved off their zeros, every
// magnitude_ema is set to the mean square that random w give its layer, w_avg is the mean of 1000 w, and ToRGB is
// scaled so that pictures have a standard deviation of 0.45 in the range [-1, 1]. The same seed gives the same network.
// Runs the network once on up to 16 w. Throws Error{network} for a configuration without a schedule, Error{cancelled}.
[[nodiscard]] std::shared_ptr<Generator> init_network(const GeneratorConfig& config, std::uint64_t seed,
                                                      const Progress& progress = {});

// A generator as save_networks takes it; the tensors are shared.
[[nodiscard]] SavedNetwork saved_network(const std::string& name, const Generator& generator);

}  // namespace afs
