#include <fmt/format.h>

#include <algorithm>

#include "app/gui/panels/panels.h"
#include "app/gui/widgets/controls.h"
#include "app/gui/widgets/number.h"
#include "app/gui/widgets/number_text.h"

namespace afs::gui {
namespace {

const LayerInfo* find_layer(const NetworkInfo& network, const std::string& name) {
    const auto found =
        std::find_if(network.layers.begin(), network.layers.end(), [&](const LayerInfo& l) { return l.name == name; });
    return found == network.layers.end() ? nullptr : &*found;
}

std::string frequency(double value) {
    if (value <= 0) return "";
    return value < 100 ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value);
}

void select_layer(Scene& scene, const LayerInfo& layer) {
    scene.canvas = CanvasMode::layer;
    if (scene.layer_view.layer == layer.name) return;
    scene.layer_view.layer = layer.name;
    scene.layer_view.base_channel =
        std::min(scene.layer_view.base_channel, std::max(layer.channels - scene.layer_view.channels, 0));
}

void draw_table(Scene& scene, const NetworkInfo& network, float height) {
    constexpr auto flags = ImGuiTableFlags_ScrollY | ImGuiTableFlags_NoSavedSettings | ImGuiTableFlags_SizingFixedFit;
    const int columns = ImGui::GetContentRegionAvail().x < px(270) ? 3 : 5;  // names come before frequencies
    if (!ImGui::BeginTable("layers", columns, flags, {0, height})) return;
    ImGui::TableSetupScrollFreeze(0, 1);
    ImGui::TableSetupColumn("Layer", ImGuiTableColumnFlags_WidthStretch);
    ImGui::TableSetupColumn("Size", 0, px(74));
    ImGui::TableSetupColumn("Ch", 0, px(34));
    if (columns == 5) {
        ImGui::TableSetupColumn("f_c", 0, px(42));
        ImGui::TableSetupColumn("f_t", 0, px(42));
    }
    ImGui::PushStyleColor(ImGuiCol_Text, colour::kQuiet);
    ImGui::TableNextRow(ImGuiTableRowFlags_Headers);
    constexpr const char* kHelp[] = {
        "The network's modules, in the order in which they run. A click shows one in the canvas.",
        "Samples, margins included: width \u00d7 height.", "Channels.",
        "Cutoff f_c, cycles per picture width: where the layer's filter lets half through.",
        "Stopband f_t, cycles per picture width: beyond it nothing passes."};
    for (int column = 0; column < columns; ++column) {
        ImGui::TableSetColumnIndex(column);
        ImGui::TextUnformatted(ImGui::TableGetColumnName(column));
        tooltip(kHelp[column]);
    }
    ImGui::PopStyleColor();
    for (const LayerInfo& layer : network.layers) {
        ImGui::TableNextRow();
        ImGui::TableNextColumn();
        const bool shown = scene.canvas == CanvasMode::layer && scene.layer_view.layer == layer.name;
        ImGui::PushStyleColor(ImGuiCol_Text, shown ? colour::kText : colour::kQuiet);
        if (ImGui::Selectable(layer.name.c_str(), shown, ImGuiSelectableFlags_SpanAllColumns))
            select_layer(scene, layer);
        ui().registry.add_last_item(layer.name, ControlKind::row);
        ImGui::PopStyleColor();
        if (layer.half_precision) tooltip("Runs in half precision on CUDA.");
        const ImU32 text = shown ? colour::kText : colour::kQuiet;
        ImGui::TableNextColumn();
        mono_text(fmt::format("{}\u00d7{}", layer.width, layer.height), text);
        ImGui::TableNextColumn();
        mono_text(fmt::format("{}", layer.channels), text);
        if (columns < 5) continue;
        ImGui::TableNextColumn();
        mono_text(frequency(layer.cutoff), text);
        ImGui::TableNextColumn();
        mono_text(frequency(layer.stopband), text);
    }
    ImGui::EndTable();
}

void draw_channels(LayerView& view, int channels) {
    int three = view.channels == 1 ? 1 : 0;
    constexpr const char* kOptions[] = {"RGB", "Single"};
    {
        const DisabledBecause few(channels < 3 ? "This layer has fewer than three channels." : "");
        if (choice("Show", three, kOptions, "Three neighbouring channels as red, green and blue, or one as gray."))
            view.channels = three == 1 ? 1 : 3;
    }
    int base = view.base_channel;
    const int last = std::max(channels - view.channels, 0);
    const DisabledBecause all_shown(last == 0 ? "All channels are shown." : "");
    if (whole_number("Channel", base,
                     {.min = 0,
                      .max = last,
                      .reset = 0,
                      .tooltip = view.channels == 1 ? "The channel that is shown."
                                                    : "The first of the three channels that are shown. In the canvas "
                                                      "the left and right arrow keys step."}))
        view.base_channel = base;
}

std::string stat(double value) { return number_text(value, std::abs(value) >= 100 ? 1 : 3); }

void draw_stats(const std::optional<TensorStats>& stats, bool of_this_layer) {
    if (!ImGui::BeginTable("stats", 4, ImGuiTableFlags_NoSavedSettings | ImGuiTableFlags_SizingStretchSame)) return;
    const auto row = [](const char* name, const std::string& mean, const std::string& std_dev, const std::string& max,
                        bool header) {
        ImGui::TableNextRow();
        ImGui::TableNextColumn();
        coloured_text(name, colour::kQuiet);
        for (const std::string* text : {&mean, &std_dev, &max}) {
            ImGui::TableNextColumn();
            if (header)
                coloured_text(*text, colour::kQuiet);
            else
                mono_text(*text);
        }
    };
    row("", "mean", "std", "max |x|", true);
    const bool known = stats && of_this_layer;
    row("all", known ? stat(stats->mean_all) : "\u2013", known ? stat(stats->std_all) : "\u2013",
        known ? stat(stats->max_abs_all) : "\u2013", false);
    row("shown", known ? stat(stats->mean_shown) : "\u2013", known ? stat(stats->std_shown) : "\u2013",
        known ? stat(stats->max_abs_shown) : "\u2013", false);
    ImGui::EndTable();
}

}  // namespace

void draw_layers_panel(Scene& scene, Workspace&, const FrameInfo& info, Commands& commands) {
    if (!info.network || info.network->layers.empty()) {
        quiet_text("The layers of the network are listed here when a model is open.");
        return;
    }
    const NetworkInfo& network = *info.network;
    const float row = ImGui::GetFrameHeightWithSpacing();
    const float controls = 5 * row + 3 * (ImGui::GetTextLineHeight() + ImGui::GetStyle().CellPadding.y * 2) + px(34);
    const float table_row = ImGui::GetTextLineHeight() + ImGui::GetStyle().CellPadding.y * 2;
    const float whole_table = (static_cast<float>(network.layers.size()) + 1.5f) * table_row;
    draw_table(scene, network, std::min(whole_table, std::max(ImGui::GetContentRegionAvail().y - controls, 4 * row)));
    gap(6);
    const LayerInfo* layer = find_layer(network, scene.layer_view.layer);
    {
        const DisabledBecause not_shown(
            scene.canvas != CanvasMode::layer ? "Click a layer, or choose Layer above the canvas." : "");
        draw_channels(scene.layer_view, layer ? layer->channels : 3);
        number("Gain", scene.layer_view.gain_db,
               {.min = -40,
                .max = 40,
                .unit = "dB",
                .decimals = 1,
                .step = 1,
                .tooltip = "Brightens what is shown: 20 dB are a factor of ten."});
        row_label("", false);
        toggle("Normalise", scene.layer_view.normalize, "Divides each channel by its own largest |x|.", true);
        ImGui::SameLine(0, px(16));
        if (button("Reset", {.tooltip = "Channel, gain and normalisation as they were at first."}))
            commands.run(ActionId::reset_view_of_layer);
    }
    gap(6);
    const bool of_this =
        info.shown && info.shown->scene.canvas == scene.canvas &&
        (scene.canvas == CanvasMode::picture || info.shown->scene.layer_view.layer == scene.layer_view.layer);
    section_title(scene.canvas == CanvasMode::layer ? ("Values of " + scene.layer_view.layer).c_str()
                                                    : "Values of the picture");
    draw_stats(info.shown ? info.shown->stats : std::nullopt, of_this);
}

}  // namespace afs::gui
