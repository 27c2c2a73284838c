// Every tensor that a configuration's network has: name, shape, and how it begins. Initialisation, loading, counting
// and describing all read this list. Torch-free.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/model/layer_schedule.h"

namespace afs {

struct TensorPlan {
    enum class Init {
        normal,    // N(0, 1) * value
        constant,  // value
        fourier_frequencies,
        fourier_phases,
        fourier_affine_bias,  // (1, 0, 0, 0)
        identity,
        filter,  // designed: `filter` holds the taps
    };

    std::string name;  // official, dotted: "synthesis.L0_36_512.weight"
    std::vector<std::int64_t> shape;
    bool parameter = true;  // false: a buffer
    Init init = Init::normal;
    double value = 1.0;
    std::vector<double> filter;  // row-major

    // Follows from the configuration alone: a file may lack it.
    [[nodiscard]] bool derivable() const { return init == Init::filter || init == Init::identity; }
    [[nodiscard]] std::int64_t numel() const;
};

// In the official order of a state dictionary (SPEC 2, 3, 6, 11). `schedule` is the configuration's own.
[[nodiscard]] std::vector<TensorPlan> plan_tensors(const GeneratorConfig& config, const Schedule& schedule);

// Parameters, mapping included, buffers not (SPEC 4's counts).
[[nodiscard]] std::int64_t count_parameters(const GeneratorConfig& config);

}  // namespace afs
