// The optimiser (SPEC 13): Adam whose whole state can be taken out and put back bit for bit. One thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/ops/tensor_convert.h"
#include "core/train/training_options.h"

namespace afs {

// Lazy regularisation: a network whose regulariser runs every `interval` minibatches takes one more step in that time,
// so steps become smaller and moments longer by interval / (interval + 1).
[[nodiscard]] AdamOptions for_lazy_regularisation(const AdamOptions& options, int interval);

class Adam {
  public:
    struct Slot {
        std::string name;
        Tensor parameter;
        std::int64_t steps = 0;
        Tensor first;  // moments, of the parameter's shape; the first is undefined where beta1 is 0
        Tensor second;
    };

    Adam(const AdamOptions& options, std::vector<std::pair<std::string, Tensor>> parameters);

    // One step for every parameter that has a gradient; those without one do not even age (SPEC 13).
    void step();
    void clear_gradients();  // to absent

    [[nodiscard]] const AdamOptions& options() const { return options_; }
    // Counts and moments may be replaced by saved ones.
    [[nodiscard]] std::vector<Slot>& slots() { return slots_; }
    [[nodiscard]] const std::vector<Slot>& slots() const { return slots_; }

  private:
    AdamOptions options_;
    std::vector<Slot> slots_;
};

// In place: NaN -> 0, +Inf -> 1e5, -Inf -> -1e5; finite values stay (SPEC 13).
void sanitise_gradient(Tensor gradient);

}  // namespace afs
