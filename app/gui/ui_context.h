// What every widget of a window shares beside ImGui's own state: fonts, scale, the registry of controls, and the number
// that is being dragged or typed. Lives in the window (or in a test) and is found through ImGui's user data, so that
// there is no global. UI thread only.
#pragma once

#include <imgui.h>

#include <optional>
#include <string>

#include "app/gui/control_registry.h"
#include "app/gui/field_marks.h"
#include "app/gui/theme.h"

namespace afs::gui {

struct UiContext {
    Fonts fonts;
    float scale = 1.0f;  // 1 = 100 %
    ControlRegistry registry;
    FieldMarks fields;

    // A keyboard step edits without holding anything; it counts here so that repeated steps make one undo entry.
    ImGuiID stepped_id = 0;
    double stepped_at_s = -1.0;

    struct NumberDrag {
        ImGuiID id = 0;
        double value = 0.0;  // unrounded, so that slow drags add up
        bool moved = false;
        float pressed_at_x = 0.0f;
    } drag;

    struct NumberEdit {
        ImGuiID id = 0;
        std::string text;
        bool take_focus = false;
        std::string problem;  // why the text was refused; empty: it was not
    } edit;

    struct TextEdit {  // of a seed, a class, a folder: taken with Enter
        ImGuiID id = 0;
        std::string text, problem;
    } text;
    ImGuiID text_drawn_last = 0;
};

// Of the current ImGui context; valid between attach_ui and the context's end.
[[nodiscard]] inline UiContext& ui() { return *static_cast<UiContext*>(ImGui::GetIO().UserData); }
inline void attach_ui(UiContext& context) { ImGui::GetIO().UserData = &context; }

[[nodiscard]] inline float px(double at_100_percent) { return static_cast<float>(at_100_percent) * ui().scale; }

}  // namespace afs::gui
