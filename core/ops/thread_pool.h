// LibTorch's own thread pool, for kernels that own none: one team of threads whatever computes.
#pragma once

#include "kernels/parallel_for.h"

namespace afs {

// Cuts [0, count) into as many ranges as there are threads (set_compute_threads). Inside another parallel region, in
// one range on the caller's thread.
[[nodiscard]] kernels::ParallelFor thread_pool();

}  // namespace afs
