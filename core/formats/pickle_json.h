// Plain values of a pickle as JSON: configurations and attributes. Shared nodes are expanded, so the work is bounded.
#pragma once

#include <optional>

#include "core/base/json.h"
#include "core/formats/pickle_graph.h"

namespace afs {

// How many values one conversion, or several that share it, may still make.
struct JsonBudget {
    std::size_t values = 20'000;
    std::size_t text_bytes = std::size_t{1} << 20;
};

// None, numbers, texts, lists, tuples, sets (as lists), dictionaries with text or whole-number keys, NumPy arrays of at
// most 4096 elements (as nested lists). Nothing for anything else, for more than 16 levels, and beyond the budget.
[[nodiscard]] std::optional<Json> plain_json(PickleGraph& graph, const PickleNode& node, JsonBudget& budget);

}  // namespace afs
