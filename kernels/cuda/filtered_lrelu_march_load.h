// Phase A of filtered_lrelu_march.h, first part: a step's rows of x, and the bits of signs that it reads, into shared
// memory.
#pragma once

#include "kernels/cuda/filtered_lrelu_march_shape.h"

namespace afs::kernels::tile {

template <class Shape> struct MarchLoads {
    static constexpr int kTaps = Shape::kPhaseTaps, kGroup = Shape::kChannels, kHalves = Shape::kHalves,
                         kStepRows = Shape::kStepRows, kStepInputs = Shape::kStepInputs, kTile = Shape::kTile;
    using Tile = typename Shape::Tile;
    using Columns = typename Shape::Columns;

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
        const int to = Shape::x_offset() + (row * p.x_pitch + column) * kGroup + channel;
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
                const int to = Shape::x_offset() + (row * p.x_pitch + column) * kGroup;
                AFS_UNROLL for (int c = 0; c < kWide; ++c) x[k][c] =
                    !inside       ? 0.0F
                    : kGroup == 1 ? x[k][c] * scale + bias
                                  : x[k][c] * shared.get(c) + shared.get(kGroup + c);
                AFS_UNROLL for (int c = 0; c < kWide; c += 4) shared.put4(to + c, x[k] + c);
            }
        }
    }

    // The bits that phase B will read.
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
            shared.put_bits(Shape::sign_offset(p) + c * p.threads + thread,
                            static_cast<unsigned>(word >> (2 * (row & 3))));
        }
    }
};

}  // namespace afs::kernels::tile
