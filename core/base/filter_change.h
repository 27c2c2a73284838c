// What if a filter of a layer were another one: which, and what. A value that scenes hold and networks understand.
#pragma once

#include <string>

namespace afs {

enum class FilterSide { up, down };  // before the layer's nonlinearity, after it

inline constexpr int kMostFilterTaps = 96;

struct FilterChange {
    std::string layer;
    FilterSide side = FilterSide::down;
    double cutoff = 0, half_width = 0;  // f_c and f_h, cycles per unit image width
    int taps = 1;                       // 1: no filter
    bool operator==(const FilterChange&) const = default;
};

}  // namespace afs
