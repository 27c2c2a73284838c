// What one call of the CPU's filtered_lrelu works out before any thread starts: taps by phase, and how the picture is
// cut into tiles. Independent of the instruction set.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/filtered_lrelu.h"

namespace afs::kernels::cpu {

// Along one axis an upsampled sample j sums the low-rate samples q ... q + taps - 1 with q = ceil((j - pad) / up); the
// `up` samples that share q form a group, sample `phase` of which (0 first) has taps up_filter[up - 1 - phase + m *
// up].
struct PhaseTaps {
    int taps = 1;               // of one phase; missing ones are 0
    std::vector<float> values;  // [up, taps] of one axis; [taps_y, up_x, taps_x] a row phase of a plane
};

struct FilteredLreluPlan {
    explicit FilteredLreluPlan(const FilteredLreluParams& params, int lanes, int threads);

    FilteredLreluParams params;
    int lanes;    // channels that a thread works on at once: one register
    int groups;   // of `lanes` channels
    bool convex;  // slope <= 1: the activation is a maximum
    float clamp;  // infinity: none

    bool up_plane, down_plane, down_folded;  // not separable; symmetric top to bottom
    PhaseTaps up_x, up_y;                    // separable
    std::vector<PhaseTaps> up_rows;          // [up]: of each row phase, not separable
    int up_taps_y;                           // of one phase
    int down_w, down_h;
    std::vector<float> down_x, down_y;  // separable; a plane's rows lie in down_x: [rows, down_w]
    int down_rows;                      // rows in down_x: 1, down_h, or half of it where folded

    int tile_w, tile_h;  // of the output
    int tiles_x, tiles_y;

    [[nodiscard]] std::int64_t tasks() const { return std::int64_t{params.batch} * groups * tiles_x * tiles_y; }
    [[nodiscard]] std::int64_t sign_bytes() const;  // lanes * 2 bits a sample, groups one after the other
};

}  // namespace afs::kernels::cpu
