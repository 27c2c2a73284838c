// filtered_lrelu for whatever filtered_lrelu_march.h has no instance for: any factors of 1, 2, 4, any filters up to
// kMaxTaps a side, separable or not. A block makes one tile of outputs of one channel, stage by stage through shared
// memory:
//   x -> along x -> along y, activation -> along y -> along x -> y        a filter that is not separable: one stage
// Factors and taps are numbers of the launch, not of the code, so taps lie in shared memory. A thread makes four
// neighbouring outputs of a stage at once and reads every input once for all of them.
#pragma once

#include "kernels/cuda/filtered_lrelu_tile.h"

namespace afs::kernels::tile {

struct GeneralParams : FilteredLreluProblem {
    int up_shift, down_shift;  // log2 of the factors
    int pad_x, pad_y;
    int up_w, up_h, down_w, down_h;  // taps
    bool up_is_plane, down_is_plane;
    int x_pitch, u_pitch;  // of rows in shared memory; u_pitch also of the stages between
    int front_offset;      // first stage buffer, behind the taps; the second one follows at back_offset
    int back_offset;
    float up_x[kMaxTaps], up_y[kMaxTaps], down_x[kMaxTaps], down_y[kMaxTaps];
    float up_plane[kMaxTaps * kMaxTaps], down_plane[kMaxTaps * kMaxTaps];
};

template <Fault kFault = Fault::none> struct General {
    static constexpr int kMaxThreads = 256, kMinBlocks = 2;
    static constexpr int kConstants = 4;  // load scale, bias, store scale
    using Params = GeneralParams;
    struct State {};

    // One axis of the tile. Sizes are rounded up so that threads need not ask whether all four of their outputs exist.
    struct Axis {
        int outputs;  // rounded up to 4
        int u_first;  // upsampled sample of the first output's first tap
        int u;        // upsampled samples, rounded up to 4
        int x_first;  // first input that they need
        int x;        // inputs
        int phase;    // tap of the first upsampled sample that falls on the first input

        AFS_HOST_DEVICE Axis(int first, int count, int up_shift, int down_shift, int pad, int up_taps, int down_taps) {
            outputs = round_up(count, 4);
            u_first = first << down_shift;
            u = round_up(((outputs - 1) << down_shift) + down_taps, 4);
            const int up = 1 << up_shift;
            x_first = (u_first - pad + up - 1) >> up_shift;
            phase = pad + (x_first << up_shift) - u_first;
            const int last = u - 1 + up_taps - 1 - phase;  // farthest position, from the first input's
            x = last < 0 ? 0 : (last >> up_shift) + 1;
        }
    };
    struct Tile : OutputTile {
        Axis along_x, along_y;
        AFS_TILE Tile(const GeneralParams& p, unsigned block)
            : OutputTile(p, block, 1),
              along_x(OutputTile::x, w, p.up_shift, p.down_shift, p.pad_x, p.up_w, p.down_w),
              along_y(OutputTile::y, h, p.up_shift, p.down_shift, p.pad_y, p.up_h, p.down_h) {}
    };

    // --- Shared memory: constants, taps, and two buffers that the stages use in turn
    // -----------------------------------------
    AFS_HOST_DEVICE static int up_tap_count(const GeneralParams& p) {
        return p.up_is_plane ? p.up_w * p.up_h : p.up_w + p.up_h;
    }
    AFS_HOST_DEVICE static int down_tap_count(const GeneralParams& p) {
        return p.down_is_plane ? p.down_w * p.down_h : p.down_w + p.down_h;
    }
    AFS_TILE static int up_taps(const GeneralParams&) { return kConstants; }
    AFS_TILE static int down_taps(const GeneralParams& p) { return kConstants + up_tap_count(p); }
    // x lies where the upsampled samples will not: stages alternate.
    AFS_TILE static int x_offset(const GeneralParams& p) { return p.up_is_plane ? p.back_offset : p.front_offset; }

    template <class Work>
    AFS_TILE static void for_each_cell(const GeneralParams& p, int thread, int rows, int columns, const Work& work) {
        const Cells cells{columns, 1.0F / static_cast<float>(columns)};
        for (int index = thread; index < rows * columns; index += p.threads) {
            const int row = cells.row(index);
            work(row, cells.column(index, row));
        }
    }

    template <class Machine>
    AFS_TILE static void begin(Machine& machine, const GeneralParams& p, const Tile& tile, int thread) {
        const auto memory = machine.memory();
        const auto shared = machine.shared();
        if (thread == 0) {
            const std::int64_t picture = static_cast<std::int64_t>(tile.sample) * p.channels + tile.channel;
            shared.put(0, p.load_scale != nullptr ? memory.read_float(p.load_scale + picture) : 1.0F);
            shared.put(1, p.bias != nullptr ? memory.read_float(p.bias + tile.channel) : 0.0F);
            shared.put(2, p.store_scale != nullptr ? memory.read_float(p.store_scale + picture) : 1.0F);
        }
        const auto copy = [&](int to, const float* from, int count) {
            for (int k = thread; k < count; k += p.threads) shared.put(to + k, from[k]);
        };
        if (p.up_is_plane) {
            copy(up_taps(p), p.up_plane, p.up_w * p.up_h);
        } else {
            copy(up_taps(p), p.up_x, p.up_w);
            copy(up_taps(p) + p.up_w, p.up_y, p.up_h);
        }
        if (p.down_is_plane) {
            copy(down_taps(p), p.down_plane, p.down_w * p.down_h);
        } else {
            copy(down_taps(p), p.down_x, p.down_w);
            copy(down_taps(p) + p.down_w, p.down_y, p.down_h);
        }
    }

    template <class Machine>
    AFS_TILE static void load(Machine& machine, const GeneralParams& p, const Tile& tile, int thread) {
        switch (p.storage) {
            case Storage::f32: return load_as<Storage::f32>(machine, p, tile, thread);
            case Storage::f16: return load_as<Storage::f16>(machine, p, tile, thread);
            case Storage::bf16: return load_as<Storage::bf16>(machine, p, tile, thread);
        }
    }
    template <Storage kStorage, class Machine>
    AFS_TILE static void load_as(Machine& machine, const GeneralParams& p, const Tile& tile, int thread) {
        const auto memory = machine.memory();
        const auto shared = machine.shared();
        if (tile.along_x.x == 0) return;
        const std::int64_t base = tile.sample * p.x_stride[0] + tile.channel * p.x_stride[1];
        const float scale = shared.get(0), bias = shared.get(1);
        for_each_cell(p, thread, tile.along_y.x, tile.along_x.x, [&](int x_row, int x_column) {
            const int row = tile.along_y.x_first + x_row, column = tile.along_x.x_first + x_column;
            float x = 0.0F;
            if (row >= 0 && row < p.in_h && column >= 0 && column < p.in_w)
                x = memory.template load<kStorage>(p.x, base + row * p.x_stride[2] + column * p.x_stride[3]) * scale +
                    bias;
            shared.put(x_offset(p) + x_row * p.x_pitch + x_column, x);
        });
    }

    // Four neighbouring upsampled samples from `first` on: sum over k of taps[k] * (input at the sample's position +
    // k).
    template <class Shared>
    AFS_TILE static void upsample(const Shared& shared, const GeneralParams& p, const Axis& axis, int taps, int count,
                                  int first, int from, int stride, float (&sums)[4]) {
        const int begin = (first - axis.phase + (1 << p.up_shift) - 1) >> p.up_shift;
        for (int input = begin; input < axis.x; ++input) {
            int tap = axis.phase + (input << p.up_shift) - first;
            if (tap - 3 >= count) break;
            const float x = shared.get(from + input * stride);
            AFS_UNROLL for (int k = 0; k < 4; ++k, --tap) if (tap >= 0 && tap < count) sums[k] +=
                shared.get(taps + tap) * x;
        }
    }
    // Four upsampled samples of one column, from row `first` on.
    template <class Shared>
    AFS_TILE static void upsample_plane(const Shared& shared, const GeneralParams& p, const Tile& tile, int first,
                                        int column, float (&sums)[4]) {
        const Axis &x = tile.along_x, &y = tile.along_y;
        const int begin_x = (column - x.phase + (1 << p.up_shift) - 1) >> p.up_shift;
        const int begin_y = (first - y.phase + (1 << p.up_shift) - 1) >> p.up_shift;
        for (int input_y = begin_y; input_y < y.x; ++input_y) {
            const int tap_y = y.phase + (input_y << p.up_shift) - first;
            if (tap_y - 3 >= p.up_h) break;
            for (int input_x = begin_x; input_x < x.x; ++input_x) {
                const int tap_x = x.phase + (input_x << p.up_shift) - column;
                if (tap_x >= p.up_w) break;
                const float z = shared.get(x_offset(p) + input_y * p.x_pitch + input_x);
                AFS_UNROLL for (int k = 0; k < 4; ++k) if (tap_y - k >= 0 && tap_y - k < p.up_h) sums[k] +=
                    shared.get(up_taps(p) + (tap_y - k) * p.up_w + tap_x) * z;
            }
        }
    }
    // Four neighbouring outputs from `first` on: sum over k of taps[k] * (sample at first * down + k).
    template <class Shared>
    AFS_TILE static void downsample(const Shared& shared, const GeneralParams& p, int taps, int count, int first,
                                    int from, int stride, float (&sums)[4]) {
        const int reach = (3 << p.down_shift) + count;
        for (int sample = 0; sample < reach; ++sample) {
            const float v = shared.get(from + ((first << p.down_shift) + sample) * stride);
            int tap = sample;
            if constexpr (kFault == Fault::tap) tap = sample == 1 && count > 2 ? 2 : sample;
            AFS_UNROLL for (int k = 0; k < 4; ++k, tap -= 1 << p.down_shift) if (tap >= 0 && tap < count) sums[k] +=
                shared.get(taps + tap) * v;
        }
    }

    template <class Machine>
    AFS_TILE static void up_along_x(Machine& machine, const GeneralParams& p, const Tile& tile, int thread) {
        const auto shared = machine.shared();
        const int fours = tile.along_x.u / 4;
        for_each_cell(p, thread, tile.along_y.x, fours, [&](int row, int column) {
            float sums[4] = {};
            upsample(shared, p, tile.along_x, up_taps(p), p.up_w, column * 4, x_offset(p) + row * p.x_pitch, 1, sums);
            AFS_UNROLL for (int k = 0; k < 4; ++k)
                shared.put(p.back_offset + row * p.u_pitch + column * 4 + k, sums[k]);
        });
    }

    // Four rows of one column: one byte of signs.
    template <SignUse kSign, class Machine>
    AFS_TILE static void up_along_y(Machine& machine, const GeneralParams& p, const Tile& tile, int thread) {
        const auto memory = machine.memory();
        const auto shared = machine.shared();
        const std::int64_t plane = (static_cast<std::int64_t>(tile.sample) * p.channels + tile.channel) * p.sign_plane;
        const int width = tile.along_x.u;
        for_each_cell(p, thread, tile.along_y.u / 4, width, [&](int four, int column) {
            float sums[4] = {};
            if (p.up_is_plane) {
                upsample_plane(shared, p, tile, four * 4, column, sums);
            } else {
                upsample(shared, p, tile.along_y, up_taps(p) + p.up_w, p.up_h, four * 4, p.back_offset + column,
                         p.u_pitch, sums);
            }

            const int u_column = tile.along_x.u_first + column, u_row = tile.along_y.u_first + four * 4;
            unsigned pieces = 0;
            if constexpr (kSign == SignUse::read) {
                const int row = p.sign_y0 + u_row, sign_column = p.sign_x0 + u_column;
                pieces = read_signs(memory, p, plane, row >> 2, sign_column);
                pieces |= read_signs(memory, p, plane, (row >> 2) + 1, sign_column) << 8;
                pieces >>= 2 * (row & 3);
            }
            AFS_UNROLL for (int k = 0; k < 4; ++k) {
                unsigned piece = kSign == SignUse::read ? pieces >> (2 * k) : 0U;
                const float v = activate<kSign>(p, sums[k], piece);
                if constexpr (kSign == SignUse::write) pieces |= piece << (2 * k);
                shared.put(p.front_offset + (four * 4 + k) * p.u_pitch + column, v);
            }
            if constexpr (kSign == SignUse::write) {
                // Overlaps belong to the tile whose outputs start there.
                const int bottom = tile.y + tile.h == p.out_h ? p.sign_h : (tile.y + tile.h) << p.down_shift;
                const int right = tile.x + tile.w == p.out_w ? p.sign_w : (tile.x + tile.w) << p.down_shift;
                if (u_row < bottom && u_column < right) write_signs(memory, p, plane, u_row >> 2, u_column, pieces);
            }
        });
    }

    template <class Machine>
    AFS_TILE static void down_along_y(Machine& machine, const GeneralParams& p, const Tile& tile, int thread) {
        const auto shared = machine.shared();
        const int width = tile.along_x.u;
        for_each_cell(p, thread, tile.along_y.outputs / 4, width, [&](int four, int column) {
            float sums[4] = {};
            downsample(shared, p, down_taps(p) + p.down_w, p.down_h, four * 4, p.front_offset + column, p.u_pitch,
                       sums);
            AFS_UNROLL for (int k = 0; k < 4; ++k)
                shared.put(p.back_offset + (four * 4 + k) * p.u_pitch + column, sums[k]);
        });
    }

    template <class Machine>
    AFS_TILE static void down_along_x(Machine& machine, const GeneralParams& p, const Tile& tile, int thread) {
        const auto shared = machine.shared();
        const int fours = tile.along_x.outputs / 4;
        for_each_cell(p, thread, tile.h, fours, [&](int row, int column) {
            float sums[4] = {};
            if (p.down_is_plane) {
                for (int k = 0; k < p.down_h; ++k)
                    downsample(shared, p, down_taps(p) + k * p.down_w, p.down_w, column * 4,
                               p.front_offset + ((row << p.down_shift) + k) * p.u_pitch, 1, sums);
            } else {
                downsample(shared, p, down_taps(p), p.down_w, column * 4, p.back_offset + row * p.u_pitch, 1, sums);
            }
            const float scale = shared.get(2);
            const std::int64_t index = tile.sample * p.y_stride[0] + tile.channel * p.y_stride[1] +
                                       (tile.y + row) * p.y_stride[2] + (tile.x + column * 4) * p.y_stride[3];
            AFS_UNROLL for (int k = 0; k < 4; ++k) if (column * 4 + k < tile.w)
                put(machine, p, index + k * p.y_stride[3], sums[k] * scale);
        });
    }
    template <class Machine>
    AFS_TILE static void put(Machine& machine, const GeneralParams& p, std::int64_t index, float y) {
        const auto memory = machine.memory();
        switch (p.storage) {
            case Storage::f32: return memory.template store<Storage::f32>(p.y, index, y);
            case Storage::f16: return memory.template store<Storage::f16>(p.y, index, y);
            case Storage::bf16: return memory.template store<Storage::bf16>(p.y, index, y);
        }
    }

    template <class Machine> AFS_TILE static void run(Machine& machine, const GeneralParams& p, unsigned block) {
        const Tile tile(p, block);
        machine.phase([&](int thread, State&) { begin(machine, p, tile, thread); });
        machine.phase([&](int thread, State&) { load(machine, p, tile, thread); });
        if (!p.up_is_plane) machine.phase([&](int thread, State&) { up_along_x(machine, p, tile, thread); });
        const auto activation = [&](int thread, State&) {
            switch (p.sign) {
                case SignUse::none: return up_along_y<SignUse::none>(machine, p, tile, thread);
                case SignUse::write: return up_along_y<SignUse::write>(machine, p, tile, thread);
                case SignUse::read: return up_along_y<SignUse::read>(machine, p, tile, thread);
            }
        };
        const auto sums = [&](int thread, State&) { down_along_y(machine, p, tile, thread); };
        if constexpr (kFault == Fault::barrier) {
            machine.phase([&](int thread, State& state) {
                activation(thread, state);
                if (!p.down_is_plane) sums(thread, state);
            });
        } else {
            machine.phase(activation);
            if (!p.down_is_plane) machine.phase(sums);
        }
        machine.phase([&](int thread, State&) { down_along_x(machine, p, tile, thread); });
    }
};

}  // namespace afs::kernels::tile
