// Filters that a picture is computed with instead of the network's own. The network itself is not touched: without them
// it gives what it gave before, to the bit. Immutable; any thread.
#pragma once

#include <vector>

#include "core/model/changed_filters.h"
#include "core/ops/tensor_convert.h"

namespace afs {

class ReplacedFilters {
  public:
    // Throws Error{argument} as changed() does.
    ReplacedFilters(const Schedule& schedule, const std::vector<FilterChange>& changes);

    struct Layer {
        LayerSpec spec;                 // the changed row
        bool up = false, down = false;  // which filters are replaced
        Tensor up_filter, down_filter;  // of those, float32 in host memory; undefined: the identity
    };
    // Null where the row keeps its filters.
    [[nodiscard]] const Layer* find(const LayerSpec& row) const;
    [[nodiscard]] const Schedule& schedule() const { return schedule_; }

  private:
    Schedule schedule_;  // with the changed rows
    std::vector<Layer> layers_;
};

}  // namespace afs
