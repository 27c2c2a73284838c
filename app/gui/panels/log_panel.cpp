#include <imgui.h>
#include <misc/cpp/imgui_stdlib.h>

#include <algorithm>
#include <cctype>

#include "app/gui/panels/panels.h"
#include "app/gui/widgets/controls.h"
#include "core/base/log.h"

namespace afs::gui {
namespace {

bool contains(const std::string& text, const std::string& part) {
    const auto equal = [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); };
    return std::search(text.begin(), text.end(), part.begin(), part.end(), equal) != text.end();
}

std::vector<LogEntry> listed(const LogPanelState& state) {
    std::vector<LogEntry> entries = recent_log();
    const LogLevel least = state.least == 2 ? LogLevel::error : state.least == 1 ? LogLevel::warning : LogLevel::debug;
    std::erase_if(entries, [&](const LogEntry& e) { return e.level < least || !contains(e.text, state.filter); });
    return entries;
}

}  // namespace

void draw_log_panel(Scene&, Workspace& workspace, const FrameInfo&, Commands&) {
    LogPanelState& state = workspace.log;
    ImGui::SetNextItemWidth(px(220));
    ImGui::InputTextWithHint("##filter", "type to filter", &state.filter);
    ui().registry.add_last_item("Filter", ControlKind::text);
    ImGui::SameLine(0, px(12));
    constexpr const char* kLeast[] = {"Everything", "Warnings", "Errors"};
    for (int i = 0; i < 3; ++i) {
        if (i > 0) ImGui::SameLine(0, px(2));
        if (button(kLeast[i], {.tooltip = "What is listed, at least.", .lit = state.least == i})) state.least = i;
    }
    ImGui::SameLine(0, px(12));
    const std::vector<LogEntry> entries = listed(state);
    {
        const DisabledBecause nothing(entries.empty() ? "Nothing is listed." : "");
        if (button("Copy", {.tooltip = "Copies the lines that are listed."})) {
            std::string all;
            for (const LogEntry& e : entries) all += e.time + " " + e.text + "\n";
            ImGui::SetClipboardText(all.c_str());
        }
    }
    ImGui::BeginChild("lines", {0, 0}, ImGuiChildFlags_None, ImGuiWindowFlags_AlwaysVerticalScrollbar);
    const bool at_end = ImGui::GetScrollY() >= ImGui::GetScrollMaxY() - 1.0f;
    if (entries.empty())
        quiet_text(state.filter.empty() && state.least == 0 ? "Warnings and what the program did are listed here."
                                                            : "No line passes the filter.");
    for (const LogEntry& e : entries) {
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
