// Pictures as the encoders take them. No FFmpeg; any thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/formats/picture.h"

namespace afs {

struct Plane {
    std::uint8_t* first = nullptr;
    std::ptrdiff_t stride = 0;  // bytes from one row to the next
};

// BT.709, studio range (Y 16..235), two by two pixels to a colour whose place is the left pixels' (as H.264 and VP9
// assume): a quarter, half, a quarter of three neighbours in a row, and the mean of both rows. Rounded to nearest, in
// whole numbers: the same bits on every machine. image: 3 or 4 channels, even sides.
void to_yuv420(const Image& image, Plane y, Plane u, Plane v);

// Blue, green, red and a zero, pixel by pixel. image: 3 or 4 channels.
void to_bgr0(const Image& image, Plane bgr0);

}  // namespace afs
