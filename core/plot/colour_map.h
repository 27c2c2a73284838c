// Colour maps: a number in 0..1 as a colour. Sequential ones have rising lightness; the diverging one is white in the
// middle. Never rainbow. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace afs {

struct Rgb {
    std::uint8_t r = 0, g = 0, b = 0;
    bool operator==(const Rgb&) const = default;
};

enum class ColourMap { viridis, magma, gray, diverging };  // diverging: blue, white, red

inline constexpr std::array<ColourMap, 4> kColourMaps = {ColourMap::viridis, ColourMap::magma, ColourMap::gray,
                                                         ColourMap::diverging};

[[nodiscard]] std::string_view colour_map_name(ColourMap map);  // "viridis"

inline constexpr int kColourEntries = 1024;

// Entry i is base colour min(floor(i / 1023 * 256), 255) (SPEC 8).
[[nodiscard]] std::span<const Rgb, kColourEntries> colour_entries(ColourMap map);

// Index of the entry for `value` between `low` and `high`: floor(clamp(t * 1023 + 1/2, 0, 1023)) (SPEC 8); 0 for NaN.
[[nodiscard]] int colour_index(double value, double low, double high);

[[nodiscard]] Rgb colour_of(ColourMap map, double value, double low, double high);

}  // namespace afs
