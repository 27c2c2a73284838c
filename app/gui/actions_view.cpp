// The View menu, and what is measured: equivariance and spectra.
#include <fmt/format.h>

#include <cmath>

#include "app/gui/action_rows.h"
#include "app/gui/app.h"
#include "app/gui/layout.h"

namespace afs::gui {
namespace {

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

const char* without_measurements(const App& app) {
    if (const char* why = without_picture(app); why[0]) return why;
    if (!app.lab().available()) return "Nothing is measured here.";
    return why_not_transformable(app.info());
}

const Action kActions[] = {
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
};

}  // namespace

std::span<const Action> view_actions() { return kActions; }

}  // namespace afs::gui
