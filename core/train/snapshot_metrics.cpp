#include "core/train/snapshot_metrics.h"

#include "core/analysis/equivariance_run.h"
#include "core/analysis/feature_run.h"
#include "core/base/error.h"

namespace afs {

std::string needed_detector(const std::string& metric) {
    const std::optional<FeatureMetric> feature = find_feature_metric(metric);
    return feature ? std::string(detector_role(*feature)) : std::string();
}

std::optional<std::vector<std::pair<std::string, double>>> measure_snapshot(const SnapshotMetric& what,
                                                                            const Progress& progress) {
    std::vector<std::pair<std::string, double>> results;
    if (const std::optional<EquivarianceKind> kind = find_equivariance_metric(what.metric)) {
        EquivarianceRun run;
        run.network = what.snapshot.string();
        run.device = what.device;
        run.request.kinds = {*kind};
        run.request.stop = what.stop;
        const EquivarianceReport report = run_equivariance(run, progress);
        if (!report.complete()) return {};
        results.emplace_back(what.metric, report.result.figures.at(0).db);
        return results;
    }
    const std::optional<FeatureMetric> feature = find_feature_metric(what.metric);
    AFS_CHECK(feature.has_value());
    FeatureRun run;
    run.program = what.program;
    run.network = what.snapshot.string();
    run.data = what.options.data;
    run.metrics = {*feature};
    for (const auto& [role, file] : what.options.detectors) run.detectors[role] = file;
    run.device = what.device;
    run.cache = what.feature_cache;
    for (const FeatureValue& value : run_feature_metrics(run, progress).values)
        results.emplace_back(value.name, value.value);
    return results;
}

}  // namespace afs
