// A picture tensor as pixels (SPEC 8): clamp(x * 127.5 + 128, 0, 255), truncated; NaN becomes 0. Gray is repeated;
// alpha is 255.
#pragma once

#include <cstddef>
#include <cstdint>

namespace afs::kernels {

struct Rgba8Params {
    const float* x = nullptr;           // [channels, height, width]
    std::ptrdiff_t channel_stride = 0;  // elements
    std::ptrdiff_t row_stride = 0;
    std::ptrdiff_t column_stride = 1;
    int channels = 0;  // 1 or 3
    int height = 0, width = 0;
    float scale = 1.0f;                  // multiplies x first: the explorer's gain
    float channel_scale[3] = {1, 1, 1};  // and each channel: its normalisation
    std::uint8_t* rgba = nullptr;        // [height, width, 4], contiguous
};

void rgba8_cpu(const Rgba8Params& p);

// Pointers are the device's; returns at once, the work is ordered by `stream` (a cudaStream_t).
// Returns 0 or the cudaError_t of the launch. Nothing is launched for an empty picture.
int rgba8_cuda(const Rgba8Params& p, void* stream);

}  // namespace afs::kernels
