// Phase B of filtered_lrelu_march.h: each thread filters its columns along x and y, bends, and sums output rows.
#pragma once

#include "kernels/cuda/filtered_lrelu_march_shape.h"

namespace afs::kernels::tile {

template <class Shape> struct MarchColumns {
    static constexpr int kUp = Shape::kUpFactor, kDown = Shape::kDownFactor, kTaps = Shape::kPhaseTaps,
                         kGroup = Shape::kChannels, kHalves = Shape::kHalves, kStepInputs = Shape::kStepInputs,
                         kStepOutputs = Shape::kStepOutputs, kTurnInputs = Shape::kTurnInputs,
                         kTurnRows = Shape::kTurnRows, kDownTaps = Shape::kDownTaps, kTile = Shape::kTile;
    static constexpr bool kPlaneDown = Shape::kPlaneDown, kPlaneUp = Shape::kPlaneUp;
    static constexpr SignUse kSign = Shape::kSigns;
    static constexpr Fault kFault = Shape::kFault;
    using State = typename Shape::State;
    using Tile = typename Shape::Tile;
    using Columns = typename Shape::Columns;
    using Reach = typename Shape::Reach;

    // A row of x, filtered along x, at the thread's two columns.
    template <int kHalf, class Shared>
    AFS_TILE static void filter_row(const Shared& shared, const MarchParams& p, int from, float (&low)[2]) {
        low[0] = low[1] = 0.0F;
        AFS_UNROLL for (int a = 0; a < kTaps; ++a) {
            const float x = shared.get(from + a * kGroup);
            AFS_UNROLL for (int c = 0; c < 2; ++c) {
                int tap = (kUp - 1 - (2 * kHalf + c)) + kUp * a;
                if constexpr (kFault == Fault::tap) tap = a == kTaps - 1 && c == 0 ? tap - kUp : tap;
                low[c] += p.up_x[tap] * x;
            }
        }
    }

    // Adds a row of x to the groups of upsampled rows that it reaches (plane_up), for the half's row of each. The two
    // columns' filters mirror each other, so their sum and their difference need half of the taps each.
    template <int kHalf, class Shared>
    AFS_TILE static void scatter_row(const Shared& shared, const MarchParams& p, State& state, int input, int from) {
        constexpr int kHalfTaps = kTaps / 2;
        float x[kTaps];
        AFS_UNROLL for (int a = 0; a < kTaps; ++a) x[a] = shared.get(from + a * kGroup);
        AFS_UNROLL for (int a = 0; a < kHalfTaps; ++a) {
            const float sum = x[a] + x[kTaps - 1 - a], difference = x[a] - x[kTaps - 1 - a];
            x[a] = sum;
            x[kTaps - 1 - a] = difference;
        }
        AFS_UNROLL for (int a = 0; a < kTaps; ++a) {  // the row is input a of that group
            float(&group)[2] = state.history[(input + kTaps - 1 - a) % kTaps];
            const int row = (kUp - 1 - kHalf) + kUp * a;
            float even = a == 0 ? 0.0F : group[0], odd = a == 0 ? 0.0F : group[1];
            AFS_UNROLL for (int k = 0; k < kHalfTaps; ++k) {
                int tap = row * kTaps + k;
                if constexpr (kFault == Fault::tap) tap = row == 1 && k == 0 ? tap + 1 : tap;
                even += p.plane[tap] * x[k];
                odd += p.plane[tap + kHalfTaps] * x[kTaps - 1 - k];
            }
            group[0] = even;
            group[1] = odd;
        }
    }

    // Phase B.
    template <bool kPrologue, class Machine>
    AFS_TILE static void columns(Machine& machine, const MarchParams& p, int thread, State& state) {
        const auto tile = machine.shared().template get_struct<Tile>(kTile);
        const Columns own(p, thread);
        if (own.group >= tile.groups) return;
        if (kHalves == 1 || own.half == 0)
            columns_of<kPrologue, 0>(machine, p, tile.align_x, own, thread, state);
        else
            columns_of<kPrologue, kHalves - 1>(machine, p, tile.align_x, own, thread, state);
    }

    template <bool kPrologue, int kHalf, class Machine>
    AFS_TILE static void columns_of(Machine& machine, const MarchParams& p, int align_x, const Columns& own, int thread,
                                    State& state) {
        machine.template keep_branch_apart<kHalf>();
        const auto shared = machine.shared();
        const int column = own.first() - p.lead_x;  // from the first one that the tile needs
        const int from = Shape::x_offset() + (align_x + own.group) * kGroup + own.channel;

        unsigned written = 0;  // bits of four rows, the second column's from bit 16 on

        AFS_NO_UNROLL for (int turn = 0; turn < kStepInputs / kTurnInputs; ++turn) {
            AFS_UNROLL for (int input = 0; input < kTurnInputs; ++input) {
                const int row_from = from + (turn * kTurnInputs + input) * p.x_pitch * kGroup;
                if constexpr (kPlaneUp)
                    scatter_row<kHalf>(shared, p, state, input, row_from);
                else
                    filter_row<kHalf>(shared, p, row_from, state.history[(input + kTaps - 1) % kTaps]);
                if constexpr (!kPrologue) {
                    AFS_UNROLL for (int m = 0; m < kUp; ++m) {
                        if (kPlaneUp && m != kHalf) continue;
                        const int row = kUp * input + m;  // of the turn
                        float v[2];
                        AFS_UNROLL for (int c = 0; c < 2; ++c) {
                            unsigned piece = 0;
                            if constexpr (kSign == SignUse::read)
                                piece = shared.get_bits(Shape::sign_offset(p) + c * p.threads + thread) >>
                                        (2 * (turn * kTurnRows + row));
                            v[c] = activate<kSign>(p, upsampled(p, state, input, m, c), piece);
                            if constexpr (kSign == SignUse::write) written |= piece << (2 * (row % 4) + 16 * c);
                        }
                        if constexpr (kSign == SignUse::write) {
                            if (row % 4 == 3) {
                                shared.put_bits(
                                    Shape::sign_offset(p) + (turn * kTurnRows + row) / 4 * p.threads + thread, written);
                                written = 0;
                            }
                        }
                        if constexpr (kPlaneDown)
                            put_pair(shared, p, turn * kTurnRows + row, column, own.channel, v);
                        else
                            add_down<kHalf>(shared, p, state, turn * (kTurnRows / kDown), row, column, own.channel, v);
                    }
                }
            }
            Shape::template rotate<kTurnInputs % kTaps>(state.history);
            if constexpr (!kPlaneDown && !kPrologue) Shape::template rotate<kTurnRows / kDown % kTaps>(state.sums);
        }
    }

    // Sample m of the group of rows whose first input is the turn's row `input` of history, in column c.
    AFS_TILE static float upsampled(const MarchParams& p, const State& state, int input, int m, int c) {
        if constexpr (kPlaneUp) {
            const float(&group)[2] = state.history[input % kTaps];
            return c == 0 ? group[0] - group[1] : group[0] + group[1];
        } else {
            float u = 0.0F;
            AFS_UNROLL for (int a = 0; a < kTaps; ++a) u +=
                p.up_y[(kUp - 1 - m) + kUp * a] * state.history[(input + a) % kTaps][c];
            return u;
        }
    }

    // Adds row `row` of the turn to the output rows it reaches; stores the one that it completes among the step's
    // finished rows, of which earlier turns made `done`. With plane_up a half sums its own rows only.
    template <int kHalf, class Shared>
    AFS_TILE static void add_down(const Shared& shared, const MarchParams& p, State& state, int done, int row,
                                  int column, int channel, const float (&v)[2]) {
        constexpr int kEvery = kPlaneUp ? 2 : 1;
        const Reach reach(row);
        AFS_UNROLL for (int d = 0; d < kTaps; ++d) {
            const int tap = reach.tap(d);
            float(&sum)[2] = state.sums[reach.slot(d)];
            AFS_UNROLL for (int c = 0; c < 2; ++c) sum[c] = (tap < kEvery ? 0.0F : sum[c]) + p.down_y[tap] * v[c];
            if (tap + kEvery >= kDownTaps)
                put_pair(shared, p, (kPlaneUp ? kHalf * kStepOutputs : 0) + done + reach.finished(d), column, channel,
                         sum);
        }
    }

    template <class Shared>
    AFS_TILE static void put_pair(const Shared& shared, const MarchParams& p, int row, int column, int channel,
                                  const float (&pair)[2]) {
        const int from = Shape::sum_offset(p) + (row * p.sum_pitch + kMarchMargin) * kGroup + channel;
        if constexpr (kGroup == 1 && kUp == 2) {  // with up 4 the schedules have odd leads
            if ((p.lead_x & 1) == 0) {
                shared.put2(from + column, pair);
                return;
            }
        }
        shared.put(from + Shape::spread(column) * kGroup, pair[0]);
        shared.put(from + Shape::spread(column + 1) * kGroup, pair[1]);
    }
};

}  // namespace afs::kernels::tile
