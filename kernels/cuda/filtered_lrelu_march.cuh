// The instances of filtered_lrelu_march.h as kernels, a .cu file for each number of taps (they take minutes to compile).
#pragma once

#include <array>
#include <cstddef>

#include "kernels/cuda/filtered_lrelu_plan.h"
#include "kernels/cuda/gpu_machine.cuh"

namespace afs::kernels::tile {

// The kernel of a row of AFS_MARCH_ROWS, for cudaLaunchKernel.
template <int kTaps>
const void* march_kernel(int row, int channels);

template <int kTaps, int kGroup>
const void* march_kernel_of(int row) {
#define AFS_KERNEL(up, down, kind, sign) \
    reinterpret_cast<const void*>(&tile_kernel<March<up, down, kTaps, FirKind::kind, SignUse::sign, kGroup>>),
    static const std::array kKernels{AFS_MARCH_ROWS(AFS_KERNEL)};
#undef AFS_KERNEL
    return kKernels[static_cast<std::size_t>(row)];
}

}  // namespace afs::kernels::tile
