// What the canvas tells about the place under the cursor, in words. Pure.
#pragma once

#include <string>

#include "core/render/frame.h"

namespace afs::gui {

// `x`, `y`: a pixel of the shown image. A picture: its red, green and blue; a layer: the values of the shown channels;
// a mosaic: the channel; a contact sheet: the seed.
[[nodiscard]] std::string readout(const FrameResult& shown, int x, int y);

// The values of one pixel, one line a channel, short enough to stand inside a large pixel.
[[nodiscard]] std::vector<std::string> pixel_values(const FrameResult& shown, int x, int y);

// Which of the four pictures of the Equivariance mode a cell is.
[[nodiscard]] const char* equivariance_cell(int cell);
// "62.3 dB": of the frame that is compared.
[[nodiscard]] std::string equivariance_text(const FrameEquivariance& figures);

// The seed of a cell of the sheet that is shown.
[[nodiscard]] std::uint32_t sheet_seed(const Scene& scene, int cell);

}  // namespace afs::gui
