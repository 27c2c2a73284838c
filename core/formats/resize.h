// Pictures of another size: Lanczos-3, widened where the picture shrinks so that nothing folds back. Any thread.
#pragma once

#include "core/formats/picture.h"

namespace afs {

// Any channels, each by itself; the edge's pixels go on beyond it. The same size returns the picture. Throws
// Error{argument} for an empty picture or size.
[[nodiscard]] Image resize_picture(const Image& image, int width, int height);

// The picture as large as it fits into width x height, its shape kept, in the middle of black. Where it is that size
// but for less than two pixels, it is not resized.
[[nodiscard]] Image fit_picture(const Image& image, int width, int height);

}  // namespace afs
