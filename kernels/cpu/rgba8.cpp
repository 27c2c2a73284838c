#include "kernels/rgba8.h"

#include "kernels/rgba8_pixel.h"

namespace afs::kernels {

void rgba8_cpu(const Rgba8Params& p) {
    for (int row = 0; row < p.height; ++row)
        for (int column = 0; column < p.width; ++column) rgba8_pixel(p, row, column);
}

}  // namespace afs::kernels
