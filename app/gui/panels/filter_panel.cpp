// What if a filter of the network were another one: its taps and its response, live while it is changed, and the
// network with it in it.
#include <fmt/format.h>
#include <implot.h>

#include <algorithm>
#include <cmath>

#include "app/gui/panels/panels.h"
#include "app/gui/widgets/controls.h"
#include "app/gui/widgets/number.h"
#include "app/gui/widgets/number_text.h"
#include "core/model/changed_filters.h"

namespace afs::gui {
namespace {

constexpr int kPoints = 320;          // of a response
constexpr double kLowestDb = -120.0;  // of the plot

// Rows that have a filter on either side.
std::vector<const LayerSpec*> rows_of(const Schedule& schedule) {
    std::vector<const LayerSpec*> rows;
    for (const LayerSpec& row : schedule.layers)
        if (has_filter(row, FilterSide::up) || has_filter(row, FilterSide::down)) rows.push_back(&row);
    return rows;
}

FilterChange change_of(const FilterOverride& f) { return {f.layer, f.side, f.cutoff, f.half_width, f.taps}; }

// The row that the panel is about: the one that the list of layers shows, where it has filters.
const LayerSpec* choose_row(FilterPanelState& state, const Scene& scene, const std::vector<const LayerSpec*>& rows) {
    int index = 0;
    const auto find = [&](const std::string& name) {
        for (std::size_t i = 0; i < rows.size(); ++i)
            if (rows[i]->name == name) return static_cast<int>(i);
        return -1;
    };
    if (state.followed != scene.layer_view.layer) {
        state.followed = scene.layer_view.layer;
        if (find(state.followed) >= 0) state.layer = state.followed;
    }
    index = std::max(find(state.layer), 0);
    if (whole_number("Layer", index,
                     {.min = 0,
                      .max = static_cast<int>(rows.size()) - 1,
                      .reset = 0,
                      .tooltip = "Row of the layer table. Choosing a layer in the Layers panel comes here, too."}))
        state.draft.reset();
    const LayerSpec* const row = rows[static_cast<std::size_t>(index)];
    if (state.layer != row->name) state.draft.reset();
    state.layer = row->name;
    row_label("");
    mono_text(fmt::format("{}  \u2191{} \u2193{}", row->name, row->up, row->down), colour::kQuiet);
    return row;
}

// `filter`: a draft, or the scene's own, whose fields a film can move.
template <class Filter> void draw_fields(Filter& filter, const LayerSpec& row) {
    const FilterChange own = own_filter(row, filter.side);
    const auto frequency = [&](const char* name, double& value, double reset, const char* tooltip) {
        number(name, value,
               {.min = row.tmp_rate / 256,
                .max = row.tmp_rate / 2,
                .reset = reset,
                .unit = "cyc",
                .decimals = 2,
                .step = row.tmp_rate / 256,
                .logarithmic = true,
                .tooltip = tooltip});
    };
    frequency("Cutoff", filter.cutoff, own.cutoff,
              "f_c, cycles per picture width: where half of the amplitude passes.");
    frequency("Half width", filter.half_width, own.half_width,
              "f_h of the transition, cycles per picture width: narrow ones need many taps.");
    whole_number("Taps", filter.taps,
                 {.min = 1,
                  .max = kMostFilterTaps,
                  .reset = own.taps,
                  .tooltip = "Length of the filter along a side. 1: no filter at all."});
}

std::vector<double> frequencies(double to) {
    std::vector<double> f;
    for (int i = 0; i <= kPoints; ++i) f.push_back(to * i / kPoints);
    return f;
}

// Designed once for what is shown.
const FilterPanelState::Designed& designed(FilterPanelState::Designed& kept, const LowpassSpec& spec, double to) {
    if (kept.spec == spec && !kept.response_db.empty()) return kept;
    kept.spec = spec;
    kept.taps = design_lowpass(spec);
    kept.frequency = frequencies(to);
    kept.response_db = filter_response_db(spec, kept.frequency);
    if (spec.radial && spec.taps > 1) {  // the middle row
        const auto n = static_cast<std::ptrdiff_t>(spec.taps);
        kept.taps = std::vector<double>(kept.taps.begin() + n / 2 * n, kept.taps.begin() + (n / 2 + 1) * n);
    }
    return kept;
}

void draw_response(const FilterPanelState& state, const LayerSpec& row, const FilterChange& change, bool changed) {
    constexpr auto flags = ImPlotFlags_NoTitle | ImPlotFlags_NoMenus | ImPlotFlags_NoBoxSelect | ImPlotFlags_Crosshairs;
    const ImVec2 size(ImGui::GetContentRegionAvail().x,
                      std::max((ImGui::GetContentRegionAvail().y - px(6)) * 0.6f, px(150)));
    if (!ImPlot::BeginPlot("##response", size, flags)) return;
    const auto shown = [&](double db) { return state.decibels ? std::max(db, kLowestDb) : std::pow(10.0, db / 20); };
    ImPlot::SetupAxes("cycles per image width", state.decibels ? "dB" : "gain", ImPlotAxisFlags_NoHighlight,
                      ImPlotAxisFlags_NoHighlight);
    ImPlot::SetupAxesLimits(0, row.tmp_rate / 2, state.decibels ? kLowestDb : -0.05, state.decibels ? 12 : 1.25,
                            ImPlotCond_Always);
    ImPlot::SetupLegend(ImPlotLocation_NorthEast, ImPlotLegendFlags_NoButtons);
    const auto curve = [&](const char* name, const FilterPanelState::Designed& design, ImU32 line, float weight) {
        std::vector<double> y;
        for (const double db : design.response_db) y.push_back(shown(db));
        ImPlotSpec spec;
        spec.LineColor = ImGui::ColorConvertU32ToFloat4(line);
        spec.LineWeight = weight;
        ImPlot::PlotLine(name, design.frequency.data(), y.data(), static_cast<int>(y.size()), spec);
    };
    if (changed) curve("the network's", state.own, colour::kQuiet, 1.2f);
    curve(changed ? "what if" : "the network's", state.what_if, changed ? colour::kWarning : colour::kText, 1.6f);
    const bool up = change.side == FilterSide::up;
    const double rate = up ? row.in_rate : row.out_rate;
    const ImVec4 quiet = ImGui::ColorConvertU32ToFloat4(colour::kFill);
    std::vector<double> lines = {change.cutoff, rate / 2};
    ImPlot::TagX(change.cutoff, quiet, "f_c");
    ImPlot::TagX(rate / 2, quiet, "s/2");
    if (!up && row.out_stopband > 0 && std::abs(row.out_stopband - rate / 2) > 1e-9) {
        lines.push_back(row.out_stopband);
        ImPlot::TagX(row.out_stopband, quiet, "f_t");
    }
    ImPlotSpec spec;
    spec.LineColor = ImGui::ColorConvertU32ToFloat4(colour::kQuiet);
    spec.LineWeight = 1.0f;
    ImPlot::PlotInfLines("##limits", lines.data(), static_cast<int>(lines.size()), spec);
    ImPlot::EndPlot();
}

void draw_taps(const FilterPanelState& state, bool changed) {
    constexpr auto flags = ImPlotFlags_NoTitle | ImPlotFlags_NoMenus | ImPlotFlags_NoBoxSelect | ImPlotFlags_NoLegend;
    const ImVec2 size(ImGui::GetContentRegionAvail().x, std::max(ImGui::GetContentRegionAvail().y, px(110)));
    if (!ImPlot::BeginPlot("##taps", size, flags)) return;
    const std::vector<double> alone = {1.0};  // no filter: the sample itself
    const std::vector<double>& taps = state.what_if.taps.empty() ? alone : state.what_if.taps;
    const auto [low, high] = std::minmax_element(taps.begin(), taps.end());
    const double air = 0.1 * (*high - std::min(*low, 0.0));
    ImPlot::SetupAxes("tap", nullptr, ImPlotAxisFlags_NoHighlight, ImPlotAxisFlags_NoHighlight);
    ImPlot::SetupAxesLimits(-1, static_cast<double>(taps.size()), std::min(*low, 0.0) - air, *high + air,
                            ImPlotCond_Always);
    ImPlotSpec spec;
    const ImVec4 line = ImGui::ColorConvertU32ToFloat4(changed ? colour::kWarning : colour::kText);
    spec.LineColor = line;
    spec.MarkerFillColor = line;
    spec.MarkerLineColor = line;
    spec.Marker = ImPlotMarker_Circle;
    spec.MarkerSize = px(2.5);
    ImPlot::PlotStems("taps", taps.data(), static_cast<int>(taps.size()), 0, 1, 0, spec);
    ImPlot::EndPlot();
}

// The level beyond which nothing of the stopband rises.
std::string stopband_text(const FilterPanelState::Designed& design, double from) {
    double most = -200;
    for (std::size_t i = 0; i < design.frequency.size(); ++i)
        if (design.frequency[i] >= from) most = std::max(most, design.response_db[i]);
    return number_text(most, 1) + " dB";
}

}  // namespace

void draw_filter_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands& commands) {
    if (!info.network) {
        quiet_text("No model yet: the filters of its layers would be here.");
        return;
    }
    const std::vector<const LayerSpec*> rows = rows_of(info.network->schedule);
    if (!info.network->designed_filters || rows.empty()) {
        quiet_text("The filters of this network follow from no cutoff (StyleGAN2): there is nothing to design.");
        return;
    }
    ImGui::BeginChild("scrolled");
    FilterPanelState& state = workspace.filters;
    const LayerSpec& row = *choose_row(state, scene, rows);
    int side = state.side == FilterSide::up ? 0 : 1;
    constexpr const char* kSides[] = {"Up", "Down"};
    if (choice(
            "Filter", side, kSides,
            "Up: before the layer's nonlinearity, from the layer before. Down: after it, what the layer may pass on. "
            "Default: Down.",
            1)) {
        state.side = side == 0 ? FilterSide::up : FilterSide::down;
        state.draft.reset();
    }
    if (!has_filter(row, state.side)) {
        quiet_text("This layer has no such filter: it does not change the rate there.");
        ImGui::EndChild();
        return;
    }
    const FilterChange own = own_filter(row, state.side);
    const auto find = [&]() -> FilterOverride* {
        for (FilterOverride& f : scene.filters)
            if (f.layer == row.name && f.side == state.side) return &f;
        return nullptr;
    };
    FilterOverride* applied = find();
    bool in_network = applied && applied->enabled;
    FilterChange change = applied ? change_of(*applied) : state.draft.value_or(own);
    if (applied) {
        draw_fields(*applied, row);
        change = change_of(*applied);
    } else {
        draw_fields(change, row);
        state.draft = change == own ? std::nullopt : std::optional(change);
    }
    const bool possible = why_not(row, change).empty();
    row_label("", false);
    {
        const DisabledBecause same(!applied && change == own ? "It is the network's own filter: change it first." : "");
        if (toggle(
                "In the network", in_network,
                "Computes every picture with this filter instead of the network's: here, in a film, in a session, on "
                "the command line. The file is not touched.",
                false)) {
            if (in_network) {
                set_filter(scene, change);
            } else {
                state.draft = change;
                reset_filter(scene, row.name, state.side);
            }
            applied = find();
        }
    }
    ImGui::SameLine(0, px(16));
    {
        const DisabledBecause same(!applied && change == own ? "Nothing was changed." : "");
        if (button("Reset", {.tooltip = "This filter as the network has it."})) {
            reset_filter(scene, row.name, state.side);
            state.draft.reset();
            change = own;
            applied = nullptr;
        }
    }
    if (!scene.filters.empty()) {
        row_label("");
        if (button("Reset all", {.tooltip = "Every filter as the network has it."}))
            commands.run(ActionId::reset_filters);
        ImGui::SameLine(0, px(8));
        coloured_text(fmt::format("{} changed", scene.filters.size()), colour::kWarning);
    }
    if (!possible) {
        coloured_text(why_not(row, change), colour::kError);
        ImGui::EndChild();
        return;
    }
    const bool differs = change != own;
    designed(state.own, filter_spec(row, state.side), row.tmp_rate / 2);
    const LayerSpec what_if = changed(row, change);
    const LowpassSpec spec = filter_spec(what_if, state.side);
    designed(state.what_if, spec, row.tmp_rate / 2);
    gap(4);
    const double attenuation = kaiser_attenuation(spec.taps, spec.width, spec.rate);
    fact("Kaiser beta", spec.taps > 1 ? number_text(kaiser_beta(attenuation), 2) : "\u2013");
    fact("Beyond s/2", stopband_text(state.what_if, (state.side == FilterSide::up ? row.in_rate : row.out_rate) / 2));
    if (spec.radial) quiet_text("A radial filter: its response along the x axis, and its middle row.");
    toggle("Decibels", state.decibels, "The response in dB, otherwise as a gain.", true);
    draw_response(state, row, change, differs);
    draw_taps(state, differs);
    ImGui::EndChild();
}

}  // namespace afs::gui
