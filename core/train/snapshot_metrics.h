// Metrics of a run's snapshots, each as `afstudio metrics` computes it (SPEC 9, 16). Torch-free.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "core/base/progress.h"
#include "core/ops/device.h"
#include "core/train/run_options.h"

namespace afs {

struct SnapshotMetric {
    std::string metric;  // of known_metrics()
    std::filesystem::path snapshot;
    const RunOptions& options;  // the run's
    Device device;
    std::filesystem::path program, feature_cache;  // see RunSetup
    std::stop_token stop;                          // the progress's own
};

// The role of the detector that a metric needs; empty: none.
[[nodiscard]] std::string needed_detector(const std::string& metric);

// Its figures by name. Nothing where it was stopped before it had enough pictures. Throws Error.
[[nodiscard]] std::optional<std::vector<std::pair<std::string, double>>> measure_snapshot(const SnapshotMetric& what,
                                                                                          const Progress& progress);

}  // namespace afs
