#include "app/gui/widgets/typed_field.h"

#include <fmt/format.h>
#include <imgui.h>
#include <imgui_internal.h>
#include <misc/cpp/imgui_stdlib.h>

#include <cmath>
#include <functional>

#include "app/gui/widgets/controls.h"
#include "app/gui/widgets/key_mark.h"
#include "app/gui/widgets/number_text.h"
#include "core/base/error.h"
#include "core/base/random_state.h"

namespace afs::gui {
namespace {

// Takes a text or throws an Error whose words are shown.
using Take = std::function<void(const std::string& text)>;

bool take_text(UiContext::TextEdit& edit, const Take& take) {
    try {
        take(edit.text);
        edit = {};
        return true;
    } catch (const Error& e) {
        edit.problem = e.what();
        return false;
    }
}

bool draw_menu(const std::string& present, const TypedFieldSpec& spec) {
    bool reset = false;
    if (!ImGui::BeginPopupContextItem("##menu")) return false;
    {  // ends before the popup does
        const FontScope regular(ui().fonts.regular);
        if (spec.has_reset) {
            reset = ImGui::MenuItem("Reset", std::to_string(spec.reset).c_str());
            ui().registry.add_last_item("Reset", ControlKind::menu);
        }
        if (ImGui::MenuItem("Copy")) ImGui::SetClipboardText(present.c_str());
    }
    ImGui::EndPopup();
    return reset;
}

bool typed_field(const char* name, const std::string& present, const Take& take, const char* range,
                 const TypedFieldSpec& spec, std::string_view field) {
    ImGui::PushID(name);
    const ImGuiID id = ImGui::GetID("##typed");
    auto& edit = ui().text;
    const bool editing = edit.id == id;
    // A text that was refused stays until another is typed; else the field follows the scene.
    std::string shown = editing ? edit.text : present;
    ImGui::SetNextItemWidth(spec.width > 0 ? spec.width : ImGui::GetContentRegionAvail().x);
    const bool quiet = !editing && !spec.bright;
    const ImU32 text_colour = editing && !edit.problem.empty() ? colour::kError
                              : quiet                          ? colour::kQuiet
                                                               : colour::kText;
    bool entered = false;
    {
        const FontScope mono(ui().fonts.mono);
        ImGui::PushStyleColor(ImGuiCol_Text, text_colour);
        entered = ImGui::InputText("##typed", &shown,
                                   ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll);
        ImGui::PopStyleColor();
    }
    ui().registry.add_last_item(name, ControlKind::text);
    key_target(field);
    const bool active = ImGui::IsItemActive(), edited = ImGui::IsItemEdited(),
               escaped = ImGui::IsItemDeactivated() && ImGui::IsKeyPressed(ImGuiKey_Escape);
    const bool double_clicked =
        spec.has_reset && active && ImGui::IsItemHovered() && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left);
    bool taken = false;
    if (entered) {
        edit = {id, shown, ""};
        taken = take_text(edit, take);
    } else if (edited) {
        edit = {id, shown, ""};
    } else if (editing && (escaped || (!active && edit.problem.empty()))) {
        edit = {};  // left without Enter: nothing was meant
    }
    if (!active && (!editing || edit.problem.empty())) {
        const std::string second =
            spec.has_reset ? fmt::format("{} Default {}.", range, spec.reset) : std::string(range);
        tooltip(spec.tooltip, second.c_str());
    }
    if (draw_menu(present, spec) || double_clicked) {
        if (double_clicked) ImGui::ClearActiveID();  // else the text being typed would come back
        if (edit.id == id) edit = {};
        take(std::to_string(spec.reset));
        taken = true;
    }
    ui().text_drawn_last = id;
    ImGui::PopID();
    return taken;
}

}  // namespace

bool seed_field(const char* name, std::uint32_t& seed, const TypedFieldSpec& spec) {
    return typed_field(
        name, std::to_string(seed), [&](const std::string& text) { seed = parse_seed(text); },
        "A whole number from 0 to 4294967295.", spec, ui().fields.path_of(&seed));
}

bool index_field(const char* name, int& index, int count, const char* what, const TypedFieldSpec& spec) {
    const std::string range = fmt::format("A whole number from 0 to {}.", count - 1);
    const auto take = [&](const std::string& text) {
        const auto typed = parse_typed_number(text);
        if (!typed || typed->value < 0 || typed->value >= count || typed->value != std::floor(typed->value))
            throw Error(ErrorKind::argument, fmt::format("\u201c{}\u201d is no {}", text, what),
                        fmt::format("it must be a whole number from 0 to {}", count - 1));
        index = static_cast<int>(typed->value);
    };
    return typed_field(name, std::to_string(index), take, range.c_str(), spec, ui().fields.path_of(&index));
}

void typed_problem() {
    const auto& edit = ui().text;
    if (edit.id != 0 && edit.id == ui().text_drawn_last && !edit.problem.empty())
        coloured_text(edit.problem, colour::kError);
}

}  // namespace afs::gui
