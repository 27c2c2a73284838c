// What the Equivariance mode compares and how it shows it; figures of this frame, of other seeds, of the official
// metrics, and of every layer.
#include <fmt/format.h>
#include <imgui_internal.h>
#include <implot.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "app/gui/equivariance_lab.h"
#include "app/gui/panels/panels.h"
#include "app/gui/readout.h"
#include "app/gui/widgets/controls.h"
#include "app/gui/widgets/key_mark.h"
#include "app/gui/widgets/number.h"
#include "app/gui/widgets/number_text.h"
#include "app/gui/widgets/typed_field.h"

namespace afs::gui {
namespace {

using Operation = EquivarianceOperation;
using Shown = EquivarianceShown;

constexpr double kMostDb = 120.0;  // of plots: beyond it nothing differs
constexpr ImU32 kTranslation = colour::kGood, kRotation = colour::kWarning;

std::string db_text(double db) { return std::isinf(db) ? std::string("no difference") : number_text(db, 1) + " dB"; }

std::string interval_text(const Interval& i) { return number_text(i.low, 1) + " to " + number_text(i.high, 1) + " dB"; }

const char* metric_name(EquivarianceKind kind) {
    switch (kind) {
        case EquivarianceKind::translation_int: return "EQ-T";
        case EquivarianceKind::translation_frac: return "EQ-T frac";
        case EquivarianceKind::rotation: return "EQ-R";
    }
    return "";
}

// --- What is compared -----------------------------------------------------------------------------------------------

void draw_operation(EquivarianceView& view) {
    int operation = static_cast<int>(view.operation);
    constexpr const char* kOperations[] = {"Follow", "Pixels", "Shift", "Turn"};
    {
        const FieldScope field("equivariance.operation");
        if (choice("Movement", operation, kOperations,
                   "Of the network's input. Follow: what the Transform panel says. Pixels: by whole pixels (EQ-T). "
                   "Shift: by fractions of a pixel (EQ-T frac). Turn: about the centre (EQ-R). Dragging the picture "
                   "moves it, too."))
            view.operation = static_cast<Operation>(operation);
    }
    if (view.operation == Operation::translation_int || view.operation == Operation::translation_frac) {
        const auto shift = [](const char* name, double& value, double reset, const char* help) {
            number(name, value,
                   {.min = -0.5,
                    .max = 0.5,
                    .reset = reset,
                    .unit = "of side",
                    .decimals = 4,
                    .step = 0.005,
                    .unbounded = true,
                    .tooltip = help});
        };
        shift("Right", view.translate_x, EquivarianceView{}.translate_x,
              "Of the movement, as a fraction of the picture's side.");
        shift("Down", view.translate_y, EquivarianceView{}.translate_y,
              "Of the movement, as a fraction of the picture's side.");
    } else if (view.operation == Operation::rotation) {
        number("Angle", view.rotate_deg,
               {.min = -180,
                .max = 180,
                .reset = EquivarianceView{}.rotate_deg,
                .unit = "\u00b0",
                .decimals = 1,
                .step = 1,
                .unbounded = true,
                .angle = true,
                .tooltip = "Counter-clockwise about the picture's centre."});
    }
}

// --- What is shown --------------------------------------------------------------------------------------------------

struct ShownChoice {
    Shown shown;
    const char *name, *help;
};
constexpr ShownChoice kShown[] = {
    {Shown::output, "Output", "The network's picture of the moved input."},
    {Shown::reference, "Reference",
     "The picture of the unmoved input, moved afterwards: what a perfect network paints."},
    {Shown::difference, "Difference",
     "Output minus reference with its sign, of the channel that differs most: red where the output is brighter, blue "
     "where it is darker. The default."},
    {Shown::absolute, "Magnitude", "The absolute difference, channel by channel."},
    {Shown::blend, "Blend", "Output and reference, mixed."},
    {Shown::wipe, "Wipe", "The output left of a divider that can be dragged, the reference right of it."},
    {Shown::flicker, "Flicker", "Output and reference in turn: what jumps is not equivariant."},
    {Shown::grid, "All four", "Output, reference, difference and magnitude. A click shows one alone."},
    {Shown::strip, "Strip",
     "A column of pixels along a walk of the latent, one step a column: horizontal streaks are texture that sticks to "
     "the pixels. For every network."}};

void draw_shown(EquivarianceView& view, const FrameInfo& info) {
    const ImVec2 row = ImGui::GetCursorScreenPos();
    row_label("Show", view.shown != EquivarianceView{}.shown);
    key_mark("Show", "equivariance.shown", row,
             {ImGui::GetCursorScreenPos().x + ImGui::GetContentRegionAvail().x, row.y + ImGui::GetFrameHeight()});
    const Scope scope("Show");
    const float left = ImGui::GetCursorPosX();
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(px(2), px(2)));
    bool first = true;
    for (const ShownChoice& each : kShown) {
        const float width = ImGui::CalcTextSize(each.name).x + 2 * ImGui::GetStyle().FramePadding.x;
        if (!first) ImGui::SameLine();
        if (!first && ImGui::GetContentRegionAvail().x < width) {
            ImGui::NewLine();
            ImGui::SetCursorPosX(left);
        }
        first = false;
        const DisabledBecause constant(each.shown == Shown::strip ? "" : why_not_transformable(info));
        if (button(each.name, {.tooltip = each.help, .lit = view.shown == each.shown})) view.shown = each.shown;
        key_target("equivariance.shown");
    }
    ImGui::PopStyleVar();
}

void draw_strip_fields(EquivarianceView& view) {
    const EquivarianceView fresh;
    number("Column", view.strip_column,
           {.min = 0,
            .max = 1,
            .reset = fresh.strip_column,
            .unit = "of width",
            .decimals = 3,
            .step = 0.01,
            .tooltip = "Of the picture, whose pixels the strip shows."});
    whole_number("Steps", view.strip_steps,
                 {.min = 16, .max = 1024, .reset = fresh.strip_steps, .tooltip = "Pictures of the walk."});
    row_label("To seed", view.strip_seed != fresh.strip_seed);
    seed_field("To seed", view.strip_seed, {.tooltip = "Where the walk goes to from the scene's latent. Default: 1."});
    typed_problem();
    number("Reach", view.strip_reach,
           {.min = 0,
            .max = 1,
            .reset = fresh.strip_reach,
            .decimals = 2,
            .step = 0.05,
            .unbounded = true,
            .tooltip = "How far the walk comes; 1: to that seed. Small steps show sticking texture best."});
}

void draw_how(EquivarianceView& view) {
    const EquivarianceView fresh;
    const bool gain = view.shown == Shown::difference || view.shown == Shown::absolute || view.shown == Shown::grid;
    if (gain) {
        number("Gain", view.gain_db,
               {.min = 0,
                .max = 80,
                .reset = fresh.gain_db,
                .unit = "dB",
                .decimals = 0,
                .step = 1,
                .tooltip = "Of the differences: 20 dB are a factor of ten."});
        row_label("");
        quiet_text(fmt::format("Full colour: {:.2g} % of the range.", 100.0 / std::pow(10.0, view.gain_db / 20.0)));
    }
    if (view.shown == Shown::blend)
        number("Blend", view.blend, {.reset = fresh.blend, .tooltip = "0: the output, 1: the reference."});
    if (view.shown == Shown::wipe)
        number("Divider", view.wipe,
               {.reset = fresh.wipe,
                .unit = "of width",
                .tooltip = "The output lies left of it. It can be dragged in the picture."});
    if (view.shown == Shown::flicker)
        number("Rate", view.flicker_hz,
               {.min = 0.5,
                .max = 8,
                .reset = fresh.flicker_hz,
                .unit = "Hz",
                .decimals = 1,
                .step = 0.5,
                .tooltip = "Changes a second between output and reference."});
    if (view.shown == Shown::strip) {
        draw_strip_fields(view);
        return;
    }
    row_label("");
    toggle("Dim what is not compared", view.mask,
           "Near the edges the reference depends on what lies outside of the picture, which nobody knows.", true);
}

// --- This frame -----------------------------------------------------------------------------------------------------

ImVec2 plot_size(double height) { return {ImGui::GetContentRegionAvail().x, px(height)}; }

void draw_frames(const Track& frames) {
    constexpr auto flags = ImPlotFlags_NoTitle | ImPlotFlags_NoLegend | ImPlotFlags_NoMenus | ImPlotFlags_NoBoxSelect |
                           ImPlotFlags_NoMouseText | ImPlotFlags_NoInputs;
    if (frames.count() < 2 || !ImPlot::BeginPlot("##frames", plot_size(84), flags)) return;
    double low = kMostDb, high = 0;
    for (int i = 0; i < frames.count(); ++i) {
        low = std::min(low, frames.at(i));
        high = std::max(high, frames.at(i));
    }
    ImPlot::SetupAxes(nullptr, "dB", ImPlotAxisFlags_NoDecorations, ImPlotAxisFlags_NoHighlight);
    ImPlot::SetupAxesLimits(0, Track::kLength, std::floor(low - 1), std::ceil(high + 1), ImPlotCond_Always);
    ImPlotSpec spec;
    spec.LineColor = ImGui::ColorConvertU32ToFloat4(colour::kText);
    spec.LineWeight = 1.2f;
    ImPlot::PlotLineG(
        "frames",
        [](int i, void* data) {
            const auto* const shown = static_cast<const Track*>(data);
            return ImPlotPoint(Track::kLength - shown->count() + i, shown->at(i));  // the newest at the right
        },
        const_cast<Track*>(&frames), frames.count(), spec);
    ImPlot::EndPlot();
}

void draw_this_frame(const FrameInfo& info) {
    const FrameEquivariance& figures = *info.shown->equivariance;
    section_title(figures.of_layer ? ("This frame, " + info.shown->scene.layer_view.layer).c_str() : "This frame");
    fact("Follows", equivariance_text(figures));
    fact("Compared", number_text(figures.compared * 100, 1) + " %");
    if (figures.db && !figures.of_layer) quiet_text("In words: " + meaning_of_db(*figures.db) + ".");
    if (figures.db && figures.of_layer) quiet_text("Relative to the layer's own variance.");
    if (info.lab) draw_frames(info.lab->frames());
}

// --- Measurements ---------------------------------------------------------------------------------------------------

void draw_running(const Measured& measured, Commands& commands) {
    if (measured.running &&
        progress_row(measured.progress.doing.empty() ? "Begins." : measured.progress.doing, measured.progress.fraction,
                     {.tooltip = "Ends the measurement; the figures until then stay."}))
        commands.run(ActionId::cancel_measurement);
    if (measured.failure) coloured_text(measured.failure->paragraph(), colour::kError);
    if (!measured.running && !measured.failure && !measured.report.complete())
        quiet_text("Ended early: the figures until then.");
    if (const std::size_t changed = measured.run.request.filters.size())
        coloured_text(fmt::format("With {} changed filter{}.", changed, changed == 1 ? "" : "s"), colour::kWarning);
}

// How the figures of a measurement settled: lines in their 95 % intervals.
void draw_course(const char* id, const std::vector<EquivarianceResult>& course) {
    if (course.size() < 2 || course.back().figures.empty()) return;
    constexpr auto flags = ImPlotFlags_NoTitle | ImPlotFlags_NoMenus | ImPlotFlags_NoBoxSelect | ImPlotFlags_NoLegend |
                           ImPlotFlags_Crosshairs;
    if (!ImPlot::BeginPlot(id, plot_size(130), flags)) return;
    double lowest = kMostDb, highest = 0;
    std::vector<double> x;
    for (const EquivarianceResult& result : course) x.push_back(static_cast<double>(result.samples));
    struct Curve {
        std::vector<double> db, low, high;
    };
    std::vector<Curve> curves(course.back().figures.size());
    for (const EquivarianceResult& result : course)
        for (std::size_t k = 0; k < curves.size(); ++k) {
            const EquivarianceFigure& figure = result.figures[k];
            const double db = std::min(figure.db, kMostDb);
            const Interval interval = figure.ci95_db.value_or(Interval{db, db});
            curves[k].db.push_back(db);
            curves[k].low.push_back(std::min(interval.low, kMostDb));
            curves[k].high.push_back(std::min(interval.high, kMostDb));
            if (&result - course.data() < static_cast<std::ptrdiff_t>(course.size() / 8)) continue;  // not settled
            lowest = std::min(lowest, curves[k].low.back());
            highest = std::max(highest, curves[k].high.back());
        }
    ImPlot::SetupAxes("samples", "dB", ImPlotAxisFlags_NoHighlight, ImPlotAxisFlags_NoHighlight);
    ImPlot::SetupAxesLimits(0, static_cast<double>(course.back().wanted), lowest - 1, highest + 1, ImPlotCond_Always);
    constexpr ImU32 kColours[] = {colour::kText, kTranslation, kRotation};
    for (std::size_t k = 0; k < curves.size(); ++k) {
        const auto count = static_cast<int>(x.size());
        const std::string name = std::to_string(k);
        ImPlotSpec area;
        area.FillColor = ImGui::ColorConvertU32ToFloat4(kColours[k % 3]);
        area.FillAlpha = 0.16f;
        ImPlot::PlotShaded(name.c_str(), x.data(), curves[k].low.data(), curves[k].high.data(), count, area);
        ImPlotSpec line;
        line.LineColor = ImGui::ColorConvertU32ToFloat4(kColours[k % 3]);
        line.LineWeight = 1.4f;
        ImPlot::PlotLine(name.c_str(), x.data(), curves[k].db.data(), count, line);
    }
    ImPlot::EndPlot();
}

void draw_seeds(EquivariancePanelState& state, const FrameInfo& info, Commands& commands) {
    section_title("This movement, other seeds");
    bool live = state.live;
    if (toggle("Live", live, "Measures the movement of the canvas in the background, of seed after seed."))
        commands.run(ActionId::live_equivariance);
    whole_number("Samples", state.samples,
                 {.min = 8, .max = 64, .reset = 32, .tooltip = "Seeds whose mean difference is taken."});
    const Measured* measured = info.lab->find(Measurement::seeds, info.network->model);
    if (!measured) return;
    draw_running(*measured, commands);
    const EquivarianceResult& result = measured->report.result;
    if (result.figures.empty()) return;
    const EquivarianceFigure& figure = result.figures.front();
    fact("Mean", db_text(figure.db));
    if (figure.ci95_db) fact("95 %", interval_text(*figure.ci95_db));
    fact("Seeds", fmt::format("{} of {}", result.samples, result.wanted));
    draw_course("##seeds", measured->course);
}

void draw_official(const FrameInfo& info, Commands& commands) {
    section_title("The paper's figures");
    const Measured* measured = info.lab->find(Measurement::official, info.network->model);
    if (!measured || !measured->running)
        if (button("Measure 50 000 pictures",
                   {.tooltip = "EQ-T, EQ-T frac and EQ-R with the official draws. Takes long; goes on in the "
                               "background, and can be ended at any time with the figures until then."}))
            commands.run(ActionId::measure_equivariance);
    if (!measured) return;
    draw_running(*measured, commands);
    for (const EquivarianceFigure& figure : measured->report.result.figures)
        fact(metric_name(figure.kind),
             db_text(figure.db) + (figure.ci95_db ? " (" + interval_text(*figure.ci95_db) + ")" : ""));
    draw_course("##official", measured->course);
}

// One layer: its name, and a bar for each kind of movement. A click opens its difference.
void draw_layer_row(Scene& scene, const LayerEquivariance& layer, double most) {
    const FontScope small(ui().fonts.regular, 14.0f);
    const float height = ImGui::GetTextLineHeight() + px(6);
    const bool chosen = scene.canvas == CanvasMode::equivariance && scene.layer_view.layer == layer.name;
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    ImGui::PushStyleColor(ImGuiCol_Text, chosen ? colour::kText : colour::kQuiet);
    if (ImGui::Selectable(layer.name.c_str(), chosen, 0, {0, height})) {
        scene.canvas = CanvasMode::equivariance;
        scene.layer_view.layer = layer.name;
        scene.equivariance.shown = Shown::difference;
    }
    ImGui::PopStyleColor();
    ui().registry.add_last_item(layer.name, ControlKind::row);
    const auto figure = [](const std::optional<double>& db) {
        return db ? db_text(*db) : std::string("too small to tell");
    };
    tooltip(fmt::format("Translation: {}\nRotation: {}\nRelative to the layer's own variance. A click opens the "
                        "difference.",
                        figure(layer.eqt_rel_db), figure(layer.eqr_rel_db))
                .c_str());
    const float left = at.x + px(92), right = at.x + width - px(4);
    if (right - left < px(24)) return;
    ImDrawList* const draw = ImGui::GetWindowDrawList();
    if (!layer.eqt_rel_db && !layer.eqr_rel_db) {
        draw->AddText({left, at.y + px(3)}, colour::kQuiet, cut_to_width("too small to tell", right - left).c_str());
        return;
    }
    const auto bar = [&](const std::optional<double>& db, float top, ImU32 fill) {
        if (!db) return;
        const double share = std::clamp(*db / most, 0.0, 1.0);
        draw->AddRectFilled(
            {left, top}, {left + std::max(static_cast<float>(share) * (right - left), px(1)), top + height / 2 - px(3)},
            fill);
    };
    bar(layer.eqt_rel_db, at.y + px(2), kTranslation);
    bar(layer.eqr_rel_db, at.y + height / 2 + px(1), kRotation);
}

void draw_layers(Scene& scene, const FrameInfo& info, Commands& commands) {
    section_title("Where it breaks");
    const Measured* measured = info.lab->find(Measurement::layers, info.network->model);
    if (!measured || !measured->running)
        if (button("Measure layers", {.tooltip = "Asks every layer in its own sampling grid how well its activations "
                                                 "follow the input, in dB relative to its variance."}))
            commands.run(ActionId::measure_layers);
    if (!measured) return;
    draw_running(*measured, commands);
    const LayerProfile& profile = measured->report.profile;
    if (profile.layers.empty()) return;
    double most = 10.0;
    for (const LayerEquivariance& layer : profile.layers)
        for (const auto& db : {layer.eqt_rel_db, layer.eqr_rel_db})
            if (db) most = std::max(most, std::min(*db, kMostDb));
    most = std::ceil(most / 10.0) * 10.0;
    {
        const FontScope small(ui().fonts.regular, 13.0f);
        coloured_text("translation", kTranslation);
        ImGui::SameLine(0, px(10));
        coloured_text("rotation", kRotation);
        ImGui::SameLine(0, px(10));
        quiet_text(fmt::format("0 to {:.0f} dB, {} samples", most, profile.samples));
    }
    const Scope scope("Profile");
    ImGui::PushID("profile");
    for (const LayerEquivariance& layer : profile.layers) draw_layer_row(scene, layer, most);
    ImGui::PopID();
}

}  // namespace

void draw_equivariance_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands& commands) {
    if (!info.network) {
        quiet_text("No model yet: how well its pictures follow a movement would be here.");
        return;
    }
    ImGui::BeginChild("scrolled");
    EquivarianceView& view = scene.equivariance;
    const bool transformable = info.transformable();
    if (!transformable) {
        quiet_text(
            "This network draws on a learned constant (StyleGAN2): its input cannot be moved, so there is "
            "nothing to compare. How its texture sticks to the pixels is seen in a pixel strip.");
        if (button("Show the strip", {.tooltip = "A column of pixels along a walk of the latent."})) {
            scene.canvas = CanvasMode::equivariance;
            view.shown = Shown::strip;
        }
        gap(6);
    }
    {
        const DisabledBecause not_shown(
            scene.canvas != CanvasMode::equivariance ? "Choose Equivariance above the canvas (Alt+4)." : "");
        if (view.shown != Shown::strip) {
            const DisabledBecause constant(why_not_transformable(info));
            draw_operation(view);
        }
        draw_shown(view, info);
        const DisabledBecause constant(view.shown == Shown::strip ? "" : why_not_transformable(info));
        draw_how(view);
    }
    gap(6);
    const bool current = info.shown && info.shown->scene.canvas == CanvasMode::equivariance;
    if (current && !info.shown->complete && shows_strip(info.shown->scene) &&
        progress_row("Painting the strip", info.shown->grown,
                     {.tooltip = "Keeps what there is; the next change of it goes on.", .name = "Cancel strip"}))
        commands.run(ActionId::end_sheet);
    if (current && info.shown->equivariance) {
        draw_this_frame(info);
        gap(6);
    }
    if (transformable && info.lab && info.lab->available()) {
        if (!filter_changes(scene).empty())
            coloured_text("Filters are changed: this frame is painted with them, and measurements use them, too.",
                          colour::kWarning);
        draw_seeds(workspace.equivariance, info, commands);
        gap(6);
        draw_official(info, commands);
        gap(6);
        draw_layers(scene, info, commands);
    }
    ImGui::EndChild();
}

}  // namespace afs::gui
