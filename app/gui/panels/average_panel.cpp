// Average power spectra of data sets and networks in one plot (SPEC 10): what each holds at each frequency.
#include <fmt/format.h>
#include <implot.h>

#include <algorithm>
#include <cmath>

#include "app/gui/panels/panels.h"
#include "app/gui/scene_words.h"
#include "app/gui/spectra_lab.h"
#include "app/gui/widgets/controls.h"
#include "app/gui/widgets/number.h"

namespace afs::gui {
namespace {

constexpr double kSlicesLowDb = -50, kSlicesHighDb = 30, kMapLowDb = -40, kMapHighDb = 20;  // the paper's axes
constexpr ImU32 kColours[] = {colour::kText,
                              colour::kWarning,
                              colour::kGood,
                              colour::kError,
                              colour::kQuiet,
                              IM_COL32(0xC6, 0x78, 0xDD, 0xFF),
                              IM_COL32(0x56, 0xB6, 0xC2, 0xFF)};

ImU32 colour_of_curve(std::size_t i) { return kColours[i % std::size(kColours)]; }

void draw_sources(AveragePanelState& state, const FrameInfo& info, Commands& commands) {
    std::optional<std::size_t> removed;
    const auto& report = info.spectra->compared().report;
    for (std::size_t i = 0; i < state.sources.size(); ++i) {
        ImGui::PushID(static_cast<int>(i));
        const Scope scope(fmt::format("Source {}", i + 1).c_str());
        if (button("\u00d7##Remove",
                   {.tooltip = "Takes it out of the list.", .width = ImGui::GetFrameHeight(), .name = "Remove"}))
            removed = i;
        ImGui::SameLine(0, px(6));
        ImGui::AlignTextToFramePadding();
        ImU32 text = colour::kQuiet;  // not compared yet
        if (report)
            for (std::size_t k = 0; k < report->curves.size(); ++k)
                if (report->curves[k].path == state.sources[i]) text = colour_of_curve(k);
        coloured_text(cut_to_width(file_name(state.sources[i]), ImGui::GetContentRegionAvail().x), text);
        tooltip(state.sources[i].c_str());
        ImGui::PopID();
    }
    if (removed) state.sources.erase(state.sources.begin() + static_cast<std::ptrdiff_t>(*removed));
    if (state.sources.empty()) quiet_text("Data sets, networks and spectra (.npz) whose average spectra are compared.");
    if (button("Add\u2026",
               {.tooltip = "A ZIP archive, a network, a spectrum (.npz); a picture stands for its folder."}))
        commands.run(ActionId::add_spectrum_source);
    ImGui::SameLine(0, px(4));
    const bool there =
        info.network && std::ranges::find(state.sources, info.network->model.path) != state.sources.end();
    const DisabledBecause none(!info.network ? "Open a model first." : there ? "It is in the list." : "");
    if (button("Add this model", {.tooltip = "The network that is open."}))
        commands.run(ActionId::compare_with, info.network->model.path);
}

void draw_question(AveragePanelState& state, const FrameInfo& info, Commands& commands) {
    const SpectraLab::Compared& compared = info.spectra->compared();
    draw_sources(state, info, commands);
    gap(4);
    whole_number("Pictures", state.pictures,
                 {.min = 1,
                  .max = 50'000,
                  .reset = AveragePanelState{}.pictures,
                  .tooltip = "Of each source: so many seeds of a network, a random subset of a data set."});
    whole_number("Seed", state.seed, {.min = 0, .max = 999'999, .reset = 0, .tooltip = "First seed; of the subset."});
    if (compared.running) {
        if (progress_row(compared.progress.doing.empty() ? "Begins." : compared.progress.doing,
                         compared.progress.fraction,
                         {.tooltip = "Ends it; the curves until then stay.", .name = "Cancel comparison"}))
            commands.run(ActionId::cancel_compare_spectra);
    } else {
        const DisabledBecause none(state.sources.empty() ? "Add a data set or a network first." : "");
        if (button("Compare", {.tooltip = "Reads every source in the background."}))
            commands.run(ActionId::compare_spectra);
    }
    if (compared.failure) coloured_text(compared.failure->paragraph(), colour::kError);
    if (!compared.report) return;
    const AverageReport& report = *compared.report;
    if (report.whitened_by)
        quiet_text(fmt::format("Whitened by mean {:.2f}, deviation {:.2f} of {}.", report.mean, report.std,
                               *report.whitened_by));
    if (!compared.running && !compared.failure && report.curves.size() < compared.run.sources.size())
        quiet_text("Ended early: the curves until then.");
}

void draw_slices(const AverageReport& report, const char* id, const char* angle, bool diagonal, ImVec2 size) {
    constexpr auto flags = ImPlotFlags_NoTitle | ImPlotFlags_NoMenus | ImPlotFlags_NoBoxSelect | ImPlotFlags_Crosshairs;
    if (!ImPlot::BeginPlot(id, size, flags)) return;
    double end = 1;
    for (const AverageCurve& curve : report.curves)
        end = std::max(end, (diagonal ? curve.slices.frequency45 : curve.slices.frequency0).back());
    ImPlot::SetupAxes(fmt::format("cycles per image width, {}", angle).c_str(), "dB", ImPlotAxisFlags_NoHighlight,
                      ImPlotAxisFlags_NoHighlight);
    ImPlot::SetupAxesLimits(0, end, kSlicesLowDb, kSlicesHighDb, ImPlotCond_Always);
    ImPlot::SetupLegend(ImPlotLocation_NorthEast, ImPlotLegendFlags_NoButtons);
    for (std::size_t i = 0; i < report.curves.size(); ++i) {
        const SpectrumSlices& s = report.curves[i].slices;
        const auto& x = diagonal ? s.frequency45 : s.frequency0;
        const auto& y = diagonal ? s.db45 : s.db0;
        ImPlotSpec spec;
        spec.LineColor = ImGui::ColorConvertU32ToFloat4(colour_of_curve(i));
        spec.LineWeight = 1.4f;
        ImPlot::PlotLine(fmt::format("{}##{}", report.curves[i].name, i).c_str(), x.data(), y.data(),
                         static_cast<int>(x.size()), spec);
    }
    ImPlot::EndPlot();
}

void draw_map(const AverageCurve& curve, ImVec2 size) {
    constexpr auto flags =
        ImPlotFlags_NoTitle | ImPlotFlags_NoMenus | ImPlotFlags_NoBoxSelect | ImPlotFlags_NoLegend | ImPlotFlags_Equal;
    const auto side = static_cast<int>(std::lround(std::sqrt(static_cast<double>(curve.map.size()))));
    ImPlot::PushColormap(ImPlotColormap_Viridis);
    const float bar = px(70);
    if (ImPlot::BeginPlot("##map", {size.x - bar, size.y}, flags)) {
        const double half = curve.spectrum.image_size / 2.0;
        ImPlot::SetupAxes("cycles per image width", nullptr, ImPlotAxisFlags_NoHighlight, ImPlotAxisFlags_NoHighlight);
        ImPlot::SetupAxesLimits(-half, half, -half, half);
        ImPlot::PlotHeatmap("map", curve.map.data(), side, side, kMapLowDb, kMapHighDb, nullptr, {-half, -half},
                            {half, half});
        ImPlot::EndPlot();
    }
    ImGui::SameLine(0, px(4));
    ImPlot::ColormapScale("dB", kMapLowDb, kMapHighDb, {bar - px(8), size.y});
    ImPlot::PopColormap();
}

void draw_answer(AveragePanelState& state, const AverageReport& report) {
    state.map = std::clamp(state.map, -1, static_cast<int>(report.curves.size()) - 1);
    if (button("Slices", {.tooltip = "Every curve along the axis and along the diagonal.", .lit = state.map < 0}))
        state.map = -1;
    const Scope scope("Map");
    for (std::size_t i = 0; i < report.curves.size(); ++i) {
        const std::string& name = report.curves[i].name;
        const std::string label = fmt::format("{}##{}", name, i);
        ImGui::SameLine(0, px(2));
        if (ImGui::GetContentRegionAvail().x < ImGui::CalcTextSize(name.c_str()).x + px(16)) ImGui::NewLine();
        if (button(label.c_str(),
                   {.tooltip = "Its map, smoothed.", .lit = state.map == static_cast<int>(i), .name = name.c_str()}))
            state.map = static_cast<int>(i);
    }
    const ImVec2 room = ImGui::GetContentRegionAvail();
    const float height = std::max(room.y, px(120));
    if (state.map >= 0) {
        draw_map(report.curves[static_cast<std::size_t>(state.map)],
                 {std::min(room.x, height * 1.6f + px(70)), height});
        return;
    }
    const bool beside = room.x > px(420);
    const float width = beside ? (room.x - px(6)) / 2 : room.x;
    draw_slices(report, "##slices0", "0\u00b0", false, {width, beside ? height : std::max(height / 2, px(120))});
    if (beside) ImGui::SameLine(0, px(6));
    draw_slices(report, "##slices45", "45\u00b0", true, {width, beside ? height : std::max(height / 2, px(120))});
}

}  // namespace

void draw_average_panel(Scene&, Workspace& workspace, const FrameInfo& info, Commands& commands) {
    if (!info.spectra || !info.spectra->can_compare()) {
        quiet_text("Average spectra are not made here.");
        return;
    }
    AveragePanelState& state = workspace.averages;
    const auto& report = info.spectra->compared().report;
    const bool answered = report && !report->curves.empty();
    const float width = ImGui::GetContentRegionAvail().x;
    const bool beside = width > px(560);
    ImGui::BeginChild("question", {beside ? px(300) : 0.0f, beside || !answered ? 0.0f : px(220)});
    draw_question(state, info, commands);
    ImGui::EndChild();
    if (beside) ImGui::SameLine(0, px(12));
    ImGui::BeginChild("answer");
    if (answered)
        draw_answer(state, *report);
    else if (beside)
        quiet_text(
            "The curves of what is compared would be here: a data set against the networks that were trained with "
            "it shows which frequencies they miss or invent.");
    ImGui::EndChild();
}

}  // namespace afs::gui
