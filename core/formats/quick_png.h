// PNG for pictures that come by the hundred: the frames of films.
#pragma once

#include "core/formats/picture.h"

namespace afs {

// encode_png() in a quarter of its time; files are half as large again.
[[nodiscard]] std::vector<std::byte> encode_png_quickly(const Image& image);

}  // namespace afs
