#include "core/plot/plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>

#include "core/base/error.h"
#include "core/base/file.h"

namespace afs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Rgb pixel(const Image& image, int x, int y) {
    const std::size_t at =
        3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) + static_cast<std::size_t>(x));
    return {image.pixels[at], image.pixels[at + 1], image.pixels[at + 2]};
}

int count(const Image& image, Rgb colour, int tolerance = 0) {
    int found = 0;
    for (int y = 0; y < image.height; ++y)
        for (int x = 0; x < image.width; ++x) {
            const Rgb p = pixel(image, x, y);
            found += std::abs(p.r - colour.r) <= tolerance && std::abs(p.g - colour.g) <= tolerance &&
                     std::abs(p.b - colour.b) <= tolerance;
        }
    return found;
}

// For a look at what the tests draw: AFS_KEEP_PLOTS=FOLDER.
Image draw(const Plot& plot, const char* name) {
    Image image = draw_plot(plot);
    if (const char* folder = std::getenv("AFS_KEEP_PLOTS"))
        write_file(std::filesystem::path(folder) / (std::string(name) + ".png"), Bytes(encode_png(image)),
                   Overwrite::yes);
    return image;
}

constexpr Rgb kRed{255, 0, 0}, kGreen{0, 255, 0};

Plot curves() {
    Plot plot{.title = "Average power spectrum", .note = "2 data sets, 0 degrees"};
    plot.x = {.label = "frequency [cycles per image width]"};
    plot.y = {.label = "power [dB]"};
    PlotCurve up{.name = "rising", .x = {}, .y = {}, .colour = kRed},
        down{.name = "falling", .x = {}, .y = {}, .colour = kGreen};
    for (int i = 0; i <= 100; ++i) {
        up.x.push_back(i);
        up.y.push_back(0.3 * i);
        down.x.push_back(i);
        down.y.push_back(20 - 0.5 * i);
    }
    plot.curves = {up, down};
    plot.marks = {{40, "f_c 40"}, {42, "f_t 42"}, {98, "s/2"}};
    plot.bands = {{"filter", {0, 40, 60, 100}, {30, 30, 0, 0}}};
    return plot;
}

TEST(Plot, RoundTicksAreRound) {
    EXPECT_THAT(round_ticks(0, 100, 6), ElementsAre(0, 20, 40, 60, 80, 100));
    EXPECT_THAT(round_ticks(-50, 30, 9), ElementsAre(-50, -40, -30, -20, -10, 0, 10, 20, 30));
    EXPECT_THAT(round_ticks(0.1, 0.29, 3), ElementsAre(testing::DoubleEq(0.1), testing::DoubleEq(0.2)));
    EXPECT_TRUE(round_ticks(1, 1, 5).empty());
    EXPECT_THAT(logarithmic_ticks(1, 100, 10), ElementsAre(1, 2, 5, 10, 20, 50, 100));
    EXPECT_THAT(logarithmic_ticks(1, 1e6, 8), ElementsAre(1, 10, 100, 1e3, 1e4, 1e5, 1e6));
    EXPECT_TRUE(logarithmic_ticks(0, 10, 5).empty());
}

TEST(Plot, ACurveIsDrawnWhereItsValuesAre) {
    Plot plot = curves();
    const Image image = draw(plot, "curves");
    ASSERT_EQ(image.width, 960);
    ASSERT_EQ(image.channels, 3);
    EXPECT_GT(count(image, kRed), 500);
    EXPECT_GT(count(image, kGreen), 500);
    // The rising one's pixels rise.
    int left = 0, right = 0, left_n = 0, right_n = 0;
    for (int y = 150; y < 560; ++y)
        for (int x = 100; x < 940; ++x)
            if (pixel(image, x, y) == kRed) {
                if (x < 300) left += y, ++left_n;
                if (x > 700) right += y, ++right_n;
            }
    ASSERT_GT(left_n, 0);
    ASSERT_GT(right_n, 0);
    EXPECT_GT(left / left_n, right / right_n + 100);
}

TEST(Plot, EqualPlotsGiveEqualPictures) { EXPECT_EQ(draw_plot(curves()), draw_plot(curves())); }

TEST(Plot, ALogarithmicAxisLeavesOutWhatIsNotPositive) {
    Plot plot{.x = {.label = "f", .logarithmic = true}, .y = {.label = "power"}};
    plot.curves = {{.name = "", .x = {0, -3, 1, 10, 100, 1000}, .y = {9, 9, 1, 2, 3, 4}, .colour = kRed}};
    const Image image = draw(plot, "logarithmic");
    EXPECT_GT(count(image, kRed), 300);
    plot.y.logarithmic = true;
    EXPECT_GT(count(draw_plot(plot), kRed), 300);
}

TEST(Plot, AValueThatIsNotFiniteInterruptsTheCurve) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    Plot plot;
    plot.curves = {{.name = "", .x = {0, 1, 2, 3, 4}, .y = {0, 1, nan, 1, 0}, .colour = kRed}};
    const int broken = count(draw_plot(plot), kRed, 80);
    plot.curves[0].y[2] = 1;
    EXPECT_LT(broken + 300, count(draw_plot(plot), kRed, 80));
    EXPECT_GT(broken, 0);
}

TEST(Plot, BarsStandOnZeroWithWhiskersAndNames) {
    Plot plot{.title = "Equivariance by layer", .y = {.label = "dB"}};
    PlotBars a{.name = "EQ-T", .values = {}, .colour = kRed}, b{.name = "EQ-R", .values = {}, .colour = kGreen};
    for (int i = 0; i < 16; ++i) {
        plot.places.push_back("L" + std::to_string(i) + "_276_512");
        a.values.push_back(i == 3 ? std::numeric_limits<double>::quiet_NaN() : 60 - 2 * i);
        b.values.push_back(i == 5 ? std::numeric_limits<double>::infinity() : i - 4);
        a.intervals.emplace_back(55 - 2 * i, 65 - 2 * i);
    }
    plot.bars = {a, b};
    const Image image = draw(plot, "bars");
    const Rgb red{232, 3, 4}, green{3, 232, 4};  // nine tenths over the panel
    EXPECT_GT(count(image, red, 3), 10000);
    EXPECT_GT(count(image, green, 3), 500);
}

TEST(Plot, AHeatMapShowsItsCellsAndAColourBar) {
    Plot plot{.title = "Spectrum", .x = {.label = "f_x"}, .y = {.label = "f_y"}, .square = true};
    PlotHeatMap map{.rows = 2, .columns = 3, .values = {0, 1, 0, 0, 0, 0}, .low = 0, .high = 1, .label = "dB"};
    map.left = map.bottom = -1.5;
    map.right = map.top = 1.5;
    plot.heat_map = map;
    const Image image = draw(plot, "heat_map");
    const int lit = count(image, colour_of(ColourMap::viridis, 1, 0, 1));
    const int dark = count(image, colour_of(ColourMap::viridis, 0, 0, 1));
    EXPECT_NEAR(static_cast<double>(dark) / lit, 5.0, 0.3);  // one cell of six
}

// A heat map with more cells than pixels is averaged: picking cells would turn a fine pattern into a coarse one.
TEST(Plot, AFineHeatMapDoesNotAlias) {
    constexpr int kSide = 4000;
    Plot plot;
    PlotHeatMap map{.rows = 1, .columns = kSide, .values = {}, .low = 0, .high = 1, .map = ColourMap::gray};
    for (int i = 0; i < kSide; ++i) map.values.push_back(static_cast<float>(i % 2));
    plot.heat_map = map;
    const Image image = draw_plot(plot);
    std::set<int> seen;
    for (int x = 100; x < 800; ++x) seen.insert(pixel(image, x, 300).r);
    EXPECT_GE(*seen.begin(), 90);
    EXPECT_LE(*seen.rbegin(), 165);
}

TEST(Plot, NothingToDrawIsAnEmptyPlot) {
    EXPECT_NO_THROW((void)draw_plot({}));
    Plot flat;
    flat.curves = {{.name = "flat", .x = {1}, .y = {5}}};
    EXPECT_NO_THROW((void)draw_plot(flat));
}

TEST(Plot, WhatCannotBeDrawnIsNamed) {
    const auto why = [](const Plot& plot) -> std::string {
        try {
            (void)draw_plot(plot);
        } catch (const Error& e) {
            return e.what();
        }
        return "drawn";
    };
    Plot lengths;
    lengths.curves = {{.name = "odd one", .x = {1, 2}, .y = {1}}};
    EXPECT_THAT(why(lengths), HasSubstr("odd one"));
    EXPECT_THAT(why({.width = 10}), HasSubstr("10 x 600"));
    EXPECT_THAT(why({.width = 1 << 20}), HasSubstr("1048576 x 600"));
    EXPECT_THAT(why({.x = {.low = 3, .high = 1}}), HasSubstr("from 3 to 1"));
    EXPECT_THAT(why({.y = {.low = 0, .high = 1, .logarithmic = true}}), HasSubstr("from 0 to 1"));
    Plot cells;
    cells.heat_map = PlotHeatMap{.rows = 2, .columns = 2, .values = {1}};
    EXPECT_THAT(why(cells), HasSubstr("1 values for 2 x 2"));
}

}  // namespace
}  // namespace afs
