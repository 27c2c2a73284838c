// NumPy's legacy shuffle: every subset, order and grid of a data set is made by it, so that runs agree (SPEC 15).
#pragma once

#include <numeric>
#include <utility>
#include <vector>

#include "core/base/random_state.h"

namespace afs {

template <class Value> void shuffle(std::vector<Value>& values, RandomState& random) {
    for (std::size_t i = values.size(); i-- > 1;)
        std::swap(values[i], values[random.integer(static_cast<std::uint32_t>(i + 1))]);
}

// 0 .. count-1 in random order. count < 2^32.
[[nodiscard]] inline std::vector<std::int64_t> shuffled_indices(std::int64_t count, RandomState& random) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), 0);
    shuffle(order, random);
    return order;
}

}  // namespace afs
