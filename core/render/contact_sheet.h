// Several pictures as one. Torch-free.
#pragma once

#include <vector>

#include "core/render/frame.h"

namespace afs {

inline constexpr int kLargestGrid = 4096;  // pixels, the longer side of a grid without its gaps

// A grid for `count` pictures of width x height, `columns` in a row (0: about as many as rows). Pictures are reduced by
// the least whole factor that keeps the grid within kLargestGrid.
[[nodiscard]] PictureGrid plan_grid(int count, int columns, int width, int height, int gap_px);

// The image of a grid without its pictures: black.
[[nodiscard]] Image empty_grid(const PictureGrid& grid, int channels);

// Copies a picture of the cell's size into its place.
void place_in_grid(Image& image, const PictureGrid& grid, int cell, const Image& picture);

// Left to right, top to bottom, `columns` in a row, `gap_px` between them; all pictures of the first one's size and
// channels, none reduced.
[[nodiscard]] Image contact_sheet(const std::vector<Image>& pictures, int columns, int gap_px = 0);

// RGBA as RGB (alpha is dropped): what PNG and JPEG files of pictures hold.
[[nodiscard]] Image without_alpha(const Image& image);

}  // namespace afs
