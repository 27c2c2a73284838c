// A training run from its first picture to its last: data set, networks, steps, ticks, snapshots, metrics and states,
// in a directory that is the interface to everybody else (SPEC 13, docs/file-formats.md). Torch-free.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "core/train/ranks.h"
#include "core/train/run_options.h"
#include "core/train/run_status.h"

namespace afs {

struct RunSetup {
    RunOptions options;
    std::filesystem::path outdir;              // where a new run's directory is made
    std::optional<std::filesystem::path> run;  // the run to continue instead
    Device device;
    std::filesystem::path program;        // this program's executable: detectors have processes of their own
    std::filesystem::path feature_cache;  // of real pictures, for metrics; empty: none is kept
    std::function<void(const std::string& line)> say;  // lines for people, which log.txt gets, too
    Ranks ranks;                                       // the processes that train together; the first of them writes
    std::stop_token stop;                              // the step is finished, a state written
};

struct RunResult {
    std::filesystem::path run;
    RunPhase ending = RunPhase::finished;  // or stopped
    std::int64_t images = 0;               // seen, with those of earlier sittings
};

// What training would be, from the options and the data set: throws as resolve_training and DataSet do, and where the
// data set's size is no power of two.
struct RunPlan {
    TrainingConfig config;
    Json data;  // {name, resolution, channels, label_dim, pictures}
    std::int64_t g_params = 0, d_params = 0;
};
[[nodiscard]] RunPlan plan_run(const RunOptions& options);

// The run under `outdir` that these options may go on with: the newest with a whole state and the same options.
[[nodiscard]] std::optional<std::filesystem::path> run_to_continue(const std::filesystem::path& outdir,
                                                                   const RunOptions& options);

// The options of a run's directory. Throws Error{file, format}: not a run.
[[nodiscard]] RunOptions read_run_options(const std::filesystem::path& run);

// Trains. A continued run goes on from its newest whole state, bit for bit on a CPU. Throws Error: everything that can
// be known before the first step (file, format, network, argument), a picture that cannot be read, a disk that is full,
// losses that are no numbers; `status.json` has the reason then and the last state stays.
[[nodiscard]] RunResult run_training(const RunSetup& setup);

}  // namespace afs
