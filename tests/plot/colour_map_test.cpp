#include "core/plot/colour_map.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/golden.h"

namespace afs {
namespace {

double lightness(Rgb c) { return 0.2126 * c.r + 0.7152 * c.g + 0.0722 * c.b; }

// SPEC 8: the explorer's colours, entry by entry.
TEST(ColourMap, ViridisIsTheRecordedOne) {
    const test::GoldenFile golden("view.safetensors");
    const std::vector<double> base = golden.values("viridis/expect_lut256");
    ASSERT_EQ(base.size(), 768u);
    const auto entries = colour_entries(ColourMap::viridis);
    for (int i = 0; i < kColourEntries; ++i) {
        const auto b = static_cast<std::size_t>(std::min(static_cast<int>(std::floor(i / 1023.0 * 256.0)), 255));
        const Rgb want{static_cast<std::uint8_t>(base[3 * b]), static_cast<std::uint8_t>(base[3 * b + 1]),
                       static_cast<std::uint8_t>(base[3 * b + 2])};
        ASSERT_EQ(entries[static_cast<std::size_t>(i)], want) << i;
    }
}

TEST(ColourMap, SequentialMapsGrowLighter) {
    for (const ColourMap map : {ColourMap::viridis, ColourMap::magma, ColourMap::gray}) {
        const auto entries = colour_entries(map);
        for (std::size_t i = 1; i < entries.size(); ++i)
            ASSERT_GT(lightness(entries[i]), lightness(entries[i - 1]) - 1.5) << colour_map_name(map) << ' ' << i;
        EXPECT_GT(lightness(entries.back()), lightness(entries.front()) + 150);
    }
}

TEST(ColourMap, DivergingIsWhiteInTheMiddleAndEquallyDarkAtBothEnds) {
    const Rgb middle = colour_of(ColourMap::diverging, 0, -1, 1);
    EXPECT_GT(lightness(middle), 240);
    const Rgb low = colour_of(ColourMap::diverging, -1, -1, 1), high = colour_of(ColourMap::diverging, 1, -1, 1);
    EXPECT_GT(low.b, low.r);
    EXPECT_GT(high.r, high.b);
    EXPECT_NEAR(lightness(low), lightness(high), 30);
}

TEST(ColourMap, ValuesOutsideTakeTheEnds) {
    EXPECT_EQ(colour_index(-99, 0, 1), 0);
    EXPECT_EQ(colour_index(99, 0, 1), 1023);
    EXPECT_EQ(colour_index(std::numeric_limits<double>::quiet_NaN(), 0, 1), 0);
    EXPECT_EQ(colour_index(0.5, 0, 1), 512);  // floor(511.5 + 0.5)
}

}  // namespace
}  // namespace afs
