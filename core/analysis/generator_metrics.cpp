#include "core/analysis/generator_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "core/analysis/equivariance.h"
#include "core/base/error.h"
#include "core/base/log.h"
#include "core/base/user_folders.h"

namespace afs {
namespace {

constexpr FeatureMetric kFeatureMetrics[] = {FeatureMetric::fid50k_full, FeatureMetric::kid50k_full,
                                             FeatureMetric::pr50k3_full, FeatureMetric::ppl2_wend,
                                             FeatureMetric::is50k};
constexpr std::pair<const char*, EquivarianceKind> kEquivariance[] = {
    {"eqt50k_int", EquivarianceKind::translation_int},
    {"eqt50k_frac", EquivarianceKind::translation_frac},
    {"eqr50k", EquivarianceKind::rotation}};

std::optional<FeatureMetric> feature_metric(const std::string& name) {
    const auto* const found = std::ranges::find(kFeatureMetrics, name, feature_metric_name);
    return found == std::end(kFeatureMetrics) ? std::nullopt : std::optional(*found);
}

std::optional<EquivarianceKind> equivariance_kind(const std::string& name) {
    for (const auto& [of, kind] : kEquivariance)
        if (name == of) return kind;
    return {};
}

class Stopwatch {
  public:
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }

  private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

std::vector<std::string> metrics_without_detector(const std::vector<std::string>& names,
                                                  const std::map<std::string, std::filesystem::path>& detectors) {
    std::vector<std::string> missing;
    for (const std::string& name : names)
        if (const auto metric = feature_metric(name); metric && !detectors.contains(detector_role(*metric)))
            missing.push_back(name);
    return missing;
}

std::vector<MetricResult> compute_metrics(const GeneratorMetrics& what,
                                          const std::shared_ptr<const Generator>& generator, const Progress& progress) {
    FeatureRun features;
    EquivarianceRequest equivariance;
    equivariance.kinds.clear();
    const std::vector<std::string> missing = metrics_without_detector(what.names, what.detectors);
    for (const std::string& name : what.names) {
        if (std::ranges::find(missing, name) != missing.end()) continue;
        if (const auto metric = feature_metric(name))
            features.metrics.push_back(*metric);
        else if (const auto kind = equivariance_kind(name))
            equivariance.kinds.push_back(*kind);
        else
            throw Error(ErrorKind::argument, fmt::format("Could not measure {}", what.called),
                        fmt::format("\"{}\" is not a metric", name));
    }

    std::vector<MetricResult> results;
    const double first_part = features.metrics.empty() ? 1.0 : equivariance.kinds.empty() ? 0.0 : 0.5;
    if (!equivariance.kinds.empty()) {
        equivariance.samples = what.samples;
        equivariance.seed = what.seed;
        equivariance.precision = what.precision;
        DrawnLabels labels;
        if (generator->config().c_dim > 0 && !what.data.empty())
            labels = labels_of(what.data.string(), generator->config().c_dim);
        const Stopwatch time;
        const Progress part = progress.part(0.0, first_part);
        const EquivarianceResult measured = measure_equivariance(
            *generator, equivariance,
            [&](const EquivarianceResult& until_now) {
                part.check_stop();
                part.report(static_cast<double>(until_now.samples) / static_cast<double>(until_now.wanted),
                            fmt::format("{} of {} samples", until_now.samples, until_now.wanted));
            },
            labels);
        for (const EquivarianceFigure& figure : measured.figures) {
            const auto* const row =
                std::ranges::find(kEquivariance, figure.kind, [](const auto& r) { return r.second; });
            results.push_back({row->first, {{row->first, figure.db}}, measured.samples, time.seconds()});
        }
    }
    if (!features.metrics.empty()) {
        features.program = std::filesystem::read_symlink("/proc/self/exe");
        features.network = what.called;
        features.data = what.data;
        features.detectors = what.detectors;
        features.samples = what.samples;
        features.seed = what.seed;
        features.device = generator->device();
        features.precision = what.precision;
        if (const std::filesystem::path folder = cache_folder(); !folder.empty()) features.cache = folder / "features";
        const Stopwatch time;
        const FeatureReport report = measure_features(features, generator, progress.part(first_part, 1.0));
        for (const std::string& warning : report.warnings) log_warning("{}", warning);
        for (const FeatureMetric metric : features.metrics) {
            MetricResult result{feature_metric_name(metric), {}, what.samples, time.seconds()};
            for (const FeatureValue& value : report.values)
                if (value.name.starts_with(result.metric)) result.results.emplace_back(value.name, value.value);
            results.push_back(std::move(result));
        }
    }
    std::vector<MetricResult> ordered;
    for (const std::string& name : what.names)
        if (const auto found = std::ranges::find(results, name, &MetricResult::metric); found != results.end())
            ordered.push_back(*found);
    return ordered;
}

}  // namespace afs
