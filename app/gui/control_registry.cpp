#include "app/gui/control_registry.h"

#include <imgui_internal.h>

#include <algorithm>

namespace afs::gui {

void ControlRegistry::begin_frame() {
    controls_.clear();
    scopes_.clear();
}

void ControlRegistry::add_last_item(std::string_view label, ControlKind kind) {
    if (!on_) return;
    const ImGuiContext& g = *ImGui::GetCurrentContext();
    ImRect rect(ImGui::GetItemRectMin(), ImGui::GetItemRectMax());
    rect.ClipWithFull(g.CurrentWindow->ClipRect);
    Control control;
    for (const std::string& scope : scopes_) control.name += scope + "/";
    control.name += label.substr(0, label.find("##"));
    control.kind = kind;
    control.min = rect.Min;
    control.max = rect.Max;
    control.id = ImGui::GetItemID();
    control.visible = rect.GetWidth() >= 1.0f && rect.GetHeight() >= 1.0f && !g.CurrentWindow->Hidden;
    control.enabled = (g.LastItemData.ItemFlags & ImGuiItemFlags_Disabled) == 0;
    controls_.push_back(std::move(control));
}

void ControlRegistry::describe_last_item(std::string_view meaning, std::string_view second_line) {
    if (!on_ || controls_.empty() || controls_.back().id != ImGui::GetItemID()) return;
    controls_.back().help = std::string(meaning) + "\n" + std::string(second_line);
}

void ControlRegistry::add_part(std::string_view label, ControlKind kind, ImVec2 min, ImVec2 max) {
    if (!on_) return;
    ImRect rect(min, max);
    rect.ClipWithFull(ImGui::GetCurrentContext()->CurrentWindow->ClipRect);
    Control control;
    for (const std::string& scope : scopes_) control.name += scope + "/";
    control.name += label;
    control.kind = kind;
    control.min = rect.Min;
    control.max = rect.Max;
    control.visible = rect.GetWidth() >= 1.0f && rect.GetHeight() >= 1.0f;
    controls_.push_back(std::move(control));
}

void ControlRegistry::add_panel(std::string_view title, ImVec2 min, ImVec2 max) {
    if (!on_) return;
    controls_.push_back({.name = "Panel/" + std::string(title.substr(0, title.find("##"))),
                         .kind = ControlKind::panel,
                         .min = min,
                         .max = max,
                         .visible = max.x > min.x && max.y > min.y});
}

const Control* ControlRegistry::find(std::string_view name) const {
    const auto found =
        std::find_if(controls_.begin(), controls_.end(), [&](const Control& c) { return c.name == name; });
    return found == controls_.end() ? nullptr : &*found;
}

}  // namespace afs::gui
