// filtered_lrelu for the combinations of factors and filters that the generators' layers produce.
//
// A block makes a strip of outputs of one channel (kGroup channels where they lie side by side in memory) and marches
// down the picture. Each thread owns two neighbouring columns of the upsampled picture; what its columns need of the
// rows above stays in its registers, so no vertical overlap is ever loaded or computed twice, and upsampled samples
// exist in registers only (a filter that is not separable needs its neighbours' columns: those pass through shared
// memory). One step makes 2 * kTaps upsampled rows:
//   phase A   the step's rows of x to shared memory, as floats, scaled and biased;
//             the previous step's rows of sums: filter along x, to y
//   barrier
//   phase B   each column: filter along x, then along y (polyphase, kTaps multiply-adds a sample), activation, sums
//             along y of the kTaps output rows under way; finished rows to shared memory
//   barrier
// All register arrays are indexed by constants once the loops over a step are unrolled. That fixes, per instance, how
// far the first upsampled row computed lies above the first one needed (kLead); the host makes other distances fit by
// zeros in front of the filter (filtered_lrelu_plan.cpp).
#pragma once

#include "kernels/cuda/filtered_lrelu_tile.h"

namespace afs::kernels::tile {

// Taps of one phase, up to which an instance serves.
inline constexpr int kMaxMarchTaps = 8;
inline constexpr int kMarchMargin = 4;  // columns kept free before a row's first sum, so that vector loads are aligned

enum class FirKind : std::uint8_t {
    separable,   // both filters
    plane_down,  // a down filter of 2n x 2n taps, symmetric in x: mirrored columns are added first
    plane_up,    // an up filter of 2n x 2n taps, symmetric in x: mirrored columns are added and subtracted first
};

struct MarchParams : FilteredLreluProblem {
    int lead_x, lead_y;      // upsampled samples computed before the first one that the tile needs
    int origin_x, origin_y;  // of the groups of `up` samples that share their inputs: group g starts at origin + up * g
    int x_pitch, sum_pitch;  // columns of a row of shared memory
    int x_step[3], y_step[3];  // strides of C, H, W, for offsets within the block's pictures, which fit 32 bits
    float up_x[4 * kMaxMarchTaps], up_y[4 * kMaxMarchTaps];
    float down_x[4 * kMaxMarchTaps], down_y[4 * kMaxMarchTaps];
    // plane_down: [2n][n], the left half of each row. plane_up: [2n][n], of each row with e the even taps: first
    // (e[a] + e[n-1-a]) / 2, then (e[a] - e[n-1-a]) / 2, a < n/2.
    float plane[2 * kMaxMarchTaps * kMaxMarchTaps];
};

template <int kUp, int kDown, int kTaps, FirKind kKind, SignUse kSign, int kGroup, Fault kFault = Fault::none>
struct March {
    static_assert(kTaps % 2 == 0 && kTaps <= kMaxMarchTaps && (kGroup == 1 || kGroup == 8));
    static_assert((kUp == 2 || kUp == 4) && (kDown == 2 || kDown == 4));
    static_assert(kKind == FirKind::separable || (kKind == FirKind::plane_down ? kDown : kUp) == 2);

    static constexpr int kStepRows = 2 * kTaps;             // of the upsampled picture
    static constexpr int kStepInputs = kStepRows / kUp;     // rows of x
    static constexpr int kStepOutputs = kStepRows / kDown;  // rows of y
    // Rows of x that are unrolled together: more of them crowd the history out of the registers.
    static constexpr int kTurnInputs = kStepInputs;
    static constexpr int kTurnRows = kTurnInputs * kUp;
    static_assert(kStepInputs % kTurnInputs == 0 && kTurnRows % 4 == 0);
    static constexpr int kPrologueSteps = kTaps / kStepInputs;  // that only fill the history
    static constexpr int kDownTaps = kTaps * kDown;
    // What every layer of the schedules has (SPEC 4, 5, 6 with even sizes); gradients included.
    // plane_up: two rows later than needed, so that both halves finish an output in the same step.
    static constexpr int kLead = kUp == 4 ? (3 + kTaps) % 4 : kDown == 2 ? 0 : kKind == FirKind::plane_up ? 3 : 1;

    // Two columns are too few of a group of four, and the history of two is too much where the up filter is a plane:
    // then half of the threads make columns 2 and 3, or the odd rows.
    static constexpr int kHalves = kUp == 4 || kKind == FirKind::plane_up ? 2 : 1;
    static constexpr bool kPlaneDown = kKind == FirKind::plane_down, kPlaneUp = kKind == FirKind::plane_up;
    // Outputs that a thread makes at once along x, and what they read of a row.
    static constexpr int kOutputs = kPlaneDown ? 2 : 8 / kDown;
    static constexpr int kSpan = kOutputs * kDown;
    static constexpr int kWindow = (kOutputs - 1) * kDown + kDownTaps;
    static constexpr int kSumRows = kPlaneDown ? kStepRows : kPlaneUp ? 2 * kStepOutputs : kStepOutputs;

    // 1024 threads are half of what a multiprocessor holds: 64 registers a thread. Eight taps need 80.
    static constexpr int kMaxThreads = kGroup == 1 ? 256 : kTaps == 8 ? 384 : 512;
    static constexpr int kMinBlocks = (kTaps == 8 ? 768 : 1024) / kMaxThreads;

    using Params = MarchParams;

    struct State {
        // Vertical history of the thread's columns: samples filtered along x; with plane_up, sums under way of the
        // groups of upsampled rows (half of the sum and of the difference of the two columns).
        float history[kTaps][2];
        float sums[kTaps][2];  // of output rows under way: of the two columns, or (plane_down) of the two outputs
        unsigned signs;        // write: samples of the bytes under way, the second column's from bit 16 on
    };

    // --- Shared memory
    // ---------------------------------------------------------------------------------------------------
    static constexpr int kTile = round_up(3 * kGroup, 4);  // behind load scale, bias, store scale
    static constexpr int kConstants = kTile + 28;
    // Sums of neighbouring threads' windows fall into different banks: channels side by side need a gap a window.
    AFS_HOST_DEVICE static constexpr int spread(int column) {
        return kGroup == 1 ? column : column + (column >> log2_of(kSpan));
    }
    AFS_HOST_DEVICE static int x_offset() { return kConstants; }
    AFS_HOST_DEVICE static int sum_offset(const MarchParams& p) {
        return kConstants + kStepInputs * p.x_pitch * kGroup;
    }
    // Where a thread keeps bits between the phases, `threads` words apart. read: a word for each of its columns, the
    // step's rows from bit 0 on. write: a word for every four rows, the second column's from bit 16 on.
    static constexpr int kSignWords = kSign == SignUse::read ? 2 : kSign == SignUse::write ? kStepRows / 4 : 0;
    AFS_HOST_DEVICE static int sign_offset(const MarchParams& p) {
        return sum_offset(p) + kSumRows * p.sum_pitch * kGroup;
    }
    AFS_HOST_DEVICE static int shared_floats(const MarchParams& p) { return sign_offset(p) + kSignWords * p.threads; }

    // --- The strip
    // ------------------------------------------------------------------------------------------------------- Thread 0
    // computes it and leaves it in shared memory: every phase takes from there what it needs, so that none of it
    // occupies registers for longer.
    struct Tile {
        std::int64_t x_base, y_base;  // element of the block's first picture; of y, of the tile's first output
        std::int64_t signs;           // byte of the first picture's signs; write: of the tile's first row and column
        int w, h, channels;           // outputs; channels of the group that exist
        int group_x, group_y;  // the first group of upsampled columns and rows: also the first column and row of x
        int groups;            // of columns
        int align_x;           // columns of x kept before the first, so that vector loads are aligned
        int first_x, first_y;  // upsampled column and row of the first group's first sample
        // write: columns and rows of bytes that this block owns (overlaps belong to one block), from first_x and the
        // byte of first_y; rows that the grid has from there on.
        int sign_left, sign_right, sign_top, sign_bottom, sign_rows;
        int steps;
        int turned;                                // plane_down: which half of the threads makes outputs
        int load_columns;                          // of a row of x, in units of what is loaded at once
        float load_reciprocal, window_reciprocal;  // of Cells
        int filling = 0;

        Tile() = default;
        AFS_TILE Tile(const MarchParams& p, unsigned block) {
            const OutputTile out(p, block, kGroup);
            w = out.w;
            h = out.h;
            channels = p.channels - out.channel;
            x_base = out.sample * p.x_stride[0] + out.channel * p.x_stride[1];
            y_base = out.sample * p.y_stride[0] + out.channel * p.y_stride[1] + out.y * p.y_stride[2] +
                     out.x * p.y_stride[3];
            first_x = out.x * kDown - p.lead_x;
            first_y = out.y * kDown - p.lead_y;
            signs = (static_cast<std::int64_t>(out.sample) * p.channels + out.channel) * p.sign_plane;
            const int byte_y = first_y >> 2;
            if constexpr (kSign == SignUse::write) signs += static_cast<std::int64_t>(byte_y) * p.sign_w + first_x;
            sign_left = p.lead_x;
            sign_right = (out.x + w == p.out_w ? p.sign_w : (out.x + w) * kDown) - first_x;
            sign_top = out.y * kDown / 4 - byte_y;
            sign_bottom = (out.y + h == p.out_h ? (p.sign_h + 3) / 4 : (out.y + h) * kDown / 4) - byte_y;
            sign_rows = p.sign_h - byte_y * 4;
            group_x = (first_x - p.origin_x) >> log2_of(kUp);  // exact
            group_y = (first_y - p.origin_y) >> log2_of(kUp);
            align_x = kGroup == 1 && p.x_vectors ? group_x & 3 : 0;
            groups = groups_for(p, w);
            int rows = (h - 1) * kDown + kDownTaps + kLead;
            if constexpr (kSign == SignUse::write) rows = ((first_y & 3) + rows + 3) / 4 * 4;  // whole bytes
            steps = (rows + kStepRows - 1) / kStepRows;
            turned = (out.channel / kGroup + out.y / p.tile_h) & 1;
            const int columns = align_x + groups + kTaps - 1;
            load_columns = kGroup == 1 && p.x_vectors ? (columns + 3) / 4 : columns;
            load_reciprocal = 1.0F / static_cast<float>(load_columns);
            window_reciprocal = 1.0F / static_cast<float>((w + kOutputs - 1) / kOutputs);
        }
    };
    static_assert(sizeof(Tile) == 26 * sizeof(float) && sizeof(Tile) <= (kConstants - kTile) * sizeof(float));
    // Groups of columns for w outputs: whole windows of whole vectors.
    AFS_HOST_DEVICE static int groups_for(const MarchParams& p, int w) {
        const int windows = (w + kOutputs - 1) / kOutputs;
        return (p.lead_x + (windows - 1) * kSpan + round_up(kWindow, 4) + kUp - 1) >> log2_of(kUp);
    }

    // Which columns (phase B) a thread owns. No warp has threads of both halves.
    struct Columns {
        int group, half, channel;
        AFS_TILE Columns(const MarchParams& p, int thread) {
            half = 0;
            if constexpr (kHalves == 2) {
                if (thread >= p.threads / 2) {
                    half = 1;
                    thread -= p.threads / 2;
                }
            }
            group = thread / kGroup;
            channel = thread % kGroup;
        }
        // From Tile::first_x.
        [[nodiscard]] AFS_TILE int first() const { return kUp == 4 ? group * 4 + half * 2 : group * 2; }
    };

    // --- Phases
    // ----------------------------------------------------------------------------------------------------------
    template <class Machine>
    AFS_TILE static void begin(Machine& machine, const MarchParams& p, unsigned block, const Tile& tile, int thread) {
        const auto memory = machine.memory();
        const auto shared = machine.shared();
        if (thread == 0) shared.put_struct(kTile, tile);
        if (thread >= kGroup) return;
        const OutputTile out(p, block, kGroup);
        const int channel = out.channel + thread;
        const std::int64_t picture = static_cast<std::int64_t>(out.sample) * p.channels + channel;
        const bool exists = channel < p.channels;
        shared.put(thread, exists && p.load_scale != nullptr ? memory.read_float(p.load_scale + picture) : 1.0F);
        shared.put(kGroup + thread, exists && p.bias != nullptr ? memory.read_float(p.bias + channel) : 0.0F);
        shared.put(2 * kGroup + thread,
                   exists && p.store_scale != nullptr ? memory.read_float(p.store_scale + picture) : 1.0F);
    }

    // The rows of x that `step` adds.
    template <class Machine> AFS_TILE static void load(Machine& machine, const MarchParams& p, int thread, int step) {
        const auto tile = machine.shared().template get_struct<Tile>(kTile);
        switch (p.storage) {
            case Storage::f32: return load_as<Storage::f32>(machine, p, tile, thread, step);
            case Storage::f16: return load_as<Storage::f16>(machine, p, tile, thread, step);
            case Storage::bf16: return load_as<Storage::bf16>(machine, p, tile, thread, step);
        }
    }

    template <Storage kStorage, class Machine>
    AFS_TILE static void load_as(Machine& machine, const MarchParams& p, const Tile& tile, int thread, int step) {
        if (p.x_vectors)
            load_vectors<kStorage>(machine, p, tile, thread, step);
        else
            load_elements<kStorage>(machine, p, tile, thread, step);
    }

    // Rows and columns outside of the picture: their addresses are moved inside rather than skipped, so that all loads
    // are under way before the first is waited for.
    struct Near {
        int at;
        bool inside;
        AFS_TILE Near(int wanted, int size, int wide = 1) {
            at = wanted < 0 ? 0 : wanted >= size ? size - wide : wanted;
            inside = at == wanted;
        }
    };

    // One element at a time: a thread takes a column of (half of) the rows; then the few columns that are more than
    // there are threads.
    template <Storage kStorage, class Machine>
    AFS_TILE static void load_elements(Machine& machine, const MarchParams& p, const Tile& tile, int thread, int step) {
        constexpr int kRows = (kStepInputs + kHalves - 1) / kHalves;
        constexpr int kMore = 16;  // columns, at least align_x + kTaps - 1
        const int lanes = p.threads / kHalves;
        const int half = kHalves == 2 && thread >= lanes ? 1 : 0;
        const int lane = thread - half * lanes;
        load_column<kStorage, kRows>(machine, p, tile, half * kRows, lane / kGroup, lane % kGroup, step);
        if (lanes / kGroup >= tile.load_columns) return;
        AFS_NO_UNROLL for (int cell = thread; cell < kStepInputs * kMore * kGroup; cell += p.threads)
            load_column<kStorage, 1>(machine, p, tile, cell / (kMore * kGroup), lanes / kGroup + cell / kGroup % kMore,
                                     cell % kGroup, step);
    }

    template <Storage kStorage, int kRows, class Machine>
    AFS_TILE static void load_column(Machine& machine, const MarchParams& p, const Tile& tile, int row, int column,
                                     int channel, int step) {
        const auto memory = machine.memory();
        const auto shared = machine.shared();
        const float scale = shared.get(channel), bias = shared.get(kGroup + channel);
        const int first_row = tile.group_y + step * kStepInputs + kTaps - 1 + row;
        const Near near_x(tile.group_x - tile.align_x + column, p.in_w);
        const bool exists = channel < tile.channels;
        const int offset = (exists ? channel * p.x_step[0] : 0) + near_x.at * p.x_step[2];
        float x[kRows];
        AFS_UNROLL for (int k = 0; k < kRows; ++k) {
            const Near near_y(first_row + k, p.in_h);
            x[k] = memory.template load<kStorage>(p.x, tile.x_base + (offset + near_y.at * p.x_step[1]));
        }
        if (column >= tile.load_columns) return;
        const int to = x_offset() + (row * p.x_pitch + column) * kGroup + channel;
        AFS_UNROLL for (int k = 0; k < kRows; ++k) {
            const Near near_y(first_row + k, p.in_h);
            if (row + k < kStepInputs)
                shared.put(to + k * p.x_pitch * kGroup,
                           exists && near_x.inside && near_y.inside ? x[k] * scale + bias : 0.0F);
        }
    }

    // Four columns at once, or all channels of a pixel. Alignment and sizes are such that all of them exist or none
    // does (filtered_lrelu_plan.cpp).
    template <Storage kStorage, class Machine>
    AFS_TILE static void load_vectors(Machine& machine, const MarchParams& p, const Tile& tile, int thread, int step) {
        constexpr int kColumns = kGroup == 1 ? 4 : 1, kWide = kColumns * kGroup, kBatch = 8 / kWide;
        const auto memory = machine.memory();
        const auto shared = machine.shared();
        const Cells cells{tile.load_columns, tile.load_reciprocal};
        const int count = kStepInputs * cells.columns;
        const int row0 = tile.group_y + step * kStepInputs + kTaps - 1, column0 = tile.group_x - tile.align_x;
        const float scale = shared.get(0), bias = shared.get(kGroup);  // of one channel
        AFS_NO_UNROLL for (int first = thread; first < count; first += p.threads * kBatch) {
            float x[kBatch][kWide];
            AFS_UNROLL for (int k = 0; k < kBatch; ++k) {
                const int index = first + k * p.threads, row = cells.row(index);
                const Near near_y(row0 + row, p.in_h);
                const Near near_x(column0 + cells.column(index, row) * kColumns, p.in_w, kColumns);
                const std::int64_t from = tile.x_base + (near_y.at * p.x_step[1] + near_x.at * p.x_step[2]);
                if constexpr (kWide == 4)
                    memory.template load4<kStorage>(p.x, from, x[k]);
                else
                    memory.template load8<kStorage>(p.x, from, x[k]);
            }
            AFS_UNROLL for (int k = 0; k < kBatch; ++k) {
                const int index = first + k * p.threads, row = cells.row(index);
                if (index >= count) break;
                const int column = cells.column(index, row) * kColumns;
                const bool inside = Near(row0 + row, p.in_h).inside && Near(column0 + column, p.in_w, kColumns).inside;
                const int to = x_offset() + (row * p.x_pitch + column) * kGroup;
                AFS_UNROLL for (int c = 0; c < kWide; ++c) x[k][c] =
                    !inside       ? 0.0F
                    : kGroup == 1 ? x[k][c] * scale + bias
                                  : x[k][c] * shared.get(c) + shared.get(kGroup + c);
                AFS_UNROLL for (int c = 0; c < kWide; c += 4) shared.put4(to + c, x[k] + c);
            }
        }
    }

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
        const int from = x_offset() + (align_x + own.group) * kGroup + own.channel;

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
                                piece = shared.get_bits(sign_offset(p) + c * p.threads + thread) >>
                                        (2 * (turn * kTurnRows + row));
                            v[c] = activate<kSign>(p, upsampled(p, state, input, m, c), piece);
                            if constexpr (kSign == SignUse::write) written |= piece << (2 * (row % 4) + 16 * c);
                        }
                        if constexpr (kSign == SignUse::write) {
                            if (row % 4 == 3) {
                                shared.put_bits(sign_offset(p) + (turn * kTurnRows + row) / 4 * p.threads + thread,
                                                written);
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
            rotate<kTurnInputs % kTaps>(state.history);
            if constexpr (!kPlaneDown && !kPrologue) rotate<kTurnRows / kDown % kTaps>(state.sums);
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

    // The output rows that an upsampled row reaches: output `newest - d`, at its tap `tap(d)`, d < kTaps. Outputs are
    // counted from the first one whose first row is the step's row kLead.
    struct Reach {
        int newest, phase;
        AFS_TILE explicit Reach(int row)
            : newest(floor_div(row - kLead, kDown)), phase(floor_mod(row - kLead, kDown)) {}
        [[nodiscard]] AFS_TILE int tap(int d) const { return phase + d * kDown; }
        [[nodiscard]] AFS_TILE int slot(int d) const { return floor_mod(newest - d, kTaps); }
        // Which of the step's finished rows it is.
        [[nodiscard]] AFS_TILE int finished(int d) const { return newest - d - kFirstFinished; }
    };
    static constexpr int kFirstFinished = -kTaps - floor_div(kLead - 1, kDown);  // output finished first in a step
    static_assert(kFirstFinished * kDown + kLead + kDownTaps - 1 >= 0 &&
                  kFirstFinished * kDown + kLead + kDownTaps - 1 < kDown);
    static_assert(!kPlaneUp ||
                  kFirstFinished * kDown + kLead + kDownTaps - 1 >= 1);  // the row before, in the same step

    template <class Shared>
    AFS_TILE static void put_pair(const Shared& shared, const MarchParams& p, int row, int column, int channel,
                                  const float (&pair)[2]) {
        const int from = sum_offset(p) + (row * p.sum_pitch + kMarchMargin) * kGroup + channel;
        if constexpr (kGroup == 1 && kUp == 2) {  // with up 4 the schedules have odd leads
            if ((p.lead_x & 1) == 0) {
                shared.put2(from + column, pair);
                return;
            }
        }
        shared.put(from + spread(column) * kGroup, pair[0]);
        shared.put(from + spread(column + 1) * kGroup, pair[1]);
    }

    // slot k <- slot (k + by) mod n: slots are counted from the step's first row.
    template <int kBy, int kWidth> AFS_TILE static void rotate(float (&slots)[kTaps][kWidth]) {
        if constexpr (kBy != 0) {
            float turned[kTaps][kWidth];
            AFS_UNROLL for (int k = 0; k < kTaps; ++k) AFS_UNROLL for (int c = 0; c < kWidth; ++c) turned[k][c] =
                slots[(k + kBy) % kTaps][c];
            AFS_UNROLL for (int k = 0; k < kTaps; ++k) AFS_UNROLL for (int c = 0; c < kWidth; ++c) slots[k][c] =
                turned[k][c];
        }
    }

    // --- Signs
    // ----------------------------------------------------------------------------------------------------------- Phase
    // A: the bits that phase B will read.
    template <class Machine>
    AFS_TILE static void load_signs(Machine& machine, const MarchParams& p, int thread, int step) {
        constexpr int kBytes = (kStepRows + 3 + 3) / 4;
        const auto memory = machine.memory();
        const auto shared = machine.shared();
        const auto tile = shared.template get_struct<Tile>(kTile);
        const Columns own(p, thread);
        if (own.group >= tile.groups) return;
        const bool exists = own.channel < tile.channels;
        const std::int64_t plane = tile.signs + own.channel * p.sign_plane;
        const int row = p.sign_y0 + tile.first_y + step * kStepRows, column = p.sign_x0 + tile.first_x + own.first();
        AFS_UNROLL for (int c = 0; c < 2; ++c) {
            std::uint64_t word = 0;
            AFS_UNROLL for (int byte = 0; byte < kBytes; ++byte) {
                const unsigned signs = exists ? read_signs(memory, p, plane, (row >> 2) + byte, column + c) : kAllCut;
                word |= static_cast<std::uint64_t>(signs) << (8 * byte);
            }
            shared.put_bits(sign_offset(p) + c * p.threads + thread, static_cast<unsigned>(word >> (2 * (row & 3))));
        }
    }

    // Phase A: the bits that phase B wrote. Four rows complete one byte of each column, what is left over waits for the
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
            const unsigned pieces = shared.get_bits(sign_offset(p) + four * p.threads + thread);
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

    // --- Phase A: outputs
    // ------------------------------------------------------------------------------------------------
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
        return sum_offset(p) + (row * p.sum_pitch + column + kMarchMargin) * kGroup + channel;
    }

    // Four of a window's values.
    template <class Shared> AFS_TILE static void window(const Shared& shared, int from, int first, float* x) {
        if constexpr (kGroup == 1) {
            shared.get4(from + first, x);
        } else {
            AFS_UNROLL for (int k = 0; k < 4; ++k) x[k] =
                first + k < kWindow ? shared.get(from + spread(first + k) * kGroup) : 0.0F;
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
            rotate<1>(state.sums);
        }
    }

    // --- The kernel
    // ------------------------------------------------------------------------------------------------------
    template <class Machine> AFS_TILE static void run(Machine& machine, const MarchParams& p, unsigned block) {
        const Tile tile(p, block);
        machine.phase([&](int thread, State& state) {
            state.signs = 0;
            begin(machine, p, block, tile, thread);
        });
        machine.phase(
            [&](int thread, State&) { load(machine, p, thread, -kPrologueSteps); });  // whose signs nobody needs
        // Read anew each time: a register less.
        const auto steps = [&machine] { return machine.shared().template get_struct<Tile>(kTile).steps; };
        AFS_NO_UNROLL for (int step = -kPrologueSteps; step < steps(); ++step) {
            const auto phase_b = [&](int thread, State& state) {
                if (step < 0)
                    columns<true>(machine, p, thread, state);
                else
                    columns<false>(machine, p, thread, state);
            };
            const auto phase_a = [&](int thread, State& state) {
                if (step + 1 < steps()) {
                    load(machine, p, thread, step + 1);
                    if constexpr (kSign == SignUse::read) load_signs(machine, p, thread, step + 1);
                }
                if (step >= 0) {
                    if constexpr (kSign == SignUse::write) store_signs(machine, p, thread, state, step);
                    store(machine, p, thread, state, step);
                }
            };
            if constexpr (kFault == Fault::barrier) {
                machine.phase([&](int thread, State& state) {
                    phase_b(thread, state);
                    phase_a(thread, state);
                });
            } else {
                machine.phase(phase_b);
                machine.phase(phase_a);
            }
        }
    }
};

}  // namespace afs::kernels::tile
