// The Film menu: playing, keys, recording.
#include "app/gui/action_rows.h"
#include "app/gui/app.h"

namespace afs::gui {
namespace {

const Action kActions[] = {
    {.id = ActionId::play,
     .word = "play",
     .name = "Play or rest",
     .run = [](App& app, const std::string&) { app.play_or_rest(); },
     .menu = Menu::film,
     .key = ImGuiKey_Space,
     .tooltip = "Plays the film of the Timeline. Where there is none: starts what moved last, or stops all motion.",
     .why_not = without_picture,
     .ticked = [](const App& app) { return app.workspace().timeline.playing || app.workspace().animations.any(); }},
    {.id = ActionId::loop_film,
     .word = "loop-film",
     .name = "Loop",
     .run = [](App& app, const std::string&) { app.toggle_loop(); },
     .menu = Menu::film,
     .tooltip = "The frame after the last is the first, in the window and in what is recorded: keys go on over the "
                "end.",
     .ticked = [](const App& app) { return app.film().loop; }},
    {.id = ActionId::every_frame,
     .word = "every-frame",
     .name = "Play every frame",
     .run = [](App& app,
               const std::string&) { app.workspace().timeline.every_frame = !app.workspace().timeline.every_frame; },
     .menu = Menu::film,
     .tooltip = "However long it takes. Otherwise playing keeps the rate and leaves out what comes too late.",
     .ticked = [](const App& app) { return app.workspace().timeline.every_frame; }},
    {.id = ActionId::film_start,
     .word = "film-start",
     .name = "First frame",
     .run = [](App& app, const std::string&) { app.go_to_frame(0); },
     .menu = Menu::film,
     .key = ImGuiKey_Home,
     .separator_before = true},
    {.id = ActionId::film_end,
     .word = "film-end",
     .name = "Last frame",
     .run = [](App& app, const std::string&) { app.go_to_frame(app.film().frame_count() - 1); },
     .menu = Menu::film,
     .key = ImGuiKey_End},
    {.id = ActionId::frame_back,
     .word = "frame-back",
     .name = "Frame before",
     .run = [](App& app, const std::string&) { app.go_to_frame(app.workspace().timeline.frame - 1); },
     .menu = Menu::film,
     .key = ImGuiKey_Comma,
     .repeats = true},
    {.id = ActionId::frame_forward,
     .word = "frame-forward",
     .name = "Frame after",
     .run = [](App& app, const std::string&) { app.go_to_frame(app.workspace().timeline.frame + 1); },
     .menu = Menu::film,
     .key = ImGuiKey_Period,
     .repeats = true},
    {.id = ActionId::add_key,
     .word = "add-key",
     .name = "Add a key",
     .run = [](App& app, const std::string& path) { app.add_keys(path); },
     .menu = Menu::film,
     .key = ImGuiKey_K,
     .separator_before = true,
     .tooltip = "Point at a number, a switch, the picture or the plane of seeds and press K: the film moves it from "
                "then on.",
     .why_not = without_picture},
    {.id = ActionId::preset,
     .word = "preset",
     .name = "Presets",
     .run = [](App& app, const std::string& word) { app.put_preset(word); },
     .menu = Menu::film,
     .why_not = without_picture,
     .choices = [](const App&) { return film_preset_choices(); }},
    {.id = ActionId::clear_film,
     .word = "clear-film",
     .name = "Remove all tracks",
     .run = [](App& app, const std::string&) { app.clear_film(); },
     .menu = Menu::film,
     .why_not = [](const App& app) { return app.film().tracks.empty() ? "There is no film." : ""; }},

    {.id = ActionId::record,
     .word = "record",
     .name = "Record\u2026",
     .run = [](App& app, const std::string&) { app.show_record_page(); },
     .menu = Menu::film,
     .key = kCtrl | ImGuiKey_R,
     .separator_before = true,
     .tooltip = "The film of the Timeline into a file, frame by frame, in the background.",
     .why_not =
         [](const App& app) {
             return app.recorder().available() ? without_picture(app) : "Nothing is recorded here.";
         }},
    {.id = ActionId::record_live,
     .word = "record-live",
     .name = "Record the canvas live",
     .run = [](App& app, const std::string&) { app.record_live(LiveRecorder::Source::canvas); },
     .menu = Menu::film,
     .key = kCtrl | kShift | ImGuiKey_R,
     .tooltip = "What the canvas shows from now on, while you go on, at the Timeline's rate. Again: ends it.",
     .why_not = without_picture,
     .ticked =
         [](const App& app) { return app.live().recording() && app.live().source() == LiveRecorder::Source::canvas; }},
    {.id = ActionId::record_window,
     .word = "record-window",
     .name = "Record the window live",
     .run = [](App& app, const std::string&) { app.record_live(LiveRecorder::Source::window); },
     .menu = Menu::film,
     .tooltip =
         "Panels and all. There is no other way to film them: a session films what the canvas shows. Again: ends it.",
     .why_not = without_picture,
     .ticked =
         [](const App& app) { return app.live().recording() && app.live().source() == LiveRecorder::Source::window; }},
    {.id = ActionId::cancel_recording,
     .word = "cancel-recording",
     .name = "End the recording",
     .run = [](App& app, const std::string&) { app.cancel_recording(); },
     .menu = Menu::film,
     .tooltip = "What was made until then plays.",
     .why_not =
         [](const App& app) {
             return app.recorder().busy() || app.live().recording() ? "" : "Nothing is being recorded.";
         }},
    {.id = ActionId::show_recording,
     .word = "show-recording",
     .name = "Show the recording in its folder",
     .run = [](App& app, const std::string&) { app.show_recording(); },
     .menu = Menu::film,
     .why_not =
         [](const App& app) {
             return app.recorder().recording() || !app.live().path().empty() ? "" : "Nothing was recorded yet.";
         }},
    {.id = ActionId::forget_recording,
     .word = "forget-recording",
     .name = "Put the recording's message away",
     .run = [](App& app, const std::string&) { app.forget_recording(); },
     .why_not =
         [](const App& app) { return app.recorder().recording() && !app.recorder().busy() ? "" : "There is none."; }},
};

}  // namespace

std::span<const Action> film_actions() { return kActions; }

}  // namespace afs::gui
