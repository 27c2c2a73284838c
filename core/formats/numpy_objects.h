// NumPy's types, scalars and arrays in pickles: a network's attributes hold sampling rates and sizes as such.
#pragma once

#include "core/formats/pickle_globals.h"

namespace afs {

// `numpy.dtype(code, align, copy)`
[[nodiscard]] PickleNode* make_dtype(PickleGraph&, const PickleCallSite&, const PickleNode& arguments);
// `numpy.core.multiarray.scalar(dtype, bytes)`: a plain number, or something opaque
[[nodiscard]] PickleNode* make_scalar(PickleGraph&, const PickleCallSite&, const PickleNode& arguments);
// `numpy.core.multiarray._reconstruct(ndarray, (0,), b'b')`: an array that waits for its state
[[nodiscard]] PickleNode* make_array(PickleGraph&, const PickleCallSite&, const PickleNode& arguments);
// `numpy.core.numeric._frombuffer(bytes, dtype, shape, order)`
[[nodiscard]] PickleNode* array_from_buffer(PickleGraph&, const PickleCallSite&, const PickleNode& arguments);

void build_dtype(PickleGraph&, std::uint64_t position, PickleNode& dtype, PickleNode& state);
void build_array(PickleGraph&, std::uint64_t position, PickleNode& array, PickleNode& state);

}  // namespace afs
