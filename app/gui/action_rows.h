// The rows of the table of actions (app/gui/actions.h), one file a menu: actions_file.cpp, actions_edit.cpp, ...
// Included by those and by nothing else. Another action is a row there and an ActionId.
#pragma once

#include "app/gui/actions.h"

namespace afs::gui {

[[nodiscard]] std::span<const Action> file_actions();
[[nodiscard]] std::span<const Action> edit_actions();
[[nodiscard]] std::span<const Action> view_actions();
[[nodiscard]] std::span<const Action> film_actions();
[[nodiscard]] std::span<const Action> help_actions();

inline constexpr ImGuiKeyChord kCtrl = ImGuiMod_Ctrl, kShift = ImGuiMod_Shift, kAlt = ImGuiMod_Alt;

// For Action::why_not.
[[nodiscard]] const char* without_picture(const App& app);

}  // namespace afs::gui
