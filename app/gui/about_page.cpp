#include "app/gui/about_page.h"

#include <imgui.h>

#include "app/gui/floating_look.h"
#include "app/gui/widgets/controls.h"

namespace afs::gui {

void AboutPage::draw(std::span<const LinkedPart> parts) {
    if (!visible_) return;
    const FloatingLook look;
    if (begin_page("About", visible_, {520, 600})) {
        const Scope scope("About");
        {
            const FontScope bold(ui().fonts.bold, 20.0f);
            ImGui::TextUnformatted("Alias-Free Studio");
        }
        quiet_text("Version " AFS_VERSION ", MIT licence. Explores, measures, films and trains alias-free generators.");
        gap(10);
        section_title("Linked");
        const float bottom = ImGui::GetFrameHeightWithSpacing() + px(8);
        constexpr auto flags =
            ImGuiTableFlags_NoSavedSettings | ImGuiTableFlags_ScrollY | ImGuiTableFlags_SizingFixedFit;
        if (ImGui::BeginTable("parts", 3, flags, {0, ImGui::GetContentRegionAvail().y - bottom})) {
            ImGui::TableSetupColumn("name", 0, px(190));
            ImGui::TableSetupColumn("version", 0, px(90));
            ImGui::TableSetupColumn("licence", ImGuiTableColumnFlags_WidthStretch);
            for (const LinkedPart& part : parts) {
                ImGui::TableNextRow();
                ImGui::TableNextColumn();
                ImGui::TextUnformatted(part.name.c_str());
                ImGui::TableNextColumn();
                mono_text(part.version);
                ImGui::TableNextColumn();
                quiet_text(part.licence);
            }
            ImGui::EndTable();
        }
        gap(8);
        if (button("Copy", {.tooltip = "The version and all of the list as text, for a report."})) {
            std::string text = "Alias-Free Studio " AFS_VERSION "\n";
            for (const LinkedPart& part : parts)
                text += part.name + (part.version.empty() ? "" : " " + part.version) + ", " + part.licence + "\n";
            ImGui::SetClipboardText(text.c_str());
        }
        ImGui::SameLine();
        if (button("Close", {.key = "Esc"})) visible_ = false;
    }
    ImGui::End();
}

}  // namespace afs::gui
