// An opened network on its device, with what frames need besides it. Kept by the renderer; opened on any thread.
#pragma once

#include <memory>

#include "core/base/progress.h"
#include "core/model/network_file.h"
#include "core/render/frame.h"
#include "core/render/latents.h"
#include "core/render/sheet_cache.h"

namespace afs {

struct EquivarianceCache;  // core/render/equivariance_picture.h

struct OpenNetwork {
    Network network;
    std::shared_ptr<const Generator> generator;  // on the device asked for
    std::shared_ptr<const NetworkInfo> info;
    LatentCache latents;
    SheetCache sheet;
    std::shared_ptr<EquivarianceCache> equivariance;

    // When something else decides pixels now: another number of threads.
    void forget_pictures() {
        sheet.clear();
        equivariance.reset();
    }
    std::uint64_t bytes = 0;  // of its tensors
};

// Throws as NetworkFile::open does. The layer list is taken from one synthesis of w_avg, so that it is what will be
// seen.
[[nodiscard]] std::shared_ptr<OpenNetwork> open_network(const ModelRef& model, Device device,
                                                        const Progress& progress = {});

}  // namespace afs
