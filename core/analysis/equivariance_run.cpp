#include "core/analysis/equivariance_run.h"

#include <fmt/format.h>

#include "core/analysis/layer_equivariance.h"
#include "core/base/error.h"
#include "core/model/network_file.h"

namespace afs {

EquivarianceReport run_equivariance(const EquivarianceRun& run, const Progress& progress,
                                    const std::function<void(const EquivarianceReport&)>& on_batch) {
    const Network network = NetworkFile::open(run.network, run.which, progress);
    const std::shared_ptr<const Generator> generator =
        run.device.kind == Device::Kind::cpu ? network.generator : network.generator->clone_to(run.device);
    EquivarianceReport report;
    report.warnings = network.warnings;
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
        report.result = measure_equivariance(*generator, run.request, [&](const EquivarianceResult& result) {
            report.result = result;
            std::string doing = fmt::format("{} of {} samples", result.samples, result.wanted);
            for (const EquivarianceFigure& figure : result.figures) doing += fmt::format(", {:.1f} dB", figure.db);
            tell(result.samples, doing);
        });
        if (!report.result.complete()) return report;
    }
    if (run.layer_samples > 0) {
        try {
            report.profile = measure_layers(
                *generator, {run.layer_samples, run.request.seed, run.request.precision, run.request.stop},
                [&](const LayerProfile& profile) {
                    report.profile = profile;
                    tell(report.result.samples + profile.samples,
                         fmt::format("layers, {} of {} samples", profile.samples, profile.wanted));
                });
        } catch (const Error& e) {
            if (e.kind() != ErrorKind::cancelled || report.result.figures.empty()) throw;
        }
    }
    return report;
}

}  // namespace afs
