// How fast training steps are here, on random pictures: what `afstudio bench --what train` measures, and what
// `afstudio train --dry-run` foretells. Torch-free.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/model/generator_config.h"
#include "core/ops/device.h"
#include "core/train/training_config.h"

namespace afs {

struct TrainingSpeedOptions {
    GeneratorConfig generator;  // untrained
    // Of the discriminator; R doubles its generator's, not these (SPEC 12).
    int channel_base = 32768, channel_max = 512;
    Device device;
    Precision precision = Precision::automatic;
    int batch = 8;                   // of one process, in one chunk
    int repeats = 5;                 // steps that count, after one that does not
    bool compare_reference = false;  // also without this program's kernels (core/ops/plain_operators.h)
    std::stop_token stop;            // looked at between steps; Error{cancelled}
};

struct TrainingSpeed {
    struct PhaseTime {
        std::string name;  // "Gboth"
        double ms = 0;     // median; with the optimiser's step of the phase before
        int interval = 1;
    };
    double median_step_ms = 0, min_step_ms = 0;  // of steps without regularisers
    double sec_per_kimg = 0;                     // regularisers' shares included
    std::vector<PhaseTime> phases;
    double gflop = 0;  // of the generator's products in such a step (one pass forward, one with gradients); T and R
    std::optional<double> reference_median_step_ms;
};

// Official training otherwise: adaptive augmentation from p = 0, R1, the averages. Throws Error{network}.
[[nodiscard]] TrainingSpeed measure_training(const TrainingSpeedOptions& options);

// From a step or a few of a run's own networks and phases, with as many pictures at once as a few seconds allow.
struct SpeedEstimate {
    double sec_per_kimg = 0;  // regularisers' shares included; without snapshots and metrics
    int pictures = 0;         // at once, in what was measured
};
// Nothing where that would take more than some 15 s, or where several GPUs share the work. Throws Error{cancelled}.
[[nodiscard]] std::optional<SpeedEstimate> estimate_speed(const TrainingConfig& config, Device device,
                                                          std::stop_token stop);

}  // namespace afs
