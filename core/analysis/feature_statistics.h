// What feature metrics keep of pictures while they stream by: all features, or their first and second moments
// (SPEC 16). One thread.
#pragma once

#include <optional>
#include <vector>

#include "core/ops/tensor_convert.h"

namespace afs {

struct FeatureMoments {
    Tensor mean;        // [F] float64
    Tensor covariance;  // [F, F] float64, divided by n
};

class FeatureStatistics {
  public:
    struct Keep {
        bool all = false, moments = false;
        std::optional<std::int64_t> max_items = {};  // what comes after is left out
    };
    explicit FeatureStatistics(const Keep& keep) : keep_(keep) {}
    // As it was after `items` pictures; what was not kept is undefined.
    FeatureStatistics(const Keep& keep, std::int64_t items, const Tensor& all, Tensor raw_sum, Tensor raw_products);

    // features: [N, F], any type and device; all batches have one F. Throws Error{argument}.
    void append(const Tensor& features);

    [[nodiscard]] const Keep& keeps() const { return keep_; }
    [[nodiscard]] std::int64_t items() const { return items_; }
    [[nodiscard]] bool full() const { return keep_.max_items && items_ >= *keep_.max_items; }

    // [items, F] float32 on the CPU. Throws Error{argument} when they were not kept or there are none.
    [[nodiscard]] Tensor all() const;
    [[nodiscard]] FeatureMoments moments() const;  // likewise

    [[nodiscard]] const Tensor& raw_sum() const { return raw_sum_; }            // [F] float64, undefined before a batch
    [[nodiscard]] const Tensor& raw_products() const { return raw_products_; }  // [F, F]: sum of x x^T

  private:
    Keep keep_;
    std::int64_t items_ = 0, features_ = 0;
    std::vector<Tensor> batches_;
    Tensor raw_sum_, raw_products_;
};

}  // namespace afs
