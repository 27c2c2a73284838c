// Reads a Python pickle (protocols 0 to 5) into a PickleGraph. Nothing is executed: names of the allow-list
// (pickle_globals.h) are understood, every other one is refused by its name, whichever instruction asks for it. Any
// thread; throws Error{format} with the byte position.
#pragma once

#include "core/base/error.h"
#include "core/formats/pickle_globals.h"
#include "core/formats/pickle_graph.h"

namespace afs {

// The file asked for a global outside the allow-list.
class ForbiddenGlobal : public Error {
  public:
    using Error::Error;
};

struct Pickle {
    PickleNode* value = nullptr;  // lives in the graph
    std::size_t size = 0;         // bytes read, STOP included
};

[[nodiscard]] Pickle read_pickle(PickleGraph& graph, Bytes pickle, const PickleContext& context = {});

}  // namespace afs
