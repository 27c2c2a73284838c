// The table of actions and the notes beside it.
#include <fmt/format.h>

#include "app/gui/actions.h"
#include "app/gui/app.h"
#include "app/gui/layout.h"
#include "app/gui/scene_words.h"
#include "core/base/random_state.h"

namespace afs::gui {
namespace {

constexpr ImGuiKeyChord kCtrl = ImGuiMod_Ctrl, kShift = ImGuiMod_Shift, kAlt = ImGuiMod_Alt;

const char* without_picture(const App& app) { return app.picture() ? "" : "Open a model first."; }

const char* without_a(const App& app) { return app.a() ? "" : "Nothing was kept as A yet."; }

const char* why_not_to_a(const App& app) {
    if (!app.a()) return without_a(app);
    const ModelRef &there = app.a()->scene.model, &here = app.scene().model;
    return there.path == here.path && there.which == here.which ? ""
                                                                : "A is a picture of another model: open that first.";
}

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

std::vector<Choice> history_entries(const App& app) {
    constexpr std::size_t kMost = 40;
    const auto& entries = app.history().entries();
    std::vector<Choice> choices;
    for (std::size_t i = entries.size(); i-- > (entries.size() > kMost ? entries.size() - kMost : 0);)
        choices.push_back({entries[i].name, std::to_string(i), i == app.history().position()});
    return choices;
}

std::vector<Choice> panels(const App& app) {
    std::vector<Choice> choices;
    for (const char* title : dock::kOptional) choices.push_back({title, title, app.panel_visible(title)});
    return choices;
}

std::vector<Choice> scales(const App& app) {
    std::vector<Choice> choices;
    for (const int percent : {75, 100, 125, 150, 175, 200})
        choices.push_back({fmt::format("{} %", percent), std::to_string(percent),
                           std::abs(app.interface_scale() * 100 - percent) < 0.5});
    return choices;
}

std::vector<Choice> precisions(const App& app) {
    std::vector<Choice> choices;
    for (const auto& [precision, name] : app.info().machine->precisions)
        choices.push_back({name, name, precision == app.info().machine->precision});
    return choices;
}

std::vector<Choice> thread_counts(const App& app) {
    const Machine& machine = *app.info().machine;
    std::vector<Choice> choices = {{"as started", "0", machine.threads == 0}};
    // All of a few, doublings of many.
    for (int n = 1; n <= machine.most_threads; n = machine.most_threads <= 8 ? n + 1 : n * 2)
        choices.push_back({std::to_string(n), std::to_string(n), machine.threads == n});
    return choices;
}

std::optional<Choice> path_typed(const std::string& text) {
    if (text.find('/') == std::string::npos) return std::nullopt;
    return Choice{text, text};
}

std::optional<Choice> seed_typed(const std::string& text) {
    if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
    try {
        const std::string seed = std::to_string(parse_seed(text));
        return Choice{seed, seed};
    } catch (const Error&) {
        return std::nullopt;  // too large for a seed
    }
}

const char* without_measurements(const App& app) {
    if (const char* why = without_picture(app); why[0]) return why;
    if (!app.lab().available()) return "Nothing is measured here.";
    return why_not_transformable(app.info());
}

const Action kActions[] = {
    // File
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

    // Edit
    {.id = ActionId::undo,
     .word = "undo",
     .name = "Undo",
     .run = [](App& app, const std::string&) { app.undo(); },
     .menu = Menu::edit,
     .key = kCtrl | ImGuiKey_Z,
     .repeats = true,
     .why_not = [](const App& app) { return app.history().can_undo() ? "" : "Nothing was changed yet."; }},
    {.id = ActionId::redo,
     .word = "redo",
     .name = "Redo",
     .run = [](App& app, const std::string&) { app.redo(); },
     .menu = Menu::edit,
     .key = kCtrl | kShift | ImGuiKey_Z,
     .repeats = true,
     .why_not = [](const App& app) { return app.history().can_redo() ? "" : "Nothing was undone."; }},
    {.id = ActionId::go_to_history,
     .word = "history",
     .name = "History",
     .run = [](App& app, const std::string& index) { app.go_to_history(std::stoul(index)); },
     .menu = Menu::edit,
     .choices = history_entries},
    {.id = ActionId::copy_command,
     .word = "copy-command",
     .name = "Copy as command",
     .run = [](App& app, const std::string&) { app.copy_command(); },
     .menu = Menu::edit,
     .key = kCtrl | ImGuiKey_C,
     .separator_before = true,
     .tooltip = "The command line that renders this picture.",
     .why_not = without_picture},
    {.id = ActionId::copy_picture,
     .word = "copy-picture",
     .name = "Copy picture",
     .run = [](App& app, const std::string&) { app.copy_picture(); },
     .menu = Menu::edit,
     .key = kCtrl | kShift | ImGuiKey_C,
     .tooltip = "As an image, for other programs.",
     .why_not = without_picture},
    {.id = ActionId::use_as_a,
     .word = "use-as-a",
     .name = "Use as A (compare)",
     .run = [](App& app, const std::string&) { app.use_as_a(); },
     .menu = Menu::edit,
     .key = kShift | ImGuiKey_A,
     .separator_before = true,
     .tooltip = "Keeps what the canvas shows, to compare it with what comes.",
     .why_not = without_picture},
    {.id = ActionId::show_a,
     .word = "show-a",
     .name = "Show A, or go back",
     .run = [](App& app, const std::string&) { app.show_a_or_back(); },
     .menu = Menu::edit,
     .key = ImGuiKey_A,
     .why_not = without_a,
     .ticked = [](const App& app) { return app.showing_a(); }},
    {.id = ActionId::go_to_a,
     .word = "go-to-a",
     .name = "Go back to A",
     .run = [](App& app, const std::string&) { app.go_to_a(); },
     .menu = Menu::edit,
     .tooltip = "Everything becomes as it was when A was kept.",
     .why_not = why_not_to_a},
    {.id = ActionId::random_latent,
     .word = "random-seed",
     .name = "Random seed",
     .run = [](App& app, const std::string&) { app.go_to_random_seed(); },
     .menu = Menu::edit,
     .key = ImGuiKey_N,
     .separator_before = true,
     .why_not = without_picture},
    {.id = ActionId::go_to_seed,
     .word = "seed",
     .name = "Go to seed",
     .run = [](App& app, const std::string& seed) { app.go_to_seed(parse_seed(seed)); },
     .why_not = without_picture,
     .typed = seed_typed},
    {.id = ActionId::animate,
     .word = "animate",
     .name = "Animate or rest",
     .run = [](App& app, const std::string&) { app.toggle_motion(); },
     .menu = Menu::edit,
     .tooltip = "Stops all motion, or starts what moved last. Space does the same where there is no film.",
     .why_not = without_picture,
     .ticked = [](const App& app) { return app.workspace().animations.any(); }},
    {.id = ActionId::reset_transform,
     .word = "reset-transform",
     .name = "Reset transform",
     .run = [](App& app, const std::string&) { app.reset_transform(); },
     .menu = Menu::edit,
     .key = ImGuiKey_T,
     .why_not = [](const App& app) { return why_not_transformable(app.info()); }},
    {.id = ActionId::reset_view_of_layer,
     .word = "reset-layer-view",
     .name = "Reset channel, gain and normalisation",
     .run =
         [](App& app, const std::string&) {
             app.edit([](Scene& s) { s.layer_view = LayerView{.layer = s.layer_view.layer}; });
         }},

    // View
    {.id = ActionId::show_picture,
     .word = "picture",
     .name = "Picture",
     .run = [](App& app, const std::string&) { app.edit([](Scene& s) { s.canvas = CanvasMode::picture; }); },
     .menu = Menu::view,
     .key = kAlt | ImGuiKey_1,
     .ticked = [](const App& app) { return app.scene().canvas == CanvasMode::picture; }},
    {.id = ActionId::show_layer,
     .word = "layer",
     .name = "Layer",
     .run = [](App& app, const std::string&) { app.edit([](Scene& s) { s.canvas = CanvasMode::layer; }); },
     .menu = Menu::view,
     .key = kAlt | ImGuiKey_2,
     .why_not = without_picture,
     .ticked = [](const App& app) { return app.scene().canvas == CanvasMode::layer; }},
    {.id = ActionId::show_spectrum,
     .word = "spectrum",
     .name = "Spectrum",
     .run = [](App& app, const std::string&) { app.edit([](Scene& s) { s.canvas = CanvasMode::spectrum; }); },
     .menu = Menu::view,
     .key = kAlt | ImGuiKey_3,
     .tooltip = "The power spectrum of the picture or of a layer; the Spectrum panel has its curves.",
     .why_not = without_picture,
     .ticked = [](const App& app) { return app.scene().canvas == CanvasMode::spectrum; }},
    {.id = ActionId::show_equivariance,
     .word = "equivariance",
     .name = "Equivariance",
     .run = [](App& app, const std::string&) { app.edit([](Scene& s) { s.canvas = CanvasMode::equivariance; }); },
     .menu = Menu::view,
     .key = kAlt | ImGuiKey_4,
     .tooltip = "The picture of the moved input against the moved picture; the Equivariance panel says how.",
     .why_not = without_picture,
     .ticked = [](const App& app) { return app.scene().canvas == CanvasMode::equivariance; }},
    {.id = ActionId::show_sheet,
     .word = "sheet",
     .name = "Contact sheet of seeds",
     .run = [](App& app, const std::string&) { app.toggle_sheet(); },
     .menu = Menu::view,
     .key = ImGuiKey_G,
     .tooltip = "Many seeds side by side; a click goes to one. Again: back to the picture.",
     .why_not = without_picture,
     .ticked = [](const App& app) { return app.scene().canvas == CanvasMode::sheet; }},
    {.id = ActionId::end_sheet,
     .word = "end-sheet",
     .name = "End the sheet early",
     .run = [](App& app, const std::string&) { app.end_sheet(); },
     .menu = Menu::view,
     .tooltip = "Keeps the pictures that it has.",
     .why_not =
         [](const App& app) {
             return app.info().shown && !app.info().shown->complete ? "" : "No contact sheet is growing.";
         }},
    {.id = ActionId::fit,
     .word = "fit",
     .name = "Fit",
     .run = [](App& app, const std::string&) { app.canvas_view().fit(); },
     .menu = Menu::view,
     .key = ImGuiKey_F,
     .separator_before = true,
     .ticked = [](const App& app) { return app.workspace().canvas.view.fitted(); }},
    {.id = ActionId::actual_size,
     .word = "actual-size",
     .name = "100 %",
     .run = [](App& app, const std::string&) { app.canvas_view().set_zoom(1.0); },
     .menu = Menu::view,
     .key = ImGuiKey_1},
    {.id = ActionId::zoom_in,
     .word = "zoom-in",
     .name = "Zoom in",
     .run = [](App& app, const std::string&) { app.canvas_view().set_zoom(app.canvas_view().zoom() * 1.25); },
     .menu = Menu::view,
     .key = ImGuiKey_Equal,
     .repeats = true},
    {.id = ActionId::zoom_out,
     .word = "zoom-out",
     .name = "Zoom out",
     .run = [](App& app, const std::string&) { app.canvas_view().set_zoom(app.canvas_view().zoom() / 1.25); },
     .menu = Menu::view,
     .key = ImGuiKey_Minus,
     .repeats = true},
    {.id = ActionId::smooth_pixels,
     .word = "smooth-pixels",
     .name = "Smooth pixels",
     .run =
         [](App& app, const std::string&) {
             app.change_preferences([](Preferences& p) { p.smooth_pixels = !p.smooth_pixels; });
         },
     .menu = Menu::view,
     .tooltip = "Interpolates the picture below 800 %.",
     .ticked = [](const App& app) { return app.preferences().smooth_pixels; }},
    {.id = ActionId::toggle_panel,
     .word = "panel",
     .name = "Panels",
     .run = [](App& app, const std::string& title) { app.toggle_panel(title); },
     .menu = Menu::view,
     .separator_before = true,
     .choices = panels},
    {.id = ActionId::scale,
     .word = "scale",
     .name = "Interface scale",
     .run = [](App& app, const std::string& percent) { app.set_interface_scale(std::stod(percent) / 100); },
     .menu = Menu::view,
     .choices = scales},
    {.id = ActionId::scale_up,
     .word = "scale-up",
     .name = "Larger interface",
     .run = [](App& app, const std::string&) { app.set_interface_scale(app.interface_scale() + 0.125); },
     .menu = Menu::view,
     .key = kCtrl | ImGuiKey_Equal,
     .repeats = true,
     .why_not = [](const App& app) { return app.interface_scale() < 2.0 ? "" : "It is as large as it gets."; }},
    {.id = ActionId::scale_down,
     .word = "scale-down",
     .name = "Smaller interface",
     .run = [](App& app, const std::string&) { app.set_interface_scale(app.interface_scale() - 0.125); },
     .menu = Menu::view,
     .key = kCtrl | ImGuiKey_Minus,
     .repeats = true,
     .why_not = [](const App& app) { return app.interface_scale() > 0.75 ? "" : "It is as small as it gets."; }},
    {.id = ActionId::scale_normal,
     .word = "scale-normal",
     .name = "Interface as the monitor wants it",
     .run = [](App& app, const std::string&) { app.set_interface_scale(1.0); },
     .menu = Menu::view,
     .key = kCtrl | ImGuiKey_0},
    {.id = ActionId::precision,
     .word = "precision",
     .name = "Precision",
     .run =
         [](App& app, const std::string& name) {
             for (const auto& [precision, known] : app.info().machine->precisions)
                 if (known == name) app.set_precision(precision);
         },
     .menu = Menu::view,
     .separator_before = true,
     .why_not = [](const App& app) { return app.info().machine->precisions.empty() ? "There is no choice." : ""; },
     .choices = precisions},
    {.id = ActionId::threads,
     .word = "threads",
     .name = "CPU threads",
     .run = [](App& app, const std::string& count) { app.set_threads(std::stoi(count)); },
     .menu = Menu::view,
     .why_not = [](const App& app) { return app.info().machine->most_threads < 2 ? "There is no choice." : ""; },
     .choices = thread_counts},
    {.id = ActionId::time_layers,
     .word = "time-layers",
     .name = "Time every layer",
     .run = [](App& app, const std::string&) { app.toggle_layer_times(); },
     .menu = Menu::view,
     .tooltip = "The Performance panel lists what every layer takes. On a GPU that costs a little time itself.",
     .ticked = [](const App& app) { return app.workspace().performance.layer_times; }},
    {.id = ActionId::live_equivariance,
     .word = "live-equivariance",
     .name = "Measure the movement of other seeds, too",
     .run = [](App& app, const std::string&) { app.toggle_live_equivariance(); },
     .why_not = without_measurements,
     .ticked = [](const App& app) { return app.workspace().equivariance.live; }},
    {.id = ActionId::measure_equivariance,
     .word = "measure-equivariance",
     .name = "Measure EQ-T and EQ-R of 50 000 pictures",
     .run = [](App& app, const std::string&) { app.measure_equivariance(Measurement::official); },
     .tooltip = "Takes long; it can be ended at any time, with the figures until then.",
     .why_not = without_measurements},
    {.id = ActionId::measure_layers,
     .word = "measure-layers",
     .name = "Measure the equivariance of every layer",
     .run = [](App& app, const std::string&) { app.measure_equivariance(Measurement::layers); },
     .why_not = without_measurements},
    {.id = ActionId::cancel_measurement,
     .word = "cancel-measurement",
     .name = "End the measurement",
     .run = [](App& app, const std::string&) { app.cancel_measurement(); },
     .tooltip = "Keeps the figures until then.",
     .why_not = [](const App& app) { return app.lab().running() ? "" : "Nothing is being measured."; }},
    {.id = ActionId::show_waterfall,
     .word = "waterfall",
     .name = "Spectra of all layers",
     .run = [](App& app, const std::string&) { app.show_waterfall(); },
     .menu = Menu::view,
     .separator_before = true,
     .tooltip = "Every layer over its frequencies, one below the other.",
     .why_not = without_picture,
     .ticked =
         [](const App& app) {
             return app.scene().canvas == CanvasMode::spectrum &&
                    app.scene().spectrum.shown == SpectrumShown::waterfall;
         }},
    {.id = ActionId::average_layers,
     .word = "average-layers",
     .name = "Average the spectra of all layers over seeds",
     .run = [](App& app, const std::string&) { app.average_layers(); },
     .tooltip = "In the background; it can be ended at any time, with the curves until then.",
     .why_not = without_picture},
    {.id = ActionId::end_average,
     .word = "end-average",
     .name = "End the average over seeds",
     .run = [](App& app, const std::string&) { app.end_average(); },
     .tooltip = "Keeps the curves until then.",
     .why_not = [](const App& app) { return app.spectra().averaging() ? "" : "Nothing is being averaged."; }},
    {.id = ActionId::forget_average,
     .word = "forget-average",
     .name = "Forget the average over seeds",
     .run = [](App& app, const std::string&) { app.forget_average(); }},
    {.id = ActionId::reset_filters,
     .word = "reset-filters",
     .name = "The network's own filters",
     .run = [](App& app, const std::string&) { app.reset_filters(); },
     .menu = Menu::edit,
     .tooltip = "Takes out every filter that the Filters panel has changed.",
     .why_not = [](const App& app) { return app.scene().filters.empty() ? "No filter is changed." : ""; }},
    {.id = ActionId::add_spectrum_source,
     .word = "add-spectrum-source",
     .name = "Add a source of average spectra\u2026",
     .run = [](App& app, const std::string&) { app.add_spectrum_source(""); },
     .tooltip = "A data set, a network or a spectrum for the panel Average spectra."},
    {.id = ActionId::compare_with,
     .word = "compare-with",
     .name = "Compare average spectra with",
     .run = [](App& app, const std::string& path) { app.add_spectrum_source(path); },
     .typed = path_typed},
    {.id = ActionId::compare_spectra,
     .word = "compare-spectra",
     .name = "Compare average spectra",
     .run = [](App& app, const std::string&) { app.compare_spectra(); },
     .tooltip = "Reads every source of the panel Average spectra in the background.",
     .why_not =
         [](const App& app) {
             return !app.spectra().can_compare()               ? "Average spectra are not made here."
                    : app.spectra().compared().running         ? "They are being compared."
                    : app.workspace().averages.sources.empty() ? "Add a data set or a network first."
                                                               : "";
         }},
    {.id = ActionId::cancel_compare_spectra,
     .word = "cancel-compare-spectra",
     .name = "End the comparison of average spectra",
     .run = [](App& app, const std::string&) { app.cancel_compare_spectra(); },
     .tooltip = "Keeps the curves until then.",
     .why_not = [](const App& app) { return app.spectra().compared().running ? "" : "Nothing is being compared."; }},
    {.id = ActionId::reset_layout,
     .word = "reset-layout",
     .name = "Reset layout",
     .run = [](App& app, const std::string&) { app.reset_layout(); },
     .menu = Menu::view,
     .separator_before = true,
     .tooltip = "Puts every panel back where it was at the first start."},

    // Film
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

    // Help
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

std::span<const Action> actions() { return kActions; }
std::span<const KeyNote> key_notes() { return kNotes; }

}  // namespace afs::gui
