#include "app/gui/help_page.h"

#include <imgui.h>
#include <misc/cpp/imgui_stdlib.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "app/gui/actions.h"
#include "app/gui/floating_look.h"
#include "app/gui/widgets/controls.h"

namespace afs::gui {
namespace {

struct Line {
    std::string keys, what;
};
struct Group {
    std::string title;
    std::vector<Line> lines;
};

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

std::vector<Group> groups(const std::string& filter) {
    std::vector<Group> all;
    const auto add = [&](const std::string& title, Line line) {
        if (lower(title + " " + line.keys + " " + line.what).find(lower(filter)) == std::string::npos) return;
        const auto found = std::find_if(all.begin(), all.end(), [&](const Group& g) { return g.title == title; });
        if (found != all.end())
            found->lines.push_back(std::move(line));
        else
            all.push_back({title, {std::move(line)}});
    };
    for (const Action& a : actions())
        if (a.key != 0) add(a.menu == Menu::none ? "More" : menu_name(a.menu), {key_text(a.key), a.name});
    for (const KeyNote& note : key_notes()) add(note.place, {note.keys, note.what});
    return all;
}

float height_of(const Group& group) {
    return static_cast<float>(group.lines.size() + 1) * ImGui::GetTextLineHeightWithSpacing() + px(12);
}

void draw_group(const Group& group) {
    section_title(group.title.c_str());
    for (const Line& line : group.lines) {
        const float left = ImGui::GetCursorPosX();
        mono_text(line.keys);
        ImGui::SameLine(0, 0);
        ImGui::SetCursorPosX(left + px(130));
        quiet_text(line.what);
    }
    gap(12);
}

}  // namespace

void HelpPage::toggle() {
    visible_ = take_focus_ = !visible_;
    filter_.clear();
}

void HelpPage::draw() {
    if (!visible_) return;
    const FloatingLook look;
    if (begin_page("Keys and mouse", visible_, {900, 700})) {
        const Scope scope("Help");
        if (take_focus_ && !ImGui::IsWindowAppearing()) {
            ImGui::SetKeyboardFocusHere();
            take_focus_ = false;
        }
        ImGui::SetNextItemWidth(px(280));
        ImGui::InputTextWithHint("##filter", "type to search", &filter_);
        ui().registry.add_last_item("Search", ControlKind::text);
        ImGui::SameLine(0, px(16));
        ImGui::AlignTextToFramePadding();
        quiet_text("Every command has a name, too: " + key_text(action(ActionId::palette).key) + ".");
        gap(8);
        const std::vector<Group> all = groups(filter_);
        if (all.empty()) quiet_text("Nothing is called so.");
        float total = 0.0f, left = 0.0f;
        for (const Group& group : all) total += height_of(group);
        ImGui::BeginChild("columns");
        const bool two = ImGui::GetContentRegionAvail().x > px(620) && all.size() > 1;
        if (ImGui::BeginTable("groups", two ? 2 : 1, ImGuiTableFlags_NoSavedSettings)) {
            ImGui::TableNextColumn();
            for (const Group& group : all) {
                // The second column begins where half of the lines are told.
                if (two && left > 0.0f && left + height_of(group) / 2 > total / 2 && ImGui::TableGetColumnIndex() == 0)
                    ImGui::TableNextColumn();
                left += height_of(group);
                draw_group(group);
            }
            ImGui::EndTable();
        }
        ImGui::EndChild();
    }
    ImGui::End();
}

}  // namespace afs::gui
