#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "app/gui/panels/panels.h"
#include "app/gui/scene_words.h"
#include "app/gui/transform_edit.h"
#include "app/gui/widgets/controls.h"

namespace afs::gui {
namespace {

constexpr float kDragThreshold = 3;   // pixels; a double-click may tremble
constexpr double kBusySeconds = 0.2;  // until the progress line shows

ImVec2 to_imgui(Point p) { return {static_cast<float>(p.x), static_cast<float>(p.y)}; }
Point to_point(ImVec2 v) { return {v.x, v.y}; }

void draw_tabs(Scene& scene, const FrameInfo& info) {
    const bool picture = scene.canvas == CanvasMode::picture;
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(px(2), ImGui::GetStyle().ItemSpacing.y));
    if (button("Picture", {.tooltip = "What the generator paints.", .key = "Alt+1", .lit = picture}))
        scene.canvas = CanvasMode::picture;
    ImGui::SameLine();
    const DisabledBecause no_model(info.network ? "" : "Open a model first.");
    if (button("Layer", {.tooltip = "The output of one module of the network; the Layers panel chooses which.",
                         .key = "Alt+2",
                         .lit = !picture}))
        scene.canvas = CanvasMode::layer;
    ImGui::PopStyleVar();
    if (!picture) {
        ImGui::SameLine(0, px(12));
        ImGui::AlignTextToFramePadding();
        const LayerView& view = scene.layer_view;
        mono_text(view.channels == 1 ? fmt::format("{} \u00b7 channel {}", view.layer, view.base_channel)
                                     : fmt::format("{} \u00b7 channels {} to {}", view.layer, view.base_channel,
                                                   view.base_channel + view.channels - 1),
                  colour::kQuiet);
    }
}

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

// Quiet squares where there is no picture.
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

void draw_pixel_grid(ImDrawList* draw, const CanvasView& view, const ImRect& box, int width, int height) {
    const CanvasArea on_screen = view.picture_on_screen();
    const double zoom = view.zoom();
    const int first_x = std::max(0, static_cast<int>((box.Min.x - on_screen.min.x) / zoom)),
              last_x = std::min(width, static_cast<int>((box.Max.x - on_screen.min.x) / zoom) + 1);
    const int first_y = std::max(0, static_cast<int>((box.Min.y - on_screen.min.y) / zoom)),
              last_y = std::min(height, static_cast<int>((box.Max.y - on_screen.min.y) / zoom) + 1);
    const ImU32 line = IM_COL32(0, 0, 0, 0x50);
    for (int x = first_x; x <= last_x; ++x) {
        const float at = static_cast<float>(on_screen.min.x + x * zoom);
        draw->AddRectFilled({at, static_cast<float>(on_screen.min.y + first_y * zoom)},
                            {at + 1, static_cast<float>(on_screen.min.y + last_y * zoom)}, line);
    }
    for (int y = first_y; y <= last_y; ++y) {
        const float at = static_cast<float>(on_screen.min.y + y * zoom);
        draw->AddRectFilled({static_cast<float>(on_screen.min.x + first_x * zoom), at},
                            {static_cast<float>(on_screen.min.x + last_x * zoom), at + 1}, line);
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

// Text on a dark plate, so that it reads over any picture.
void draw_plate(ImDrawList* draw, ImVec2 at, const std::string& text, ImU32 text_colour = colour::kText) {
    const ImVec2 size = ImGui::CalcTextSize(text.c_str());
    draw->AddRectFilled({at.x, at.y}, {at.x + size.x + px(16), at.y + size.y + px(8)}, IM_COL32(0x14, 0x16, 0x1A, 0xD0),
                        px(4));
    draw->AddText({at.x + px(8), at.y + px(4)}, text_colour, text.c_str());
}

void draw_overlay(ImDrawList* draw, const ImRect& box, const CanvasView& view, const Image& image, bool hovered) {
    std::string text = fmt::format("{:.0f} %", view.zoom() * 100);
    const Point p = view.to_picture(to_point(ImGui::GetIO().MousePos));
    if (hovered && p.x >= 0 && p.x < 1 && p.y >= 0 && p.y < 1) {
        const int x = static_cast<int>(p.x * image.width), y = static_cast<int>(p.y * image.height);
        const auto* pixel = &image.pixels[(static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) +
                                           static_cast<std::size_t>(x)) *
                                          static_cast<std::size_t>(image.channels)];
        text += fmt::format("   x {:>4} y {:>4}", x, y);
        text += image.channels >= 3 ? fmt::format("   {:>3} {:>3} {:>3}", pixel[0], pixel[1], pixel[2])
                                    : fmt::format("   {:>3}", pixel[0]);
    }
    const FontScope mono(ui().fonts.mono);
    draw_plate(draw, {box.Min.x + px(10), box.Max.y - ImGui::GetTextLineHeight() - px(18)}, text);
}

// Runs along the picture's top edge; where the end is unknown a piece of it wanders.
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

void begin_drag(CanvasState& state, const FrameInfo& info) {
    const ImGuiIO& io = ImGui::GetIO();
    state.pressed_at = state.last = to_point(io.MousePos);
    if (io.KeyShift)
        state.drag = CanvasState::Drag::pan;
    else if (!info.transformable())
        state.drag = CanvasState::Drag::none;
    else
        state.drag = CanvasState::Drag::undecided;
}

// The picture follows the hand: a point of it that was grabbed stays under the cursor.
void drag_picture(Transform& transform, CanvasState& state) {
    using Drag = CanvasState::Drag;
    const ImGuiIO& io = ImGui::GetIO();
    const Point now = to_point(io.MousePos);
    if (state.drag == Drag::undecided) {
        if (std::hypot(now.x - state.pressed_at.x, now.y - state.pressed_at.y) < px(kDragThreshold)) return;
        state.drag = io.KeyCtrl ? Drag::rotate : Drag::translate;
    }
    const CanvasArea on_screen = state.view.picture_on_screen();
    switch (state.drag) {
        case Drag::translate:
            move_by(transform, (now.x - state.last.x) / on_screen.width(), (now.y - state.last.y) / on_screen.height());
            break;
        case Drag::rotate: {
            const Point centre = centre_of(transform);
            turn_by(transform,
                    CanvasView::turn_deg(state.view.to_screen({0.5 + centre.x, 0.5 + centre.y}), state.last, now));
            break;
        }
        case Drag::pan: state.view.pan(now.x - state.last.x, now.y - state.last.y); break;
        case Drag::none:
        case Drag::undecided: break;
    }
    state.last = now;
}

void handle_mouse(Scene& scene, CanvasState& state, const FrameInfo& info, Commands& commands, bool hovered) {
    const ImGuiIO& io = ImGui::GetIO();
    if (ImGui::IsItemActivated()) begin_drag(state, info);
    // A quick hand moves and lets go within one frame: that movement counts, too.
    if (ImGui::IsItemActive() || ImGui::IsItemDeactivated()) drag_picture(scene.transform, state);
    if (ImGui::IsItemDeactivated()) state.drag = CanvasState::Drag::none;
    if (!hovered) return;
    ImGui::SetItemKeyOwner(ImGuiKey_MouseWheelY);
    if (io.MouseWheel != 0.0f)
        state.view.zoom_at(to_point(io.MousePos), std::pow(1.2, static_cast<double>(io.MouseWheel)));
    if (ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left) && info.transformable()) {
        commands.run(ActionId::reset_transform);
        state.drag = CanvasState::Drag::none;
    }
    if (!info.transformable() && ImGui::IsItemActive() && state.drag == CanvasState::Drag::none)
        ImGui::SetTooltip("%s\nShift+drag moves the view.", why_not_transformable(info));
    if (io.KeyShift)
        ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeAll);
    else if (info.transformable())
        ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
}

// In Layer mode the arrow keys walk: up and down through the layers, left and right through the channels.
void walk_layers(Scene& scene, const NetworkInfo& network) {
    if (scene.canvas != CanvasMode::layer || !ImGui::IsItemFocused()) return;
    const ImGuiID id = ImGui::GetItemID();
    for (const ImGuiKey key : {ImGuiKey_LeftArrow, ImGuiKey_RightArrow, ImGuiKey_UpArrow, ImGuiKey_DownArrow})
        ImGui::SetKeyOwner(key, id);
    const auto pressed = [&](ImGuiKey key) { return ImGui::IsKeyPressed(key, ImGuiInputFlags_Repeat, id) ? 1 : 0; };
    const int layer_step = pressed(ImGuiKey_DownArrow) - pressed(ImGuiKey_UpArrow),
              channel_step = pressed(ImGuiKey_RightArrow) - pressed(ImGuiKey_LeftArrow);
    if ((layer_step == 0 && channel_step == 0) || network.layers.empty()) return;
    ui().stepped_id = id;
    ui().stepped_at_s = ImGui::GetTime();
    const auto here = std::find_if(network.layers.begin(), network.layers.end(),
                                   [&](const LayerInfo& l) { return l.name == scene.layer_view.layer; });
    const int index = here == network.layers.end() ? 0 : static_cast<int>(here - network.layers.begin());
    const LayerInfo& layer = network.layers[static_cast<std::size_t>(
        std::clamp(index + layer_step, 0, static_cast<int>(network.layers.size()) - 1))];
    scene.layer_view.layer = layer.name;
    scene.layer_view.base_channel = std::clamp(scene.layer_view.base_channel + channel_step, 0,
                                               std::max(layer.channels - scene.layer_view.channels, 0));
}

void draw_menu(const FrameInfo& info, Commands& commands, CanvasState& state) {
    if (!ImGui::BeginPopupContextItem("canvas menu")) return;
    const auto item = [&](ActionId id, bool enabled = true) {
        const Action& a = action(id);
        if (ImGui::MenuItem(a.name, key_text(a.key).c_str(), false, enabled)) commands.run(id);
        ui().registry.add_last_item(a.name, ControlKind::menu);
    };
    const bool has_picture = info.shown && info.shown->image;
    item(ActionId::copy_picture, has_picture);
    item(ActionId::save_picture, has_picture);
    item(ActionId::copy_command, has_picture);
    ImGui::Separator();
    item(ActionId::fit);
    item(ActionId::actual_size);
    item(ActionId::reset_transform, info.transformable());
    ImGui::EndPopup();
    state.drag = CanvasState::Drag::none;
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

}  // namespace

void draw_canvas_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands& commands) {
    draw_tabs(scene, info);
    const ImVec2 size(std::max(ImGui::GetContentRegionAvail().x, px(32)),
                      std::max(ImGui::GetContentRegionAvail().y, px(32)));
    ImGui::InvisibleButton("picture", size, ImGuiButtonFlags_MouseButtonLeft);
    ui().registry.add_last_item("Picture area", ControlKind::canvas);
    ImGui::SetItemDefaultFocus();  // the arrow keys are the picture's until another control takes them
    const ImRect box(ImGui::GetItemRectMin(), ImGui::GetItemRectMax());
    const bool hovered = ImGui::IsItemHovered();
    ImDrawList* draw = ImGui::GetWindowDrawList();
    draw->PushClipRect(box.Min, box.Max, true);
    const Image* image = info.shown ? info.shown->image.get() : nullptr;
    CanvasState& state = workspace.canvas;
    state.id = ImGui::GetItemID();
    state.view.set({to_point(box.Min), to_point(box.Max)}, image ? image->width : 0, image ? image->height : 0);
    if (image) {
        handle_mouse(scene, state, info, commands, hovered);
        if (info.network) walk_layers(scene, *info.network);
        const CanvasArea at = state.view.picture_on_screen();
        draw_checkerboard(draw, box, {to_imgui(at.min), to_imgui(at.max)});
        draw_picture(draw, state.view, at, info);
        if (state.view.zoom() > kSharpZoom) draw_pixel_grid(draw, state.view, box, image->width, image->height);
        ImRect visible(to_imgui(at.min), to_imgui(at.max));
        visible.ClipWith(box);
        draw_progress_line(draw, visible, info);
        draw_overlay(draw, box, state.view, *image, hovered);
        float top = box.Min.y + px(10);
        for (const std::string& note : info.shown->notes) {
            draw_plate(draw, {box.Min.x + px(10), top}, note, colour::kWarning);
            top += ImGui::GetTextLineHeight() + px(12);
        }
    } else {
        draw_checkerboard(draw, box, {box.Min, box.Min});
        draw_empty_state(draw, box, info);
        draw_progress_line(draw, box, info);
    }
    draw->PopClipRect();
    draw_menu(info, commands, state);
}

}  // namespace afs::gui
