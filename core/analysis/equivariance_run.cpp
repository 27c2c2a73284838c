#include "core/analysis/equivariance_run.h"

#include <fmt/format.h>

#include <filesystem>

#include "core/analysis/drawn_labels.h"
#include "core/analysis/layer_equivariance.h"
#include "core/base/error.h"
#include "core/model/network_file.h"
#include "core/model/opened_networks.h"

namespace afs {

std::optional<EquivarianceKind> find_equivariance_metric(std::string_view name) {
    constexpr std::pair<std::string_view, EquivarianceKind> kMetrics[] = {
        {"eqt50k_int", EquivarianceKind::translation_int},
        {"eqt50k_frac", EquivarianceKind::translation_frac},
        {"eqr50k", EquivarianceKind::rotation}};
    for (const auto& [known, kind] : kMetrics)
        if (name == known) return kind;
    return {};
}

struct EquivarianceMeter::Opened {
    std::string network, which;
    Device device;
    std::shared_ptr<const Generator> generator;
    std::vector<std::string> warnings;
};

EquivarianceMeter::EquivarianceMeter() = default;
EquivarianceMeter::~EquivarianceMeter() = default;

EquivarianceReport run_equivariance(const EquivarianceRun& run, const Progress& progress,
                                    const std::function<void(const EquivarianceReport&)>& on_batch) {
    return EquivarianceMeter().run(run, progress, on_batch);
}

EquivarianceReport EquivarianceMeter::run(const EquivarianceRun& run, const Progress& progress,
                                          const std::function<void(const EquivarianceReport&)>& on_batch) {
    if (!opened_ || opened_->network != run.network || opened_->which != run.which || opened_->device != run.device) {
        opened_.reset();
        if (auto shared = share_opened(run.network, run.which, run.device)) {
            opened_ = std::make_unique<const Opened>(Opened{run.network, run.which, run.device, std::move(shared), {}});
        } else {
            const Network network = NetworkFile::open(run.network, run.which, progress);
            opened_ = std::make_unique<const Opened>(Opened{
                run.network, run.which, run.device,
                run.device.kind == Device::Kind::cpu ? network.generator : network.generator->clone_to(run.device),
                network.warnings});
        }
    }
    const std::shared_ptr<const Generator> generator = opened_->generator;
    EquivarianceReport report;
    report.warnings = opened_->warnings;
    DrawnLabels labels;
    if (const int c_dim = generator->config().c_dim; c_dim > 0) {
        report.classes = "uniform";
        if (!run.data.empty()) {
            labels = labels_of(run.data, c_dim);
            report.classes = std::filesystem::path(run.data).filename().string();
        }
    }
    report.result.seed = run.request.seed;
    report.profile.wanted = run.layer_samples;
    // A sample of the profile takes about as long as one of the figures, in which a batch shares the operators.
    const auto total = static_cast<double>((run.request.kinds.empty() ? 0 : run.request.samples) + run.layer_samples);
    const auto tell = [&](std::int64_t done, const std::string& doing) {
        progress.report(static_cast<double>(done) / total, doing);
        if (on_batch) on_batch(report);
    };
    if (!run.request.kinds.empty()) {
        report.result.wanted = run.request.samples;
        report.result = measure_equivariance(
            *generator, run.request,
            [&](const EquivarianceResult& result) {
                report.result = result;
                std::string doing = fmt::format("{} of {} samples", result.samples, result.wanted);
                for (const EquivarianceFigure& figure : result.figures) doing += fmt::format(", {:.1f} dB", figure.db);
                tell(result.samples, doing);
            },
            labels);
        if (!report.result.complete()) return report;
    }
    if (run.layer_samples > 0) {
        try {
            report.profile = measure_layers(
                *generator,
                {run.layer_samples, run.request.seed, run.request.precision, run.request.stop, run.request.filters},
                [&](const LayerProfile& profile) {
                    report.profile = profile;
                    tell(report.result.samples + profile.samples,
                         fmt::format("layers, {} of {} samples", profile.samples, profile.wanted));
                },
                labels);
        } catch (const Error& e) {
            if (e.kind() != ErrorKind::cancelled || report.result.figures.empty()) throw;
        }
    }
    return report;
}

}  // namespace afs
