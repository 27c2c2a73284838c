// Scale, bias, noise, a piecewise linear activation, gain and clamp in one pass (SPEC 7, 11), and its gradient:
//     u = x * scale[n, c] + noise[n, pixel] + bias[c]
//     y = clamp(gain * (u < 0 ? slope * u : u))
// slope 1 is the linear activation, 0 relu, 0.2 the usual leaky ReLU. NaN stays NaN.
//
// Any thread may call; the kernels own no threads, allocate nothing and check nothing: core/ops does.
#pragma once

#include <cstdint>

#include "kernels/parallel_for.h"
#include "kernels/storage.h"

namespace afs::kernels {

struct BiasActParams {
    const void* x = nullptr;
    void* y = nullptr;  // may be x on a CPU
    Storage storage = Storage::f32;
    // Elements as they lie in memory: [outer, channels, inner]. Planes are [batch, C, H * W], channels-last pictures
    // [batch * H * W, C, 1]. A sample is outer / batch of the first; its pixels are those times inner.
    std::int64_t outer = 0, channels = 0, inner = 0, batch = 1;

    const float* bias = nullptr;    // [channels] or null
    const float* scale = nullptr;   // [batch, channels] or null
    const float* noise = nullptr;   // [pixels] of each sample, or null
    std::int64_t noise_stride = 0;  // to the next sample's; 0: all share it
    float slope = 1.0F;             // >= 0
    float gain = 1.0F;              // > 0
    float clamp = -1.0F;            // negative: none

    // Not null: the gradient. x is dy, this the y of the forward call, and the result
    //     dx = dy * scale * gain * (|y| >= clamp ? 0 : y > 0 ? 1 : slope)
    const void* result = nullptr;
};

namespace cpu {
void bias_act(const BiasActParams& params, const ParallelFor& parallel_for);
}  // namespace cpu

namespace cuda {
// Asynchronous on `stream` (a cudaStream_t); all pointers are device memory, and y is not x. Returns a cudaError_t.
[[nodiscard]] int bias_act(const BiasActParams& params, void* stream);
}  // namespace cuda

}  // namespace afs::kernels
