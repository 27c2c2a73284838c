// The uncertainty of a ratio of sums that grows batch by batch, without keeping the batches. Torch-free.
#pragma once

#include <optional>
#include <vector>

#include "core/analysis/equivariance_figures.h"
#include "core/base/random_state.h"

namespace afs {

// Poisson bootstrap: every replicate counts every batch a Poisson(1) distributed number of times, which for many
// batches is drawing as many with replacement. The same batches in the same order give the same interval.
class RatioBootstrap {
  public:
    RatioBootstrap();
    void add(double numerator, double denominator);

    [[nodiscard]] double ratio() const { return numerator_ / denominator_; }
    // Of the middle 95 % of the replicates; nothing before the second batch.
    [[nodiscard]] std::optional<Interval> interval95() const;
    [[nodiscard]] bool empty() const { return denominator_ <= 0.0; }

  private:
    struct Replicate {
        double numerator = 0.0, denominator = 0.0;
    };
    std::vector<Replicate> replicates_;
    RandomState random_;
    double numerator_ = 0.0, denominator_ = 0.0;
    int batches_ = 0;
};

}  // namespace afs
