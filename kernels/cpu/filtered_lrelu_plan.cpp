#include "kernels/cpu/filtered_lrelu_plan.h"

#include <algorithm>
#include <limits>

namespace afs::kernels::cpu {
namespace {

int ceil_div(int a, int b) { return (a + b - 1) / b; }

PhaseTaps phase_taps(const float* filter, int count, int up) {
    PhaseTaps result{ceil_div(count, up), {}};
    for (int phase = 0; phase < up; ++phase)
        for (int m = 0; m < result.taps; ++m) {
            const int k = up - 1 - phase + m * up;
            result.values.push_back(k < count ? filter[k] : 0.0F);
        }
    return result;
}

// The rows of a plane that belong to one row phase, each by column phase.
PhaseTaps plane_taps(const FirFilter& filter, int row_phase, int up) {
    PhaseTaps result{ceil_div(filter.width, up), {}};
    const std::vector<float> zeros(static_cast<std::size_t>(filter.width), 0.0F);
    for (int m = 0; m < ceil_div(filter.height, up); ++m) {
        const int k = up - 1 - row_phase + m * up;
        const float* row = k < filter.height ? filter.plane + k * filter.width : zeros.data();
        const PhaseTaps one = phase_taps(row, filter.width, up);
        result.values.insert(result.values.end(), one.values.begin(), one.values.end());
    }
    return result;
}

bool mirrored(const FirFilter& filter) {
    if (filter.height % 2 != 0) return false;
    for (int y = 0; y < filter.height / 2; ++y)
        for (int x = 0; x < filter.width; ++x)
            if (filter.plane[y * filter.width + x] != filter.plane[(filter.height - 1 - y) * filter.width + x])
                return false;
    return true;
}

std::vector<float> axis(const float* taps, int count) {
    return taps == nullptr ? std::vector<float>{1.0F} : std::vector<float>(taps, taps + count);
}

}  // namespace

FilteredLreluPlan::FilteredLreluPlan(const FilteredLreluParams& p, int lanes_in, int threads)
    : params(p),
      lanes(lanes_in),
      groups(ceil_div(p.channels, lanes_in)),
      convex(p.slope <= 1.0F),
      clamp(p.clamp < 0.0F ? std::numeric_limits<float>::infinity() : p.clamp),
      up_plane(p.up_filter.plane != nullptr),
      down_plane(p.down_filter.plane != nullptr),
      down_folded(down_plane && mirrored(p.down_filter)),
      down_w(p.down_filter.width),
      down_h(p.down_filter.height) {
    if (up_plane) {
        for (int phase = 0; phase < p.up; ++phase) up_rows.push_back(plane_taps(p.up_filter, phase, p.up));
        up_taps_y = ceil_div(p.up_filter.height, p.up);
    } else {
        up_x = phase_taps(axis(p.up_filter.along_x, p.up_filter.width).data(), p.up_filter.width, p.up);
        up_y = phase_taps(axis(p.up_filter.along_y, p.up_filter.height).data(), p.up_filter.height, p.up);
        up_taps_y = up_y.taps;
    }
    if (down_plane) {
        down_rows = down_folded ? down_h / 2 : down_h;
        down_x.assign(p.down_filter.plane, p.down_filter.plane + down_rows * down_w);
    } else {
        down_rows = 1;
        down_x = axis(p.down_filter.along_x, down_w);
        down_y = axis(p.down_filter.along_y, down_h);
    }

    // A tile's rows stay in the first two levels of cache; narrower tiles repeat more columns of the filters' overlap.
    constexpr int kColumns = 64;
    tiles_x = ceil_div(p.out_w, kColumns);
    tile_w = ceil_div(p.out_w, tiles_x);
    tiles_x = ceil_div(p.out_w, tile_w);
    // Rows are cut only to give every thread the same share, as each cut repeats the overlap.
    const std::int64_t others = std::int64_t{p.batch} * groups * tiles_x;
    constexpr int kRows = 24;
    tiles_y = 1;
    while (others * tiles_y < 8 * threads && others * tiles_y % threads != 0 && p.out_h / (tiles_y + 1) >= kRows)
        ++tiles_y;
    tile_h = ceil_div(p.out_h, tiles_y);
    tiles_y = ceil_div(p.out_h, tile_h);
}

std::int64_t FilteredLreluPlan::sign_bytes() const {
    const int bits = 2 * lanes;
    return std::int64_t{params.batch} * groups * params.sign.height * params.sign.width * ((bits + 7) / 8);
}

}  // namespace afs::kernels::cpu
