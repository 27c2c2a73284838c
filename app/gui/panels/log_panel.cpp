#include <imgui.h>
#include <misc/cpp/imgui_stdlib.h>

#include "app/gui/panels/panels.h"
#include "app/gui/widgets/controls.h"
#include "core/base/log.h"

namespace afs::gui {

void draw_log_panel(Scene&, Workspace& workspace, const FrameInfo&, Commands&) {
    const std::vector<LogEntry> entries = recent_log();
    LogPanelState& state = workspace.log;
    ImGui::SetNextItemWidth(px(220));
    ImGui::InputTextWithHint("##filter", "type to filter", &state.filter);
    ui().registry.add_last_item("Filter", ControlKind::text);
    ImGui::SameLine();
    const auto passes = [&](const LogEntry& e) {
        return state.filter.empty() || e.text.find(state.filter) != std::string::npos;
    };
    if (button("Copy", {.tooltip = "Copies the lines that are listed."})) {
        std::string all;
        for (const LogEntry& e : entries)
            if (passes(e)) all += e.time + " " + e.text + "\n";
        ImGui::SetClipboardText(all.c_str());
    }
    ImGui::BeginChild("lines", {0, 0}, ImGuiChildFlags_None, ImGuiWindowFlags_AlwaysVerticalScrollbar);
    const bool at_end = ImGui::GetScrollY() >= ImGui::GetScrollMaxY() - 1.0f;
    if (entries.empty()) quiet_text("Warnings and what the program did are listed here.");
    for (const LogEntry& e : entries) {
        if (!passes(e)) continue;
        mono_text(e.time, colour::kQuiet);
        ImGui::SameLine();
        coloured_text(e.text, e.level == LogLevel::error     ? colour::kError
                              : e.level == LogLevel::warning ? colour::kWarning
                                                             : colour::kText);
    }
    // New lines are followed only by a reader who is at the end.
    if (at_end && entries.size() != state.seen) ImGui::SetScrollHereY(1.0f);
    state.seen = entries.size();
    ImGui::EndChild();
}

}  // namespace afs::gui
