// The resize of imported data sets: Lanczos-3 in fixed point, the same pixels for everybody (SPEC 15). What the screen
// shows goes through formats/resize.h, which keeps fractions between its two passes. Any thread.
#pragma once

#include "core/formats/picture.h"

namespace afs {

// Any channels. Rows first, rounded to 8 bits, then columns; a direction whose size stays is skipped. Throws
// Error{argument} for an empty picture or size.
[[nodiscard]] Image resize_fixed_point(const Image& image, int width, int height);

}  // namespace afs
