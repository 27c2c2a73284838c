// Host side of the CUDA filtered_lrelu: which kernel, how cut, with which parameters. No CUDA: tests plan and emulate
// without it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/cuda/filtered_lrelu_general.h"
#include "kernels/cuda/filtered_lrelu_march.h"

namespace afs::kernels::tile {

// The instances of March, taps by taps (n of one phase): factors, kind, and what is done with signs. Gradients swap the
// factors; a gradient reads signs, and so does the gradient of a gradient, with the filters as they were.
#define AFS_MARCH_ROWS(X)      \
    X(2, 2, separable, none)   \
    X(2, 2, separable, write)  \
    X(2, 2, separable, read)   \
    X(4, 2, separable, none)   \
    X(4, 2, separable, write)  \
    X(4, 2, separable, read)   \
    X(2, 4, separable, read)   \
    X(2, 2, plane_down, none)  \
    X(2, 2, plane_down, write) \
    X(2, 2, plane_down, read)  \
    X(4, 2, plane_down, none)  \
    X(4, 2, plane_down, write) \
    X(4, 2, plane_down, read)  \
    X(2, 2, plane_up, read)    \
    X(2, 4, plane_up, read)

// One instance, as numbers.
struct MarchInstance {
    int row;  // of AFS_MARCH_ROWS
    int up, down, taps, channels;
    FirKind kind;
    SignUse sign;
    int lead, halves, span, max_threads, step_inputs, step_rows;
    int (*groups_for)(const MarchParams&, int outputs);
    int (*shared_floats)(const MarchParams&);
};
// Every instance: taps 4, 6, 8; one channel or eight side by side.
[[nodiscard]] std::span<const MarchInstance> march_instances();

struct DeviceLimits {
    int multiprocessors = 132;
    std::size_t shared_bytes = 227 << 10;  // of a block
};

// For tests: what they want to see run rather than what is fastest.
struct PlanWishes {
    bool general = false;        // the general version, whatever instances there are
    int tile_w = 0, tile_h = 0;  // at most; multiples of 4; 0: as is best
};

struct FilteredLreluPlan {
    const MarchInstance* march = nullptr;  // null: the general version
    MarchParams march_params = {};
    GeneralParams general_params = {};
    std::uint64_t blocks = 0;  // 0: nothing to do
    int threads = 0;
    std::size_t shared_bytes = 0;
};
// `params` is one that filtered_lrelu_supports takes.
[[nodiscard]] FilteredLreluPlan plan_filtered_lrelu(const FilteredLreluParams& params, const DeviceLimits& limits,
                                                    const PlanWishes& wishes = {});

}  // namespace afs::kernels::tile
