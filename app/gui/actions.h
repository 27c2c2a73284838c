// Everything that a person can ask for by menu, key or button, in one table: its name, its key, its place in the menus.
// Menus, shortcuts and the help page are drawn from it. What an action does is App's affair.
#pragma once

#include <imgui.h>

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace afs::gui {

enum class ActionId {
    open_dialog,
    open_model,  // argument: path
    cancel_loading,
    save_picture,
    copy_picture,
    copy_command,
    screenshot,
    quit,
    undo,
    redo,
    go_to_history,  // argument: index
    reset_transform,
    reset_view_of_layer,
    random_latent,
    animate,
    show_picture,
    show_layer,
    fit,
    actual_size,
    zoom_in,
    zoom_out,
    smooth_pixels,
    scale_up,
    scale_down,
    scale_normal,
    reset_layout,
    help,
    about,
};

enum class Menu { none, file, edit, view, help };

struct Action {
    ActionId id;
    const char* name;  // "Open model…"
    Menu menu = Menu::none;
    ImGuiKeyChord key = 0;
    bool separator_before = false;
    bool repeats = false;  // while the key is held
    const char* tooltip = "";
};

[[nodiscard]] std::span<const Action> actions();
[[nodiscard]] const Action& action(ActionId id);
[[nodiscard]] std::string key_text(ImGuiKeyChord key);  // "Ctrl+Shift+Z"; empty for none

// What panels and menus ask for during a frame; App carries it out at the frame's end, after the panels' edits.
class Commands {
  public:
    struct Command {
        ActionId action;
        std::string argument;
    };
    void run(ActionId id, std::string argument = {}) { commands_.push_back({id, std::move(argument)}); }
    [[nodiscard]] std::vector<Command> take() { return std::exchange(commands_, {}); }

  private:
    std::vector<Command> commands_;
};

}  // namespace afs::gui
