#include "core/plot/colour_map.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/plot/colour_tables.h"

namespace afs {
namespace {

constexpr int kBase = 256;
using Base = std::array<Rgb, kBase>;
using Entries = std::array<Rgb, kColourEntries>;

int hex_digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

Base from_table(const char* text) {
    Base base;
    for (Rgb& colour : base)
        for (std::uint8_t* part : {&colour.r, &colour.g, &colour.b}) {
            *part = static_cast<std::uint8_t>(hex_digit(text[0]) * 16 + hex_digit(text[1]));
            text += 2;
        }
    return base;
}

Base gray() {
    Base base;
    for (int i = 0; i < kBase; ++i) {
        const auto value = static_cast<std::uint8_t>(i);
        base[static_cast<std::size_t>(i)] = {value, value, value};
    }
    return base;
}

// Straight lines from a dark blue over a blue to white, and the same in red: equally dark on both sides.
Base diverging() {
    constexpr double kWhite[] = {247, 247, 247};
    constexpr double kBlue[2][3] = {{67, 147, 195}, {5, 48, 97}}, kRed[2][3] = {{214, 96, 77}, {103, 0, 31}};
    Base base;
    for (int i = 0; i < kBase; ++i) {
        const double t = (2.0 * i - (kBase - 1)) / (kBase - 1), strength = std::abs(t);
        const auto& side = t < 0 ? kBlue : kRed;
        const bool inner = strength < 0.5;
        const double f = inner ? strength * 2 : strength * 2 - 1;
        std::uint8_t parts[3];
        for (int k = 0; k < 3; ++k) {
            const double from = inner ? kWhite[k] : side[0][k], to = inner ? side[0][k] : side[1][k];
            parts[k] = static_cast<std::uint8_t>(std::lround(from + (to - from) * f));
        }
        base[static_cast<std::size_t>(i)] = {parts[0], parts[1], parts[2]};
    }
    return base;
}

Entries spread(const Base& base) {
    Entries entries;
    for (int i = 0; i < kColourEntries; ++i)
        entries[static_cast<std::size_t>(i)] =
            base[static_cast<std::size_t>(std::min(i * kBase / (kColourEntries - 1), kBase - 1))];
    return entries;
}

}  // namespace

std::string_view colour_map_name(ColourMap map) {
    switch (map) {
        case ColourMap::viridis: return "viridis";
        case ColourMap::magma: return "magma";
        case ColourMap::gray: return "gray";
        case ColourMap::diverging: return "diverging";
    }
    AFS_CHECK(false);
    return {};
}

std::span<const Rgb, kColourEntries> colour_entries(ColourMap map) {
    static const Entries viridis = spread(from_table(colour_tables::kViridis));
    static const Entries magma = spread(from_table(colour_tables::kMagma));
    static const Entries grays = spread(gray());
    static const Entries blue_red = spread(diverging());
    switch (map) {
        case ColourMap::viridis: return viridis;
        case ColourMap::magma: return magma;
        case ColourMap::gray: return grays;
        case ColourMap::diverging: return blue_red;
    }
    AFS_CHECK(false);
    return viridis;
}

int colour_index(double value, double low, double high) {
    const double t = (value - low) / (high - low);
    if (std::isnan(t)) return 0;
    return static_cast<int>(std::clamp(t * (kColourEntries - 1) + 0.5, 0.0, kColourEntries - 1.0));
}

Rgb colour_of(ColourMap map, double value, double low, double high) {
    return colour_entries(map)[static_cast<std::size_t>(colour_index(value, low, high))];
}

}  // namespace afs
