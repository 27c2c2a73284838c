// From what a person asks for to everything that decides a run (SPEC 13): the official options, their defaults, and
// what follows from them. Torch-free; reads no files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/model/discriminator_config.h"
#include "core/model/generator_config.h"
#include "core/train/training_options.h"

namespace afs {

enum class AugmentMode { none, adaptive, fixed };

// As the command line spells it; absent options have the configuration's defaults.
struct TrainingRequest {
    std::string cfg;  // "stylegan3-t", "stylegan3-r", "stylegan2" (which is the ladder's "a")
    int gpus = 1;
    int batch = 0;                   // pictures a step, of all GPUs; no default: it goes with gamma
    std::optional<int> batch_gpu;    // pictures at once on one GPU; default: all of its share
    std::optional<double> gamma;     // of R1, >= 0; no default: see suggested_gamma
    std::optional<int> cbase, cmax;  // 32768, 512; R doubles both for its generator
    std::optional<double> glr, dlr;  // 0.0025 (StyleGAN2 0.002), 0.002
    std::optional<int> map_depth;    // 2 (StyleGAN2 8)
    int mbstd_group = 4;
    bool mirror = false, cond = false;
    AugmentMode aug = AugmentMode::adaptive;
    double p = 0.2;                 // of fixed augmentation, 0..1
    double target = 0.6;            // of adaptive augmentation, 0..1
    int freezed = 0;                // Freeze-D
    double kimg = 25000, tick = 4;  // whole run and one tick, thousands of pictures, > 0
    int snap = 50;                  // ticks between snapshots
    std::vector<std::string> metrics = {"fid50k_full"};
    std::uint32_t seed = 0;
    bool fp32 = false;
    bool from_network_file = false;  // transfer: no ramps, and p moves five times as fast
    std::string desc;                // ends the run directory's name
};

// What of a data set decides a configuration.
struct DataSetFacts {
    std::string name;  // "pets-64x64"
    int resolution = 0, channels = 3, label_dim = 0;
};

struct TrainingConfig {
    GeneratorConfig g;
    DiscriminatorConfig d;
    TrainerOptions trainer;  // batch, seed and chunk included
    int gpus = 1;
    bool mirror = false;
    double total_kimg = 25000, kimg_per_tick = 4;
    int snapshot_ticks = 50;
    std::vector<std::string> metrics;
    std::string run_name;  // of the run directory, behind its number

    bool operator==(const TrainingConfig&) const = default;
};

// A good first value for R1's gamma at a batch of 32: 0.5 at 128 x 128, four times that for each doubling.
[[nodiscard]] double suggested_gamma(int resolution);

// The metrics that training can be asked for.
[[nodiscard]] const std::vector<std::string>& known_metrics();

// Throws Error{argument} in words that name the option: gamma or batch missing, values out of range, a batch that
// cannot be divided, labels asked for where there are none, an unknown metric or configuration.
[[nodiscard]] TrainingConfig resolve_training(const TrainingRequest& request, const DataSetFacts& data);

// Everything, for `options.json` and --dry-run.
[[nodiscard]] Json to_json(const TrainingConfig& config);

}  // namespace afs
