#include "app/gui/panels/canvas_drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/gui/readout.h"
#include "app/gui/scene_words.h"
#include "app/gui/widgets/controls.h"

namespace afs::gui {
namespace {

constexpr double kBusySeconds = 0.2;    // until the progress line shows
constexpr double kPixelWithValue = 64;  // at 100 %: large enough for three short numbers

// The part of the canvas outside the picture: only it is painted, since drawing with the CPU counts every pixel.
void draw_surround(ImDrawList* draw, const ImRect& box, const ImRect& picture) {
    ImRect inside = picture;
    inside.ClipWithFull(box);
    const ImRect strips[] = {{box.Min, {box.Max.x, inside.Min.y}},
                             {{box.Min.x, inside.Max.y}, box.Max},
                             {{box.Min.x, inside.Min.y}, {inside.Min.x, inside.Max.y}},
                             {{inside.Max.x, inside.Min.y}, {box.Max.x, inside.Max.y}}};
    for (const ImRect& strip : strips)
        if (strip.GetWidth() > 0 && strip.GetHeight() > 0)
            draw->AddRectFilled(strip.Min, strip.Max, colour::kBackground);
}

// The range of pixels that the box shows, [first, last).
struct PixelRange {
    int first_x, last_x, first_y, last_y;
};
PixelRange visible_pixels(const CanvasView& view, const ImRect& box, int width, int height) {
    const CanvasArea at = view.picture_on_screen();
    const double zoom = view.zoom();
    return {std::max(0, static_cast<int>((box.Min.x - at.min.x) / zoom)),
            std::min(width, static_cast<int>((box.Max.x - at.min.x) / zoom) + 1),
            std::max(0, static_cast<int>((box.Min.y - at.min.y) / zoom)),
            std::min(height, static_cast<int>((box.Max.y - at.min.y) / zoom) + 1)};
}

void draw_values(ImDrawList* draw, const CanvasView& view, const PixelRange& range, const FrameResult& shown) {
    (void)shown.image.host();  // many pixels: one copy
    const CanvasArea at = view.picture_on_screen();
    const FontScope mono(ui().fonts.mono, 13.0f);
    const float line = ImGui::GetTextLineHeight();
    for (int y = range.first_y; y < range.last_y; ++y)
        for (int x = range.first_x; x < range.last_x; ++x) {
            const std::vector<std::string> lines = pixel_values(shown, x, y);
            const std::array<std::uint8_t, 4> pixel = shown.image.pixel(x, y);
            const int brightness = shown.image.channels() >= 3 ? (pixel[0] * 3 + pixel[1] * 6 + pixel[2]) / 10
                                                               : static_cast<int>(pixel[0]);
            const ImU32 text = brightness > 130 ? IM_COL32(0, 0, 0, 0xC0) : IM_COL32(0xFF, 0xFF, 0xFF, 0xC0);
            float top =
                static_cast<float>(at.min.y + (y + 0.5) * view.zoom()) - line * static_cast<float>(lines.size()) / 2;
            for (const std::string& value : lines) {
                const float width = ImGui::CalcTextSize(value.c_str()).x;
                draw->AddText({static_cast<float>(at.min.x + (x + 0.5) * view.zoom()) - width / 2, top}, text,
                              value.c_str());
                top += line;
            }
        }
}

}  // namespace

void draw_checkerboard(ImDrawList* draw, const ImRect& box, const ImRect& picture) {
    draw_surround(draw, box, picture);
    const float side = px(16);
    const int columns = static_cast<int>(box.GetWidth() / side) + 1,
              rows = static_cast<int>(box.GetHeight() / side) + 1;
    for (int j = 0; j < rows; ++j)
        for (int i = j % 2; i < columns; i += 2) {
            ImRect square(box.Min.x + static_cast<float>(i) * side, box.Min.y + static_cast<float>(j) * side, 0, 0);
            square.Max = {std::min(square.Min.x + side, box.Max.x), std::min(square.Min.y + side, box.Max.y)};
            if (!picture.Contains(square))
                draw->AddRectFilled(square.Min, square.Max, IM_COL32(0x18, 0x1A, 0x1F, 0xFF));
        }
}

void draw_picture(ImDrawList* draw, const CanvasView& view, const CanvasArea& at, const FrameInfo& info) {
    const ImGuiPlatformIO& platform = ImGui::GetPlatformIO();  // without a renderer it has no callbacks
    const bool sharp = !info.smooth_pixels || view.zoom() > kSharpZoom, small = view.zoom() < kMinifiedZoom;
    if (info.opaque_drawing) draw->AddCallback(info.opaque_drawing, nullptr);
    if (small && info.minified_sampling)
        draw->AddCallback(info.minified_sampling, info.minified_sampling_data);
    else if (sharp && platform.DrawCallback_SetSamplerNearest)
        draw->AddCallback(platform.DrawCallback_SetSamplerNearest, nullptr);
    draw->AddImage(ImTextureRef(info.picture_texture), to_imgui(at.min), to_imgui(at.max));
    if (platform.DrawCallback_ResetRenderState) draw->AddCallback(platform.DrawCallback_ResetRenderState, nullptr);
}

void draw_plate(ImDrawList* draw, ImVec2 at, const std::string& text, ImU32 text_colour) {
    const ImVec2 size = ImGui::CalcTextSize(text.c_str());
    const ImVec2 end(at.x + size.x + px(16), at.y + size.y + px(8));
    draw->AddRectFilled(at, end, IM_COL32(0x14, 0x16, 0x1A, 0xD0), px(4));
    draw->AddRect(at, end, colour::kLine, px(4));  // beside the picture nothing else tells it from the ground
    draw->AddText({at.x + px(8), at.y + px(4)}, text_colour, text.c_str());
}

void draw_progress_line(ImDrawList* draw, const ImRect& edge, const FrameInfo& info) {
    if (!info.activity || (info.activity->seconds < kBusySeconds && !info.activity->loading)) return;
    const float left = edge.Min.x, width = edge.GetWidth(), top = edge.Min.y;
    const double fraction = info.activity->fraction;
    float from = 0.0f, to = static_cast<float>(fraction);
    if (fraction < 0) {
        const double phase = std::fmod(info.now_s * 0.5, 1.0) * 1.3 - 0.3;
        from = static_cast<float>(std::clamp(phase, 0.0, 1.0));
        to = static_cast<float>(std::clamp(phase + 0.3, 0.0, 1.0));
    }
    draw->AddRectFilled({left, top}, {left + width, top + px(2)}, IM_COL32(0, 0, 0, 0x60));
    draw->AddRectFilled({left + width * from, top}, {left + width * to, top + px(2)}, colour::kQuiet);
}

void draw_empty_state(ImDrawList* draw, const ImRect& box, const FrameInfo& info) {
    const std::string text = !info.opening.empty()
                                 ? "Opening " + file_name(info.opening) + "\u2026"
                                 : std::string("No model yet: drop a .pkl, .pt or .safetensors here, or press Ctrl+O.");
    const ImVec2 size = ImGui::CalcTextSize(text.c_str(), nullptr, false, box.GetWidth() * 0.8f);
    const ImVec2 centre = box.GetCenter();
    draw->AddText(ui().fonts.regular, ImGui::GetFontSize(), {centre.x - size.x / 2, centre.y - size.y / 2},
                  colour::kQuiet, text.c_str(), nullptr, box.GetWidth() * 0.8f);
}

void draw_pixel_grid(ImDrawList* draw, const CanvasView& view, const ImRect& box, const FrameResult& shown) {
    const CanvasArea at = view.picture_on_screen();
    const double zoom = view.zoom();
    const PixelRange range = visible_pixels(view, box, shown.image.width(), shown.image.height());
    const ImU32 line = IM_COL32(0, 0, 0, 0x50);
    for (int x = range.first_x; x <= range.last_x; ++x) {
        const float left = static_cast<float>(at.min.x + x * zoom);
        draw->AddRectFilled({left, static_cast<float>(at.min.y + range.first_y * zoom)},
                            {left + 1, static_cast<float>(at.min.y + range.last_y * zoom)}, line);
    }
    for (int y = range.first_y; y <= range.last_y; ++y) {
        const float top = static_cast<float>(at.min.y + y * zoom);
        draw->AddRectFilled({static_cast<float>(at.min.x + range.first_x * zoom), top},
                            {static_cast<float>(at.min.x + range.last_x * zoom), top + 1}, line);
    }
    if (zoom >= px(kPixelWithValue)) draw_values(draw, view, range, shown);
}

CanvasArea cell_on_screen(const CanvasView& view, const PictureGrid& grid, int cell) {
    const CanvasArea at = view.picture_on_screen();
    const double zoom = view.zoom();
    const Point min = {at.min.x + cell % grid.columns * (grid.cell_width + grid.gap_px) * zoom,
                       at.min.y + cell / grid.columns * (grid.cell_height + grid.gap_px) * zoom};
    return {min, {min.x + grid.cell_width * zoom, min.y + grid.cell_height * zoom}};
}

}  // namespace afs::gui
