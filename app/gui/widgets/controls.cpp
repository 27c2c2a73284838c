#include "app/gui/widgets/controls.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

#include "app/gui/widgets/key_mark.h"

namespace afs::gui {
namespace {

// Of the DisabledBecause scopes that are open; empty between frames.
std::vector<const char*>& disabled_reasons() {
    thread_local std::vector<const char*> reasons;
    return reasons;
}

}  // namespace

Scope::Scope(const char* name) {
    ImGui::PushID(name);
    ui().registry.push_scope(name);
}
Scope::~Scope() {
    ui().registry.pop_scope();
    if (!unwinding_.now()) ImGui::PopID();
}

DisabledBecause::DisabledBecause(const char* reason) : active_(reason && reason[0]) {
    if (!active_) return;
    disabled_reasons().push_back(reason);
    ImGui::BeginDisabled();
}
DisabledBecause::~DisabledBecause() {
    if (!active_) return;
    disabled_reasons().pop_back();
    if (!unwinding_.now()) ImGui::EndDisabled();
}

FontScope::FontScope(ImFont* font, float size) { ImGui::PushFont(font, size); }
FontScope::~FontScope() {
    if (!unwinding_.now()) ImGui::PopFont();
}

void tooltip(const char* text, const char* second_line) {
    ui().registry.describe_last_item(text, second_line);
    const bool disabled = !disabled_reasons().empty();
    if (!disabled && !text[0] && !second_line[0]) return;
    if (!ImGui::IsItemHovered(ImGuiHoveredFlags_ForTooltip | ImGuiHoveredFlags_AllowWhenDisabled)) return;
    if (!ImGui::BeginTooltip()) return;
    ImGui::PushTextWrapPos(px(300));
    // A tooltip inside a disabled block would be faint too.
    ImGui::PushStyleVar(ImGuiStyleVar_Alpha, 1.0f);
    if (disabled) coloured_text(disabled_reasons().back(), colour::kWarning);
    if (text[0]) ImGui::TextUnformatted(text);
    if (second_line[0]) coloured_text(second_line, colour::kQuiet);
    ImGui::PopStyleVar();
    ImGui::PopTextWrapPos();
    ImGui::EndTooltip();
}

bool button(const char* label, const ButtonSpec& spec) {
    if (spec.lit) {
        ImGui::PushStyleColor(ImGuiCol_Button, colour::faded(colour::kAccent, 0x38));
        ImGui::PushStyleColor(ImGuiCol_ButtonHovered, colour::faded(colour::kAccent, 0x50));
    }
    const bool pressed = ImGui::Button(label, {spec.width, 0});
    if (spec.lit) ImGui::PopStyleColor(2);
    ui().registry.add_last_item(spec.name[0] ? spec.name : label, ControlKind::button);
    tooltip(spec.tooltip, spec.key);
    return pressed;
}

void button_row(std::size_t count, const std::function<void(std::size_t, float)>& draw) {
    const float between = px(2);
    const float width =
        (ImGui::GetContentRegionAvail().x - between * static_cast<float>(count - 1)) / static_cast<float>(count);
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(between, ImGui::GetStyle().ItemSpacing.y));
    // Narrow buttons keep their words whole as long as possible.
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(px(2), ImGui::GetStyle().FramePadding.y));
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) ImGui::SameLine();
        draw(i, width);
    }
    ImGui::PopStyleVar(2);
}

bool toggle(const char* label, bool& value, const char* text, bool default_value) {
    ImGui::PushStyleColor(ImGuiCol_Text, value != default_value ? colour::kText : colour::kQuiet);
    // The box is smaller than a field: rows of toggles stay calm.
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(ImGui::GetStyle().FramePadding.x, px(1)));
    // A group, so that what follows on the same line is not lowered too.
    ImGui::BeginGroup();
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() + px(2));
    const bool changed = ImGui::Checkbox(label, &value);
    ImGui::PopStyleVar();
    ImGui::PopStyleColor();
    ui().registry.add_last_item(label, ControlKind::toggle);
    key_target(ui().fields.path_of(&value));
    tooltip(text, default_value ? "default on" : "default off");
    ImGui::EndGroup();
    return changed;
}

bool choice(const char* label, int& index, std::span<const char* const> options, const char* text, int default_index) {
    const ImVec2 row = ImGui::GetCursorScreenPos();
    row_label(label, index != default_index);
    key_mark(label, ui().fields.path_of(&index), row,
             {ImGui::GetCursorScreenPos().x + ImGui::GetContentRegionAvail().x, row.y + ImGui::GetFrameHeight()});
    const Scope scope(label);
    const int before = index;
    button_row(options.size(), [&](std::size_t i, float width) {
        const bool chosen = static_cast<int>(i) == index;
        ImGui::PushStyleColor(ImGuiCol_Text, chosen ? colour::kText : colour::kQuiet);
        if (button(options[i], {.tooltip = text, .width = width, .lit = chosen})) index = static_cast<int>(i);
        ImGui::PopStyleColor();
    });
    return index != before;
}

void note_step(ImGuiID id) {
    ui().stepped_id = id;
    ui().stepped_at_s = ImGui::GetTime();
}

float label_width() { return px(84); }

void row_label(const char* label, bool changed) {
    const float left = ImGui::GetCursorPosX();
    const char* end = ImGui::FindRenderedTextEnd(label);
    ImGui::AlignTextToFramePadding();
    ImGui::PushStyleColor(ImGuiCol_Text, changed ? colour::kText : colour::kQuiet);
    ImGui::TextUnformatted(label, end);
    ImGui::PopStyleColor();
    ImGui::SameLine(0, 0);
    ImGui::SetCursorPosX(left + label_width());
}

std::string cut_to_width(const std::string& text, float width) {
    if (ImGui::CalcTextSize(text.c_str()).x <= width) return text;
    std::size_t low = 0, high = text.size();
    while (low < high) {
        const std::size_t middle = (low + high + 1) / 2;
        if (ImGui::CalcTextSize((text.substr(0, middle) + "\u2026").c_str()).x <= width)
            low = middle;
        else
            high = middle - 1;
    }
    while (low > 0 && (static_cast<unsigned char>(text[low]) & 0xC0) == 0x80) --low;  // never half a character
    return text.substr(0, low) + "\u2026";
}

std::string wrap_to_width(const std::string& text, float width) {
    const auto fits = [&](std::string_view part) {
        return ImGui::CalcTextSize(part.data(), part.data() + part.size()).x <= width;
    };
    if (width <= 0 || (text.find('\n') == std::string::npos && fits(text))) return text;
    std::string lines;
    std::string_view rest = text;
    while (!rest.empty()) {
        // The longest beginning that fits and ends at a place that may be broken.
        std::size_t taken = 0, next = 0;
        for (std::size_t end = 1; end <= rest.size(); ++end) {
            const bool last = end == rest.size(), newline = !last && rest[end] == '\n';
            if (!last && !newline && rest[end] != ' ') continue;
            if (!fits(rest.substr(0, end))) break;
            taken = end;
            next = last ? end : end + 1;
            if (newline) break;
        }
        if (taken == 0) {  // one word is longer than the line
            for (const std::string_view breaks : {"/", "-_"}) {
                for (std::size_t end = 1; end < rest.size() && rest[end] != ' ' && fits(rest.substr(0, end)); ++end)
                    if (breaks.find(rest[end - 1]) != std::string_view::npos) taken = end;
                if (taken > 0) break;
            }
            if (taken == 0)
                for (std::size_t end = 1; end <= rest.size() && fits(rest.substr(0, end)); ++end)
                    if (end == rest.size() || (static_cast<unsigned char>(rest[end]) & 0xC0) != 0x80) taken = end;
            if (taken == 0) {  // not one character fits: whole characters, one a line
                taken = 1;
                while (taken < rest.size() && (static_cast<unsigned char>(rest[taken]) & 0xC0) == 0x80) ++taken;
            }
            next = taken;
        }
        lines.append(rest.substr(0, taken));
        rest.remove_prefix(next);
        if (!rest.empty()) lines += '\n';
    }
    return lines;
}

bool progress_row(const std::string& doing, double fraction, const ButtonSpec& cancel) {
    quiet_text(doing);
    ButtonSpec spec = cancel;
    spec.width = px(64);
    ImGui::PushStyleColor(ImGuiCol_PlotHistogram, colour::kFill);
    ImGui::ProgressBar(fraction >= 0 ? static_cast<float>(fraction) : -static_cast<float>(ImGui::GetTime()),
                       {ImGui::GetContentRegionAvail().x - spec.width - ImGui::GetStyle().ItemSpacing.x, 0},
                       fraction >= 0 ? fmt::format("{:.0f} %", fraction * 100).c_str() : "");
    ImGui::PopStyleColor();
    ImGui::SameLine();
    return button("Cancel", spec);
}

void fact(const char* name, const std::string& value, ImU32 value_colour) {
    const float left = ImGui::GetCursorPosX();
    coloured_text(name, colour::kQuiet);
    ImGui::SameLine(0, 0);
    ImGui::SetCursorPosX(left + label_width());
    const FontScope mono(ui().fonts.mono);
    const std::string shown = cut_to_width(value, ImGui::GetContentRegionAvail().x);
    mono_text(shown, value_colour);
    if (shown != value) {
        const FontScope regular(ui().fonts.regular);
        tooltip(value.c_str());
    }
}

void coloured_text(const std::string& text, ImU32 text_colour) {
    ImGui::PushStyleColor(ImGuiCol_Text, text_colour);
    const std::string lines = wrap_to_width(text, ImGui::GetContentRegionAvail().x);
    ImGui::TextUnformatted(lines.data(), lines.data() + lines.size());
    ImGui::PopStyleColor();
}

void quiet_text(const std::string& text) { coloured_text(text, colour::kQuiet); }

void mono_text(const std::string& text, ImU32 text_colour) {
    const FontScope mono(ui().fonts.mono);
    ImGui::PushStyleColor(ImGuiCol_Text, text_colour);
    ImGui::TextUnformatted(text.data(), text.data() + text.size());
    ImGui::PopStyleColor();
}

void section_title(const char* title) {
    std::string capitals = title;
    std::transform(capitals.begin(), capitals.end(), capitals.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    const FontScope small(ui().fonts.bold, 11.5f);
    coloured_text(capitals, colour::kQuiet);
}

void gap(double height) { ImGui::Dummy({1.0f, px(height) - ImGui::GetStyle().ItemSpacing.y}); }

}  // namespace afs::gui
