// PNG and JPEG: 8-bit pictures to bytes and back. Any thread; nothing is written to disk here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/file.h"

namespace afs {

// Pixels as screens and files take them.
struct Image {
    int width = 0, height = 0, channels = 4;  // 4: RGBA, 3: RGB, 1: gray
    std::vector<std::uint8_t> pixels;         // [height, width, channels]
    bool operator==(const Image&) const = default;
};

// Throws Error{argument} for an empty picture.
[[nodiscard]] std::vector<std::byte> encode_png(const Image& image);

// The same picture without compression: read many times faster, as data sets are.
[[nodiscard]] std::vector<std::byte> encode_stored_png(const Image& image);

// quality: 1..100; chroma at full resolution, so that fine texture keeps its colours. Alpha is dropped.
[[nodiscard]] std::vector<std::byte> encode_jpeg(const Image& image, int quality = 95);

// What decoding does about a picture that is cut short or has damaged parts, yet shows something.
enum class Damage { tolerate, refuse };

// The format is found from the bytes. Palettes become RGB, 16 bits become 8, gray with alpha becomes RGBA. Pictures
// beyond `max_pixels` are refused before anything is allocated. Throws Error{format}; `tried` heads its message.
[[nodiscard]] Image decode_picture(Bytes bytes, const std::string& tried,
                                   std::int64_t max_pixels = std::int64_t{1} << 28, Damage damage = Damage::tolerate);

// What a file holds before anything is converted.
struct PictureInfo {
    int width = 0, height = 0;
    int bits = 8;  // a value
    bool gray = false, palette = false, alpha = false, cmyk = false;
};

// From the head of the file alone. Throws Error{format}; `tried` heads its message.
[[nodiscard]] PictureInfo read_picture_info(Bytes bytes, const std::string& tried);

}  // namespace afs
