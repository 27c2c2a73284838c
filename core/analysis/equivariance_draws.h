// The random numbers of a measurement: every batch takes its latents, its classes and five uniform numbers from one
// stream, whatever is measured of it. Private to the room.
#pragma once

#include <array>
#include <utility>

#include "core/analysis/drawn_labels.h"
#include "core/base/random_state.h"
#include "core/model/generator.h"

namespace afs {

class EquivarianceDraws {
  public:
    EquivarianceDraws(const Generator& generator, std::uint32_t seed, DrawnLabels labels = {})
        : generator_(generator), random_(seed), labels_(std::move(labels)) {}
    [[nodiscard]] Tensor ws(std::int64_t count);    // [count, num_ws, w_dim], psi 1
    [[nodiscard]] std::array<double, 5> uniform();  // [0, 1)

  private:
    const Generator& generator_;
    RandomState random_;
    DrawnLabels labels_;
};

}  // namespace afs
