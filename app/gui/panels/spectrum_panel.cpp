// What the Spectrum mode shows, as curves over the frequency (SPEC 8): what the layer holds, where its filters end.
#include <fmt/format.h>
#include <implot.h>

#include <algorithm>
#include <cmath>

#include "app/gui/panels/panels.h"
#include "app/gui/widgets/controls.h"
#include "app/gui/widgets/number.h"

namespace afs::gui {
namespace {

std::string percent(const std::optional<double>& share) {
    if (!share) return "\u2013";
    const double value = *share * 100;
    return value >= 0.1 || value == 0 ? fmt::format("{:.1f} %", value) : fmt::format("{:.1e} %", value);
}

void draw_view(SpectrumView& view) {
    constexpr std::pair<SpectrumColours, const char*> kColours[] = {
        {SpectrumColours::viridis, "Viridis"}, {SpectrumColours::magma, "Magma"}, {SpectrumColours::gray, "Gray"}};
    row_label("Colours", view.colours != SpectrumColours::viridis);
    {
        const Scope scope("Colours");
        for (const auto& [colours, name] : kColours) {
            if (colours != SpectrumColours::viridis) ImGui::SameLine(0, px(2));
            if (button(name, {.tooltip = "Colours of the spectrum on the canvas. Default: Viridis.",
                              .lit = view.colours == colours}))
                view.colours = colours;
        }
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

void draw_curves(const SpectrumFigures& s, const LayerInfo* layer, bool& logarithmic) {
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
    const ImVec2 size(ImGui::GetContentRegionAvail().x, std::max(ImGui::GetContentRegionAvail().y, px(160)));
    constexpr auto flags = ImPlotFlags_NoTitle | ImPlotFlags_NoMenus | ImPlotFlags_NoBoxSelect | ImPlotFlags_Crosshairs;
    if (!ImPlot::BeginPlot("##spectrum", size, flags)) return;
    ImPlot::SetupAxes("cycles per image width", "dB", ImPlotAxisFlags_NoHighlight, ImPlotAxisFlags_NoHighlight);
    if (logarithmic) ImPlot::SetupAxisScale(ImAxis_X1, ImPlotScale_Log10);
    const double first = s.frequency.size() > 1 ? s.frequency[1] : s.nyquist;
    ImPlot::SetupAxesLimits(logarithmic ? first : 0, s.frequency45.back(), bottom - air, top + air, ImPlotCond_Always);
    ImPlot::SetupLegend(ImPlotLocation_South,
                        ImPlotLegendFlags_Outside | ImPlotLegendFlags_Horizontal | ImPlotLegendFlags_NoButtons);
    draw_filter("filters", s, s.up_filter_db, top, bottom - air);
    draw_filter("filters", s, s.down_filter_db, top, bottom - air);
    draw_curve("circles", s.frequency, s.radial_db, colour::kText);
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

}  // namespace

void draw_spectrum_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands&) {
    if (!info.network) {
        quiet_text("No model yet: the spectra of its layers would be here.");
        return;
    }
    {
        const DisabledBecause not_shown(scene.canvas != CanvasMode::spectrum ? "Choose Spectrum above the canvas."
                                                                             : "");
        draw_view(scene.spectrum);
    }
    gap(6);
    if (!info.shown || !info.shown->spectrum) {
        quiet_text(scene.canvas == CanvasMode::spectrum ? "Being computed."
                                                        : "Choose Spectrum above the canvas (Alt+3).");
        return;
    }
    const SpectrumFigures& s = *info.shown->spectrum;
    const std::string& name = info.shown->scene.layer_view.layer;
    const LayerInfo* layer = nullptr;
    for (const LayerInfo& known : info.shown->network->layers)
        if (known.name == name) layer = &known;
    section_title(name.empty() || name == "output" ? "Spectrum of the picture" : ("Spectrum of " + name).c_str());
    fact("> f_c", percent(s.beyond_cutoff));
    fact("> s/2 \u2212 f_h", percent(s.beyond_band));
    draw_curves(s, layer, workspace.spectrum.logarithmic);
}

}  // namespace afs::gui
