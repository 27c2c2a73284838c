#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "app/gui/panels/canvas_drawing.h"
#include "app/gui/panels/panels.h"
#include "app/gui/readout.h"
#include "app/gui/scene_words.h"
#include "app/gui/transform_edit.h"
#include "app/gui/widgets/controls.h"
#include "app/gui/widgets/key_mark.h"
#include "app/gui/widgets/number.h"
#include "app/gui/widgets/typed_field.h"

namespace afs::gui {
namespace {

constexpr float kDragThreshold = 3;  // pixels; a double-click may tremble
constexpr float kDividerReach = 6;   // pixels to either side

void draw_sheet_fields(SheetView& sheet, const FrameInfo& info) {
    // On the line of the tabs as long as there is room.
    const auto place = [](double before, double width) {
        ImGui::SameLine(0, px(before));
        if (ImGui::GetContentRegionAvail().x < px(width)) ImGui::NewLine();
    };
    const auto label = [](const char* text) {
        ImGui::AlignTextToFramePadding();
        quiet_text(text);
        ImGui::SameLine(0, px(6));
    };
    const Scope scope("Sheet");
    place(16, 166);
    label("from seed");
    seed_field("First seed", sheet.first_seed, {.tooltip = "Of the first picture.", .width = px(96)});
    place(10, 150);
    whole_number("Columns", sheet.columns,
                 {.min = 1,
                  .max = SheetView::kMostColumns,
                  .reset = 4,
                  .tooltip = "Pictures in a row.",
                  .labelled = false,
                  .width = px(64)});
    ImGui::SameLine(0, px(6));
    label("\u00d7");
    whole_number("Rows", sheet.rows,
                 {.min = 1,
                  .max = SheetView::kMostRows,
                  .reset = 3,
                  .tooltip = "Rows of pictures.",
                  .labelled = false,
                  .width = px(64)});
    place(10, 80);
    const auto* plane = info.shown ? std::get_if<LatentPlane>(&info.shown->scene.latent.source) : nullptr;
    const DisabledBecause no_seed(plane ? "" : "The latent is no point of the seed plane.");
    if (button("From here", {.tooltip = "Begins with the seed that is nearest to the latent."}) && plane) {
        const auto nearest = plane_seeds({std::nearbyint(plane->x), std::nearbyint(plane->y)});
        if (!nearest.empty()) sheet.first_seed = nearest.front().seed;
    }
}

std::string shown_channels(const LayerView& view, const NetworkInfo* network) {
    if (view.mosaic) return fmt::format("{} \u00b7 all channels", view.layer);
    const LayerInfo* layer = nullptr;
    if (network)
        for (const LayerInfo& each : network->layers)
            if (each.name == view.layer) layer = &each;
    if (view.channels == 1 || (layer && layer->channels < 3))
        return fmt::format("{} \u00b7 channel {}", view.layer, view.base_channel);
    return fmt::format("{} \u00b7 channels {} to {}", view.layer, view.base_channel,
                       view.base_channel + view.channels - 1);
}

void draw_tabs(Scene& scene, const FrameInfo& info) {
    struct Tab {
        CanvasMode mode;
        const char *name, *tooltip, *key;
    };
    constexpr Tab kTabs[] = {
        {CanvasMode::picture, "Picture", "What the generator paints.", "Alt+1"},
        {CanvasMode::layer, "Layer", "The output of one module of the network; the Layers panel chooses which.",
         "Alt+2"},
        {CanvasMode::spectrum, "Spectrum",
         "The power spectrum of the picture, or of the layer that the Layers panel chooses; no frequency in the "
         "centre.",
         "Alt+3"},
        {CanvasMode::equivariance, "Equivariance",
         "The picture of the moved input against the moved picture: the Equivariance panel says how.", "Alt+4"},
        {CanvasMode::sheet, "Sheet", "A contact sheet: many seeds side by side. A click goes to one.", "G"}};
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(px(2), ImGui::GetStyle().ItemSpacing.y));
    for (const Tab& tab : kTabs) {
        const DisabledBecause no_model(tab.mode == CanvasMode::picture || info.network ? "" : "Open a model first.");
        if (tab.mode != CanvasMode::picture) ImGui::SameLine();
        if (ImGui::GetContentRegionAvail().x < ImGui::CalcTextSize(tab.name).x + 2 * ImGui::GetStyle().FramePadding.x)
            ImGui::NewLine();
        if (button(tab.name, {.tooltip = tab.tooltip, .key = tab.key, .lit = scene.canvas == tab.mode}))
            scene.canvas = tab.mode;
        key_target("canvas");
    }
    ImGui::PopStyleVar();
    if (scene.canvas == CanvasMode::sheet) draw_sheet_fields(scene.sheet, info);
    if (scene.canvas != CanvasMode::layer) return;
    ImGui::SameLine(0, px(12));
    ImGui::AlignTextToFramePadding();
    const std::string heading = shown_channels(scene.layer_view, info.network);
    const FontScope mono(ui().fonts.mono);
    const std::string shown = cut_to_width(heading, ImGui::GetContentRegionAvail().x);
    mono_text(shown, colour::kQuiet);
    const FontScope regular(ui().fonts.regular);
    if (shown != heading) tooltip(heading.c_str());
}

// --- What is under the cursor ---------------------------------------------------------------------------------------

struct PixelPlace {
    int x = 0, y = 0;
};
std::optional<PixelPlace> pixel_under(const CanvasView& view, const FramePicture& picture, Point screen) {
    const Point p = view.to_picture(screen);
    if (p.x < 0 || p.x >= 1 || p.y < 0 || p.y >= 1) return std::nullopt;
    return PixelPlace{static_cast<int>(p.x * picture.width()), static_cast<int>(p.y * picture.height())};
}

std::optional<int> cell_under(const CanvasView& view, const FrameResult& shown, Point screen) {
    if (!shown.grid) return std::nullopt;
    const auto pixel = pixel_under(view, shown.image, screen);
    return pixel ? shown.grid->cell_at(pixel->x, pixel->y) : std::nullopt;
}

// Where the unit square of the picture lies that a place of the screen belongs to: the picture itself, a cell of a
// sheet, or the part of a layer between its margins.
CanvasArea picture_square(const CanvasView& view, const FrameResult& shown, Point screen) {
    const auto cell = cell_under(view, shown, screen);
    CanvasArea area = cell ? cell_on_screen(view, *shown.grid, *cell) : view.picture_on_screen();
    if (!shown.network || !shows_layer(shown.scene)) return area;
    for (const LayerInfo& layer : shown.network->layers)
        if (layer.name == shown.scene.layer_view.layer && layer.rate > 0) {
            const Point centre = area.centre();
            const double half = layer.rate * view.zoom() / (shown.grid ? shown.grid->reduction : 1) / 2;
            area = {{centre.x - half, centre.y - half}, {centre.x + half, centre.y + half}};
        }
    return area;
}

// A click on a cell of a sheet goes to its seed, on one of a mosaic shows the channel alone.
void go_to_cell(Scene& scene, const FrameResult& shown, int cell) {
    if (shown.scene.canvas == CanvasMode::sheet) {
        scene.latent.source = LatentPlane{static_cast<double>(sheet_seed(shown.scene, cell)), 0.0};
        scene.canvas = CanvasMode::picture;
    } else if (shown.scene.canvas == CanvasMode::layer) {
        scene.layer_view.mosaic = false;
        scene.layer_view.channels = 1;
        scene.layer_view.base_channel = cell;
    } else {
        scene.equivariance.shown = kEquivarianceGrid[cell];
    }
}

void draw_cells(ImDrawList* draw, const CanvasView& view, const FrameInfo& info, const Scene& scene,
                std::optional<int> hovered) {
    const PictureGrid& grid = *info.shown->grid;
    const auto outline = [&](int cell, ImU32 line, float width) {
        const CanvasArea at = cell_on_screen(view, grid, cell);
        draw->AddRect(to_imgui(at.min), to_imgui(at.max), line, 0.0f, px(width));
    };
    if (info.shown->scene.canvas == CanvasMode::sheet) {
        const auto* plane = std::get_if<LatentPlane>(&scene.latent.source);
        const auto here = plane ? plane_seeds(*plane) : std::vector<SeedWeight>{};
        const FontScope mono(ui().fonts.mono, 13.0f);
        for (int cell = 0; cell < grid.count; ++cell) {
            const std::uint32_t seed = sheet_seed(info.shown->scene, cell);
            if (here.size() == 1 && here.front().seed == seed) outline(cell, colour::kAccent, 2);
            const CanvasArea at = cell_on_screen(view, grid, cell);
            const std::string label = std::to_string(seed);
            if (at.width() > ImGui::CalcTextSize(label.c_str()).x + px(20))
                draw_plate(draw, {static_cast<float>(at.min.x) + px(4), static_cast<float>(at.min.y) + px(4)}, label,
                           colour::kText);
        }
    }
    if (info.shown->scene.canvas == CanvasMode::equivariance)
        for (int cell = 0; cell < grid.count; ++cell) {
            const CanvasArea at = cell_on_screen(view, grid, cell);
            draw_plate(draw, {static_cast<float>(at.min.x) + px(4), static_cast<float>(at.min.y) + px(4)},
                       equivariance_cell(cell), colour::kText);
        }
    if (hovered) outline(*hovered, colour::kText, 1.5f);
}

// Of a wipe, on the screen; nothing where there is none.
std::optional<float> divider(const Scene& scene, const CanvasView& view, const FrameResult& shown) {
    if (scene.canvas != CanvasMode::equivariance || scene.equivariance.shown != EquivarianceShown::wipe ||
        shown.scene.canvas != CanvasMode::equivariance || !shown.equivariance)
        return std::nullopt;
    const CanvasArea at = view.picture_on_screen();
    return static_cast<float>(at.min.x + scene.equivariance.wipe * at.width());
}

// Which picture lies where, while two are compared.
void draw_comparison(ImDrawList* draw, const Scene& scene, const CanvasView& view, const FrameInfo& info) {
    const FrameResult& shown = *info.shown;
    const CanvasArea at = view.picture_on_screen();
    const float top = static_cast<float>(at.min.y) + px(8);
    if (const auto x = divider(scene, view, shown)) {
        draw->AddRectFilled({*x - px(1), static_cast<float>(at.min.y)}, {*x + px(1), static_cast<float>(at.max.y)},
                            colour::kAccent);
        const float width = ImGui::CalcTextSize("output").x + px(16);
        draw_plate(draw, {*x - width - px(6), top}, "output", colour::kText);
        draw_plate(draw, {*x + px(6), top}, "reference", colour::kText);
    } else if (shown.compared) {
        const std::string& layer = shown.scene.layer_view.layer;
        const auto name = [](const std::string& of) { return of.empty() || of == "output" ? "picture" : of; };
        const bool unmoved = shown.scene.spectrum.compare == SpectrumCompare::unmoved;
        const auto left = static_cast<float>(at.min.x);
        const double side = at.width() * shown.image->height / shown.image->width;
        draw_plate(draw, {left + px(8), top}, "A  " + name(layer), colour::kText);
        draw_plate(draw, {static_cast<float>(at.max.x - side) + px(8), top},
                   "B  " + (unmoved ? name(layer) + ", unmoved" : name(shown.scene.spectrum.compare_layer)),
                   colour::kText);
    } else if (shown.other) {
        draw_plate(draw, {static_cast<float>(at.min.x) + px(8), top}, info.shows_other ? "reference" : "output",
                   colour::kText);
    }
}

void draw_overlay(ImDrawList* draw, const ImRect& box, const CanvasView& view, const FrameResult& shown, bool hovered) {
    std::string text = fmt::format("{:.0f} %", view.zoom() * 100);
    if (shown.equivariance && shown.equivariance->db) text += "   " + equivariance_text(*shown.equivariance);
    if (hovered)
        if (const auto pixel = pixel_under(view, shown.image, to_point(ImGui::GetIO().MousePos)))
            if (const std::string told = readout(shown, pixel->x, pixel->y); !told.empty()) text += "   " + told;
    const FontScope mono(ui().fonts.mono);
    draw_plate(draw, {box.Min.x + px(10), box.Max.y - ImGui::GetTextLineHeight() - px(18)}, text, colour::kText);
}

// --- Hands ----------------------------------------------------------------------------------------------------------

void begin_drag(const Scene& scene, CanvasState& state, const FrameInfo& info) {
    const ImGuiIO& io = ImGui::GetIO();
    state.pressed_at = state.last = to_point(io.MousePos);
    state.pressed_square = picture_square(state.view, *info.shown, state.pressed_at);
    if (io.KeyShift)
        state.drag = CanvasState::Drag::pan;
    else if (const auto x = divider(scene, state.view, *info.shown);
             x && std::fabs(io.MousePos.x - *x) <= px(kDividerReach))
        state.drag = CanvasState::Drag::divider;
    else if (!info.transformable() || shows_strip(scene))
        state.drag = CanvasState::Drag::none;
    else
        state.drag = CanvasState::Drag::undecided;
}

bool moved_since_press(const CanvasState& state) {
    const Point now = to_point(ImGui::GetIO().MousePos);
    return std::hypot(now.x - state.pressed_at.x, now.y - state.pressed_at.y) >= px(kDragThreshold);
}

// The picture follows the hand: a point of it that was grabbed stays under the cursor.
void drag_transform(Transform& transform, CanvasState& state, bool turns) {
    using Drag = CanvasState::Drag;
    const ImGuiIO& io = ImGui::GetIO();
    const Point now = to_point(io.MousePos);
    if (state.drag == Drag::undecided) {
        if (!moved_since_press(state)) return;
        state.drag = io.KeyCtrl || turns ? Drag::rotate : Drag::translate;
    }
    const CanvasArea& square = state.pressed_square;
    switch (state.drag) {
        case Drag::translate:
            move_by(transform, (now.x - state.last.x) / square.width(), (now.y - state.last.y) / square.height());
            break;
        case Drag::rotate: {
            const Point centre = centre_of(transform);
            const Point pivot = {square.min.x + (0.5 + centre.x) * square.width(),
                                 square.min.y + (0.5 + centre.y) * square.height()};
            turn_by(transform, CanvasView::turn_deg(pivot, state.last, now));
            break;
        }
        case Drag::pan: state.view.pan(now.x - state.last.x, now.y - state.last.y); break;
        case Drag::none:
        case Drag::divider:
        case Drag::undecided: break;
    }
    state.last = now;
}

// What moves is the scene's transform, or what the Equivariance mode has instead; or the divider of a wipe.
void drag_picture(Scene& scene, CanvasState& state) {
    EquivarianceView& view = scene.equivariance;
    if (state.drag == CanvasState::Drag::divider) {
        view.wipe = std::clamp(state.view.to_picture(to_point(ImGui::GetIO().MousePos)).x, 0.0, 1.0);
    } else if (scene.canvas != CanvasMode::equivariance || view.operation == EquivarianceOperation::follow) {
        drag_transform(scene.transform, state, false);
    } else {
        const bool turns = view.operation == EquivarianceOperation::rotation;
        Transform moved;
        if (turns)
            moved.rotate_deg = view.rotate_deg;
        else
            std::tie(moved.translate_x, moved.translate_y) = std::tie(view.translate_x, view.translate_y);
        drag_transform(moved, state, turns);
        if (turns) {
            view.rotate_deg = moved.rotate_deg;
        } else {
            view.translate_x = moved.translate_x;
            view.translate_y = moved.translate_y;
        }
    }
}

void handle_mouse(Scene& scene, CanvasState& state, const FrameInfo& info, Commands& commands, bool hovered) {
    const ImGuiIO& io = ImGui::GetIO();
    if (ImGui::IsItemActivated()) begin_drag(scene, state, info);
    // A quick hand moves and lets go within one frame: that movement counts, too.
    if (ImGui::IsItemActive() || ImGui::IsItemDeactivated()) drag_picture(scene, state);
    if (ImGui::IsItemDeactivated()) {
        const bool clicked = hovered && state.drag != CanvasState::Drag::pan &&
                             state.drag != CanvasState::Drag::divider && !moved_since_press(state) && !io.KeyCtrl;
        if (const auto cell = cell_under(state.view, *info.shown, state.pressed_at); clicked && cell) {
            go_to_cell(scene, *info.shown, *cell);
            state.left_grid_at_s = ImGui::GetTime();
        }
        state.drag = CanvasState::Drag::none;
    }
    if (!hovered) return;
    ImGui::SetItemKeyOwner(ImGuiKey_MouseWheelY);
    if (io.MouseWheel != 0.0f)
        state.view.zoom_at(to_point(io.MousePos), std::pow(1.2, static_cast<double>(io.MouseWheel)));
    // The second click of a hurried hand on a cell means the cell.
    const bool just_left_grid = ImGui::GetTime() - state.left_grid_at_s < 0.6;
    if (ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left) && info.transformable() && !info.shown->grid &&
        !shows_strip(scene) && !just_left_grid) {
        commands.run(ActionId::reset_transform);
        state.drag = CanvasState::Drag::none;
    }
    const auto line = divider(scene, state.view, *info.shown);
    const bool on_divider = line && std::fabs(io.MousePos.x - *line) <= px(kDividerReach);
    if (!info.transformable() && ImGui::IsItemActive() && state.drag == CanvasState::Drag::none &&
        moved_since_press(state))
        ImGui::SetTooltip("%s\nShift+drag moves the view.", why_not_transformable(info));
    if (io.KeyShift)
        ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeAll);
    else if (on_divider || state.drag == CanvasState::Drag::divider)
        ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
    else if (info.transformable())
        ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
}

// Page up and page down turn the leaves of a contact sheet.
void turn_leaves(Scene& scene) {
    if (scene.canvas != CanvasMode::sheet || !ImGui::IsItemFocused()) return;
    const ImGuiID id = ImGui::GetItemID();
    for (const ImGuiKey key : {ImGuiKey_PageUp, ImGuiKey_PageDown}) ImGui::SetKeyOwner(key, id);
    const auto pressed = [&](ImGuiKey key) { return ImGui::IsKeyPressed(key, ImGuiInputFlags_Repeat, id) ? 1 : 0; };
    const int leaf = pressed(ImGuiKey_PageDown) - pressed(ImGuiKey_PageUp);
    if (leaf == 0) return;
    scene.sheet.first_seed += static_cast<std::uint32_t>(leaf * scene.sheet.columns * scene.sheet.rows);
    note_step(id);
}

// Esc ends a sheet that is growing, unless something is open that it closes.
void end_growing_sheet(const FrameInfo& info, Commands& commands) {
    if (info.shown->complete || !ImGui::IsWindowFocused(ImGuiFocusedFlags_RootAndChildWindows)) return;
    if (ImGui::IsAnyItemActive() || ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopup)) return;
    if (ImGui::IsKeyPressed(ImGuiKey_Escape, false)) commands.run(ActionId::end_sheet);
}

// In Layer mode the arrow keys walk: up and down through the layers, left and right through the channels.
void walk_layers(Scene& scene, const NetworkInfo& network) {
    if (!shows_layer(scene) || !ImGui::IsItemFocused()) return;
    const ImGuiID id = ImGui::GetItemID();
    for (const ImGuiKey key : {ImGuiKey_LeftArrow, ImGuiKey_RightArrow, ImGuiKey_UpArrow, ImGuiKey_DownArrow})
        ImGui::SetKeyOwner(key, id);
    const auto pressed = [&](ImGuiKey key) { return ImGui::IsKeyPressed(key, ImGuiInputFlags_Repeat, id) ? 1 : 0; };
    const int layer_step = pressed(ImGuiKey_DownArrow) - pressed(ImGuiKey_UpArrow),
              channel_step = pressed(ImGuiKey_RightArrow) - pressed(ImGuiKey_LeftArrow);
    if ((layer_step == 0 && channel_step == 0) || network.layers.empty()) return;
    note_step(id);
    const auto here = std::find_if(network.layers.begin(), network.layers.end(),
                                   [&](const LayerInfo& l) { return l.name == scene.layer_view.layer; });
    const int index = here == network.layers.end() ? 0 : static_cast<int>(here - network.layers.begin());
    const LayerInfo& layer = network.layers[static_cast<std::size_t>(
        std::clamp(index + layer_step, 0, static_cast<int>(network.layers.size()) - 1))];
    scene.layer_view.layer = layer.name;
    if (scene.layer_view.mosaic) return;
    scene.layer_view.base_channel = std::clamp(scene.layer_view.base_channel + channel_step, 0,
                                               std::max(layer.channels - scene.layer_view.channels, 0));
}

void draw_menu(Scene& scene, const FrameInfo& info, Commands& commands, CanvasState& state) {
    if (!ImGui::BeginPopupContextItem("canvas menu")) return;
    if (ImGui::IsWindowAppearing())
        state.menu_cell = info.shown ? cell_under(state.view, *info.shown, to_point(ImGui::GetIO().MouseClickedPos[1]))
                                     : std::nullopt;
    if (state.menu_cell && info.shown && info.shown->grid && *state.menu_cell < info.shown->grid->count) {
        const bool sheet = info.shown->scene.canvas == CanvasMode::sheet;
        const std::string text = sheet ? fmt::format("Go to seed {}", sheet_seed(info.shown->scene, *state.menu_cell))
                                 : info.shown->scene.canvas == CanvasMode::equivariance
                                     ? fmt::format("Show the {} alone", equivariance_cell(*state.menu_cell))
                                     : fmt::format("Show channel {} alone", *state.menu_cell);
        if (ImGui::MenuItem(text.c_str())) go_to_cell(scene, *info.shown, *state.menu_cell);
        ui().registry.add_last_item(text, ControlKind::menu);
        ImGui::Separator();
    }
    const auto item = [&](ActionId id, bool enabled = true) {
        const Action& a = action(id);
        if (ImGui::MenuItem(a.name, key_text(a.key).c_str(), false, enabled)) commands.run(id);
        ui().registry.add_last_item(a.name, ControlKind::menu);
    };
    const bool has_picture = info.shown && info.shown->image;
    item(ActionId::copy_picture, has_picture);
    item(ActionId::save_picture, has_picture);
    item(ActionId::copy_command, has_picture);
    item(ActionId::use_as_a, has_picture);
    ImGui::Separator();
    item(ActionId::random_latent, has_picture);
    item(ActionId::show_sheet, has_picture);
    ImGui::Separator();
    item(ActionId::fit);
    item(ActionId::actual_size);
    item(ActionId::reset_transform, info.transformable());
    ImGui::EndPopup();
    state.drag = CanvasState::Drag::none;
}

// K over the picture means what a drag of it moves.
void point_at_movement(const Transform& transform) {
    FieldMarks& fields = ui().fields;
    if (transform.matrix) {
        fields.point_at("transform.matrix");
        return;
    }
    for (const char* path : {"transform.translate_x", "transform.translate_y", "transform.rotate_deg"})
        fields.point_at(path);
}

}  // namespace

void draw_canvas_panel(Scene& scene, Workspace& workspace, const FrameInfo& newest, Commands& commands) {
    FrameInfo info = newest;
    if (newest.a) info.shown = newest.a;
    draw_tabs(scene, info);
    const ImVec2 size(std::max(ImGui::GetContentRegionAvail().x, px(32)),
                      std::max(ImGui::GetContentRegionAvail().y, px(32)));
    ImGui::InvisibleButton("picture", size, ImGuiButtonFlags_MouseButtonLeft);
    ui().registry.add_last_item("Picture area", ControlKind::canvas);
    ImGui::SetItemDefaultFocus();  // the arrow keys are the picture's until another control takes them
    const ImRect box(ImGui::GetItemRectMin(), ImGui::GetItemRectMax());
    const bool hovered = ImGui::IsItemHovered();
    if (hovered) point_at_movement(scene.transform);
    ImDrawList* draw = ImGui::GetWindowDrawList();
    draw->PushClipRect(box.Min, box.Max, true);
    const FramePicture image = info.shown ? info.shown->image : FramePicture();
    CanvasState& state = workspace.canvas;
    state.id = ImGui::GetItemID();
    state.view.set({to_point(box.Min), to_point(box.Max)}, image.width(), image.height());
    if (image) {
        handle_mouse(scene, state, info, commands, hovered);
        if (info.network) walk_layers(scene, *info.network);
        turn_leaves(scene);
        end_growing_sheet(info, commands);
        const CanvasArea at = state.view.picture_on_screen();
        draw_checkerboard(draw, box, {to_imgui(at.min), to_imgui(at.max)});
        draw_picture(draw, state.view, at, info);
        if (state.view.zoom() > kSharpZoom) draw_pixel_grid(draw, state.view, box, *info.shown);
        if (info.shown->grid)
            draw_cells(draw, state.view, info, scene,
                       hovered ? cell_under(state.view, *info.shown, to_point(ImGui::GetIO().MousePos)) : std::nullopt);
        ImRect visible(to_imgui(at.min), to_imgui(at.max));
        visible.ClipWith(box);
        draw_progress_line(draw, visible, info);
        draw_comparison(draw, scene, state.view, info);
        draw_overlay(draw, box, state.view, *info.shown, hovered);
        float top = box.Min.y + px(10);
        for (const std::string& note : info.shown->notes) {
            const std::string lines = wrap_to_width(note, box.GetWidth() - px(36));
            draw_plate(draw, {box.Min.x + px(10), top}, lines, colour::kWarning);
            top += ImGui::CalcTextSize(lines.c_str()).y + px(12);
        }
    } else {
        draw_checkerboard(draw, box, {box.Min, box.Min});
        draw_empty_state(draw, box, info);
        draw_progress_line(draw, box, info);
    }
    draw->PopClipRect();
    draw_menu(scene, info, commands, state);
}

}  // namespace afs::gui
