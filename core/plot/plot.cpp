#include "core/plot/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/base/error.h"
#include "core/plot/plot_area.h"

namespace afs {
namespace {

using plot_look::kBackground, plot_look::kLine, plot_look::kPanel, plot_look::kQuiet, plot_look::kText;

constexpr std::array<Rgb, 8> kSeries = {{{0x7C, 0xB7, 0xF0},
                                         {0xE5, 0xB5, 0x67},
                                         {0x98, 0xC3, 0x79},
                                         {0xE0, 0x6C, 0x75},
                                         {0xC3, 0x8F, 0xDC},
                                         {0x5F, 0xC8, 0xC4},
                                         {0xD8, 0xDE, 0xE9},
                                         {0xD1, 0x9A, 0x86}}};

Rgb series_colour(const std::optional<Rgb>& own, std::size_t index) {
    return own.value_or(kSeries[index % kSeries.size()]);
}

void refuse(const std::string& why) { throw Error(ErrorKind::argument, "Could not draw a plot", why); }

void check(const Plot& plot) {
    if (plot.width < 200 || plot.height < 150 || plot.width > 16384 || plot.height > 16384)
        refuse(fmt::format("{} x {} pixels is outside 200 x 150 to 16384 x 16384", plot.width, plot.height));
    const auto same = [](const auto& part, const char* what) {
        if (part.x.size() != part.y.size())
            refuse(fmt::format("{} \"{}\" has {} x and {} y", what, part.name, part.x.size(), part.y.size()));
    };
    for (const PlotCurve& curve : plot.curves) same(curve, "the curve");
    for (const PlotBand& band : plot.bands) same(band, "the band");
    for (const PlotBars& bars : plot.bars)
        if (bars.values.size() != plot.places.size() ||
            (!bars.intervals.empty() && bars.intervals.size() != bars.values.size()))
            refuse(fmt::format("the bars \"{}\" have {} values and {} intervals for {} places", bars.name,
                               bars.values.size(), bars.intervals.size(), plot.places.size()));
    if (plot.heat_map && (plot.heat_map->rows < 1 || plot.heat_map->columns < 1 ||
                          plot.heat_map->values.size() != static_cast<std::size_t>(plot.heat_map->rows) *
                                                              static_cast<std::size_t>(plot.heat_map->columns)))
        refuse(fmt::format("the heat map has {} values for {} x {} cells", plot.heat_map->values.size(),
                           plot.heat_map->rows, plot.heat_map->columns));
}

// What an axis spans: the given ends, else those of the data with a little air.
struct Extent {
    double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
    bool logarithmic = false;
    void add(double v) {
        if (!std::isfinite(v) || (logarithmic && v <= 0)) return;
        low = std::min(low, v);
        high = std::max(high, v);
    }
};

std::pair<double, double> settle(const PlotAxis& axis, Extent extent, bool air, const char* which) {
    if (extent.low > extent.high) extent = {axis.logarithmic ? 0.1 : 0.0, 1.0, axis.logarithmic};
    double low = extent.low, high = extent.high;
    if (low == high) {
        const double step = std::abs(low) > 0 ? std::abs(low) * 0.5 : 1.0;
        low -= axis.logarithmic ? low / 2 : step;
        high += step;
    } else if (air && !axis.logarithmic) {
        const double margin = 0.05 * (high - low);
        low -= low == 0 ? 0 : margin;
        high += high == 0 ? 0 : margin;
    }
    low = axis.low.value_or(low);
    high = axis.high.value_or(high);
    if (!std::isfinite(low) || !std::isfinite(high) || low >= high || (axis.logarithmic && low <= 0))
        refuse(fmt::format("the {} axis would reach from {:g} to {:g}", which, low, high));
    return {low, high};
}

PlotScales scales_of(const Plot& plot) {
    Extent x{.logarithmic = plot.x.logarithmic}, y{.logarithmic = plot.y.logarithmic};
    for (const PlotCurve& curve : plot.curves) {
        for (const double v : curve.x) x.add(v);
        for (const double v : curve.y) y.add(v);
    }
    for (const PlotBand& band : plot.bands)
        for (const double v : band.x) x.add(v);
    for (const PlotBars& bars : plot.bars) {
        x.add(-0.6);
        x.add(static_cast<double>(plot.places.size()) - 0.4);
        y.add(0);
        for (const double v : bars.values) y.add(v);
        for (const auto& [low, high] : bars.intervals) {
            y.add(low);
            y.add(high);
        }
    }
    if (plot.heat_map) {
        for (const double v : {plot.heat_map->left, plot.heat_map->right}) x.add(v);
        for (const double v : {plot.heat_map->bottom, plot.heat_map->top}) y.add(v);
    }
    PlotScales scales;
    std::tie(scales.x_low, scales.x_high) = settle(plot.x, x, false, "x");
    std::tie(scales.y_low, scales.y_high) = settle(plot.y, y, !plot.heat_map, "y");
    scales.x_logarithmic = plot.x.logarithmic;
    scales.y_logarithmic = plot.y.logarithmic;
    return scales;
}

// --- What lies in the area ---

// The average of the cells under a pixel: a heat map with more cells than pixels must not alias.
void draw_heat_map(Raster& raster, const PlotHeatMap& map, const PlotScales& s) {
    const auto columns = cells_under_pixels(s.area.left, s.area.right, map.columns, [&](double px) {
        return (s.x_at(px) - map.left) / (map.right - map.left) * map.columns;
    });
    const auto rows = cells_under_pixels(s.area.top, s.area.bottom, map.rows, [&](double py) {
        return (s.y_at(py) - map.bottom) / (map.top - map.bottom) * map.rows;
    });
    std::vector<double> shown(rows.size() * columns.size(), std::numeric_limits<double>::quiet_NaN());
    for (std::size_t j = 0; j < rows.size(); ++j)
        for (std::size_t i = 0; i < columns.size(); ++i) {
            double sum = 0;
            std::size_t count = 0;
            for (int r = rows[j].first; r < rows[j].second; ++r)
                for (int c = columns[i].first; c < columns[i].second; ++c) {
                    const double v = map.values[static_cast<std::size_t>(r) * static_cast<std::size_t>(map.columns) +
                                                static_cast<std::size_t>(c)];
                    if (std::isnan(v)) continue;
                    sum += std::clamp(v, map.low, map.high);
                    ++count;
                }
            if (count > 0) shown[j * columns.size() + i] = sum / static_cast<double>(count);
        }
    const auto value = [&](std::size_t j, std::size_t i) { return shown[j * columns.size() + i]; };
    const int left = static_cast<int>(s.area.left), top = static_cast<int>(s.area.top);
    for (std::size_t j = 0; j < rows.size(); ++j)
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const double v = value(j, i);
            if (std::isnan(v)) continue;
            const int x = left + static_cast<int>(i), y = top + static_cast<int>(j);
            const bool edge = std::any_of(map.contours.begin(), map.contours.end(), [&](double level) {
                return (i + 1 < columns.size() && (v < level) != (value(j, i + 1) < level)) ||
                       (j + 1 < rows.size() && (v < level) != (value(j + 1, i) < level));
            });
            raster.pixel(x, y, edge ? kText : colour_of(map.map, v, map.low, map.high));
        }
}

void draw_band(Raster& raster, const PlotBand& band, const PlotScales& s) {
    for (std::size_t i = 0; i + 1 < band.x.size(); ++i) {
        const double x0 = s.px(band.x[i]), x1 = s.px(band.x[i + 1]);
        const double base =
            s.y_logarithmic ? s.area.bottom : std::clamp(s.py(std::max(0.0, s.y_low)), s.area.top, s.area.bottom);
        if (!std::isfinite(x0) || !std::isfinite(x1)) continue;
        // A column of pixels at a time: edges of neighbours must not be blended twice.
        const int from = static_cast<int>(std::ceil(std::max(x0, s.area.left) - 0.5));
        const int to = static_cast<int>(std::ceil(std::min(x1, s.area.right) - 0.5));
        for (int x = from; x < to; ++x) {
            const double f = x1 > x0 ? (x + 0.5 - x0) / (x1 - x0) : 0.0;
            const double y = std::clamp(s.py(band.y[i] + f * (band.y[i + 1] - band.y[i])), s.area.top, s.area.bottom);
            raster.fill({static_cast<double>(x), std::min(y, base), x + 1.0, std::max(y, base)}, kQuiet, 0.22);
        }
    }
}

void draw_curve(Raster& raster, const PlotCurve& curve, Rgb colour, const PlotScales& s) {
    const auto drawable = [&](std::size_t i) {
        return std::isfinite(s.px(curve.x[i])) && std::isfinite(s.py(curve.y[i]));
    };
    for (std::size_t i = 0; i < curve.x.size(); ++i) {
        if (!drawable(i)) continue;
        const bool before = i > 0 && drawable(i - 1), after = i + 1 < curve.x.size() && drawable(i + 1);
        if (after)
            raster.line(s.px(curve.x[i]), s.py(curve.y[i]), s.px(curve.x[i + 1]), s.py(curve.y[i + 1]), colour,
                        curve.width, s.area);
        else if (!before)
            raster.dot(s.px(curve.x[i]), s.py(curve.y[i]), curve.width, colour, s.area);
    }
}

void draw_bars(Raster& raster, const Plot& plot, const PlotScales& s) {
    const double place = (s.px(1) - s.px(0)) * 0.8, width = place / static_cast<double>(plot.bars.size());
    const double base = std::clamp(s.py(std::clamp(0.0, s.y_low, s.y_high)), s.area.top, s.area.bottom);
    for (std::size_t k = 0; k < plot.bars.size(); ++k) {
        const PlotBars& bars = plot.bars[k];
        const Rgb colour = series_colour(bars.colour, k);
        for (std::size_t i = 0; i < bars.values.size(); ++i) {
            const double left = s.px(static_cast<double>(i)) - place / 2 + static_cast<double>(k) * width;
            const double middle = left + width / 2;
            if (!std::isfinite(bars.values[i])) {
                raster.text(middle, base - 10,
                            std::isnan(bars.values[i]) ? "–"
                            : bars.values[i] > 0       ? "inf"
                                                       : "-inf",
                            {.size = 11, .colour = kQuiet, .anchor = TextAnchor::centre});
                continue;
            }
            const double top = std::clamp(s.py(bars.values[i]), s.area.top, s.area.bottom);
            const double gap = std::min(1.0, width * 0.1);
            raster.fill({left + gap, std::min(top, base), left + width - gap, std::max(top, base)}, colour, 0.9);
            if (bars.intervals.empty()) continue;
            const auto [low, high] = bars.intervals[i];
            if (!std::isfinite(low) || !std::isfinite(high)) continue;
            const double arm = std::min(4.0, width * 0.3);
            raster.line(middle, s.py(low), middle, s.py(high), kText, 1, s.area);
            for (const double end : {low, high})
                raster.line(middle - arm, s.py(end), middle + arm, s.py(end), kText, 1, s.area);
        }
    }
}

// Names stand in as many rows as it takes for none to cover another.
void draw_marks(Raster& raster, const Plot& plot, const PlotScales& s) {
    constexpr double kSize = 12, kRow = 15;
    std::vector<PlotMark> marks = plot.marks;
    std::sort(marks.begin(), marks.end(), [](const PlotMark& a, const PlotMark& b) { return a.x < b.x; });
    std::vector<double> row_ends;
    for (const PlotMark& mark : marks) {
        const double x = s.px(mark.x);
        if (!std::isfinite(x) || x < s.area.left || x > s.area.right) continue;
        for (double y = s.area.top; y < s.area.bottom; y += 8)
            raster.fill({x - 0.5, y, x + 0.5, std::min(y + 5, s.area.bottom)}, kQuiet);
        const double width = Raster::text_width(mark.label, kSize) + 8;
        const bool before = x + width > s.area.right;
        const double start = before ? x - width : x;
        std::size_t row = 0;
        while (row < row_ends.size() && row_ends[row] > start) ++row;
        if (row == row_ends.size()) row_ends.push_back(0);
        row_ends[row] = start + width;
        raster.text(before ? x - 4 : x + 4, s.area.top + 10 + static_cast<double>(row) * kRow, mark.label,
                    {.size = kSize, .colour = kText, .anchor = before ? TextAnchor::right : TextAnchor::left});
    }
}

std::vector<LegendEntry> legend_of(const Plot& plot) {
    std::vector<LegendEntry> entries;
    for (std::size_t i = 0; i < plot.curves.size(); ++i)
        if (!plot.curves[i].name.empty())
            entries.push_back({plot.curves[i].name, series_colour(plot.curves[i].colour, i), false});
    for (std::size_t i = 0; i < plot.bars.size(); ++i)
        if (!plot.bars[i].name.empty())
            entries.push_back({plot.bars[i].name, series_colour(plot.bars[i].colour, i), true});
    for (const PlotBand& band : plot.bands)
        if (!band.name.empty()) entries.push_back({band.name, kQuiet, true});
    return entries;
}

}  // namespace

Image draw_plot(const Plot& plot) {
    check(plot);
    PlotScales scales = scales_of(plot);
    Raster raster(plot.width, plot.height, kBackground);
    const PlotFrame frame = lay_out(raster, plot, scales, legend_of(plot));
    scales.area = frame.area;
    raster.fill(scales.area, kPanel);
    draw_grid(raster, frame, scales);
    if (plot.heat_map) draw_heat_map(raster, *plot.heat_map, scales);
    for (const PlotBand& band : plot.bands) draw_band(raster, band, scales);
    if (!plot.bars.empty()) draw_bars(raster, plot, scales);
    for (std::size_t i = 0; i < plot.curves.size(); ++i)
        draw_curve(raster, plot.curves[i], series_colour(plot.curves[i].colour, i), scales);
    draw_marks(raster, plot, scales);
    raster.frame(scales.area, kLine);
    draw_words(raster, plot, frame, scales);
    return raster.take();
}

}  // namespace afs
