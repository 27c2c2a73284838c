// Phase A of filtered_lrelu_march.h, second part: the finished rows of the step before, filtered along x, to y; and the
// bits of signs that it wrote.
#pragma once

#include "kernels/cuda/filtered_lrelu_march_shape.h"

namespace afs::kernels::tile {

template <class Shape> struct MarchStores {
    static constexpr int kDown = Shape::kDownFactor, kTaps = Shape::kPhaseTaps, kGroup = Shape::kChannels,
                         kStepRows = Shape::kStepRows, kStepOutputs = Shape::kStepOutputs, kDownTaps = Shape::kDownTaps,
                         kOutputs = Shape::kOutputs, kSpan = Shape::kSpan, kWindow = Shape::kWindow,
                         kFirstFinished = Shape::kFirstFinished, kTile = Shape::kTile;
    static constexpr bool kPlaneDown = Shape::kPlaneDown, kPlaneUp = Shape::kPlaneUp;
    static constexpr Fault kFault = Shape::kFault;
    using State = typename Shape::State;
    using Tile = typename Shape::Tile;
    using Columns = typename Shape::Columns;
    using Reach = typename Shape::Reach;

    template <class Machine>
    AFS_TILE static void store(Machine& machine, const MarchParams& p, int thread, State& state, int step) {
        const auto tile = machine.shared().template get_struct<Tile>(kTile);
        if constexpr (kPlaneDown)
            filter_plane(machine, p, tile, thread, state, step);
        else
            filter_sums(machine, p, tile, thread, step);
    }

    // Where the place'th window of a row of sums starts.
    AFS_TILE static int window_start(const MarchParams& p, int row, int place, int channel) {
        const int column = place * (kGroup == 1 ? kSpan : kSpan + 1);
        return Shape::sum_offset(p) + (row * p.sum_pitch + column + kMarchMargin) * kGroup + channel;
    }

    // Four of a window's values.
    template <class Shared> AFS_TILE static void window(const Shared& shared, int from, int first, float* x) {
        if constexpr (kGroup == 1) {
            shared.get4(from + first, x);
        } else {
            AFS_UNROLL for (int k = 0; k < 4; ++k) x[k] =
                first + k < kWindow ? shared.get(from + Shape::spread(first + k) * kGroup) : 0.0F;
        }
    }

    // Neighbouring outputs of one row.
    template <class Machine>
    AFS_TILE static void put_outputs(Machine& machine, const MarchParams& p, const Tile& tile, int channel, int row,
                                     int column, const float (&sums)[kOutputs], float scale) {
        if (row < 0 || row >= tile.h || channel >= tile.channels) return;
        const std::int64_t index = tile.y_base + (channel * p.y_step[0] + row * p.y_step[1] + column * p.y_step[2]);
        float y[kOutputs];
        AFS_UNROLL for (int k = 0; k < kOutputs; ++k) y[k] = sums[k] * scale;
        const int count = tile.w - column;
        switch (p.storage) {
            case Storage::f32: return put_outputs_as<Storage::f32>(machine, p, index, count, y);
            case Storage::f16: return put_outputs_as<Storage::f16>(machine, p, index, count, y);
            case Storage::bf16: return put_outputs_as<Storage::bf16>(machine, p, index, count, y);
        }
    }

    template <Storage kStorage, class Machine>
    AFS_TILE static void put_outputs_as(Machine& machine, const MarchParams& p, std::int64_t index, int count,
                                        const float (&y)[kOutputs]) {
        machine.template keep_branch_apart<static_cast<int>(kStorage)>();
        const auto memory = machine.memory();
        if (kGroup == 1 && p.y_vectors && count >= kOutputs) {
            if constexpr (kOutputs == 4)
                memory.template store4<kStorage>(p.y, index, y);
            else
                memory.template store2<kStorage>(p.y, index, y);
            return;
        }
        memory.template store_apart<kStorage, kOutputs>(p.y, index, p.y_step[2], count, y);
    }

    template <class Machine>
    AFS_TILE static void filter_sums(Machine& machine, const MarchParams& p, const Tile& tile, int thread, int step) {
        const auto shared = machine.shared();
        const int windows = (tile.w + kOutputs - 1) / kOutputs;
        const int channel = thread % kGroup;
        const float scale = shared.get(2 * kGroup + channel);
        const auto make = [&](int row, int place) {
            float sums[kOutputs] = {};
            const int from = window_start(p, row, place, channel);
            const int odd_from = window_start(p, kStepOutputs + row, place, channel);  // plane_up: the other half's
            AFS_UNROLL for (int first = 0; first < kWindow; first += 4) {
                float x[4];
                window(shared, from, first, x);
                if constexpr (kPlaneUp) {
                    float odd[4];
                    window(shared, odd_from, first, odd);
                    AFS_UNROLL for (int k = 0; k < 4; ++k) x[k] += odd[k];
                }
                AFS_UNROLL for (int k = 0; k < 4; ++k) AFS_UNROLL for (int o = 0; o < kOutputs; ++o) {
                    const int tap = first + k - o * kDown;
                    if (tap >= 0 && tap < kDownTaps) sums[o] += p.down_x[tap] * x[k];
                }
            }
            put_outputs(machine, p, tile, channel, step * kStepOutputs + kFirstFinished + row, place * kOutputs, sums,
                        scale);
        };
        if constexpr (kGroup == 1) {
            const Cells cells{windows, tile.window_reciprocal};
            AFS_NO_UNROLL for (int index = thread; index < kStepOutputs * windows; index += p.threads) {
                const int row = cells.row(index);
                make(row, cells.column(index, row));
            }
        } else {
            // Rows first: neighbouring rows lie in different banks (the pitch is odd), neighbouring windows do not.
            AFS_NO_UNROLL for (int item = thread / kGroup; item < windows * kStepOutputs; item += p.threads / kGroup)
                make(item % kStepOutputs, item / kStepOutputs);
        }
    }

    template <class Machine>
    AFS_TILE static void filter_plane(Machine& machine, const MarchParams& p, const Tile& tile, int thread,
                                      State& state, int step) {
        // Half of the warps have outputs; which half changes from block to block, so that all schedulers have work.
        const int turned = tile.turned != 0 ? p.threads - 1 - thread : thread;
        const int place = turned / kGroup, channel = turned % kGroup;
        if (place * kOutputs >= tile.w) return;
        const auto shared = machine.shared();
        const float scale = shared.get(2 * kGroup + channel);
        // An output row a turn. Unrolled further, the loads of later rows crowd the sums out of the registers.
        AFS_NO_UNROLL for (int turn = 0; turn < kStepOutputs; ++turn) {
            AFS_UNROLL for (int row = 0; row < kDown; ++row) {
                float x[round_up(kWindow, 4)];
                const int from = window_start(p, turn * kDown + row, place, channel);
                AFS_UNROLL for (int first = 0; first < kWindow; first += 4) window(shared, from, first, x + first);
                const Reach reach(row);
                AFS_UNROLL for (int o = 0; o < 2; ++o) {
                    float folded[kTaps];
                    AFS_UNROLL for (int a = 0; a < kTaps; ++a) folded[a] = x[2 * o + a] + x[2 * o + 2 * kTaps - 1 - a];
                    AFS_UNROLL for (int d = 0; d < kTaps; ++d) {
                        const int tap_row = reach.tap(d);
                        float& sum = state.sums[reach.slot(d)][o];
                        float total = tap_row == 0 ? 0.0F : sum;
                        AFS_UNROLL for (int a = 0; a < kTaps; ++a) {
                            int tap = tap_row * kTaps + a;
                            if constexpr (kFault == Fault::tap) tap = tap_row == 1 && a == 0 ? tap + 1 : tap;
                            total += p.plane[tap] * folded[a];
                        }
                        sum = total;
                    }
                }
                if (reach.phase == kDown - 1)
                    put_outputs(machine, p, tile, channel, step * kStepOutputs + turn + reach.newest - (kTaps - 1),
                                place * kOutputs, state.sums[reach.slot(kTaps - 1)], scale);
            }
            Shape::template rotate<1>(state.sums);
        }
    }

    // The bits that phase B wrote. Four rows complete one byte of each column, what is left over waits for the
    // next four. Rows of bytes are counted from the one of Tile::first_y.
    template <class Machine>
    AFS_TILE static void store_signs(Machine& machine, const MarchParams& p, int thread, State& state, int step) {
        const auto memory = machine.memory();
        const auto shared = machine.shared();
        const auto tile = shared.template get_struct<Tile>(kTile);
        const Columns own(p, thread);
        if (own.group >= tile.groups || own.channel >= tile.channels) return;
        const int column = own.first();
        const std::int64_t base = tile.signs + own.channel * p.sign_plane + column;
        AFS_NO_UNROLL for (int four = 0; four < kStepRows / 4; ++four) {
            const unsigned pieces = shared.get_bits(Shape::sign_offset(p) + four * p.threads + thread);
            const unsigned word = state.signs | pieces << (2 * (tile.first_y & 3));
            state.signs = word >> 8 & 0x00FF00FFU;
            const int byte = step * (kStepRows / 4) + four, rows = tile.sign_rows - byte * 4;
            if (byte < tile.sign_top || byte >= tile.sign_bottom) continue;
            const unsigned beyond = rows < 4 ? kAllCut << (2 * rows) & 0xFFU : 0U;
            std::uint8_t* const to = p.bits + (base + static_cast<std::int64_t>(byte) * p.sign_w);
            AFS_UNROLL for (int c = 0; c < 2; ++c) if (column + c >= tile.sign_left && column + c < tile.sign_right)
                memory.write_byte(to + c, static_cast<std::uint8_t>((word >> (16 * c) & 0xFFU) | beyond));
        }
    }
};

}  // namespace afs::kernels::tile
