// Problems for the CUDA kernel of bias_act, and the formulas that it is compared with, written a second time in double
// precision and element by element. The emulated suite and the one on a GPU share them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/bias_act.h"

namespace afs::kernels::test {

struct BiasActProblem {
    Storage storage = Storage::f32;
    std::int64_t outer = 1, channels = 1, inner = 1, batch = 1;
    bool bias = true, scale = false, noise = false, shared_noise = false, gradient = false;
    float slope = 0.2F, gain = 1.4F, clamp = -1.0F;
    int shift = 0;  // elements before the first one: addresses that are not aligned

    [[nodiscard]] std::string describe() const;
    [[nodiscard]] std::int64_t count() const { return outer * channels * inner; }
};

// Host memory of a problem, in its storage; y holds nothing that the kernel would write.
struct BiasActMemory {
    explicit BiasActMemory(const BiasActProblem& problem);
    [[nodiscard]] BiasActParams params() const;

    BiasActProblem problem;
    std::vector<std::byte> x, y, result;
    std::vector<float> bias, scale, noise;
};

// Empty, or which element of memory.y is not what the formulas say.
[[nodiscard]] std::string difference(const BiasActMemory& memory);

[[nodiscard]] std::vector<BiasActProblem> bias_act_problems();

}  // namespace afs::kernels::test
