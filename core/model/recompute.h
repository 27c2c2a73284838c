// Memory for time in training: parts of a network that keep only what goes into them, and are computed once more when
// their gradients are asked for. First derivatives only: whatever differentiates a gradient (R1, path lengths) works
// without. Gradients are the same to the bit on a CPU. One thread.
#pragma once

#include <functional>
#include <vector>

#include "core/ops/tensor_convert.h"

namespace afs {

// While one that is active lives, networks on this thread that record gradients compute their layers anew for them.
class RecomputeScope {
  public:
    explicit RecomputeScope(bool active);
    ~RecomputeScope();
    RecomputeScope(const RecomputeScope&) = delete;
    RecomputeScope& operator=(const RecomputeScope&) = delete;
    [[nodiscard]] static bool active();  // and gradients are recorded

  private:
    bool before_;
};

// part(inputs), of which nothing is kept but the inputs. parameters: what else it reads that may ask for gradients;
// they stay as they are until the backward pass. The part draws no random numbers and changes nothing.
using NetworkPart = std::function<Tensor(const std::vector<Tensor>& inputs)>;
[[nodiscard]] Tensor recomputed(NetworkPart part, const std::vector<Tensor>& inputs,
                                const std::vector<Tensor>& parameters);

}  // namespace afs
