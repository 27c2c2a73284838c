#include <fmt/format.h>
#include <imgui_internal.h>
#include <implot.h>

#include <algorithm>
#include <cstdint>

#include "app/gui/panels/panels.h"
#include "app/gui/widgets/controls.h"

namespace afs::gui {
namespace {

std::string ms(double value) { return fmt::format("{:.1f} ms", value); }

// The last frames and pictures on one axis: what costs how much, and what made the window wait.
void draw_history(const Performance& p) {
    section_title("Lately, ms");
    for (const auto& [name, line_colour] : {std::pair("picture", colour::kText), {"window", colour::kWarning}}) {
        ImGui::SameLine(0, px(10));
        const FontScope small(ui().fonts.regular, 13.0f);
        coloured_text(name, line_colour);
    }
    const ImVec2 size(ImGui::GetContentRegionAvail().x, std::max(ImGui::GetContentRegionAvail().y, px(64)));
    double highest = 1.0;
    for (const Track* track : {&p.generator_ms, &p.ui_ms})
        for (int i = 0; i < track->count(); ++i) highest = std::max(highest, track->at(i));
    constexpr auto flags = ImPlotFlags_NoTitle | ImPlotFlags_NoLegend | ImPlotFlags_NoMenus | ImPlotFlags_NoBoxSelect |
                           ImPlotFlags_NoMouseText | ImPlotFlags_NoInputs;
    if (!ImPlot::BeginPlot("##history", size, flags)) return;
    ImPlot::SetupAxes(nullptr, nullptr, ImPlotAxisFlags_NoDecorations, ImPlotAxisFlags_NoHighlight);
    ImPlot::SetupAxesLimits(0, Track::kLength, 0, highest * 1.1, ImPlotCond_Always);
    const auto line = [](const char* name, const Track& track, ImU32 line_colour) {
        ImPlotSpec spec;
        spec.LineColor = ImGui::ColorConvertU32ToFloat4(line_colour);
        spec.LineWeight = 1.2f;
        ImPlot::PlotLineG(
            name,
            [](int i, void* data) {
                const auto* const shown = static_cast<const Track*>(data);
                return ImPlotPoint(Track::kLength - shown->count() + i, shown->at(i));  // the newest at the right
            },
            const_cast<Track*>(&track), track.count(), spec);
    };
    line("picture", p.generator_ms, colour::kText);
    line("window", p.ui_ms, colour::kWarning);
    ImPlot::EndPlot();
}

void draw_parts(const FrameInfo& info) {
    const FrameTiming timing = info.shown ? info.shown->timing : FrameTiming{};
    const Performance& p = *info.performance;
    const auto known = [&](double value) { return info.shown ? ms(value) : std::string("\u2013"); };
    section_title("One picture");
    fact("Mapping", known(timing.map_ms));
    fact("Synthesis", known(timing.synthesis_ms));
    fact("Conversion", known(timing.convert_ms));
    fact("Upload", known(p.upload_ms) + (info.shown && p.upload_direct ? " \u00b7 GPU to GPU" : ""));
    fact("Window", fmt::format("{} \u00b7 {:.0f} FPS", ms(p.ui_ms.newest()), p.ui_per_s));
}

void draw_machine(const FrameInfo& info, Commands& commands) {
    const Machine& machine = *info.machine;
    const std::string none = "\u2013";
    section_title("Where");
    fact("Device", info.shown ? info.shown->device : none);
    row_label("Precision", machine.precision != Precision::automatic);
    const Scope scope("Precision");
    for (std::size_t i = 0; i < machine.precisions.size(); ++i) {
        const auto& [precision, name] = machine.precisions[i];
        if (i > 0) ImGui::SameLine(0, px(2));
        if (button(name.c_str(), {.tooltip = "Of the layers that may run in half precision. Other arithmetic, other "
                                             "pixels: pictures are equal only for the same one.",
                                  .lit = precision == machine.precision}))
            commands.run(ActionId::precision, name);
    }
    if (machine.precisions.empty()) mono_text(none);
    row_label("Threads", machine.threads != 0);
    const DisabledBecause no_choice(machine.most_threads < 2 ? "There is no choice here."
                                    : !info.shown            ? "Known when a model is open."
                                                             : "");
    const int present = machine.threads > 0 ? machine.threads : info.shown ? info.shown->threads : 0;
    if (button("\u2212", {.tooltip = "One CPU thread less.", .width = px(24)}) && present > 1)
        commands.run(ActionId::threads, std::to_string(present - 1));
    ImGui::SameLine(0, px(6));
    mono_text(present > 0 ? std::to_string(present) : none);
    ImGui::SameLine(0, px(6));
    if (button("+", {.tooltip = "One CPU thread more.", .width = px(24)}) && present < machine.most_threads)
        commands.run(ActionId::threads, std::to_string(present + 1));
    ImGui::SameLine(0, px(6));
    const DisabledBecause default_already(machine.threads == 0 ? "It is as the program was started." : "");
    if (button("As started", {.tooltip = "The number of threads that the program was started with."}))
        commands.run(ActionId::threads, "0");
}

void draw_kernels(const FrameInfo& info) {
    section_title("Kernels, memory");
    // Names of operators are longer than labels elsewhere.
    const auto row = [](const std::string& name, const std::string& value) {
        const float left = ImGui::GetCursorPosX();
        quiet_text(name);
        ImGui::SameLine(0, 0);
        ImGui::SetCursorPosX(left + px(112));
        mono_text(cut_to_width(value, ImGui::GetContentRegionAvail().x));
    };
    for (const auto& [name, path] : info.machine->operators) row(name, path);
    row("Memory", info.shown ? fmt::format("{:.0f} MB", static_cast<double>(info.shown->memory_bytes) / 1048576.0)
                             : std::string("\u2013"));
}

void draw_layer_times(const FrameInfo& info) {
    section_title("Every layer");
    if (info.shown->layer_ms.empty()) {
        quiet_text("Change something: the next picture is timed.");
        return;
    }
    double longest = 0.0;
    for (const LayerTime& layer : info.shown->layer_ms) longest = std::max(longest, layer.ms);
    ImGui::BeginChild("layers");
    for (const LayerTime& layer : info.shown->layer_ms) {
        const ImVec2 at = ImGui::GetCursorScreenPos();
        const float width = ImGui::GetContentRegionAvail().x, height = ImGui::GetTextLineHeight();
        const auto share = static_cast<float>(longest > 0 ? layer.ms / longest : 0.0);
        ImGui::GetWindowDrawList()->AddRectFilled(at, {at.x + width * share, at.y + height}, colour::kField, px(2));
        mono_text(fmt::format(" {:<14}{:>8.2f} ms", layer.name, layer.ms), colour::kText);
    }
    ImGui::EndChild();
}

void draw_columns(Workspace& workspace, const FrameInfo& info, Commands& commands, bool layers, bool plot) {
    constexpr auto flags = ImGuiTableFlags_NoSavedSettings | ImGuiTableFlags_SizingFixedFit;
    if (!ImGui::BeginTable("performance", 3 + (layers ? 1 : 0) + (plot ? 1 : 0), flags)) return;
    ImGui::TableSetupColumn("parts", 0, px(214));
    ImGui::TableSetupColumn("machine", 0, px(252));
    ImGui::TableSetupColumn("kernels", 0, px(262));
    if (layers) ImGui::TableSetupColumn("layers", 0, px(230));
    if (plot) ImGui::TableSetupColumn("history", ImGuiTableColumnFlags_WidthStretch);
    // ImGui aligns the texts of a row with each other, and fields in one column would lower the titles of the next.
    const auto next_column = [] {
        ImGui::TableNextColumn();
        ImGui::GetCurrentWindow()->DC.CurrLineTextBaseOffset = 0.0f;
    };
    next_column();
    draw_parts(info);
    row_label("");
    bool timed = workspace.performance.layer_times;
    if (toggle("Every layer", timed, "Lists what every layer takes. On a GPU that costs a little time itself."))
        commands.run(ActionId::time_layers);
    next_column();
    draw_machine(info, commands);
    next_column();
    draw_kernels(info);
    if (layers) {
        next_column();
        draw_layer_times(info);
    }
    if (plot) {
        next_column();
        draw_history(*info.performance);
    }
    ImGui::EndTable();
}

}  // namespace

void draw_performance_panel(Scene&, Workspace& workspace, const FrameInfo& info, Commands& commands) {
    const bool layers = workspace.performance.layer_times && info.shown;
    const float width = ImGui::GetContentRegionAvail().x;
    const bool plot = width > px(layers ? 1100 : 870);  // it needs room
    // What has no room is reached by scrolling.
    const float columns = px(214 + 252 + 262 + (layers ? 230 : 0) + 40);
    const bool whole = width >= columns;
    ImGui::SetNextWindowContentSize({whole ? 0.0f : columns, 0.0f});
    ImGui::BeginChild("scrolled", {0, 0}, ImGuiChildFlags_None, ImGuiWindowFlags_HorizontalScrollbar);
    draw_columns(workspace, info, commands, layers, plot);
    ImGui::EndChild();
}

}  // namespace afs::gui
