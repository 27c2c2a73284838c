// Features of real pictures, kept from one measurement to the next under the hash of everything that decides them: a
// changed picture or detector has other ones. The folder may be deleted at any time. One thread; processes may share
// it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/analysis/feature_statistics.h"
#include "core/base/progress.h"
#include "core/data/data_set.h"
#include "core/ops/device.h"

namespace afs {

// Of the bytes of all pictures in their order, wherever they are stored. Throws Error{file}, Error{cancelled}.
[[nodiscard]] std::string content_hash(const DataSet& set, const Progress& progress = {});

struct FeatureKey {
    std::string pictures;    // content_hash()
    std::string detector;    // SHA-256 of its file
    Device device = {};      // on which it runs: rounding differs
    std::int64_t items = 0;  // pictures that count, from the first
};

class FeatureCache {
  public:
    // An empty folder keeps nothing.
    explicit FeatureCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

    // With everything that is to be kept of the features; nothing where a part is missing, damaged, or of another
    // number of pictures.
    [[nodiscard]] std::optional<FeatureStatistics> find(const FeatureKey& key,
                                                        const FeatureStatistics::Keep& keep) const;

    // What was kept; a file that would take more than a quarter of the free disk is not written. Throws Error{file}.
    void store(const FeatureKey& key, const FeatureStatistics& features) const;

    [[nodiscard]] bool enabled() const { return !folder_.empty(); }

  private:
    std::filesystem::path folder_;
};

}  // namespace afs
