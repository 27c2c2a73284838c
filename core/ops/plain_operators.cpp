#include "core/ops/plain_operators.h"

namespace afs {
namespace {
thread_local int depth = 0;
}

PlainOperators::PlainOperators() { ++depth; }
PlainOperators::~PlainOperators() { --depth; }
bool PlainOperators::active() { return depth > 0; }

}  // namespace afs
