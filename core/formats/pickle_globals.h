// The allow-list: every global name that a pickle may mention, and what this program does instead of calling it. This
// table is the whole of what a network file can ask for; nothing in it opens, imports or runs anything.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "core/formats/pickle_graph.h"

namespace afs {

// How a pickle is read: which persistent ids it may use, and how deep in other pickles it lies.
struct PickleContext {
    std::uint64_t position = 0;  // of the value that holds the pickle, for bytes that are not in the file as such
    int nesting = 0;
    // Makes the value of a persistent id; empty where no such id belongs.
    std::function<PickleNode*(PickleGraph&, const PickleNode& id, std::uint64_t position)> persistent;
};

struct PickleCallSite {
    std::uint64_t position = 0;
    int nesting = 0;
};

struct PickleGlobal {
    using Call = PickleNode* (*)(PickleGraph&, const PickleCallSite&, const PickleNode& arguments);  // a tuple

    std::string_view name;              // "collections.OrderedDict"
    Call call = nullptr;                // none: a name that is only passed around
    std::optional<DType> storage = {};  // for storage types
};

// nullptr for everything that is refused.
[[nodiscard]] const PickleGlobal* find_global(std::string_view name);

// What BUILD does: gives `target` its state. Throws for values that have none.
void build(PickleGraph& graph, std::uint64_t position, PickleNode& target, PickleNode& state);

}  // namespace afs
