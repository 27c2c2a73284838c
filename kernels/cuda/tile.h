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

// The cells of rows of `columns`, counted row by row: which row and column cell `index` is, without an integer
// division.
struct Cells {
    int columns;
    float reciprocal;  // 1 / columns

    [[nodiscard]] AFS_TILE int row(int index) const {
        // Exact: the quotient is at least half a column away from the next integer, far more than what rounding does.
        return static_cast<int>((static_cast<float>(index) + 0.5F) * reciprocal);
    }
    [[nodiscard]] AFS_TILE int column(int index, int row) const { return index - row * columns; }
};

}  // namespace afs::kernels::tile
