// What this machine can do at most, measured: the yardsticks that benchmarks divide by. Not for production paths.
#pragma once

#include <cstdint>

#include "kernels/parallel_for.h"

namespace afs::kernels::cpu {

// float32 multiply-adds in registers only, all threads, widest instructions: FLOP/s (a multiply-add is 2).
[[nodiscard]] double measure_peak_flops(const ParallelFor& parallel_for);
// Copying `bytes` (choose more than the last-level cache) by all threads: bytes read and written a second.
[[nodiscard]] double measure_bandwidth(std::int64_t bytes, const ParallelFor& parallel_for);

}  // namespace afs::kernels::cpu
