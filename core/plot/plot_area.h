// Everything around a plot's data: where the area lies, its axes, ticks, legend, colour bar and words. Private to the
// room.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/plot/plot.h"
#include "core/plot/raster.h"

namespace afs {

// The window's colours (app/gui/theme.h), as a picture takes them.
namespace plot_look {
inline constexpr Rgb kBackground{0x14, 0x16, 0x1A}, kPanel{0x1B, 0x1E, 0x24}, kLine{0x2A, 0x2E, 0x37},
    kText{0xD8, 0xDE, 0xE9}, kQuiet{0x8A, 0x93, 0xA3};
}  // namespace plot_look

// From values to pixels and back.
struct PlotScales {
    double x_low = 0, x_high = 1, y_low = 0, y_high = 1;
    bool x_logarithmic = false, y_logarithmic = false;
    RasterBox area;
    [[nodiscard]] double px(double x) const;  // not finite for what a logarithmic axis lacks
    [[nodiscard]] double py(double y) const;
    [[nodiscard]] double x_at(double px) const;
    [[nodiscard]] double y_at(double py) const;
};

struct LegendEntry {
    std::string name;
    Rgb colour = {};
    bool area = false;  // a patch instead of a line
};

struct PlotTick {
    double at = 0;
    std::string text;
};

struct PlotFrame {
    RasterBox area, colour_bar;  // an empty colour bar: none
    std::vector<PlotTick> x_ticks, y_ticks;
    bool x_upwards = false;  // names that would touch each other are turned
    std::vector<std::pair<std::pair<double, double>, LegendEntry>> legend;  // left end, middle of the line
};

[[nodiscard]] PlotFrame lay_out(const Raster& raster, const Plot& plot, const PlotScales& scales,
                                const std::vector<LegendEntry>& legend);
void draw_grid(Raster& raster, const PlotFrame& frame, const PlotScales& scales);
void draw_words(Raster& raster, const Plot& plot, const PlotFrame& frame, const PlotScales& scales);

// For each pixel from `low` to `high`: the half-open range of cells under it, at least one inside the map, none
// outside. `cell` turns a pixel position into a position in cells.
template <class Cell>
[[nodiscard]] std::vector<std::pair<int, int>> cells_under_pixels(double low, double high, int cells, Cell cell) {
    std::vector<std::pair<int, int>> ranges;
    for (int p = static_cast<int>(low); p < static_cast<int>(high); ++p) {
        const double a = cell(p), b = cell(p + 1), middle = (a + b) / 2;
        if (!(middle >= 0 && middle < cells)) {
            ranges.emplace_back(0, 0);
            continue;
        }
        int first = static_cast<int>(std::min(a, b) + 0.5), end = static_cast<int>(std::max(a, b) + 0.5);
        if (end <= first) {
            first = static_cast<int>(middle);
            end = first + 1;
        }
        ranges.emplace_back(std::max(first, 0), std::min(end, cells));
    }
    return ranges;
}

}  // namespace afs
