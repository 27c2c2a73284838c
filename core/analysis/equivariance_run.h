// A whole measurement of a network file: what the commands and the window's jobs call. Torch-free.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/analysis/equivariance_figures.h"
#include "core/base/progress.h"

namespace afs {

// Of an official metric: "eqt50k_int", "eqt50k_frac", "eqr50k".
[[nodiscard]] std::optional<EquivarianceKind> find_equivariance_metric(std::string_view name);

struct EquivarianceRun {
    std::string network, which = "G_ema";
    Device device = {};
    EquivarianceRequest request = {};  // no kinds: the profile only
    int layer_samples = 0;             // of the profile; 0: none
    // Data set (folder or ZIP) that the labels of a conditional network are drawn from; empty: classes, each as likely
    std::string data = {};
};

struct EquivarianceReport {
    EquivarianceResult result;
    LayerProfile profile;
    std::vector<std::string> warnings;   // of the file
    std::optional<std::string> classes;  // of a conditional network: "uniform", or the data set's name
    [[nodiscard]] bool complete() const { return result.complete() && profile.complete(); }
};

// run_equivariance, or an EquivarianceMeter's run.
using MeasureEquivariance =
    std::function<EquivarianceReport(const EquivarianceRun& run, const Progress& progress,
                                     const std::function<void(const EquivarianceReport&)>& on_batch)>;

// Keeps the network of the last run open for the next one: a movement that is measured again and again loads it once.
// One thread at a time.
class EquivarianceMeter {
  public:
    EquivarianceMeter();
    ~EquivarianceMeter();
    EquivarianceMeter(const EquivarianceMeter&) = delete;
    EquivarianceMeter& operator=(const EquivarianceMeter&) = delete;

    // As run_equivariance.
    [[nodiscard]] EquivarianceReport run(const EquivarianceRun& run, const Progress& progress = {},
                                         const std::function<void(const EquivarianceReport&)>& on_batch = {});

  private:
    struct Opened;
    std::unique_ptr<const Opened> opened_;
};

// Opens the network for itself: nobody else's generator is used. request.stop ends it with what there is; before the
// first figure it throws Error{cancelled}. Throws Error as NetworkFile::open, labels_of and measure_equivariance do.
[[nodiscard]] EquivarianceReport run_equivariance(const EquivarianceRun& run, const Progress& progress = {},
                                                  const std::function<void(const EquivarianceReport&)>& on_batch = {});

}  // namespace afs
