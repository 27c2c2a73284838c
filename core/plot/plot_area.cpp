#include "core/plot/plot_area.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace afs {
namespace {

using namespace plot_look;

constexpr double kTickSize = 12, kLabelSize = 13, kTitleSize = 16, kNoteSize = 13, kLegendSize = 13;
constexpr double kEdge = 14, kTickGap = 6, kLegendRow = 20, kSwatch = 18;

double to_unit(double v, double low, double high, bool logarithmic) {
    if (!logarithmic) return (v - low) / (high - low);
    if (!(v > 0)) return std::numeric_limits<double>::quiet_NaN();
    return std::log(v / low) / std::log(high / low);
}

double from_unit(double t, double low, double high, bool logarithmic) {
    return logarithmic ? low * std::pow(high / low, t) : low + t * (high - low);
}

// As short as tells neighbours apart.
std::string tick_text(double v, double step) {
    if (v == 0) return "0";
    const double size = std::abs(v);
    if (size >= 1e6 || size < 1e-4) return fmt::format("{:.3g}", v);
    const int decimals = step >= 1 ? 0 : static_cast<int>(std::ceil(-std::log10(step) - 1e-9));
    return fmt::format("{:.{}f}", v, std::max(decimals, 0));
}

std::vector<PlotTick> ticks_of(const PlotAxis& axis, double low, double high, int most) {
    std::vector<PlotTick> ticks;
    if (!axis.ticks.empty()) {
        for (const auto& [at, text] : axis.ticks)
            if (at >= low && at <= high) ticks.push_back({at, text});
        return ticks;
    }
    const std::vector<double> at = axis.logarithmic ? logarithmic_ticks(low, high, most) : round_ticks(low, high, most);
    for (std::size_t i = 0; i < at.size(); ++i)
        ticks.push_back({at[i], tick_text(at[i], axis.logarithmic ? at[i] : at.size() > 1 ? at[1] - at[0] : 1.0)});
    return ticks;
}

double widest(const std::vector<PlotTick>& ticks) {
    double width = 0;
    for (const PlotTick& tick : ticks) width = std::max(width, Raster::text_width(tick.text, kTickSize));
    return width;
}

}  // namespace

double PlotScales::px(double x) const { return area.left + to_unit(x, x_low, x_high, x_logarithmic) * area.width(); }
double PlotScales::py(double y) const { return area.bottom - to_unit(y, y_low, y_high, y_logarithmic) * area.height(); }
double PlotScales::x_at(double px) const {
    return from_unit((px - area.left) / area.width(), x_low, x_high, x_logarithmic);
}
double PlotScales::y_at(double py) const {
    return from_unit((area.bottom - py) / area.height(), y_low, y_high, y_logarithmic);
}

std::vector<double> round_ticks(double low, double high, int most) {
    std::vector<double> ticks;
    if (!(high > low) || most < 1) return ticks;
    const double power = std::pow(10.0, std::floor(std::log10((high - low) / most)));
    for (const double factor : {1.0, 2.0, 5.0, 10.0, 20.0}) {
        const double step = power * factor, first = std::ceil(low / step - 1e-9);
        const auto count = static_cast<int>(std::floor(high / step + 1e-9) - first) + 1;
        if (count > most) continue;
        for (int i = 0; i < count; ++i) ticks.push_back((first + i) * step);
        return ticks;
    }
    return ticks;
}

std::vector<double> logarithmic_ticks(double low, double high, int most) {
    if (!(low > 0) || !(high > low)) return {};
    for (const bool fine : {true, false}) {
        std::vector<double> ticks;
        for (int k = static_cast<int>(std::floor(std::log10(low))); std::pow(10.0, k) <= high * (1 + 1e-9); ++k)
            for (const double factor : {1.0, 2.0, 5.0}) {
                if (!fine && factor > 1) continue;
                const double v = factor * std::pow(10.0, k);
                if (v >= low * (1 - 1e-9) && v <= high * (1 + 1e-9)) ticks.push_back(v);
            }
        if (static_cast<int>(ticks.size()) <= most || !fine) return ticks;
    }
    return {};
}

PlotFrame lay_out(const Raster& raster, const Plot& plot, const PlotScales& scales,
                  const std::vector<LegendEntry>& legend) {
    const RasterBox all = raster.all();
    PlotFrame frame;
    double top = kEdge;
    if (!plot.title.empty()) top += 22;
    if (!plot.note.empty()) top += 18;

    PlotAxis x_axis = plot.x;
    for (std::size_t i = 0; i < plot.places.size(); ++i) x_axis.ticks.emplace_back(i, plot.places[i]);
    frame.y_ticks =
        ticks_of(plot.y, scales.y_low, scales.y_high, std::max(2, static_cast<int>((all.height() - top - 60) / 45)));
    const double left = kEdge + (plot.y.label.empty() ? 0 : 20) + widest(frame.y_ticks) + kTickGap;
    const double right = all.right - kEdge - (plot.heat_map ? 90 : 0);

    // The legend above the area, in as many rows as it needs.
    double x = left, rows = legend.empty() ? 0 : 1;
    for (const LegendEntry& entry : legend) {
        const double width = kSwatch + 6 + Raster::text_width(entry.name, kLegendSize) + 20;
        if (x > left && x + width > right + 20) {
            x = left;
            ++rows;
        }
        frame.legend.push_back({{x, top + (rows - 0.5) * kLegendRow}, entry});
        x += width;
    }
    top += rows * kLegendRow + 8;

    frame.x_ticks = ticks_of(x_axis, scales.x_low, scales.x_high, std::max(2, static_cast<int>((right - left) / 70)));
    const double room = (right - left) / std::max<double>(1, static_cast<double>(plot.places.size()) + 0.2);
    frame.x_upwards = !plot.places.empty() && widest(frame.x_ticks) + 6 > room;
    const double ticks_high = frame.x_upwards ? widest(frame.x_ticks) : kTickSize;
    const double bottom = all.bottom - kEdge - (plot.x.label.empty() ? 0 : 22) - ticks_high - kTickGap;
    frame.area = {std::round(left), std::round(top), std::round(right), std::round(bottom)};
    if (plot.square) {
        const double unit = std::min(frame.area.width() / (scales.x_high - scales.x_low),
                                     frame.area.height() / (scales.y_high - scales.y_low));
        const double spare = frame.area.width() - unit * (scales.x_high - scales.x_low);
        frame.area.left = std::round(frame.area.left + spare / 2);
        frame.area.right = std::round(frame.area.right - spare / 2);
        frame.area.bottom = std::round(frame.area.top + unit * (scales.y_high - scales.y_low));
    }
    if (plot.heat_map)
        frame.colour_bar = {frame.area.right + 16, frame.area.top, frame.area.right + 32, frame.area.bottom};
    return frame;
}

void draw_grid(Raster& raster, const PlotFrame& frame, const PlotScales& s) {
    for (const PlotTick& tick : frame.x_ticks) {
        const double x = std::round(s.px(tick.at));
        raster.fill({x, s.area.top, x + 1, s.area.bottom}, kLine);
    }
    for (const PlotTick& tick : frame.y_ticks) {
        const double y = std::round(s.py(tick.at));
        raster.fill({s.area.left, y, s.area.right, y + 1}, kLine);
    }
}

void draw_words(Raster& raster, const Plot& plot, const PlotFrame& frame, const PlotScales& s) {
    const RasterBox& area = frame.area;
    double y = kEdge + 8;
    if (!plot.title.empty()) {
        raster.text(kEdge, y, plot.title, {.size = kTitleSize, .colour = kText, .face = TextFace::bold});
        y += 21;
    }
    if (!plot.note.empty()) raster.text(kEdge, y, plot.note, {.size = kNoteSize, .colour = kQuiet});
    for (const auto& [at, entry] : frame.legend) {
        const auto [x, middle] = at;
        const double half = entry.area ? 5 : 1;
        raster.fill({x, middle - half, x + kSwatch, middle + half}, entry.colour, entry.area ? 0.8 : 1);
        raster.text(x + kSwatch + 6, middle, entry.name, {.size = kLegendSize, .colour = kText});
    }
    for (const PlotTick& tick : frame.x_ticks)
        if (frame.x_upwards)
            raster.text(s.px(tick.at), area.bottom + kTickGap, tick.text,
                        {.size = kTickSize, .colour = kQuiet, .anchor = TextAnchor::right, .upwards = true});
        else
            raster.text(s.px(tick.at), area.bottom + kTickGap + kTickSize / 2, tick.text,
                        {.size = kTickSize, .colour = kQuiet, .anchor = TextAnchor::centre});
    for (const PlotTick& tick : frame.y_ticks)
        raster.text(area.left - kTickGap, s.py(tick.at), tick.text,
                    {.size = kTickSize, .colour = kQuiet, .anchor = TextAnchor::right});
    const double below = area.bottom + kTickGap + (frame.x_upwards ? widest(frame.x_ticks) : kTickSize) + 14;
    raster.text((area.left + area.right) / 2, below, plot.x.label,
                {.size = kLabelSize, .colour = kText, .anchor = TextAnchor::centre});
    raster.text(area.left - kTickGap - widest(frame.y_ticks) - 14, (area.top + area.bottom) / 2, plot.y.label,
                {.size = kLabelSize, .colour = kText, .anchor = TextAnchor::centre, .upwards = true});
    if (!plot.heat_map) return;
    const PlotHeatMap& map = *plot.heat_map;
    const RasterBox& bar = frame.colour_bar;
    for (int row = static_cast<int>(bar.top); row < static_cast<int>(bar.bottom); ++row) {
        const double v = map.low + (bar.bottom - row - 0.5) / bar.height() * (map.high - map.low);
        raster.fill({bar.left, static_cast<double>(row), bar.right, row + 1.0},
                    colour_of(map.map, v, map.low, map.high));
    }
    const auto ticks = ticks_of({}, map.low, map.high, std::max(2, static_cast<int>(bar.height() / 45)));
    for (const PlotTick& tick : ticks)
        raster.text(bar.right + kTickGap, bar.bottom - (tick.at - map.low) / (map.high - map.low) * bar.height(),
                    tick.text, {.size = kTickSize, .colour = kQuiet});
    raster.text(bar.right + kTickGap + widest(ticks) + 14, (bar.top + bar.bottom) / 2, map.label,
                {.size = kLabelSize, .colour = kText, .anchor = TextAnchor::centre, .upwards = true});
}

}  // namespace afs
