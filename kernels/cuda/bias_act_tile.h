// bias_act on CUDA (kernels/bias_act.h says what it computes): memory as rows of neighbouring elements, four of a row
// and a few rows a thread. Channels lie from row to row (planes) or along a row (channels-last).
#pragma once

#include "kernels/bias_act.h"
#include "kernels/cuda/tile.h"

namespace afs::kernels::tile {

struct BiasActTileParams {
    const void *x, *result;
    void* y;
    const float *bias, *scale, *noise;
    std::int64_t noise_stride;
    int rows, length;
    int channels;
    int sample_rows;         // rows of one sample
    bool channels_in_row;    // else a row is of one channel
    bool one_row_a_channel;  // a sample has `channels` rows
    bool vectors;            // four neighbours at once
    bool clamped;
    int side_by_side_shift;  // log2 of the threads along a row
    int column_blocks;
    float slope, gain, limit;
};

template <Storage kStorage> struct BiasAct {
    static constexpr int kMaxThreads = 256, kMinBlocks = 4;
    static constexpr int kColumns = 4, kRows = 4;  // of one thread
    using Params = BiasActTileParams;
    struct State {};

    // What a row's elements have in common, and where those that differ begin.
    struct Row {
        int sample, channel;  // of the first element
        std::int64_t pixel;   // likewise

        AFS_HOST_DEVICE Row(const Params& p, int sample_of_row, int row_of_sample) : sample(sample_of_row) {
            channel = p.channels_in_row ? 0 : p.one_row_a_channel ? row_of_sample : row_of_sample % p.channels;
            pixel = p.channels_in_row     ? row_of_sample
                    : p.one_row_a_channel ? 0
                                          : static_cast<std::int64_t>(row_of_sample / p.channels) * p.length;
        }
    };

    template <class Memory>
    AFS_TILE static float value(const Memory& memory, const Params& p, const Row& row, int column, float x,
                                float result) {
        const int channel = row.channel + (p.channels_in_row ? column : 0);
        const float scale =
            p.scale != nullptr
                ? memory.read_float(p.scale + static_cast<std::int64_t>(row.sample) * p.channels + channel)
                : 1.0F;
        if (p.result != nullptr) {
            const float size = result < 0.0F ? -result : result;
            if (p.clamped && size >= p.limit) return 0.0F;
            return x * scale * p.gain * (result > 0.0F ? 1.0F : p.slope);
        }
        float u = x * scale;
        if (p.noise != nullptr)
            u +=
                memory.read_float(p.noise + row.sample * p.noise_stride + row.pixel + (p.channels_in_row ? 0 : column));
        if (p.bias != nullptr) u += memory.read_float(p.bias + channel);
        const float y = p.gain * (u < 0.0F ? p.slope * u : u);
        if (!p.clamped) return y;
        return y > p.limit ? p.limit : y < -p.limit ? -p.limit : y;  // NaN stays
    }

    template <class Machine>
    AFS_TILE static void columns(Machine& machine, const Params& p, const Row& row, std::int64_t begin, int column) {
        const auto memory = machine.memory();
        float x[kColumns] = {}, result[kColumns] = {}, y[kColumns] = {};
        if (p.vectors) {
            memory.template load4<kStorage>(p.x, begin + column, x);
            if (p.result != nullptr) memory.template load4<kStorage>(p.result, begin + column, result);
            AFS_UNROLL for (int k = 0; k < kColumns; ++k) y[k] = value(memory, p, row, column + k, x[k], result[k]);
            memory.template store4<kStorage>(p.y, begin + column, y);
            return;
        }
        AFS_UNROLL for (int k = 0; k < kColumns; ++k) {
            if (column + k >= p.length) break;
            x[k] = memory.template load<kStorage>(p.x, begin + column + k);
            if (p.result != nullptr) result[k] = memory.template load<kStorage>(p.result, begin + column + k);
            y[k] = value(memory, p, row, column + k, x[k], result[k]);
            memory.template store<kStorage>(p.y, begin + column + k, y[k]);
        }
    }

    template <class Machine> AFS_TILE static void run(Machine& machine, const Params& p, unsigned block) {
        machine.phase([&](int thread, State&) {
            const int side_by_side = 1 << p.side_by_side_shift, rows_at_once = kMaxThreads >> p.side_by_side_shift;
            const int row_block = static_cast<int>(block / static_cast<unsigned>(p.column_blocks));
            const int column_block = static_cast<int>(block) - row_block * p.column_blocks;
            const int column = (column_block * side_by_side + (thread & (side_by_side - 1))) * kColumns;
            if (column >= p.length) return;
            const std::int64_t first =
                static_cast<std::int64_t>(row_block) * rows_at_once * kRows + (thread >> p.side_by_side_shift);
            if (first >= p.rows) return;
            // The one division of a thread.
            int sample = static_cast<int>(first) / p.sample_rows;
            int row_of_sample = static_cast<int>(first) - sample * p.sample_rows;
            for (int k = 0; k < kRows; ++k) {
                const std::int64_t row = first + static_cast<std::int64_t>(k) * rows_at_once;
                if (row >= p.rows) return;
                columns(machine, p, Row(p, sample, row_of_sample), row * p.length, column);
                row_of_sample += rows_at_once;
                while (row_of_sample >= p.sample_rows) {
                    row_of_sample -= p.sample_rows;
                    ++sample;
                }
            }
        });
    }
};

struct BiasActPlan {
    BiasActTileParams params = {};
    std::uint64_t blocks = 0;  // 0: nothing to do
    static constexpr int kThreads = 256;
    bool fits = true;  // false: more rows, or longer ones, than 31 bits count
};
// Host side: no CUDA.
[[nodiscard]] BiasActPlan plan_bias_act(const BiasActParams& params);

}  // namespace afs::kernels::tile
