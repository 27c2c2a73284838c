#include "app/gui/floating_look.h"

#include <algorithm>

namespace afs::gui {

FloatingLook::FloatingLook() {
    ImGui::PushStyleColor(ImGuiCol_WindowBg, ImGui::GetStyleColorVec4(ImGuiCol_PopupBg));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 1.0f);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(16), px(12)));
}

FloatingLook::~FloatingLook() {
    if (unwinding_.now()) return;
    ImGui::PopStyleVar(2);
    ImGui::PopStyleColor();
}

bool begin_page(const char* title, bool& open, ImVec2 size_at_100_percent) {
    const ImVec2 screen = ImGui::GetMainViewport()->Size;
    ImGui::SetNextWindowPos(ImGui::GetMainViewport()->GetCenter(), ImGuiCond_Appearing, {0.5f, 0.5f});
    ImGui::SetNextWindowSize(
        {std::min(px(size_at_100_percent.x), screen.x * 0.95f), std::min(px(size_at_100_percent.y), screen.y * 0.9f)},
        ImGuiCond_Appearing);
    constexpr auto flags = ImGuiWindowFlags_NoCollapse | ImGuiWindowFlags_NoDocking | ImGuiWindowFlags_NoSavedSettings;
    const bool visible = ImGui::Begin(title, &open, flags);
    const ImVec2 at = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
    ui().registry.add_panel(title, at, {at.x + size.x, at.y + size.y});
    if (ImGui::IsWindowFocused(ImGuiFocusedFlags_RootAndChildWindows) && ImGui::IsKeyPressed(ImGuiKey_Escape))
        open = false;
    return visible;
}

}  // namespace afs::gui
