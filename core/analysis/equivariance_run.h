// A whole measurement of a network file: what the commands and the window's jobs call. Torch-free.
#pragma once

#include <functional>

#include "core/analysis/equivariance_figures.h"
#include "core/base/progress.h"

namespace afs {

struct EquivarianceRun {
    std::string network, which = "G_ema";
    Device device = {};
    EquivarianceRequest request = {};  // no kinds: the profile only
    int layer_samples = 0;             // of the profile; 0: none
};

struct EquivarianceReport {
    EquivarianceResult result;
    LayerProfile profile;
    std::vector<std::string> warnings;  // of the file
    [[nodiscard]] bool complete() const { return result.complete() && profile.complete(); }
};

// Opens the network for itself: nobody else's generator is used. request.stop ends it with what there is; before the
// first figure it throws Error{cancelled}. Throws Error as NetworkFile::open and measure_equivariance do.
[[nodiscard]] EquivarianceReport run_equivariance(const EquivarianceRun& run, const Progress& progress = {},
                                                  const std::function<void(const EquivarianceReport&)>& on_batch = {});

}  // namespace afs
