// What an instance of filtered_lrelu_march.h is made of: its parameters, its constants, what a thread and a block keep
// and where.
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

template <int kUp, int kDown, int kTaps, FirKind kKind, SignUse kSign, int kGroup, Fault kFaultKind> struct MarchShape {
    static constexpr int kUpFactor = kUp, kDownFactor = kDown, kPhaseTaps = kTaps, kChannels = kGroup;
    static constexpr SignUse kSigns = kSign;
    static constexpr Fault kFault = kFaultKind;
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

    struct State {
        // Vertical history of the thread's columns: samples filtered along x; with plane_up, sums under way of the
        // groups of upsampled rows (half of the sum and of the difference of the two columns).
        float history[kTaps][2];
        float sums[kTaps][2];  // of output rows under way: of the two columns, or (plane_down) of the two outputs
        unsigned signs;        // write: samples of the bytes under way, the second column's from bit 16 on
    };

    // Shared memory, in floats.
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

    // The block's strip. Thread 0 computes it and leaves it in shared memory: every phase takes from there what it
    // needs, so that none of it occupies registers for longer.
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
};

}  // namespace afs::kernels::tile
