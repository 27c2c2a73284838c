// Metrics of a generator in memory by their official names: what training measures its snapshots with (SPEC 16).
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/analysis/feature_run.h"
#include "core/model/generator.h"

namespace afs {

// As run_feature_metrics, of this generator on its device; run.network is what messages call it.
[[nodiscard]] FeatureReport measure_features(const FeatureRun& run, std::shared_ptr<const Generator> generator,
                                             const Progress& progress = {});

struct GeneratorMetrics {
    std::vector<std::string> names;  // of known_metrics() (core/train/training_config.h)
    // All of its pictures and labels count, none mirrored; empty: none. The EQ metrics need it for labels only, and
    // take each class as likely as any other without it.
    std::filesystem::path data;
    std::map<std::string, std::filesystem::path> detectors;  // role -> TorchScript file
    std::int64_t samples = 50'000;
    std::uint32_t seed = 0;
    Precision precision = Precision::automatic;
    std::string called = "the network in training";
};

struct MetricResult {
    std::string metric;                                   // "pr50k3_full"
    std::vector<std::pair<std::string, double>> results;  // "pr50k3_full_precision", ...; eqr50k may be infinite
    std::int64_t samples = 0;
    double seconds = 0;  // metrics of features share their pictures: the time of all of them
};

// Those of `names` that cannot be measured: they look at pictures through a detector that was not given.
[[nodiscard]] std::vector<std::string> metrics_without_detector(
    const std::vector<std::string>& names, const std::map<std::string, std::filesystem::path>& detectors);

// All others, in their order; eqt50k_int, eqt50k_frac and eqr50k need no detector. The features of real pictures are
// kept in the program's cache folder. The generator is not changed; one thread. Throws Error{argument} for an unknown
// name, Error{network} for EQ of a network whose input cannot be transformed, what measure_features throws, and
// Error{cancelled}.
[[nodiscard]] std::vector<MetricResult> compute_metrics(const GeneratorMetrics& what,
                                                        const std::shared_ptr<const Generator>& generator,
                                                        const Progress& progress = {});

}  // namespace afs
