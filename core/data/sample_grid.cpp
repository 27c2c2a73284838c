#include "core/data/sample_grid.h"

#include <algorithm>
#include <map>

#include "core/base/error.h"
#include "core/data/shuffle.h"

namespace afs {

std::vector<std::int64_t> sample_grid(const DataSet& set, int columns, int rows) {
    AFS_CHECK(columns >= 1 && rows >= 1);
    RandomState random(0);
    std::vector<std::int64_t> grid;
    grid.reserve(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows));
    if (set.label_dim() == 0) {
        const std::vector<std::int64_t> order = shuffled_indices(set.size(), random);
        for (std::size_t k = 0; k < grid.capacity(); ++k) grid.push_back(order[k % order.size()]);
        return grid;
    }
    // Labels in the order of their elements read backwards: for classes, that of their numbers.
    std::map<std::vector<float>, std::vector<std::int64_t>> groups;
    for (std::int64_t i = 0; i < set.size(); ++i) {
        std::vector<float> label = set.label(i);
        std::ranges::reverse(label);
        groups[std::move(label)].push_back(i);
    }
    std::vector<std::vector<std::int64_t>*> order;
    for (auto& [label, items] : groups) {
        shuffle(items, random);
        order.push_back(&items);
    }
    for (std::size_t y = 0; y < static_cast<std::size_t>(rows); ++y) {
        std::vector<std::int64_t>& items = *order[y % order.size()];
        for (std::size_t x = 0; x < static_cast<std::size_t>(columns); ++x) grid.push_back(items[x % items.size()]);
        // The next row of this label goes on where this one ended.
        std::ranges::rotate(
            items, items.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(columns) % items.size()));
    }
    return grid;
}

}  // namespace afs
