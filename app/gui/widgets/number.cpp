#include "app/gui/widgets/number.h"

#include <fmt/format.h>
#include <imgui_internal.h>
#include <misc/cpp/imgui_stdlib.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "app/gui/widgets/controls.h"
#include "app/gui/widgets/key_mark.h"
#include "app/gui/widgets/number_text.h"

namespace afs::gui {
namespace {

constexpr float kDragThreshold = 3.0f;  // a double-click that trembles must not move anything

double round_to(double value, int decimals) {
    const double factor = std::pow(10.0, decimals);
    const double rounded = std::nearbyint(value * factor) / factor;
    return std::isfinite(rounded) ? rounded : value;
}

// What a scene takes (core/scene/scene_fields.h) where the slider's range is none.
constexpr double kFarthest = 1e6;

double lowest(const NumberSpec& spec) { return spec.unbounded ? -kFarthest : spec.min; }
double highest(const NumberSpec& spec) { return spec.unbounded ? kFarthest : spec.max; }
double limit(double value, const NumberSpec& spec) { return std::clamp(value, lowest(spec), highest(spec)); }

// The slider's place of a value, 0..1 inside its range, and back.
double to_track(double value, const NumberSpec& spec) {
    if (spec.logarithmic) return std::log(std::max(value, 1e-9) / spec.min) / std::log(spec.max / spec.min);
    return spec.max > spec.min ? (value - spec.min) / (spec.max - spec.min) : 0.0;
}
double from_track(double place, const NumberSpec& spec) {
    if (spec.logarithmic) return spec.min * std::pow(spec.max / spec.min, place);
    return spec.min + place * (spec.max - spec.min);
}

std::string shown_text(double value, const NumberSpec& spec) {
    // A typed 0.125 is shown whole in a row of two decimals; what the mouse or a motion made is shown rounded.
    int decimals = spec.decimals;
    while (decimals < spec.decimals + 2 && std::fabs(value - round_to(value, decimals)) > 1e-9) ++decimals;
    if (std::fabs(value - round_to(value, decimals)) > 1e-9) decimals = spec.decimals;
    return number_text(value, decimals);
}

std::string with_unit(const std::string& text, const char* unit) {
    if (!unit[0]) return text;
    return text + (std::string_view(unit) == "\u00b0" ? "" : " ") + unit;
}

void begin_typing(ImGuiID id, double value, const NumberSpec& spec) {
    ui().edit = {id, number_text(value, spec.decimals + 3), true, ""};
}

// The row while its value is typed. True when a new value was taken.
bool type_value(ImGuiID id, const char* label, double& value, const NumberSpec& spec, float width) {
    auto& edit = ui().edit;
    if (edit.take_focus) ImGui::SetKeyboardFocusHere();
    ImGui::SetNextItemWidth(width);
    const FontScope mono(ui().fonts.mono);
    const bool refused = !edit.problem.empty();
    if (refused) ImGui::PushStyleColor(ImGuiCol_Text, colour::kError);
    const bool entered = ImGui::InputText("##typed", &edit.text,
                                          ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll);
    if (refused) ImGui::PopStyleColor();
    ui().registry.add_last_item(label, ControlKind::text);
    const bool left = ImGui::IsItemDeactivated(), focused_now = edit.take_focus;
    edit.take_focus = false;
    if (ImGui::IsItemEdited()) edit.problem.clear();
    if (!edit.problem.empty()) {
        const FontScope regular(ui().fonts.regular);
        ImGui::SetTooltip("%s", edit.problem.c_str());
    }
    if (!entered && !left) return false;
    if (focused_now) return false;
    if (!entered && ImGui::IsKeyPressed(ImGuiKey_Escape)) {
        edit.id = 0;
        return false;
    }
    const auto typed = parse_typed_number(edit.text);
    const double in_unit = !typed                         ? 0.0
                           : spec.angle && typed->uses_pi ? typed->value * 180.0 / std::numbers::pi
                                                          : typed->value;
    const std::string problem = !typed ? "This is not a number.\nExamples: 0.5   1/8   pi/4   45"
                                : in_unit == limit(in_unit, spec)
                                    ? ""
                                    : fmt::format("{} goes from {} to {}.", label,
                                                  with_unit(number_text(lowest(spec), spec.decimals), spec.unit),
                                                  with_unit(number_text(highest(spec), spec.decimals), spec.unit));
    if (!problem.empty()) {  // said in its place after Enter; a field that is left forgets it
        if (entered) {
            edit.problem = problem;
            edit.take_focus = true;
        } else {
            edit.id = 0;
        }
        return false;
    }
    edit.id = 0;
    const bool changed = in_unit != value;
    value = in_unit;
    (void)id;
    return changed;
}

// The filled part, the default's mark and the knob. Where the value is written, from `text_left` on, the knob is only
// its two ends, so that no figure is struck through.
void draw_fill(const ImRect& box, double value, const NumberSpec& spec, bool held, float text_left) {
    ImDrawList* draw = ImGui::GetWindowDrawList();
    const float rounding = ImGui::GetStyle().FrameRounding;
    const auto at = [&](double v) {
        return box.Min.x + static_cast<float>(std::clamp(to_track(v, spec), 0.0, 1.0)) * box.GetWidth();
    };
    const auto fade = [](ImU32 c) { return ImGui::GetColorU32(c); };  // disabled rows are fainter
    // Filled from the default to the value: what is changed, and which way, is seen at a glance.
    const float reset = at(spec.reset), from = at(spec.origin.value_or(spec.reset)), to = at(value);
    if (std::fabs(to - from) >= 1.0f)
        draw->AddRectFilled(
            {std::min(from, to), box.Min.y}, {std::max(from, to), box.Max.y}, fade(colour::kFill),
            std::min(from, to) <= box.Min.x + 1 || std::max(from, to) >= box.Max.x - 1 ? rounding : 0.0f);
    draw->AddRectFilled({reset - px(0.5), box.Max.y - px(4)}, {reset + px(0.5), box.Max.y}, fade(colour::kQuiet));
    const float knob = std::clamp(to, box.Min.x + px(1), box.Max.x - px(1));
    const ImU32 knob_colour = fade(held ? colour::kAccent : colour::kQuiet);
    const float top = box.Min.y + px(2), bottom = box.Max.y - px(2), end = px(3);
    const bool under_text = knob + px(2) > text_left && knob < box.Max.x - px(6);
    const auto part = [&](float from_y, float to_y) {
        draw->AddRectFilled({knob - px(1), from_y}, {knob + px(1), to_y}, knob_colour, px(1));
    };
    if (under_text) {
        part(box.Min.y, box.Min.y + end);
        part(box.Max.y - end, box.Max.y);
    } else {
        part(top, bottom);
    }
}

void draw_track(const ImRect& box, double value, const NumberSpec& spec, bool hovered, bool held, ImU32 text_colour) {
    ImDrawList* draw = ImGui::GetWindowDrawList();
    const float rounding = ImGui::GetStyle().FrameRounding;
    const auto fade = [](ImU32 c) { return ImGui::GetColorU32(c); };  // disabled rows are fainter
    draw->AddRectFilled(box.Min, box.Max, fade(hovered || held ? colour::kFieldHovered : colour::kField), rounding);
    const FontScope mono(ui().fonts.mono);
    const std::string text = with_unit(shown_text(value, spec), spec.unit);
    const ImVec2 size = ImGui::CalcTextSize(text.c_str());
    const ImVec2 text_at(box.Max.x - size.x - px(7), box.Min.y + (box.GetHeight() - size.y) / 2);
    if (!spec.plain)
        draw_fill(box, value, spec, held, text_at.x);
    else if (held)
        draw->AddRect(box.Min, box.Max, colour::kAccent, rounding, px(1));
    draw->AddText(text_at, fade(text_colour), text.c_str());
}

bool step_with_keys(ImGuiID id, double& value, const NumberSpec& spec) {
    ImGuiContext& g = *ImGui::GetCurrentContext();
    if (g.NavId != id || !ImGui::IsWindowFocused()) return false;
    // The arrows belong to this row while it has the focus; up and down still move between rows.
    ImGui::SetKeyOwner(ImGuiKey_LeftArrow, id);
    ImGui::SetKeyOwner(ImGuiKey_RightArrow, id);
    const int direction = (ImGui::IsKeyPressed(ImGuiKey_RightArrow, ImGuiInputFlags_Repeat, id) ? 1 : 0) -
                          (ImGui::IsKeyPressed(ImGuiKey_LeftArrow, ImGuiInputFlags_Repeat, id) ? 1 : 0);
    if (direction == 0) return false;
    const ImGuiIO& io = ImGui::GetIO();
    const double step = spec.step * (io.KeyShift ? 10.0 : io.KeyAlt ? 0.1 : 1.0);
    const double next = limit(round_to(value + direction * step, spec.decimals + 3), spec);
    ui().stepped_id = id;
    ui().stepped_at_s = ImGui::GetTime();
    const bool changed = next != value;
    value = next;
    return changed;
}

bool drag(ImGuiID id, const ImRect& box, double& value, const NumberSpec& spec) {
    auto& state = ui().drag;
    const ImGuiIO& io = ImGui::GetIO();
    if (state.id != id) return false;
    if (!state.moved) {
        if (std::fabs(io.MousePos.x - state.pressed_at_x) < kDragThreshold) return false;
        state.moved = true;
        state.value =
            from_track(to_track(state.value, spec) + (io.MousePos.x - state.pressed_at_x) / box.GetWidth(), spec);
    } else {
        const double fine = io.KeyAlt ? 0.1 : 1.0;
        state.value = from_track(to_track(state.value, spec) + fine * io.MouseDelta.x / box.GetWidth(), spec);
    }
    if (!spec.unbounded) state.value = std::clamp(state.value, spec.min, spec.max);
    const double next = limit(round_to(state.value, spec.decimals + (io.KeyAlt ? 1 : 0)), spec);
    const bool changed = next != value;
    value = next;
    return changed;
}

}  // namespace

bool number(const char* label, double& value, const NumberSpec& spec) {
    ImGuiWindow* window = ImGui::GetCurrentWindow();
    if (window->SkipItems) return false;
    const bool differs = value != spec.reset;
    const std::string_view field = ui().fields.path_of(&value);
    const ImVec2 row = window->DC.CursorPos;
    if (spec.labelled) row_label(label, differs);
    const float width = spec.width > 0 ? spec.width : ImGui::GetContentRegionAvail().x;
    if (spec.labelled) key_mark(label, field, row, {window->DC.CursorPos.x + width, row.y + ImGui::GetFrameHeight()});
    ImGui::PushID(label);
    const ImGuiID id = window->GetID("##value");
    bool changed = false;
    if (ui().edit.id == id) {
        changed = type_value(id, label, value, spec, width);
        ImGui::PopID();
        return changed;
    }

    const ImVec2 at = window->DC.CursorPos;
    const ImRect box(at, {at.x + width, at.y + ImGui::GetFrameHeight()});
    ImGui::ItemSize(box, ImGui::GetStyle().FramePadding.y);
    if (ImGui::ItemAdd(box, id)) {
        bool hovered = false, held = false;
        const bool pressed = ImGui::ButtonBehavior(box, id, &hovered, &held);
        ui().registry.add_last_item(label, ControlKind::number);
        key_target(field);
        const ImGuiIO& io = ImGui::GetIO();
        const bool by_key = ImGui::GetCurrentContext()->NavActivateId == id;
        if (ImGui::IsItemActivated() && !by_key) {
            ui().drag = {id, value, false, io.MousePos.x};
            if (io.KeyCtrl) begin_typing(id, value, spec);
        }
        if (pressed && by_key) begin_typing(id, value, spec);
        if (hovered && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) {
            changed |= value != spec.reset;
            value = spec.reset;
            ui().drag.id = 0;
        } else if (held || ImGui::IsItemDeactivated()) {  // a quick hand moves and lets go within one frame
            changed |= drag(id, box, value, spec);
        }
        changed |= step_with_keys(id, value, spec);
        if (hovered || held) ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
        draw_track(box, value, spec, hovered, held, value != spec.reset ? colour::kText : colour::kQuiet);
        ImGui::RenderNavCursor(box, id);
        if (ImGui::BeginPopupContextItem("##menu")) {
            {  // ends before the popup does
                const FontScope regular(ui().fonts.regular);
                if (ImGui::MenuItem("Reset", with_unit(number_text(spec.reset, spec.decimals), spec.unit).c_str())) {
                    changed |= value != spec.reset;
                    value = spec.reset;
                }
                if (ImGui::MenuItem("Type a value\u2026", "Ctrl+click")) begin_typing(id, value, spec);
                if (ImGui::MenuItem("Copy")) ImGui::SetClipboardText(fmt::format("{}", value).c_str());
                key_menu_item(field);
            }
            ImGui::EndPopup();
        } else if (!held) {
            const std::string second =
                fmt::format("Default {}. Double-click resets, Ctrl+click types, Alt-drag is finer.",
                            with_unit(number_text(spec.reset, spec.decimals), spec.unit));
            tooltip(spec.tooltip, second.c_str());
        }
    }
    ImGui::PopID();
    return changed;
}

bool whole_number(const char* label, int& value, const WholeNumberSpec& spec) {
    double as_double = value;
    const std::string field(ui().fields.path_of(&value));
    const FieldScope of_field(field.empty() ? nullptr : field.c_str());
    number(label, as_double,
           {.min = static_cast<double>(spec.min),
            .max = static_cast<double>(spec.max),
            .reset = static_cast<double>(spec.reset),
            .unit = spec.unit,
            .decimals = 0,
            .step = 1.0,
            .tooltip = spec.tooltip,
            .labelled = spec.labelled,
            .width = spec.width});
    const int rounded = static_cast<int>(
        std::clamp(std::nearbyint(as_double), static_cast<double>(spec.min), static_cast<double>(spec.max)));
    const bool changed = rounded != value;
    value = rounded;
    return changed;
}

}  // namespace afs::gui
