// 3x3 convolutions of float32 pictures with a quarter of the multiplications: Winograd's minimal filtering F(4x4, 3x3)
// (Lavin and Gray 2016). Input tiles of 6x6 samples and the kernel are transformed, multiplied value by value (36
// products of matrices, tiles by channels), and transformed back to 4x4 results.
//
// The points 0, 1, -1, 1/2, -2 of the transform keep the error near 1.5e-6 of the result's standard deviation, about
// six times that of summing directly; the customary 2 and -2 cost half as much again. CPU only.
//
// Any thread may call; the kernels own no threads and check nothing: core/ops does. A thread's scratch memory is kept
// between calls.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/parallel_for.h"

namespace afs::kernels {

struct WinogradParams {
    const float* x = nullptr;       // [batch, height, width, channels_in]: channels-last
    const float* packed = nullptr;  // by winograd_pack()
    const float* bias = nullptr;    // [channels_out] or null
    float* y = nullptr;             // [batch, height + 2 padding - 2, width + 2 padding - 2, channels_out]
    std::int64_t batch = 0, height = 0, width = 0, channels_in = 0, channels_out = 0;
    int padding = 0;  // zeros on every side, 0 to 2
};

namespace cpu {

// Floats that a packed kernel takes: four times the kernel's, with channels rounded up.
[[nodiscard]] std::size_t winograd_packed_size(std::int64_t channels_in, std::int64_t channels_out);
// weight: [channels_out, channels_in, 3, 3], contiguous. packed: winograd_packed_size() floats, 64-byte aligned; its
// order depends on the processor, so it is never stored.
void winograd_pack(const float* weight, std::int64_t channels_in, std::int64_t channels_out, float* packed,
                   const ParallelFor& parallel_for);
void winograd(const WinogradParams& params, const ParallelFor& parallel_for);

}  // namespace cpu

}  // namespace afs::kernels
