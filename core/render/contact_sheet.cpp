#include "core/render/contact_sheet.h"

#include <algorithm>

namespace afs {

Image contact_sheet(const std::vector<Image>& pictures, int columns, int gap_px) {
    AFS_CHECK(!pictures.empty() && columns >= 1 && gap_px >= 0);
    const Image& first = pictures.front();
    const int count = static_cast<int>(pictures.size());
    columns = std::min(columns, count);
    const int rows = (count + columns - 1) / columns;
    Image sheet{
        columns * first.width + (columns - 1) * gap_px, rows * first.height + (rows - 1) * gap_px, first.channels, {}};
    const auto pixel = static_cast<std::size_t>(first.channels);
    sheet.pixels.assign(static_cast<std::size_t>(sheet.width) * static_cast<std::size_t>(sheet.height) * pixel, 0);
    for (int k = 0; k < count; ++k) {
        const Image& picture = pictures[static_cast<std::size_t>(k)];
        AFS_CHECK(picture.width == first.width && picture.height == first.height && picture.channels == first.channels);
        const int left = k % columns * (first.width + gap_px), top = k / columns * (first.height + gap_px);
        const std::size_t row_bytes = static_cast<std::size_t>(first.width) * pixel;
        for (int row = 0; row < first.height; ++row)
            std::copy_n(picture.pixels.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(row) * row_bytes),
                        row_bytes,
                        sheet.pixels.begin() + static_cast<std::ptrdiff_t>((static_cast<std::size_t>(top + row) *
                                                                                static_cast<std::size_t>(sheet.width) +
                                                                            static_cast<std::size_t>(left)) *
                                                                           pixel));
    }
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
