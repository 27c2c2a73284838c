// What the canvas paints: the picture, what is round it and what stands on it. Changes nothing. UI thread only.
#pragma once

#include <imgui.h>
#include <imgui_internal.h>

#include <string>

#include "app/gui/canvas_view.h"
#include "app/gui/frame_info.h"

namespace afs::gui {

[[nodiscard]] inline ImVec2 to_imgui(Point p) { return {static_cast<float>(p.x), static_cast<float>(p.y)}; }
[[nodiscard]] inline Point to_point(ImVec2 v) { return {v.x, v.y}; }

// Quiet squares in the part of `box` that the picture leaves.
void draw_checkerboard(ImDrawList* draw, const ImRect& box, const ImRect& picture);

void draw_picture(ImDrawList* draw, const CanvasView& view, const CanvasArea& at, const FrameInfo& info);

// Lines between pixels, and their values where the pixels are large enough to hold them.
void draw_pixel_grid(ImDrawList* draw, const CanvasView& view, const ImRect& box, const FrameResult& shown);

// Where a cell of a sheet or a mosaic lies on the screen.
[[nodiscard]] CanvasArea cell_on_screen(const CanvasView& view, const PictureGrid& grid, int cell);

// Text on a dark plate, so that it reads over any picture.
void draw_plate(ImDrawList* draw, ImVec2 at, const std::string& text, ImU32 text_colour);

// Runs along the picture's top edge while the generator is slow; where the end is unknown a piece of it wanders.
void draw_progress_line(ImDrawList* draw, const ImRect& edge, const FrameInfo& info);

void draw_empty_state(ImDrawList* draw, const ImRect& box, const FrameInfo& info);

}  // namespace afs::gui
