#include <imgui.h>

#include "app/gui/panels/panels.h"
#include "app/gui/widgets/controls.h"

namespace afs::gui {

// Every change since the window was opened, in words, oldest first; a click goes there. What was undone stays listed,
// faint, until another change replaces it.
void draw_history_panel(Scene&, Workspace& workspace, const FrameInfo& info, Commands& commands) {
    if (!info.history || info.history->entries().size() < 2) {
        quiet_text("What is changed is listed here, to go back to.");
        return;
    }
    const auto& entries = info.history->entries();
    const std::size_t here = info.history->position();
    ImGui::BeginChild("entries");
    ImGuiListClipper clipper;
    clipper.Begin(static_cast<int>(entries.size()));
    clipper.IncludeItemByIndex(static_cast<int>(here));
    while (clipper.Step())
        for (int row = clipper.DisplayStart; row < clipper.DisplayEnd; ++row) {
            const auto i = static_cast<std::size_t>(row);
            ImGui::PushID(row);
            ImGui::PushStyleColor(ImGuiCol_Text, i == here  ? colour::kText
                                                 : i < here ? colour::kQuiet
                                                            : colour::faded(colour::kQuiet, 0x80));
            if (ImGui::Selectable(entries[i].name.c_str(), i == here))
                commands.run(ActionId::go_to_history, std::to_string(i));
            ui().registry.add_last_item(entries[i].name, ControlKind::row);
            ImGui::PopStyleColor();
            if (i == here && workspace.history_shown != here) ImGui::SetScrollHereY(0.5f);
            ImGui::PopID();
        }
    workspace.history_shown = here;
    ImGui::EndChild();
}

}  // namespace afs::gui
