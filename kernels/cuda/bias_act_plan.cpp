#include <algorithm>
#include <limits>

#include "kernels/cuda/bias_act_tile.h"

namespace afs::kernels::tile {
namespace {

bool aligned(const void* data, Storage storage) {
    return reinterpret_cast<std::uintptr_t>(data) % (storage == Storage::f32 ? 16 : 8) == 0;
}

}  // namespace

BiasActPlan plan_bias_act(const BiasActParams& p) {
    using Tile = BiasAct<Storage::f32>;  // all are cut alike
    BiasActPlan plan;
    if (p.outer <= 0 || p.channels <= 0 || p.inner <= 0) return plan;
    const bool in_row = p.inner == 1;
    const std::int64_t rows = in_row ? p.outer : p.outer * p.channels, length = in_row ? p.channels : p.inner;
    const std::int64_t outer_of_sample = p.outer / p.batch;
    constexpr std::int64_t kMost = std::numeric_limits<int>::max() / 2;  // room for what is counted beyond the end
    BiasActTileParams& to = plan.params;
    to.x = p.x;
    to.result = p.result;
    to.y = p.y;
    to.bias = p.bias;
    to.scale = p.scale;
    to.noise = p.noise;
    to.noise_stride = p.noise_stride;
    to.channels = static_cast<int>(p.channels);
    to.slope = p.slope;
    to.gain = p.gain;
    to.limit = p.clamp;
    to.clamped = p.clamp >= 0.0F;
    to.channels_in_row = in_row;
    to.one_row_a_channel = !in_row && outer_of_sample == 1;
    to.rows = static_cast<int>(std::min(rows, kMost));
    to.length = static_cast<int>(std::min(length, kMost));
    to.sample_rows = static_cast<int>(std::min(in_row ? outer_of_sample : outer_of_sample * p.channels, kMost));
    to.vectors = length % Tile::kColumns == 0 && aligned(p.x, p.storage) && aligned(p.y, p.storage) &&
                 (p.result == nullptr || aligned(p.result, p.storage));
    const std::int64_t groups = (length + Tile::kColumns - 1) / Tile::kColumns;
    while ((1 << to.side_by_side_shift) < std::min<std::int64_t>(groups, BiasActPlan::kThreads))
        ++to.side_by_side_shift;
    const std::int64_t side_by_side = 1 << to.side_by_side_shift;
    const std::int64_t rows_of_block = BiasActPlan::kThreads / side_by_side * Tile::kRows;
    const std::int64_t column_blocks = (groups + side_by_side - 1) / side_by_side;
    to.column_blocks = static_cast<int>(column_blocks);
    plan.blocks = static_cast<std::uint64_t>(column_blocks) *
                  static_cast<std::uint64_t>((rows + rows_of_block - 1) / rows_of_block);
    plan.fits = rows <= kMost && length <= kMost && plan.blocks <= static_cast<std::uint64_t>(kMost);
    return plan;
}

}  // namespace afs::kernels::tile
