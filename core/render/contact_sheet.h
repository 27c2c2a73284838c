// Several pictures as one. Torch-free.
#pragma once

#include <vector>

#include "core/render/frame.h"

namespace afs {

// Left to right, top to bottom, `columns` in a row, `gap_px` between them; all pictures of the first one's size and
// channels.
[[nodiscard]] Image contact_sheet(const std::vector<Image>& pictures, int columns, int gap_px = 0);

// RGBA as RGB (alpha is dropped): what PNG and JPEG files of pictures hold.
[[nodiscard]] Image without_alpha(const Image& image);

}  // namespace afs
