#include "core/render/contact_sheet.h"

#include <algorithm>
#include <cmath>

namespace afs {
namespace {

int divided_up(int value, int by) { return (value + by - 1) / by; }

}  // namespace

PictureGrid plan_grid(int count, int columns, int width, int height, int gap_px) {
    AFS_CHECK(count >= 1 && columns >= 0 && width >= 1 && height >= 1 && gap_px >= 0);
    if (columns == 0) columns = static_cast<int>(std::ceil(std::sqrt(count)));
    columns = std::min(columns, count);
    PictureGrid grid{count, columns, divided_up(count, columns), width, height, gap_px, 1};
    while (std::max(grid.columns * grid.cell_width, grid.rows * grid.cell_height) > kLargestGrid &&
           std::max(grid.cell_width, grid.cell_height) > 1) {
        ++grid.reduction;
        grid.cell_width = divided_up(width, grid.reduction);
        grid.cell_height = divided_up(height, grid.reduction);
    }
    return grid;
}

Image empty_grid(const PictureGrid& grid, int channels) {
    Image image{grid.columns * grid.cell_width + (grid.columns - 1) * grid.gap_px,
                grid.rows * grid.cell_height + (grid.rows - 1) * grid.gap_px,
                channels,
                {}};
    image.pixels.assign(static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) *
                            static_cast<std::size_t>(channels),
                        0);
    if (channels == 4)
        for (std::size_t i = 3; i < image.pixels.size(); i += 4) image.pixels[i] = 255;
    return image;
}

void place_in_grid(Image& image, const PictureGrid& grid, int cell, const Image& picture) {
    AFS_CHECK(picture.width == grid.cell_width && picture.height == grid.cell_height &&
              picture.channels == image.channels && cell >= 0 && cell < grid.count);
    const auto pixel = static_cast<std::size_t>(image.channels);
    const auto left = static_cast<std::size_t>(cell % grid.columns * (grid.cell_width + grid.gap_px));
    const auto top = static_cast<std::size_t>(cell / grid.columns * (grid.cell_height + grid.gap_px));
    const std::size_t row_bytes = static_cast<std::size_t>(picture.width) * pixel;
    for (std::size_t row = 0; row < static_cast<std::size_t>(picture.height); ++row)
        std::copy_n(picture.pixels.begin() + static_cast<std::ptrdiff_t>(row * row_bytes), row_bytes,
                    image.pixels.begin() + static_cast<std::ptrdiff_t>(
                                               ((top + row) * static_cast<std::size_t>(image.width) + left) * pixel));
}

Image contact_sheet(const std::vector<Image>& pictures, int columns, int gap_px) {
    AFS_CHECK(!pictures.empty() && columns >= 1);
    const Image& first = pictures.front();
    const int count = static_cast<int>(pictures.size());
    columns = std::min(columns, count);
    const PictureGrid grid{count, columns, divided_up(count, columns), first.width, first.height, gap_px, 1};
    Image sheet = empty_grid(grid, first.channels);
    for (int cell = 0; cell < count; ++cell) place_in_grid(sheet, grid, cell, pictures[static_cast<std::size_t>(cell)]);
    return sheet;
}

Image without_alpha(const Image& image) {
    if (image.channels != 4) return image;
    Image rgb{image.width, image.height, 3, {}};
    rgb.pixels.reserve(image.pixels.size() / 4 * 3);
    for (std::size_t i = 0; i < image.pixels.size(); i += 4)
        rgb.pixels.insert(rgb.pixels.end(), {image.pixels[i], image.pixels[i + 1], image.pixels[i + 2]});
    return rgb;
}

}  // namespace afs
