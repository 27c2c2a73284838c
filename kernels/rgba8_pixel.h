// One pixel of rgba8, the same code on the host and on the device.
#pragma once

#include <cstdint>

#include "kernels/host_device.h"
#include "kernels/rgba8.h"

namespace afs::kernels {

AFS_HOST_DEVICE inline std::uint8_t to_u8(float x) {
    const float value = x * 127.5f + 128.0f;
    if (!(value > 0.0f)) return 0;  // also NaN
    return value >= 255.0f ? std::uint8_t{255} : static_cast<std::uint8_t>(value);
}

AFS_HOST_DEVICE inline void rgba8_pixel(const Rgba8Params& p, int row, int column) {
    std::uint8_t* const out = p.rgba + (static_cast<std::ptrdiff_t>(row) * p.width + column) * 4;
    const float* const x = p.x + row * p.row_stride + column * p.column_stride;
    const bool gray = p.channels == 1;
    for (int k = 0; k < 3; ++k) {
        // A table that is indexed by a variable would be copied to a GPU's local memory.
        const float scale = gray ? p.channel_scale[0] : p.channel_scale[k];
        out[k] = to_u8(x[gray ? 0 : k * p.channel_stride] * scale * p.scale);
    }
    out[3] = 255;
}

}  // namespace afs::kernels
