#include "app/gui/widgets/key_mark.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <string>

#include "app/gui/widgets/controls.h"

namespace afs::gui {
namespace {

using State = FieldMarks::State;

const char* what_a_click_does(State state) {
    switch (state) {
        case State::none: return "Click, or press K, to give this a key: the film moves it from then on.";
        case State::track: return "The film moves this. Click, or press K, for a key here; so does every change.";
        case State::key: return "A key of the film is here. Click to remove it.";
    }
    return "";
}

}  // namespace

void draw_diamond(ImDrawList* draw, ImVec2 centre, float radius, ImU32 fill, ImU32 line) {
    const ImVec2 points[4] = {{centre.x, centre.y - radius},
                              {centre.x + radius, centre.y},
                              {centre.x, centre.y + radius},
                              {centre.x - radius, centre.y}};
    if ((fill & IM_COL32_A_MASK) != 0) draw->AddConvexPolyFilled(points, 4, fill);
    if ((line & IM_COL32_A_MASK) != 0) draw->AddPolyline(points, 4, line, px(1.2), ImDrawFlags_Closed);
}

void key_mark(const char* label, std::string_view path, ImVec2 row_min, ImVec2 row_max) {
    if (path.empty()) return;
    const State state = ui().fields.state(path);
    const bool over_row = ImGui::IsWindowHovered() && ImGui::IsMouseHoveringRect(row_min, row_max);
    if (over_row) ui().fields.point_at(path);
    ImGui::PushID("key");
    const ImGuiID id = ImGui::GetCurrentWindow()->GetID(label);
    ImGui::PopID();
    if (state == State::none && !over_row && ImGui::GetActiveID() != id) return;
    const float radius = px(4), x = row_min.x + label_width() - px(8), y = (row_min.y + row_max.y) / 2;
    const ImRect box({x - px(7), row_min.y}, {x + px(7), row_max.y});
    bool hovered = false, held = false;
    // Out of the way of Tab and the arrows: the keyboard has K.
    if (ImGui::ItemAdd(box, id, nullptr, ImGuiItemFlags_NoNav | ImGuiItemFlags_NoTabStop)) {
        if (ImGui::ButtonBehavior(box, id, &hovered, &held)) ui().fields.ask(path);
        ui().registry.add_last_item(std::string("Key of ") + label, ControlKind::button);
        tooltip(what_a_click_does(state));
    }
    const ImU32 ink = ImGui::GetColorU32(hovered ? colour::kText : colour::kQuiet);
    draw_diamond(ImGui::GetWindowDrawList(), {x, y}, radius, state == State::key ? ink : 0,
                 state == State::none && !hovered ? ImGui::GetColorU32(colour::kFill) : ink);
}

void key_target(std::string_view path) {
    if (path.empty()) return;
    const ImGuiContext& g = *ImGui::GetCurrentContext();
    const bool focused = g.NavCursorVisible && g.NavId == g.LastItemData.ID && g.NavId != 0;
    if (ImGui::IsItemHovered()) ui().fields.point_at(path);
    if (focused) ui().fields.point_at(path, FieldMarks::Hand::keyboard);
}

void key_menu_item(std::string_view path) {
    if (path.empty()) return;
    const bool there = ui().fields.state(path) == State::key;
    const std::string text =
        fmt::format("{} at {:.2f} s", there ? "Remove the key" : "Add a key", ui().fields.time_s());
    if (ImGui::MenuItem(text.c_str(), "K")) ui().fields.ask(path);
    ui().registry.add_last_item(there ? "Remove the key" : "Add a key", ControlKind::menu);
}

}  // namespace afs::gui
