#include "app/gui/readout.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/gui/widgets/number_text.h"

namespace afs::gui {
namespace {

// Four figures that matter, whatever the size of the value.
std::string value_text(double value) {
    const double size = std::fabs(value);
    return number_text(value, size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3);
}

bool has_values(const FrameResult& shown) {
    return shown.values && shown.image && shown.values->width == shown.image.width() &&
           shown.values->height == shown.image.height();
}

float value_at(const ShownValues& v, int channel, int x, int y) {
    const auto plane = static_cast<std::size_t>(v.width) * static_cast<std::size_t>(v.height);
    return v.values[static_cast<std::size_t>(channel) * plane +
                    static_cast<std::size_t>(y) * static_cast<std::size_t>(v.width) + static_cast<std::size_t>(x)];
}

// Of a map, or of the one of two under the cursor.
std::string spectrum_readout(const FrameResult& shown, int x, int y) {
    const SpectrumFigures* figures = shown.spectrum.get();
    std::string which;
    int side_x = shown.image.width();
    const int side_y = shown.image.height();
    if (shown.compared) {
        side_x = side_y;
        which = "A  ";
        if (x >= shown.image.width() - side_x) {
            figures = shown.compared.get();
            x -= shown.image.width() - side_x;
            which = "B  ";
        } else if (x >= side_x) {
            return {};
        }
    }
    if (figures->db.empty()) return {};
    const int column = x * figures->width / side_x, row = y * figures->height / side_y;
    const auto frequency = [&](int i, int count) { return (i - count / 2) * 2.0 * figures->nyquist / count; };
    return fmt::format("{}fx {:>7.2f} fy {:>7.2f}  {:>6.1f} dB", which, frequency(column, figures->width),
                       frequency(row, figures->height),
                       figures->db[static_cast<std::size_t>(row) * static_cast<std::size_t>(figures->width) +
                                   static_cast<std::size_t>(column)]);
}

}  // namespace

std::uint32_t sheet_seed(const Scene& scene, int cell) {
    return scene.sheet.first_seed + static_cast<std::uint32_t>(cell);
}

const char* equivariance_cell(int cell) {
    constexpr const char* kNames[] = {"output", "reference", "difference", "magnitude"};  // as kEquivarianceGrid
    return kNames[std::clamp(cell, 0, 3)];
}

std::string equivariance_text(const FrameEquivariance& figures) {
    if (!figures.db) return "nothing to compare";
    if (std::isinf(*figures.db)) return "no difference";
    return fmt::format("{} dB", number_text(*figures.db, 1));
}

std::vector<std::string> pixel_values(const FrameResult& shown, int x, int y) {
    std::vector<std::string> lines;
    if (has_values(shown)) {
        for (int c = 0; c < shown.values->channels; ++c) lines.push_back(value_text(value_at(*shown.values, c, x, y)));
        return lines;
    }
    const std::array<std::uint8_t, 4> pixel = shown.image.pixel(x, y);
    const bool gray = shown.grid && shown.scene.canvas != CanvasMode::equivariance;  // a mosaic
    const int channels = gray || shown.image.channels() < 3 ? 1 : 3;
    for (int c = 0; c < channels; ++c) lines.push_back(std::to_string(pixel[c]));
    return lines;
}

std::string readout(const FrameResult& shown, int x, int y) {
    if (shown.grid) {
        const PictureGrid& grid = *shown.grid;
        const auto cell = grid.cell_at(x, y);
        if (!cell) return {};
        const int inside_x = x % (grid.cell_width + grid.gap_px) * grid.reduction,
                  inside_y = y % (grid.cell_height + grid.gap_px) * grid.reduction;
        const std::string what = shown.scene.canvas == CanvasMode::sheet
                                     ? fmt::format("seed {}", sheet_seed(shown.scene, *cell))
                                 : shown.scene.canvas == CanvasMode::equivariance ? equivariance_cell(*cell)
                                                                                  : fmt::format("channel {}", *cell);
        return fmt::format("{}   x {:>4} y {:>4}", what, inside_x, inside_y);
    }
    if (shown.spectrum) return spectrum_readout(shown, x, y);
    if (shown.waterfall) return {};
    std::string text = fmt::format("x {:>4} y {:>4}  ", x, y);
    if (has_values(shown)) {
        const ShownValues& v = *shown.values;
        for (int c = 0; c < v.channels; ++c)
            text += fmt::format(" [{}] {:>7}", v.base_channel + c, value_text(value_at(v, c, x, y)));
        return text;
    }
    const std::array<std::uint8_t, 4> pixel = shown.image.pixel(x, y);
    return text + (shown.image.channels() >= 3 ? fmt::format(" {:>3} {:>3} {:>3}", pixel[0], pixel[1], pixel[2])
                                               : fmt::format(" {:>3}", pixel[0]));
}

}  // namespace afs::gui
