// The filtered nonlinearity in one pass (paper, section 3.2; SPEC 7): bias, upsampling FIR, leaky ReLU, clamp,
// downsampling FIR, with a scale on load and on store. No tensor at the upsampled rate exists outside of registers and
// caches. The same entry computes the gradient with respect to x: see `SignUse`.
//
// Along each axis, with z the input at the upsampled rate (zero between and outside of its samples):
//     z[p] = load_scale * x[(p - pad) / up] + bias      where that sample exists, else 0
//     u[j] = sum over k < taps of up_filter[k] * z[j + k]
//     v[j] = clamp(u[j] < 0 ? slope * u[j] : u[j])
//     y[o] = store_scale * sum over k < taps of down_filter[k] * v[o * down + k]
// Gains (up * up, sqrt(2)) ride on the filters: the activation is positively homogeneous.
//
// Any thread may call; the kernels own no threads, allocate nothing that outlives a call, and check nothing: core/ops
// does, and asks `filtered_lrelu_supports` first.
#pragma once

#include <cstdint>

#include "kernels/parallel_for.h"
#include "kernels/storage.h"

namespace afs::kernels {

inline constexpr int kMaxTaps = 32;  // of one axis of one filter

// Host memory, read during the call only (a launch takes it by value).
struct FirFilter {
    int width = 1, height = 1;       // taps along x and y
    const float* along_x = nullptr;  // [width]; with along_y: separable. Both null and both sizes 1: identity
    const float* along_y = nullptr;  // [height]
    const float* plane = nullptr;    // [height, width]: not separable; then the other two are null
};

// What the 2 bits per upsampled sample are for. `write` remembers which of the three pieces of the activation each
// sample took; `read` takes the piece from there instead of from u's value, which makes the operator linear:
// v = u, slope * u or 0. The gradient is `read` with the filters exchanged and reversed, its second order is `read`
// with the filters as they were.
enum class SignUse : std::uint8_t { none, write, read };

struct SignGrid {
    SignUse use = SignUse::none;
    std::uint8_t* bits = nullptr;  // filtered_lrelu_sign_bytes() of the writing call; its layout is each device's own
    int width = 0, height = 0;     // of the upsampled picture that was or will be written: (out - 1) * down + taps
    int x0 = 0, y0 = 0;            // read: the sample of the grid at u[0, 0]; samples outside of the grid give v = 0
};

struct FilteredLreluParams {
    const void* x = nullptr;
    void* y = nullptr;
    Storage storage = Storage::f32;  // of x and y
    int batch = 0, channels = 0;
    int in_h = 0, in_w = 0, out_h = 0, out_w = 0;
    std::int64_t x_stride[4] = {}, y_stride[4] = {};  // of N, C, H, W in elements

    const float* bias = nullptr;         // [channels] or null
    const float* load_scale = nullptr;   // [batch, channels] or null
    const float* store_scale = nullptr;  // [batch, channels] or null

    FirFilter up_filter = {}, down_filter = {};
    int up = 1, down = 1;      // 1, 2 or 4
    int pad_x = 0, pad_y = 0;  // before the first sample, at the upsampled rate; may be negative
    float slope = 0.2F;
    float clamp = -1.0F;  // negative: none
    SignGrid sign = {};
};

// Whether the kernels of this machine's CPU (or of CUDA) take it: factors, taps, filter kinds, storage.
[[nodiscard]] bool filtered_lrelu_supports(const FilteredLreluParams& params);

namespace cpu {
[[nodiscard]] std::int64_t filtered_lrelu_sign_bytes(const FilteredLreluParams& params);
void filtered_lrelu(const FilteredLreluParams& params, const ParallelFor& parallel_for);
[[nodiscard]] const char* instruction_set();  // that the dispatch chose: "AVX3", "AVX2", ...
}  // namespace cpu

namespace cuda {
[[nodiscard]] std::int64_t filtered_lrelu_sign_bytes(const FilteredLreluParams& params);
// Asynchronous on `stream` (a cudaStream_t); x, y, bias, scales and bits are device memory. Returns a cudaError_t.
[[nodiscard]] int filtered_lrelu(const FilteredLreluParams& params, void* stream);
}  // namespace cuda

}  // namespace afs::kernels
