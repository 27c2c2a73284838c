// What the Spectrum mode shows, as curves over the frequency (SPEC 8): what the layer holds, where its filters end.
#include <fmt/format.h>
#include <implot.h>

#include <algorithm>
#include <cmath>

#include "app/gui/panels/panels.h"
#include "app/gui/spectra_lab.h"
#include "app/gui/widgets/controls.h"
#include "app/gui/widgets/number.h"
#include "core/analysis/waterfall.h"
#include "core/model/changed_filters.h"
#include "core/plot/colour_map.h"
#include "core/render/spectrum_colours.h"

namespace afs::gui {
namespace {

std::string percent(const std::optional<double>& share) {
    if (!share) return "\u2013";
    const double value = *share * 100;
    return value >= 0.1 || value == 0 ? fmt::format("{:.1f} %", value) : fmt::format("{:.1e} %", value);
}

constexpr ImU32 kSecond = IM_COL32(0xC6, 0x78, 0xDD, 0xFF), kAverage = IM_COL32(0x56, 0xB6, 0xC2, 0xFF);

void draw_shown(SpectrumView& view) {
    const FieldScope field("spectrum.shown");
    int shown = view.shown == SpectrumShown::map ? 0 : 1;
    constexpr const char* kShown[] = {"One layer", "All layers"};
    if (choice("Show", shown, kShown,
               "One layer: the map of the picture or of the layer that the Layers panel chooses. All layers: each over "
               "its frequencies, one below the other."))
        view.shown = shown == 0 ? SpectrumShown::map : SpectrumShown::waterfall;
}

void draw_compare(Scene& scene) {
    SpectrumView& view = scene.spectrum;
    const DisabledBecause all(view.shown == SpectrumShown::waterfall ? "All layers are shown." : "");
    int compare = static_cast<int>(view.compare);
    constexpr const char* kCompare[] = {"Nothing", "Layer", "Unmoved"};
    const FieldScope field("spectrum.compare");
    if (choice("Beside it", compare, kCompare,
               "A second spectrum. Layer: of another layer; Ctrl+click in the list of layers chooses it. Unmoved: the "
               "same "
               "without the transform."))
        view.compare = static_cast<SpectrumCompare>(compare);
    if (view.compare != SpectrumCompare::layer) return;
    row_label("");
    if (button("Swap", {.tooltip = "The second layer becomes the first."}))
        std::swap(scene.layer_view.layer, view.compare_layer);
    ImGui::SameLine(0, px(8));
    ImGui::AlignTextToFramePadding();
    coloured_text(view.compare_layer == "output" ? "output (the picture)" : view.compare_layer, kSecond);
}

void draw_view(SpectrumView& view) {
    int colours = static_cast<int>(view.colours);
    constexpr const char* kColours[] = {"Viridis", "Magma", "Gray"};
    {
        const FieldScope field("spectrum.colours");
        if (choice("Colours", colours, kColours, "Colours of the spectrum on the canvas. Default: Viridis."))
            view.colours = static_cast<SpectrumColours>(colours);
    }
    number("Range", view.range_db,
           {.min = 1,
            .max = 150,
            .reset = SpectrumView{}.range_db,
            .unit = "dB",
            .decimals = 0,
            .step = 1,
            .tooltip = "The colours span this far above and below the mean power."});
    number("Window", view.beta,
           {.min = 0,
            .max = 20,
            .reset = SpectrumView{}.beta,
            .decimals = 1,
            .step = 0.1,
            .tooltip = "Beta of the Kaiser window that hides the tensor's edges. 0: none; more: weaker traces of the "
                       "edges, wider lines."});
    row_label("", false);
    toggle("All channels", view.all_channels,
           "Sums the power of every channel; otherwise of those that the Layer mode shows.", true);
}

// In Nyquist's plot: a filter hangs from the highest level, so that where it falls can be read beside the curves.
void draw_filter(const char* name, const SpectrumFigures& s, const std::vector<double>& response_db, double top,
                 double bottom) {
    if (response_db.empty()) return;
    std::vector<double> y;
    for (const double db : response_db) y.push_back(std::max(top + db, bottom));
    ImPlotSpec spec;
    spec.FillColor = ImGui::ColorConvertU32ToFloat4(colour::kQuiet);
    spec.FillAlpha = 0.14f;
    ImPlot::PlotShaded(name, s.frequency.data(), y.data(), static_cast<int>(y.size()), bottom, spec);
}

void draw_curve(const char* name, const std::vector<double>& x, const std::vector<double>& y, ImU32 line_colour) {
    ImPlotSpec spec;
    spec.LineColor = ImGui::ColorConvertU32ToFloat4(line_colour);
    spec.LineWeight = 1.2f;
    ImPlot::PlotLine(name, x.data(), y.data(), static_cast<int>(x.size()), spec);
}

// What is drawn beside the curves of this picture.
struct Others {
    const SpectrumFigures* compared = nullptr;
    const SpectrumFigures* average = nullptr;  // of the same layer
    std::string compared_name = {};
};

void draw_curves(const SpectrumFigures& s, const LayerInfo* layer, const Others& others, bool& logarithmic) {
    double top = -1e9, bottom = 1e9;
    for (const auto* levels : {&s.radial_db, &s.cut0_db, &s.cut45_db})
        for (const double db : *levels)
            if (std::isfinite(db)) {
                top = std::max(top, db);
                bottom = std::min(bottom, db);
            }
    if (top <= bottom) {
        quiet_text("The tensor is the same everywhere: it has no spectrum.");
        return;
    }
    bottom = std::max(bottom, top - 160);
    const double air = 0.05 * (top - bottom);
    toggle("Logarithmic", logarithmic, "Frequencies on a logarithmic axis.");
    const ImVec2 size(ImGui::GetContentRegionAvail().x, std::max(ImGui::GetContentRegionAvail().y, px(240)));
    constexpr auto flags = ImPlotFlags_NoTitle | ImPlotFlags_NoMenus | ImPlotFlags_NoBoxSelect | ImPlotFlags_Crosshairs;
    if (!ImPlot::BeginPlot("##spectrum", size, flags)) return;
    ImPlot::SetupAxes("cycles per image width", "dB", ImPlotAxisFlags_NoHighlight, ImPlotAxisFlags_NoHighlight);
    if (logarithmic) ImPlot::SetupAxisScale(ImAxis_X1, ImPlotScale_Log10);
    const double first = s.frequency.size() > 1 ? s.frequency[1] : s.nyquist;
    double last = s.frequency45.back();
    if (others.compared) last = std::max(last, others.compared->frequency.back());
    ImPlot::SetupAxesLimits(logarithmic ? first : 0, last, bottom - air, top + air, ImPlotCond_Always);
    ImPlot::SetupLegend(ImPlotLocation_South,
                        ImPlotLegendFlags_Outside | ImPlotLegendFlags_Horizontal | ImPlotLegendFlags_NoButtons);
    draw_filter("filters", s, s.up_filter_db, top, bottom - air);
    draw_filter("filters", s, s.down_filter_db, top, bottom - air);
    draw_curve("circles", s.frequency, s.radial_db, colour::kText);
    if (others.compared)
        draw_curve(("circles, " + others.compared_name).c_str(), others.compared->frequency, others.compared->radial_db,
                   kSecond);
    if (others.average) draw_curve("circles, mean", others.average->frequency, others.average->radial_db, kAverage);
    draw_curve("0\u00b0", s.frequency, s.cut0_db, colour::kGood);
    draw_curve("45\u00b0", s.frequency45, s.cut45_db, colour::kWarning);
    const ImVec4 quiet = ImGui::ColorConvertU32ToFloat4(colour::kFill);
    if (layer && layer->cutoff > 0) ImPlot::TagX(layer->cutoff, quiet, "f_c");
    if (layer && layer->stopband > 0 && std::abs(layer->stopband - s.nyquist) > 1e-9)
        ImPlot::TagX(layer->stopband, quiet, "f_t");
    ImPlot::TagX(s.nyquist, quiet, "s/2");
    std::vector<double> lines = {s.nyquist};
    if (layer && layer->cutoff > 0) lines.push_back(layer->cutoff);
    if (layer && layer->stopband > 0) lines.push_back(layer->stopband);
    ImPlotSpec spec;
    spec.LineColor = ImGui::ColorConvertU32ToFloat4(colour::kQuiet);
    spec.LineWeight = 1.0f;
    ImPlot::PlotInfLines("##limits", lines.data(), static_cast<int>(lines.size()), spec);
    ImPlot::EndPlot();
}

// --- Averages over seeds ---------------------------------------------------------------------------------------------

void draw_average(SpectrumPanelState& state, const FrameInfo& info, Commands& commands) {
    section_title("Mean over seeds");
    const bool averaging = info.spectra->averaging();
    const SpectraResult* const result = info.spectra->averaged(info.network->model);
    const int done = result ? result->spectra->pictures : 0;
    if (averaging) {
        const int wanted = result ? result->wanted : state.pictures;
        if (progress_row(fmt::format("{} of {} pictures", done, wanted), static_cast<double>(done) / wanted,
                         {.tooltip = "Ends it; the curves until then stay.", .name = "Cancel average"}))
            commands.run(ActionId::end_average);
        return;
    }
    whole_number("Pictures", state.pictures,
                 {.min = 2, .max = 1000, .reset = 32, .tooltip = "Seeds whose power is averaged, in every layer."});
    whole_number("From seed", state.first_seed,
                 {.min = 0, .max = 999'999, .reset = 0, .tooltip = "The first of them."});
    if (button("Average",
               {.tooltip = "Of every layer, in the background, with what the scene says beside the seed. The "
                           "curve then stands beside that of this picture."}))
        commands.run(ActionId::average_layers);
    if (result && result->failure) coloured_text(result->failure->paragraph(), colour::kError);
    if (!result) return;
    ImGui::SameLine(0, px(4));
    if (button("Forget", {.tooltip = "Takes the mean out of the plot."})) commands.run(ActionId::forget_average);
    ImGui::SameLine(0, px(8));
    ImGui::AlignTextToFramePadding();
    coloured_text(fmt::format("mean of {} pictures", done), kAverage);
}

// Where frequencies lie in a row of the waterfall: a logarithmic axis, as on the canvas.
struct WaterfallAxis {
    WaterfallSpan span;
    float left = 0, right = 0;

    [[nodiscard]] float x(double frequency) const {
        return left +
               static_cast<float>(std::log2(frequency / span.low) / std::log2(span.high / span.low)) * (right - left);
    }
    [[nodiscard]] double frequency(float x) const {
        return span.low * std::pow(span.high / span.low, static_cast<double>((x - left) / (right - left)));
    }
};

constexpr ImU32 kCutoffLine = IM_COL32_WHITE, kStopbandLine = colour::kWarning, kNyquistLine = colour::kError;

void draw_waterfall_row(Scene& scene, const LayerSpectrum& layer, const WaterfallAxis& axis) {
    const FontScope small(ui().fonts.regular, 13.0f);
    const float height = ImGui::GetTextLineHeight() + px(3);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    if (ImGui::Selectable(layer.name.c_str(), false, 0, {0, height})) {
        scene.canvas = CanvasMode::spectrum;
        scene.layer_view.layer = layer.name;
        scene.spectrum.shown = SpectrumShown::map;
    }
    const bool hovered = ImGui::IsItemHovered();
    ui().registry.add_last_item(layer.name, ControlKind::row);
    ImDrawList* const draw = ImGui::GetWindowDrawList();
    const float top = at.y, bottom = at.y + height - px(1), step = std::max(px(2), 1.0f);
    const double range = scene.spectrum.range_db;
    const ColourMap map = colour_map(scene.spectrum.colours);
    for (float x = axis.left; x < axis.right; x += step) {
        const double db = radial_db_at(layer.figures, axis.frequency(x + step / 2));
        if (std::isnan(db)) continue;
        const Rgb c = colour_of(map, db, -range, range);
        draw->AddRectFilled({x, top}, {std::min(x + step, axis.right), bottom}, IM_COL32(c.r, c.g, c.b, 255));
    }
    const auto mark = [&](double frequency, ImU32 line) {
        if (frequency > 0) draw->AddLine({axis.x(frequency), top}, {axis.x(frequency), bottom}, line, px(1.5));
    };
    mark(layer.cutoff, kCutoffLine);
    mark(layer.stopband, kStopbandLine);
    mark(layer.figures.nyquist, kNyquistLine);
    const float cursor = ImGui::GetIO().MousePos.x;
    if (!hovered || cursor < axis.left || cursor > axis.right) return;
    const double frequency = axis.frequency(cursor), db = radial_db_at(layer.figures, frequency);
    tooltip(fmt::format("{}: {:.1f} cycles per image width{}", layer.name, frequency,
                        std::isnan(db) ? std::string() : fmt::format(", {:.1f} dB", db))
                .c_str());
}

// Every layer's mean over its frequencies, one below the other: what the canvas shows of one picture.
void draw_mean_waterfall(Scene& scene, const NetworkSpectra& spectra) {
    if (spectra.layers.empty()) return;
    float names = 0;
    {
        const FontScope small(ui().fonts.regular, 13.0f);
        for (const LayerSpectrum& layer : spectra.layers)
            names = std::max(names, ImGui::CalcTextSize(layer.name.c_str()).x);
    }
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const WaterfallAxis axis{waterfall_span(spectra), at.x + names + px(8),
                             at.x + ImGui::GetContentRegionAvail().x - px(6)};
    if (axis.right - axis.left < px(40)) return;
    const Scope scope("Mean waterfall");
    ImGui::PushID("mean waterfall");
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(0, 0));
    for (const LayerSpectrum& layer : spectra.layers) draw_waterfall_row(scene, layer, axis);
    ImGui::PopStyleVar();
    ImGui::PopID();
    const FontScope small(ui().fonts.mono, 12.0f);
    const ImVec2 foot = ImGui::GetCursorScreenPos();
    float free = axis.left - px(20);
    for (double f = axis.span.low; f <= axis.span.high * 1.0001; f *= 2) {
        const std::string text = fmt::format("{:g}", f);
        const float width = ImGui::CalcTextSize(text.c_str()).x;
        const float left = std::min(axis.x(f) - width / 2, axis.right - width);
        if (left < free) continue;
        ImGui::GetWindowDrawList()->AddText({left, foot.y}, colour::kQuiet, text.c_str());
        free = left + width + px(6);
    }
    ImGui::Dummy({0, ImGui::GetTextLineHeight() + px(2)});
    ImGui::Dummy({axis.left - at.x, 0});
    ImGui::SameLine(0, 0);
    for (const auto& [name, line] : {std::pair("f_c", kCutoffLine), {"f_t", kStopbandLine}, {"s/2", kNyquistLine}}) {
        coloured_text(name, line);
        ImGui::SameLine(0, px(8));
    }
    quiet_text("cycles per image width");
}

// The shares of every layer; a click opens its spectrum.
void draw_shares(Scene& scene, const NetworkSpectra& spectra, const NetworkSpectra* average) {
    section_title("Energy of the layers");
    constexpr auto flags = ImGuiTableFlags_NoSavedSettings | ImGuiTableFlags_SizingFixedFit;
    if (!ImGui::BeginTable("shares", average ? 4 : 3, flags)) return;
    ImGui::TableSetupColumn("layer", ImGuiTableColumnFlags_WidthStretch);
    ImGui::TableSetupColumn("cutoff", ImGuiTableColumnFlags_WidthFixed, px(76));
    ImGui::TableSetupColumn("band", ImGuiTableColumnFlags_WidthFixed, px(84));
    if (average) ImGui::TableSetupColumn("mean", ImGuiTableColumnFlags_WidthFixed, px(84));
    ImGui::TableNextColumn();
    for (const char* head : {"> f_c", "> s/2 \u2212 f_h"}) {
        ImGui::TableNextColumn();
        coloured_text(head, colour::kQuiet);
    }
    if (average) {
        ImGui::TableNextColumn();
        coloured_text("> f_c, mean", kAverage);
    }
    for (const LayerSpectrum& layer : spectra.layers) {
        ImGui::TableNextRow();
        ImGui::TableNextColumn();
        if (ImGui::Selectable(layer.name.c_str(), false, ImGuiSelectableFlags_SpanAllColumns)) {
            scene.layer_view.layer = layer.name;
            scene.spectrum.shown = SpectrumShown::map;
        }
        ui().registry.add_last_item(layer.name, ControlKind::row);
        ImGui::TableNextColumn();
        mono_text(percent(layer.figures.beyond_cutoff));
        ImGui::TableNextColumn();
        mono_text(percent(layer.figures.beyond_band));
        if (!average) continue;
        const LayerSpectrum* const mean = average->find(layer.name);
        ImGui::TableNextColumn();
        mono_text(mean ? percent(mean->figures.beyond_cutoff) : "\u2013", kAverage);
    }
    ImGui::EndTable();
}

// The limits of the network as it runs.
std::optional<LayerInfo> shown_layer(const FrameInfo& info, const std::string& name) {
    std::optional<LayerInfo> found;
    for (const LayerInfo& known : info.shown->network->layers)
        if (known.name == name) found = known;
    if (const FilterOverride* f = found ? find_filter(info.shown->scene, name, FilterSide::down) : nullptr;
        f && f->enabled)
        found->cutoff = f->cutoff;
    return found;
}

}  // namespace

void draw_spectrum_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands& commands) {
    if (!info.network) {
        quiet_text("No model yet: the spectra of its layers would be here.");
        return;
    }
    ImGui::BeginChild("scrolled");
    {
        const DisabledBecause not_shown(scene.canvas != CanvasMode::spectrum ? "Choose Spectrum above the canvas."
                                                                             : "");
        draw_shown(scene.spectrum);
        draw_compare(scene);
        draw_view(scene.spectrum);
    }
    gap(6);
    const NetworkSpectra* average = nullptr;
    if (info.spectra) {
        draw_average(workspace.spectrum, info, commands);
        gap(6);
        if (const SpectraResult* const result = info.spectra->averaged(info.network->model))
            average = result->spectra.get();
        if (average && scene.spectrum.shown == SpectrumShown::waterfall) {
            draw_mean_waterfall(scene, *average);
            gap(6);
        }
    }
    if (info.shown && info.shown->waterfall) {
        draw_shares(scene, *info.shown->waterfall, average);
    } else if (!info.shown || !info.shown->spectrum) {
        quiet_text(scene.canvas == CanvasMode::spectrum ? "Being computed."
                                                        : "Choose Spectrum above the canvas (Alt+3).");
    } else {
        const SpectrumFigures& s = *info.shown->spectrum;
        const Scene& of = info.shown->scene;
        const std::string name = of.layer_view.layer.empty() ? "output" : of.layer_view.layer;
        const auto layer = shown_layer(info, name);
        section_title(name == "output" ? "Spectrum of the picture" : ("Spectrum of " + name).c_str());
        Others others{.compared = info.shown->compared.get()};
        if (average)
            if (const LayerSpectrum* const mean = average->find(name)) others.average = &mean->figures;
        if (others.compared)
            others.compared_name =
                of.spectrum.compare == SpectrumCompare::unmoved ? "unmoved" : of.spectrum.compare_layer;
        const auto shares = [&](std::optional<double> SpectrumFigures::*share) {
            std::string text = percent(s.*share);
            if (others.compared) text += "   " + others.compared_name + " " + percent(others.compared->*share);
            if (others.average) text += "   mean " + percent(others.average->*share);
            return text;
        };
        fact("> f_c", shares(&SpectrumFigures::beyond_cutoff));
        fact("> s/2 \u2212 f_h", shares(&SpectrumFigures::beyond_band));
        draw_curves(s, layer ? &*layer : nullptr, others, workspace.spectrum.logarithmic);
    }
    ImGui::EndChild();
}

}  // namespace afs::gui
