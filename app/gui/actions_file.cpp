// The File menu.
#include "app/gui/action_rows.h"
#include "app/gui/app.h"
#include "app/gui/scene_words.h"

namespace afs::gui {
namespace {

std::vector<Choice> recent_models(const App& app) {
    std::vector<Choice> choices;
    for (const std::string& path : app.preferences().recent_files)
        choices.push_back({file_name(path), path, path == app.scene().model.path});
    return choices;
}

std::vector<Choice> networks_of_file(const App& app) {
    std::vector<Choice> choices;
    if (!app.info().network) return choices;
    for (const std::string& name : generators_of(*app.info().network))
        choices.push_back({name, name, name == app.scene().model.which});
    return choices;
}

std::vector<Choice> latents_to_save(const App& app) {
    std::vector<Choice> choices = {{"W, before truncation and mixing\u2026", "w"}, {"W+, as shown\u2026", "w+"}};
    if (why_no_z(app.scene().latent)[0] == '\0') choices.insert(choices.begin(), {"Z\u2026", "z"});
    return choices;
}

std::vector<Choice> recent_sessions(const App& app) {
    std::vector<Choice> choices;
    for (const std::string& path : app.preferences().recent_sessions)
        choices.push_back({file_name(path), path, path == app.preferences().session_file});
    return choices;
}

const Action kActions[] = {
    {.id = ActionId::open_dialog,
     .word = "open",
     .name = "Open\u2026",
     .run = [](App& app, const std::string&) { app.show_open_dialog(); },
     .menu = Menu::file,
     .key = kCtrl | ImGuiKey_O,
     .tooltip = "A model, a session or a latent, found by what is in the file."},
    {.id = ActionId::open_model,
     .word = "open-model",
     .name = "Recent models",
     .run = [](App& app, const std::string& path) { app.open_model(path); },
     .menu = Menu::file,
     .why_not = [](const App& app) { return app.preferences().recent_files.empty() ? "Nothing was opened yet." : ""; },
     .choices = recent_models},
    {.id = ActionId::open_network,
     .word = "open-network",
     .name = "Networks of this file",
     .run = [](App& app, const std::string& which) { app.open_network(which); },
     .menu = Menu::file,
     .why_not = without_picture,
     .choices = networks_of_file},
    {.id = ActionId::open_session,
     .word = "open-session",
     .name = "Recent sessions",
     .run = [](App& app, const std::string& path) { app.open_session(path); },
     .menu = Menu::file,
     .why_not =
         [](const App& app) { return app.preferences().recent_sessions.empty() ? "No session was saved yet." : ""; },
     .choices = recent_sessions},
    {.id = ActionId::cancel_loading,
     .word = "cancel-loading",
     .name = "Cancel loading",
     .run = [](App& app, const std::string&) { app.cancel_loading(); },
     .menu = Menu::file,
     .why_not = [](const App& app) { return app.info().opening.empty() ? "Nothing is being loaded." : ""; }},
    {.id = ActionId::load_latent,
     .word = "load-latent",
     .name = "Load latent",
     .run = [](App& app, const std::string& kind) { app.show_load_latent_dialog(kind); },
     .menu = Menu::file,
     .separator_before = true,
     .why_not = without_picture,
     .choices =
         [](const App&) {
             return std::vector<Choice>{{"Z from a file\u2026", "z"}, {"W or W+ from a file\u2026", "w"}};
         }},
    {.id = ActionId::save_latent,
     .word = "save-latent",
     .name = "Save latent",
     .run = [](App& app, const std::string& kind) { app.show_save_latent_dialog(kind); },
     .menu = Menu::file,
     .why_not = without_picture,
     .choices = latents_to_save},
    {.id = ActionId::save_session,
     .word = "save-session",
     .name = "Save session",
     .run = [](App& app, const std::string&) { app.save_session(); },
     .menu = Menu::file,
     .key = kCtrl | ImGuiKey_S,
     .separator_before = true,
     .tooltip = "Everything that decides the picture, as a file. `afstudio images --session` gives the same pixels.",
     .why_not = without_picture},
    {.id = ActionId::save_session_as,
     .word = "save-session-as",
     .name = "Save session as\u2026",
     .run = [](App& app, const std::string&) { app.show_save_session_dialog(); },
     .menu = Menu::file,
     .key = kCtrl | kShift | ImGuiKey_S,
     .why_not = without_picture},
    {.id = ActionId::reopen_session,
     .word = "reopen-session",
     .name = "Start with what was open last",
     .run =
         [](App& app, const std::string&) {
             app.change_preferences([](Preferences& p) { p.reopen_session = !p.reopen_session; });
         },
     .menu = Menu::file,
     .tooltip = "Off: the demo, unless a model or a session is named.",
     .ticked = [](const App& app) { return app.preferences().reopen_session; }},
    {.id = ActionId::save_picture,
     .word = "save-picture",
     .name = "Save picture\u2026",
     .run = [](App& app, const std::string&) { app.show_save_dialog(); },
     .menu = Menu::file,
     .key = kCtrl | ImGuiKey_E,
     .separator_before = true,
     .why_not = without_picture},
    {.id = ActionId::screenshot,
     .word = "window-picture",
     .name = "Save a picture of the window",
     .run = [](App& app, const std::string&) { app.ask_for_screenshot(); },
     .menu = Menu::file,
     .key = ImGuiKey_F12},
    {.id = ActionId::quit,
     .word = "quit",
     .name = "Quit",
     .run = [](App& app, const std::string&) { app.quit(); },
     .menu = Menu::file,
     .key = kCtrl | ImGuiKey_Q,
     .separator_before = true},
};

}  // namespace

std::span<const Action> file_actions() { return kActions; }

}  // namespace afs::gui
