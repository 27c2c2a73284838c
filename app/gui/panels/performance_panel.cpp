#include <fmt/format.h>
#include <implot.h>

#include <algorithm>
#include <cstdint>

#include "app/gui/panels/panels.h"
#include "app/gui/widgets/controls.h"

namespace afs::gui {
namespace {

void plot_track(const char* name, const Track& track, const char* what) {
    const ImVec2 size(ImGui::GetContentRegionAvail().x, std::max(ImGui::GetContentRegionAvail().y, px(48)));
    double highest = 0.0;
    for (int i = 0; i < track.count(); ++i) highest = std::max(highest, track.at(i));
    constexpr auto flags = ImPlotFlags_CanvasOnly | ImPlotFlags_NoInputs;
    if (!ImPlot::BeginPlot(name, size, flags)) return;
    ImPlot::SetupAxes(nullptr, nullptr, ImPlotAxisFlags_NoDecorations, ImPlotAxisFlags_NoGridLines);
    ImPlot::SetupAxesLimits(0, Track::kLength, 0, std::max(highest * 1.15, 1.0), ImPlotCond_Always);
    ImPlotSpec line;
    line.LineColor = ImGui::ColorConvertU32ToFloat4(colour::kText);
    line.LineWeight = 1.2f;
    ImPlot::PlotLineG(
        what, [](int i, void* data) { return ImPlotPoint(i, static_cast<const Track*>(data)->at(i)); },
        const_cast<Track*>(&track), track.count(), line);
    ImPlot::EndPlot();
}

void draw_history(const Performance& p) {
    ImGui::TableNextColumn();
    section_title("Generator");
    mono_text(fmt::format("{:.1f} ms  {:.0f} pictures/s", p.generator_ms.newest(), p.pictures_per_s));
    plot_track("##generator", p.generator_ms, "generator ms");
    ImGui::TableNextColumn();
    section_title("Window");
    mono_text(fmt::format("{:.1f} ms  {:.0f} frames/s", p.ui_ms.newest(), p.ui_per_s));
    plot_track("##ui", p.ui_ms, "window ms");
}

}  // namespace

void draw_performance_panel(Scene&, Workspace&, const FrameInfo& info, Commands&) {
    constexpr auto flags = ImGuiTableFlags_NoSavedSettings | ImGuiTableFlags_SizingFixedFit;
    const bool wide = ImGui::GetContentRegionAvail().x > px(760);  // plots need room
    if (!ImGui::BeginTable("performance", wide ? 4 : 2, flags)) return;
    ImGui::TableSetupColumn("parts", 0, px(220));
    ImGui::TableSetupColumn("place", 0, px(270));
    if (wide) {
        ImGui::TableSetupColumn("generator", ImGuiTableColumnFlags_WidthStretch);
        ImGui::TableSetupColumn("ui", ImGuiTableColumnFlags_WidthStretch);
    }
    const auto ms = [](double value) { return fmt::format("{:.1f} ms", value); };
    const FrameTiming timing = info.shown ? info.shown->timing : FrameTiming{};
    const std::string none = "\u2013";
    ImGui::TableNextColumn();
    section_title("One picture");
    fact("Mapping", info.shown ? ms(timing.map_ms) : none);
    fact("Synthesis", info.shown ? ms(timing.synthesis_ms) : none);
    fact("To pixels", info.shown ? ms(timing.convert_ms) : none);
    fact("Together", info.shown ? ms(timing.total_ms) : none);
    ImGui::TableNextColumn();
    section_title("Where");
    fact("Device", info.shown ? info.shown->device : none);
    fact("Precision", info.device_label);
    fact("Kernels", info.shown ? info.shown->kernel_path : none);
    fact("Memory",
         info.shown ? fmt::format("{:.0f} MB", static_cast<double>(info.shown->memory_bytes) / 1048576.0) : none);
    if (wide) draw_history(*info.performance);
    ImGui::EndTable();
}

}  // namespace afs::gui
