#include "app/gui/picture_file.h"

#include "core/base/error.h"

namespace afs::gui {

std::vector<std::byte> encode_opaque_png(const Image& image) {
    if (image.channels != 4) return encode_png(image);
    const std::size_t pixels = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
    AFS_CHECK(image.pixels.size() == pixels * 4);
    Image opaque{.width = image.width, .height = image.height, .channels = 3, .pixels = {}};
    opaque.pixels.reserve(pixels * 3);
    for (std::size_t i = 0; i < pixels; ++i)
        opaque.pixels.insert(opaque.pixels.end(),
                             {image.pixels[4 * i], image.pixels[4 * i + 1], image.pixels[4 * i + 2]});
    return encode_png(opaque);
}

void save_png(const std::filesystem::path& path, const Image& image, Overwrite overwrite) {
    write_file(path, encode_opaque_png(image), overwrite);
}

}  // namespace afs::gui
