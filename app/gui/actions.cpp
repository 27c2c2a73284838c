#include "app/gui/actions.h"

#include <algorithm>
#include <array>

#include "core/base/error.h"

namespace afs::gui {
namespace {

constexpr ImGuiKeyChord kCtrl = ImGuiMod_Ctrl, kShift = ImGuiMod_Shift, kAlt = ImGuiMod_Alt;

// Ctrl+S stays free for sessions, R for recording.
const std::array kActions = {
    Action{.id = ActionId::open_dialog, .name = "Open model\u2026", .menu = Menu::file, .key = kCtrl | ImGuiKey_O},
    Action{.id = ActionId::open_model, .name = "Open a recent model"},
    Action{.id = ActionId::cancel_loading, .name = "Cancel loading"},
    Action{.id = ActionId::save_picture,
           .name = "Save picture\u2026",
           .menu = Menu::file,
           .key = kCtrl | kShift | ImGuiKey_S,
           .separator_before = true},
    Action{.id = ActionId::copy_picture,
           .name = "Copy picture",
           .menu = Menu::edit,
           .key = kCtrl | kShift | ImGuiKey_C,
           .tooltip = "As an image, for other programs."},
    Action{.id = ActionId::copy_command,
           .name = "Copy as command",
           .menu = Menu::edit,
           .key = kCtrl | ImGuiKey_C,
           .tooltip = "The command line that renders this picture."},
    Action{.id = ActionId::screenshot, .name = "Save a picture of the window", .menu = Menu::file, .key = ImGuiKey_F12},
    Action{
        .id = ActionId::quit, .name = "Quit", .menu = Menu::file, .key = kCtrl | ImGuiKey_Q, .separator_before = true},
    Action{.id = ActionId::undo, .name = "Undo", .menu = Menu::edit, .key = kCtrl | ImGuiKey_Z, .repeats = true},
    Action{
        .id = ActionId::redo, .name = "Redo", .menu = Menu::edit, .key = kCtrl | kShift | ImGuiKey_Z, .repeats = true},
    Action{.id = ActionId::go_to_history, .name = "Go to a point of the history"},
    Action{.id = ActionId::random_latent,
           .name = "Random seed",
           .menu = Menu::edit,
           .key = ImGuiKey_N,
           .separator_before = true},
    Action{.id = ActionId::animate,
           .name = "Animate or rest",
           .menu = Menu::edit,
           .key = ImGuiKey_Space,
           .tooltip = "Stops all motion, or starts what moved last."},
    Action{.id = ActionId::reset_transform, .name = "Reset transform", .menu = Menu::edit, .key = ImGuiKey_T},
    Action{.id = ActionId::reset_view_of_layer, .name = "Reset channel, gain and normalisation"},
    Action{.id = ActionId::show_picture, .name = "Picture", .menu = Menu::view, .key = kAlt | ImGuiKey_1},
    Action{.id = ActionId::show_layer, .name = "Layer", .menu = Menu::view, .key = kAlt | ImGuiKey_2},
    Action{.id = ActionId::fit, .name = "Fit", .menu = Menu::view, .key = ImGuiKey_F, .separator_before = true},
    Action{.id = ActionId::actual_size, .name = "100 %", .menu = Menu::view, .key = ImGuiKey_1},
    Action{.id = ActionId::zoom_in, .name = "Zoom in", .menu = Menu::view, .key = ImGuiKey_Equal, .repeats = true},
    Action{.id = ActionId::zoom_out, .name = "Zoom out", .menu = Menu::view, .key = ImGuiKey_Minus, .repeats = true},
    Action{.id = ActionId::smooth_pixels,
           .name = "Smooth pixels",
           .menu = Menu::view,
           .tooltip = "Interpolates the picture below 800 %."},
    Action{.id = ActionId::scale_up,
           .name = "Larger interface",
           .menu = Menu::view,
           .key = kCtrl | ImGuiKey_Equal,
           .separator_before = true,
           .repeats = true},
    Action{.id = ActionId::scale_down,
           .name = "Smaller interface",
           .menu = Menu::view,
           .key = kCtrl | ImGuiKey_Minus,
           .repeats = true},
    Action{.id = ActionId::scale_normal, .name = "Interface at 100 %", .menu = Menu::view, .key = kCtrl | ImGuiKey_0},
    Action{.id = ActionId::reset_layout,
           .name = "Reset layout",
           .menu = Menu::view,
           .separator_before = true,
           .tooltip = "Puts every panel back where it was at the first start."},
    Action{.id = ActionId::help, .name = "Keys and mouse", .menu = Menu::help, .key = ImGuiKey_F1},
    Action{.id = ActionId::about, .name = "About", .menu = Menu::help},
};

}  // namespace

std::span<const Action> actions() { return kActions; }

const Action& action(ActionId id) {
    const auto found = std::find_if(kActions.begin(), kActions.end(), [&](const Action& a) { return a.id == id; });
    AFS_CHECK(found != kActions.end());
    return *found;
}

std::string key_text(ImGuiKeyChord key) {
    if (key == 0) return {};
    std::string text;
    if (key & ImGuiMod_Ctrl) text += "Ctrl+";
    if (key & ImGuiMod_Shift) text += "Shift+";
    if (key & ImGuiMod_Alt) text += "Alt+";
    const auto plain = static_cast<ImGuiKey>(key & ~ImGuiMod_Mask_);
    if (plain == ImGuiKey_Equal) return text + "+";
    if (plain == ImGuiKey_Minus) return text + "\u2212";
    return text + ImGui::GetKeyName(plain);
}

}  // namespace afs::gui
