// What every tile kernel is written with.
//
// A kernel is a function `run(machine, params, block)` that calls `machine.phase(...)` for each stretch of work between
// two barriers. A phase is a function of (thread, state): `state` is what one thread keeps in registers from phase to
// phase. Everything else a phase touches goes through the machine: `machine.shared()` for the block's shared memory,
// `machine.memory()` for the device's. The GPU's machine (gpu_machine.cuh) compiles that to plain pointers and
// __syncthreads(); the host's (kernels/emulate) runs the same code thread by thread and checks every access.
//
// Tile code has no __CUDA_ARCH__ branches and uses nothing that only a GPU has: what is emulated is what is compiled.
#pragma once

#include <cstdint>

#include "kernels/host_device.h"

namespace afs::kernels::tile {

AFS_HOST_DEVICE constexpr int round_up(int value, int multiple) { return (value + multiple - 1) / multiple * multiple; }
AFS_HOST_DEVICE constexpr int log2_of(int value) { return value <= 1 ? 0 : 1 + log2_of(value / 2); }
// Toward minus infinity; for constants and host code.
AFS_HOST_DEVICE constexpr int floor_div(int value, int divisor) {
    return value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor);
}
AFS_HOST_DEVICE constexpr int floor_mod(int value, int divisor) { return value - floor_div(value, divisor) * divisor; }

// The cells of rows `width` long, dealt to the threads of a block in turn, without a division.
struct Walk {
    int row = 0, column;

    AFS_TILE Walk(int thread, int width) : column(thread) { wrap(width); }
    AFS_TILE void advance(int threads, int width) {
        column += threads;
        wrap(width);
    }

  private:
    AFS_TILE void wrap(int width) {
        while (column >= width) {
            column -= width;
            ++row;
        }
    }
};

}  // namespace afs::kernels::tile
