#include "core/analysis/feature_statistics.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"

namespace afs {
namespace {

Error cannot(std::string why) { return {ErrorKind::argument, "Could not gather features", std::move(why)}; }

}  // namespace

FeatureStatistics::FeatureStatistics(const Keep& keep, std::int64_t items, const Tensor& all, Tensor raw_sum,
                                     Tensor raw_products)
    : keep_(keep), items_(items), raw_sum_(std::move(raw_sum)), raw_products_(std::move(raw_products)) {
    features_ = all.defined() ? all.size(1) : raw_sum_.size(0);
    if (all.defined()) batches_.push_back(all);
}

void FeatureStatistics::append(const Tensor& features) {
    if (features.dim() != 2 || features.size(1) < 1)
        throw cannot(fmt::format("features are [N, F], not {}", shape_text(features.sizes())));
    if (features_ == 0) features_ = features.size(1);
    if (features.size(1) != features_)
        throw cannot(fmt::format("a batch has {} features, the first one had {}", features.size(1), features_));
    const std::int64_t room = keep_.max_items ? std::max<std::int64_t>(*keep_.max_items - items_, 0) : features.size(0);
    const Tensor used = features.detach().narrow(0, 0, std::min(room, features.size(0)));
    if (used.size(0) == 0) return;
    items_ += used.size(0);
    if (keep_.all) batches_.push_back(used.to(at::kCPU, at::kFloat, /*non_blocking=*/false, /*copy=*/true));
    if (keep_.moments) {
        const Tensor x = used.to(at::kDouble);
        if (!raw_sum_.defined()) {
            raw_sum_ = at::zeros({features_}, x.options());
            raw_products_ = at::zeros({features_, features_}, x.options());
        }
        raw_sum_ += x.sum(0);
        raw_products_.addmm_(x.t(), x);
    }
}

Tensor FeatureStatistics::all() const {
    if (batches_.empty()) throw cannot(keep_.all ? "there are no pictures" : "they were not kept");
    return at::cat(batches_);
}

FeatureMoments FeatureStatistics::moments() const {
    if (!raw_sum_.defined()) throw cannot(keep_.moments ? "there are no pictures" : "their moments were not kept");
    const auto count = static_cast<double>(items_);
    const Tensor mean = raw_sum_ / count;
    return {mean, raw_products_ / count - at::outer(mean, mean)};
}

}  // namespace afs
