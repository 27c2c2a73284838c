#include "app/gui/widgets/seed_field.h"

#include <fmt/format.h>
#include <imgui.h>
#include <misc/cpp/imgui_stdlib.h>

#include "app/gui/widgets/controls.h"
#include "core/base/error.h"
#include "core/base/random_state.h"

namespace afs::gui {
namespace {

bool take_text(UiContext::TextEdit& edit, std::uint32_t& seed) {
    try {
        seed = parse_seed(edit.text);
        edit = {};
        return true;
    } catch (const Error& e) {
        edit.problem = e.what();
        return false;
    }
}

bool draw_menu(std::uint32_t& seed, const SeedFieldSpec& spec) {
    bool taken = false;
    if (!ImGui::BeginPopupContextItem("##menu")) return false;
    const FontScope regular(ui().fonts.regular);
    if (spec.has_reset && ImGui::MenuItem("Reset", std::to_string(spec.reset).c_str())) {
        seed = spec.reset;
        taken = true;
    }
    if (ImGui::MenuItem("Copy")) ImGui::SetClipboardText(std::to_string(seed).c_str());
    ImGui::EndPopup();
    return taken;
}

}  // namespace

bool seed_field(const char* name, std::uint32_t& seed, const SeedFieldSpec& spec) {
    ImGui::PushID(name);
    const ImGuiID id = ImGui::GetID("##seed");
    auto& edit = ui().text;
    const bool editing = edit.id == id;
    // A text that was refused stays until another is typed; else the field follows the scene.
    std::string shown = editing ? edit.text : std::to_string(seed);
    ImGui::SetNextItemWidth(spec.width > 0 ? spec.width : ImGui::GetContentRegionAvail().x);
    const bool quiet = !editing && !spec.bright;
    const ImU32 text_colour = editing && !edit.problem.empty() ? colour::kError
                              : quiet                          ? colour::kQuiet
                                                               : colour::kText;
    bool entered = false;
    {
        const FontScope mono(ui().fonts.mono);
        ImGui::PushStyleColor(ImGuiCol_Text, text_colour);
        entered = ImGui::InputText("##seed", &shown,
                                   ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll);
        ImGui::PopStyleColor();
    }
    ui().registry.add_last_item(name, ControlKind::text);
    const bool active = ImGui::IsItemActive(), edited = ImGui::IsItemEdited(),
               escaped = ImGui::IsItemDeactivated() && ImGui::IsKeyPressed(ImGuiKey_Escape);
    bool taken = false;
    if (entered) {
        edit = {id, shown, ""};
        taken = take_text(edit, seed);
    } else if (edited) {
        edit = {id, shown, ""};
    } else if (editing && (escaped || (!active && edit.problem.empty()))) {
        edit = {};  // left without Enter: nothing was meant
    }
    if (!active && (!editing || edit.problem.empty())) tooltip(spec.tooltip, "A whole number from 0 to 4294967295.");
    taken = draw_menu(seed, spec) || taken;
    ui().text_drawn_last = id;
    ImGui::PopID();
    return taken;
}

void seed_problem() {
    const auto& edit = ui().text;
    if (edit.id != 0 && edit.id == ui().text_drawn_last && !edit.problem.empty())
        coloured_text(edit.problem, colour::kError);
}

}  // namespace afs::gui
