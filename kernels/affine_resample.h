// Pictures sampled at affinely moved positions through a two-dimensional band-limiting filter, without the upsampled
// picture in between (SPEC 9): an output pixel is a bilinear mean of four upsampled samples, and each of those a sum
// over the same `reach` x `reach` input samples; their taps are added first, and shared by all channels.
//
// Any thread may call; the kernel owns no threads, allocates nothing and checks nothing: core/analysis does.
#pragma once

#include <array>
#include <cstdint>

#include "kernels/parallel_for.h"

namespace afs::kernels {

struct AffineResampleParams {
    // [batch, channels, padded height, padded width]: input sample (0, 0) lies at [pad][pad], zeros around it. Behind
    // the last row lie kAffineTapsAlign readable floats more.
    const float* x = nullptr;
    float* y = nullptr;  // [batch, channels, out_height, out_width]
    std::int64_t batch = 0, channels = 0;
    int height = 0, width = 0, pad = 0;  // of the input, without its padding; pad > 2 * reach / 2
    int out_height = 0, out_width = 0;

    int up = 1;     // upsampled samples for one of the input, a side
    int reach = 0;  // input samples that an upsampled one depends on, a side: even
    // [up + 1][up + 1][reach][tap_stride]: the taps of upsampled sample (py, px) behind an input sample q, whose
    // footprint begins at input sample q - reach / 2 + 1; zeros between reach and tap_stride.
    const float* taps = nullptr;
    int tap_stride = 0;  // a multiple of kAffineTapsAlign

    // [out_height, out_width] or null: where it is 0, the output may be 0 as well and is.
    const float* wanted = nullptr;

    // Upsampled position (x, y) of output pixel (column, row): x = m[0] column + m[1] row + m[2], y = m[3] column + ...
    std::array<double, 6> position = {};
};

inline constexpr int kAffineTapsAlign = 16;
inline constexpr int kMostAffineReach = 128;

namespace cpu {
void affine_resample(const AffineResampleParams& params, const ParallelFor& parallel_for);
}  // namespace cpu

}  // namespace afs::kernels
