// The diamond beside a control whose value a film can move: hollow where it has keys at other times, full where it has
// one here, and only there under the mouse where it has none. UI thread only, inside an ImGui window.
#pragma once

#include <imgui.h>

#include <string_view>

namespace afs::gui {

// Called when a row's label stands and its control is still to be drawn: the diamond lies at the end of the label's
// column. `row`: label and control, on the screen. Nothing for an empty path.
void key_mark(const char* label, std::string_view path, ImVec2 row_min, ImVec2 row_max);

// After a control without a diamond, an unlabelled one or a toggle: K means it when the mouse or the keyboard is on it.
void key_target(std::string_view path);

// The item of a control's context menu; nothing for an empty path.
void key_menu_item(std::string_view path);

// A diamond, as the timeline draws them, too.
void draw_diamond(ImDrawList* draw, ImVec2 centre, float radius, ImU32 fill, ImU32 line);

}  // namespace afs::gui
