// Everything that a person can ask for by menu, key, button or name, in one table (its rows: action_rows.h): its name,
// its key, its place in the menus, when it is possible, what it does. Menus, shortcuts, the page of keys, the palette
// and `view --do` come from it. UI thread only. Panels need no more of it than ActionId and Commands.
#pragma once

#include <imgui.h>

#include <array>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace afs::gui {

class App;

enum class ActionId {
    open_dialog,
    open_model,    // argument: path
    open_network,  // argument: a network of the open file
    open_session,  // argument: path
    save_session,
    save_session_as,
    reopen_session,
    cancel_loading,
    end_sheet,
    load_latent,  // argument: "z", "w"
    save_latent,  // argument: "z", "w", "w+"
    save_picture,
    copy_picture,
    copy_command,
    use_as_a,
    show_a,
    go_to_a,
    screenshot,
    quit,
    undo,
    redo,
    go_to_history,  // argument: index
    go_to_seed,     // argument: seed
    reset_transform,
    reset_view_of_layer,
    random_latent,
    animate,
    play,
    loop_film,
    every_frame,
    film_start,
    film_end,
    frame_back,
    frame_forward,
    add_key,  // argument: path of the field; empty: what the mouse is on
    preset,   // argument: a word of film_presets()
    clear_film,
    record,
    record_live,
    record_window,
    cancel_recording,
    show_recording,
    forget_recording,
    show_picture,
    show_layer,
    show_spectrum,
    show_equivariance,
    show_sheet,
    fit,
    actual_size,
    zoom_in,
    zoom_out,
    smooth_pixels,
    toggle_panel,  // argument: title
    scale_up,
    scale_down,
    scale_normal,
    scale,      // argument: percent
    precision,  // argument: name
    threads,    // argument: number, 0: as started
    time_layers,
    live_equivariance,
    measure_equivariance,
    measure_layers,
    cancel_measurement,
    show_waterfall,
    average_layers,
    end_average,
    forget_average,
    reset_filters,
    add_spectrum_source,
    compare_with,  // argument: path of a source of spectra
    compare_spectra,
    cancel_compare_spectra,
    reset_layout,
    help,
    palette,
    about,
};

enum class Menu { none, file, edit, view, film, help };
[[nodiscard]] const char* menu_name(Menu menu);

// One of the arguments that an action may be given, as menus and the palette offer it.
struct Choice {
    std::string text, argument;
    bool ticked = false;
};

struct Action {
    ActionId id;
    const char* word;  // for `view --do`: "random-seed"
    const char* name;  // "Open…"
    void (*run)(App& app, const std::string& argument);
    Menu menu = Menu::none;
    ImGuiKeyChord key = 0;
    bool separator_before = false;
    bool repeats = false;  // while the key is held
    const char* tooltip = "";
    const char* (*why_not)(const App& app) = nullptr;  // why it cannot be done now; null or "": it can
    bool (*ticked)(const App& app) = nullptr;
    std::vector<Choice> (*choices)(const App& app) = nullptr;           // of an action that takes an argument
    std::optional<Choice> (*typed)(const std::string& text) = nullptr;  // what a text in the palette would mean to it
};

[[nodiscard]] std::span<const Action> actions();  // in the order of the menus
[[nodiscard]] const Action& action(ActionId id);
[[nodiscard]] const Action* find_action(const std::string& word);
[[nodiscard]] const char* why_not(const Action& action, const App& app);  // "": it can be done

[[nodiscard]] std::vector<Choice> film_preset_choices();  // app/gui/film_choices.h

// What keys and the mouse do in one place of the window: only told here, done by that place.
struct KeyNote {
    const char* place;                         // "In the picture"
    const char* keys;                          // "Ctrl+drag"
    const char* what;                          // "turns it about its centre"
    std::array<ImGuiKeyChord, 4> chords = {};  // keys that the place takes for itself
};
[[nodiscard]] std::span<const KeyNote> key_notes();

// Two uses of one key, in words; empty when there are none. A place may use a key that another place uses, too, but
// none that an action has.
[[nodiscard]] std::string key_conflict(std::span<const Action> actions, std::span<const KeyNote> notes);

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
