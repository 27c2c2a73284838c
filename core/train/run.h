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
#include "core/train/run_plan.h"
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
    int sharing =
        1;  // processes of this machine that share its memory; 0: another one of them looks whether it suffices
    std::stop_token stop;  // the step is finished, a state written
};

struct RunResult {
    std::filesystem::path run;
    RunPhase ending = RunPhase::finished;  // or stopped
    std::int64_t images = 0;               // seen, with those of earlier sittings
};

// Trains. A continued run goes on from its newest whole state, bit for bit on a CPU. Throws Error: everything that can
// be known before the first step (file, format, network, argument), a picture that cannot be read, a disk that is full,
// losses that are no numbers; `status.json` has the reason then and the last state stays.
[[nodiscard]] RunResult run_training(const RunSetup& setup);

}  // namespace afs
