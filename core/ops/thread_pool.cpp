// The only file compiled with OpenMP: without it, LibTorch's header turns parallel_for into a plain loop and says
// nothing. It is linked with the OpenMP library that LibTorch brings, so there is one pool in the process.
#include "core/ops/thread_pool.h"

#ifndef _OPENMP
#    error "core/ops/thread_pool.cpp needs -fopenmp: see core/ops/CMakeLists.txt"
#endif

#include <ATen/Parallel.h>

namespace afs {

kernels::ParallelFor thread_pool() {
    return {at::get_num_threads(), [](std::int64_t count, const std::function<void(std::int64_t, std::int64_t)>& body) {
                at::parallel_for(0, count, /*grain_size=*/1, body);
            }};
}

}  // namespace afs
