#include "core/model/changed_filters.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"

namespace afs {

bool has_filter(const LayerSpec& row, FilterSide side) {
    // A designed filter has a transition; StyleGAN2's rows have none.
    if (row.is_torgb) return false;
    return side == FilterSide::up ? row.up > 1 && row.in_half_width > 0 : row.down > 1 && row.out_half_width > 0;
}

LowpassSpec filter_spec(const LayerSpec& row, FilterSide side) {
    return side == FilterSide::up ? up_filter_spec(row) : down_filter_spec(row);
}

FilterChange own_filter(const LayerSpec& row, FilterSide side) {
    return side == FilterSide::up ? FilterChange{row.name, side, row.in_cutoff, row.in_half_width, row.up_taps}
                                  : FilterChange{row.name, side, row.out_cutoff, row.out_half_width, row.down_taps};
}

std::string why_not(const LayerSpec& row, const FilterChange& change) {
    if (!has_filter(row, change.side))
        return fmt::format("{} has no {} filter of its own design", row.name,
                           change.side == FilterSide::up ? "up" : "down");
    const double most = row.tmp_rate / 2;
    if (!(change.cutoff > 0 && change.cutoff <= most))
        return fmt::format("the cutoff {:g} lies outside 0 to {:g}, half the rate at which {} filters", change.cutoff,
                           most, row.name);
    if (!(change.half_width > 0 && change.half_width <= row.tmp_rate))
        return fmt::format("the half-width {:g} lies outside 0 to {:g}", change.half_width, row.tmp_rate);
    if (change.taps < 1 || change.taps > kMostFilterTaps)
        return fmt::format("{} taps are outside 1 to {}", change.taps, kMostFilterTaps);
    return "";
}

LayerSpec changed(LayerSpec row, const FilterChange& change) {
    AFS_CHECK(why_not(row, change).empty());
    const bool up = change.side == FilterSide::up;
    int& taps = up ? row.up_taps : row.down_taps;
    const int more = change.taps - taps;
    taps = change.taps;
    (up ? row.in_cutoff : row.out_cutoff) = change.cutoff;
    (up ? row.in_half_width : row.out_half_width) = change.half_width;
    // SPEC 6.4: what makes the output as many samples as before, the larger half in front.
    const int total = row.padding[0] + row.padding[1] + more;
    const int low = static_cast<int>(std::floor((total + row.up) / 2.0));
    row.padding = {low, total - low, low, total - low};
    return row;
}

Schedule changed(Schedule schedule, std::span<const FilterChange> changes) {
    const std::string tried = "Could not change a filter";
    for (const FilterChange& change : changes) {
        const auto row = std::ranges::find(schedule.layers, change.layer, &LayerSpec::name);
        if (row == schedule.layers.end())
            throw Error(ErrorKind::argument, tried, fmt::format("this network has no layer \"{}\"", change.layer));
        if (const std::string why = why_not(*row, change); !why.empty()) throw Error(ErrorKind::argument, tried, why);
        *row = changed(*row, change);
    }
    return schedule;
}

}  // namespace afs
