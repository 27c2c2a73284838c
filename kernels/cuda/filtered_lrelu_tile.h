// What the two kernels of filtered_lrelu share: the problem as they receive it, the activation and its two bits.
#pragma once

#include <cmath>
#include <cstdint>

#include "kernels/cuda/tile.h"
#include "kernels/filtered_lrelu.h"

namespace afs::kernels::tile {

// For tests: an instance that is wrong in one known way, so that a test can see it be found.
enum class Fault : std::uint8_t { none, tap, barrier };

// A launch parameter. Filled by filtered_lrelu_plan.cpp.
struct FilteredLreluProblem {
    const void* x;
    void* y;
    const float* bias;         // or null
    const float* load_scale;   // or null
    const float* store_scale;  // or null
    std::uint8_t* bits;
    std::int64_t x_stride[4], y_stride[4];  // N, C, H, W in elements
    std::int64_t sign_plane;                // bytes of one picture's signs
    int channels, in_h, in_w, out_h, out_w;
    int sign_w, sign_h, sign_x0, sign_y0;
    float slope, limit;  // of |v|; infinite: none
    Storage storage;
    SignUse sign;
    bool x_vectors, y_vectors;  // whether alignment permits vector accesses
    int threads;                // of a block
    int tile_w, tile_h;         // outputs of a block, multiples of 4 (but for the last ones)
    int tiles_x, tiles_y, channel_blocks;
};

// The block's tile of outputs.
struct OutputTile {
    int sample, channel, x, y, w, h;  // the first of them and how many

    AFS_TILE OutputTile(const FilteredLreluProblem& p, unsigned block, int channels_of_a_block) {
        const auto next = [&block](int count) {
            const unsigned rest = block / static_cast<unsigned>(count);
            const int digit = static_cast<int>(block - rest * static_cast<unsigned>(count));
            block = rest;
            return digit;
        };
        x = next(p.tiles_x) * p.tile_w;
        y = next(p.tiles_y) * p.tile_h;
        channel = next(p.channel_blocks) * channels_of_a_block;
        sample = static_cast<int>(block);
        w = p.out_w - x < p.tile_w ? p.out_w - x : p.tile_w;
        h = p.out_h - y < p.tile_h ? p.out_h - y : p.tile_h;
    }
};

// --- The activation
// ------------------------------------------------------------------------------------------------------

// Two bits a sample: 1 where it was multiplied by the slope, 2 where it was cut to the clamp (whatever bit 1 says).
// Layout, ours: [picture][row / 4][column] bytes, the row's place in the byte at bit 2 * (row % 4). Rows that complete
// the last byte and everything outside of the grid read as cut.
inline constexpr unsigned kSloped = 1, kCut = 2, kAllCut = 0xAA;

template <SignUse kUse> AFS_TILE float activate(const FilteredLreluProblem& p, float u, unsigned& piece) {
    if constexpr (kUse == SignUse::read) {
        const float v = (piece & kSloped) != 0 ? u * p.slope : u;
        return (piece & kCut) != 0 ? 0.0F : v;  // 0 also where u is not finite
    } else {
        // Comparisons that NaN fails: it stays itself.
        const bool sloped = u < 0.0F;
        const float v = sloped ? u * p.slope : u;
        const bool cut = fabsf(v) >= p.limit;
        if constexpr (kUse == SignUse::write) piece = (sloped ? kSloped : 0U) | (cut ? kCut : 0U);
        return cut ? copysignf(p.limit, v) : v;
    }
}

// One byte of signs, all cut where the grid has none.
template <class Memory>
AFS_TILE unsigned read_signs(const Memory& memory, const FilteredLreluProblem& p, std::int64_t plane, int row_of_bytes,
                             int column) {
    const bool inside = column >= 0 && column < p.sign_w && row_of_bytes >= 0 && row_of_bytes < (p.sign_h + 3) / 4;
    return inside ? memory.read_byte(p.bits + plane + static_cast<std::int64_t>(row_of_bytes) * p.sign_w + column)
                  : kAllCut;
}

template <class Memory>
AFS_TILE void write_signs(const Memory& memory, const FilteredLreluProblem& p, std::int64_t plane, int row_of_bytes,
                          int column, unsigned signs) {
    const int rows = p.sign_h - row_of_bytes * 4;
    if (rows < 4) signs |= (kAllCut << (2 * rows)) & 0xFFU;
    memory.write_byte(p.bits + plane + static_cast<std::int64_t>(row_of_bytes) * p.sign_w + column,
                      static_cast<std::uint8_t>(signs));
}

}  // namespace afs::kernels::tile
