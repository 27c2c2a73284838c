// The Help menu, and what its page of keys tells besides.
#include "app/gui/action_rows.h"
#include "app/gui/app.h"

namespace afs::gui {
namespace {

const Action kActions[] = {
    {.id = ActionId::palette,
     .word = "palette",
     .name = "Find a command\u2026",
     .run = [](App& app, const std::string&) { app.show_palette(); },
     .menu = Menu::help,
     .key = kCtrl | ImGuiKey_P,
     .tooltip = "Every command by its name; a number goes to that seed."},
    {.id = ActionId::help,
     .word = "keys",
     .name = "Keys and mouse",
     .run = [](App& app, const std::string&) { app.toggle_help(); },
     .menu = Menu::help,
     .key = ImGuiKey_F1},
    {.id = ActionId::about,
     .word = "about",
     .name = "About",
     .run = [](App& app, const std::string&) { app.show_about(); },
     .menu = Menu::help},
};

const KeyNote kNotes[] = {
    {"In the picture", "drag", "moves it"},
    {"In the picture", "Ctrl+drag", "turns it about its centre"},
    {"In the picture", "Shift+drag", "moves the view"},
    {"In the picture", "wheel", "zooms at the cursor"},
    {"In the picture", "double-click", "resets the transform"},
    {"In the picture", "right click", "copies or saves it"},
    {"In the picture", "up, down", "in Layer mode: the layer before or after", {ImGuiKey_UpArrow, ImGuiKey_DownArrow}},
    {"In the picture",
     "left, right",
     "in Layer mode: the channel before or after",
     {ImGuiKey_LeftArrow, ImGuiKey_RightArrow}},
    {"In the picture",
     "page up, down",
     "on a contact sheet: the leaf before or after",
     {ImGuiKey_PageUp, ImGuiKey_PageDown}},
    {"In the picture",
     "Esc",
     "on a contact sheet that is growing: ends it, keeps the pictures that it has",
     {ImGuiKey_Escape}},
    {"In the picture", "click", "on a contact sheet: goes to the seed; on a mosaic: shows the channel"},
    {"Numbers", "drag", "changes the value; with Alt ten times finer"},
    {"Numbers", "Ctrl+click", "types a value: 0.5, 1/8, pi/4, 45"},
    {"Numbers", "Enter", "types a value", {ImGuiKey_Enter}},
    {"Numbers", "double-click", "resets to the default"},
    {"Numbers",
     "left, right",
     "step; Shift ten times, Alt a tenth",
     {ImGuiKey_LeftArrow, ImGuiKey_RightArrow, kShift | ImGuiKey_LeftArrow, kShift | ImGuiKey_RightArrow}},
    {"Timeline", "drag", "on the ruler: moves through the film; on keys: moves them; elsewhere: selects"},
    {"Timeline", "Alt+drag", "copies keys"},
    {"Timeline", "Ctrl+click", "adds a key to the selection, or takes it out"},
    {"Timeline", "double-click", "in a lane: adds a key; on a key: goes there; on the ruler: shows the whole film"},
    {"Timeline", "wheel, Shift+wheel", "zooms the time at the cursor; moves through it"},
    {"Timeline", "Delete", "removes the selected keys", {ImGuiKey_Delete}},
    {"Timeline", "Ctrl+C, Ctrl+V", "copies the selected keys; puts copies at the playhead"},
    {"Timeline", "left, right", "a frame back or forward", {ImGuiKey_LeftArrow, ImGuiKey_RightArrow}},
    {"List of layers", "Ctrl+click", "compares the spectrum with that layer's"},
    {"Seed plane", "drag, throw", "walks; a throw drifts on"},
    {"Seed plane", "Alt+drag", "walks ten times finer"},
    {"Seed plane", "click", "goes to the nearest seed"},
    {"Everywhere", "Tab, Shift+Tab", "the next or previous control", {ImGuiKey_Tab, kShift | ImGuiKey_Tab}},
    {"Everywhere", "arrow keys", "the control beside, above or below"},
    {"Everywhere", "Ctrl+Tab", "the next panel", {kCtrl | ImGuiKey_Tab, kCtrl | kShift | ImGuiKey_Tab}},
    {"Everywhere", "Alt", "the menus"},
    {"Everywhere", "Esc", "closes what is open on top", {ImGuiKey_Escape}},
    {"File dialog", "Alt+Up", "the folder above", {kAlt | ImGuiKey_UpArrow}},
    {"File dialog", "Enter", "opens or saves", {ImGuiKey_Enter}},
};

}  // namespace

std::span<const Action> help_actions() { return kActions; }
std::span<const KeyNote> key_notes() { return kNotes; }

}  // namespace afs::gui
