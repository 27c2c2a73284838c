#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "app/gui/panels/panels.h"
#include "app/gui/spectra_lab.h"
#include "app/gui/widgets/controls.h"
#include "app/gui/widgets/key_mark.h"
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
    return value < 100 && value != std::floor(value) ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value);
}

void select_layer(Scene& scene, const LayerInfo& layer) {
    scene.spectrum.shown = SpectrumShown::map;  // of this one
    if (scene.canvas != CanvasMode::spectrum && scene.canvas != CanvasMode::equivariance)
        scene.canvas = CanvasMode::layer;
    if (scene.layer_view.layer == layer.name) return;
    scene.layer_view.layer = layer.name;
    scene.layer_view.base_channel =
        std::min(scene.layer_view.base_channel, std::max(layer.channels - scene.layer_view.channels, 0));
}

// The spectra of two layers beside each other; once more: of one.
void compare_layer(Scene& scene, const LayerInfo& layer) {
    SpectrumView& view = scene.spectrum;
    const bool same = view.compare == SpectrumCompare::layer && view.compare_layer == layer.name;
    view.compare = same ? SpectrumCompare::nothing : SpectrumCompare::layer;
    view.compare_layer = layer.name;
    view.shown = SpectrumShown::map;
    scene.canvas = CanvasMode::spectrum;
}

// The arrow keys walk while a row has the focus: up and down through the layers (the focus itself does that), left and
// right through the channels.
void walk_channels(LayerView& view, const LayerInfo& layer) {
    const ImGuiID id = ImGui::GetItemID();
    ImGui::SetKeyOwner(ImGuiKey_LeftArrow, id);
    ImGui::SetKeyOwner(ImGuiKey_RightArrow, id);
    const int step = (ImGui::IsKeyPressed(ImGuiKey_RightArrow, ImGuiInputFlags_Repeat, id) ? 1 : 0) -
                     (ImGui::IsKeyPressed(ImGuiKey_LeftArrow, ImGuiInputFlags_Repeat, id) ? 1 : 0);
    if (step == 0 || view.mosaic) return;
    view.base_channel = std::clamp(view.base_channel + step, 0, std::max(layer.channels - view.channels, 0));
    note_step(id);
}

struct Column {
    const char* name;
    double width;  // at 100 %; 0: the rest, at least kNameWidth
    const char* help;
    std::string (*text)(const LayerInfo& layer, bool half_precision);
    bool sparkline = false;  // a curve instead of a text
    bool cutoff = false;     // changes with a filter of the scene
};

constexpr double kHighShare = 0.05;  // of the energy beyond f_c: marked

constexpr ImU32 kSecond = colour::kWarning;  // the other one of a comparison

constexpr double kNameWidth = 80, kCellPadding = 3, kScrollbar = 10;  // at 100 %

const Column kColumns[] = {
    {"Layer", 0,
     "The network's modules, in the order in which they run. A click shows one in the canvas; then the arrow "
     "keys walk: up and down through layers, left and right through channels. Ctrl+click compares the spectra of "
     "two.",
     [](const LayerInfo& l, bool) { return l.name; }},
    {"Power", 40,
     "The layer's spectrum at a glance, from low frequencies to s/2. An orange mark: more than 5 % of the energy lie "
     "beyond f_c.",
     [](const LayerInfo&, bool) { return std::string(); }, true},
    {"Size", 36, "Samples along a side, margins included.",
     [](const LayerInfo& l, bool) {
         return l.width == l.height ? fmt::format("{}\u00b2", l.width) : fmt::format("{}\u00d7{}", l.width, l.height);
     }},
    {"Ch", 24, "Channels.", [](const LayerInfo& l, bool) { return fmt::format("{}", l.channels); }},
    {"Rate", 32, "Sampling rate s, samples per picture width.",
     [](const LayerInfo& l, bool) { return frequency(l.rate); }},
    {"f_c", 34,
     "Cutoff f_c, cycles per picture width: where the layer's filter lets half through. Orange: the Filters panel "
     "changed it.",
     [](const LayerInfo& l, bool) { return frequency(l.cutoff); }, false, true},
    {"f_t", 34,
     "Stopband f_t that the layer was designed for, cycles per picture width. The filter itself ends at s/2 where that "
     "is higher.",
     [](const LayerInfo& l, bool) { return frequency(l.stopband); }},
    {"Prec", 30, "Precision in which the layer is computed here.",
     [](const LayerInfo& l, bool half) { return std::string(half && l.half_precision ? "fp16" : "fp32"); }}};

// Networks without sampling rates (StyleGAN2) have no use for their columns.
std::vector<const Column*> columns_of(const NetworkInfo& network) {
    std::vector<const Column*> columns;
    for (const Column& column : kColumns)
        if (column.sparkline ||
            std::ranges::any_of(network.layers, [&](const LayerInfo& l) { return !column.text(l, false).empty(); }))
            columns.push_back(&column);
    return columns;
}

// A curve of 80 dB, the highest level at the top.
void draw_sparkline(const LayerSpectrum* spectrum) {
    constexpr double kSpanDb = 80;
    const float width = ImGui::GetContentRegionAvail().x, height = ImGui::GetTextLineHeight();
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImGui::Dummy({width, height});
    if (!spectrum) return;
    const SpectrumFigures& f = spectrum->figures;
    const double top = *std::max_element(f.radial_db.begin(), f.radial_db.end());
    if (!std::isfinite(top)) return;
    const bool high = f.beyond_cutoff.value_or(0) > kHighShare;
    const float mark = px(5), room = width - mark - px(2);
    const auto points = std::max(static_cast<int>(room), 2);
    ImDrawList* const draw = ImGui::GetWindowDrawList();
    for (int i = 0; i < points; ++i) {
        const auto k = static_cast<std::size_t>(static_cast<double>(i) / (points - 1) *
                                                static_cast<double>(f.radial_db.size() - 1));
        const double level = std::clamp(1 + (f.radial_db[k] - top) / kSpanDb, 0.0, 1.0);
        const double share = std::isnan(level) ? 0.0 : level;
        draw->PathLineTo({at.x + static_cast<float>(i) * room / static_cast<float>(points - 1),
                          at.y + height - px(1) - static_cast<float>(share) * (height - px(2))});
    }
    draw->PathStroke(colour::kQuiet, px(1));
    if (high)
        draw->AddRectFilled({at.x + width - mark, at.y + px(3)}, {at.x + width - px(1), at.y + height - px(2)},
                            colour::kWarning);
    tooltip(f.beyond_cutoff ? fmt::format("{:.2g} % of the energy lie beyond f_c.", *f.beyond_cutoff * 100).c_str()
                            : "The layer's mean power on circles, from low frequencies to s/2.");
}

void draw_row(Scene& scene, const LayerInfo& layer, const std::vector<const Column*>& columns, bool half_precision,
              const SpectraResult* glance) {
    const FontScope small(ui().fonts.regular, 14.0f);
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    const bool shown = shows_layer(scene) && scene.layer_view.layer == layer.name;
    const bool compared = scene.canvas == CanvasMode::spectrum && scene.spectrum.shown == SpectrumShown::map &&
                          scene.spectrum.compare == SpectrumCompare::layer &&
                          scene.spectrum.compare_layer == layer.name;
    const ImU32 text = shown ? colour::kText : compared ? kSecond : colour::kQuiet;
    ImGui::PushStyleColor(ImGuiCol_Text, text);
    constexpr auto flags = ImGuiSelectableFlags_SpanAllColumns | static_cast<int>(ImGuiSelectableFlags_SelectOnNav);
    if (ImGui::Selectable(layer.name.c_str(), shown, flags)) {
        if (ImGui::GetCurrentContext()->NavJustMovedToId == ImGui::GetItemID()) note_step(ImGui::GetID("layers"));
        if (ImGui::GetIO().KeyCtrl && ImGui::GetCurrentContext()->NavJustMovedToId != ImGui::GetItemID())
            compare_layer(scene, layer);
        else
            select_layer(scene, layer);
    }
    ui().registry.add_last_item(layer.name, ControlKind::row);
    key_target("layer_view.layer");
    if (shown && ImGui::IsItemFocused()) walk_channels(scene.layer_view, layer);
    ImGui::PopStyleColor();
    const FontScope mono(ui().fonts.mono, 13.0f);
    LayerInfo as_it_runs = layer;
    const FilterOverride* const changed = find_filter(scene, layer.name, FilterSide::down);
    const bool other_cutoff = changed && changed->enabled;
    if (other_cutoff) as_it_runs.cutoff = changed->cutoff;
    for (std::size_t c = 1; c < columns.size(); ++c) {
        ImGui::TableNextColumn();
        if (columns[c]->sparkline)
            draw_sparkline(glance ? glance->spectra->find(layer.name) : nullptr);
        else
            mono_text(columns[c]->text(as_it_runs, half_precision),
                      other_cutoff && columns[c]->cutoff ? colour::kWarning : text);
    }
}

void draw_table(Scene& scene, const FrameInfo& info, float height) {
    const NetworkInfo& network = *info.network;
    auto flags = static_cast<int>(ImGuiTableFlags_ScrollY) | ImGuiTableFlags_NoSavedSettings |
                 ImGuiTableFlags_SizingFixedFit | ImGuiTableFlags_NoPadOuterX;
    const std::vector<const Column*> columns = columns_of(network);
    double needed = kNameWidth + kScrollbar;
    for (const Column* column : columns) needed += column->width + kCellPadding * 2;
    // Names stay where they are while figures that have no room are scrolled to.
    const bool too_narrow = ImGui::GetContentRegionAvail().x < px(needed);
    if (too_narrow) flags |= ImGuiTableFlags_ScrollX;
    ImGui::PushStyleVar(ImGuiStyleVar_CellPadding, ImVec2(px(kCellPadding), px(2)));
    const bool open = ImGui::BeginTable("layers", static_cast<int>(columns.size()), flags, {0, height});
    ImGui::PopStyleVar();
    if (!open) return;
    ImGui::TableSetupScrollFreeze(too_narrow ? 1 : 0, 1);
    for (const Column* column : columns) {
        const bool fixed = too_narrow || column->width > 0;
        ImGui::TableSetupColumn(column->name,
                                fixed ? ImGuiTableColumnFlags_WidthFixed : ImGuiTableColumnFlags_WidthStretch,
                                px(column->width > 0 ? column->width
                                   : fixed           ? kNameWidth
                                                     : 0));
    }
    ImGui::PushStyleColor(ImGuiCol_Text, colour::kQuiet);
    ImGui::TableNextRow(ImGuiTableRowFlags_Headers);
    for (const Column* column : columns) {
        ImGui::TableNextColumn();
        ImGui::TextUnformatted(column->name);
        tooltip(column->help);
    }
    ImGui::PopStyleColor();
    // Half precision exists on CUDA only, and not where full precision was asked for.
    const bool half =
        info.shown && info.shown->device.starts_with("cuda") && info.device_label.find("fp32") == std::string::npos;
    const SpectraResult* const glance = info.spectra ? info.spectra->glance(network.model) : nullptr;
    for (const LayerInfo& layer : network.layers) draw_row(scene, layer, columns, half, glance);
    ImGui::EndTable();
}

void draw_channels(LayerView& view, int channels) {
    int way = view.mosaic ? 2 : view.channels == 1 ? 1 : 0;
    constexpr const char* kOptions[] = {"RGB", "Single", "All"};
    {
        // What the row changes next is either of two fields.
        const FieldScope field(view.mosaic ? "layer_view.mosaic" : "layer_view.channels");
        if (choice("Show", way, kOptions,
                   "RGB: three neighbouring channels as red, green and blue. Single: one as gray. All: every channel "
                   "as a grid of gray pictures.")) {
            view.mosaic = way == 2;
            if (!view.mosaic) view.channels = way == 1 ? 1 : 3;
        }
    }
    const FieldScope field("layer_view.base_channel");
    int base = view.base_channel;
    const int shown_together = channels < 3 ? 1 : view.channels;
    const int last = std::max(channels - shown_together, 0);
    const DisabledBecause all_shown(view.mosaic || last == 0 ? "All channels are shown." : "");
    if (whole_number(
            "Channel", base,
            {.min = 0,
             .max = last,
             .reset = 0,
             .tooltip = view.channels == 1 ? "The channel that is shown. The left and right arrow keys step, in "
                                             "the list above and in the canvas."
                                           : "The first of the three channels that are shown. The left and "
                                             "right arrow keys step, in the list above and in the canvas."}))
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

void draw_layers_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands& commands) {
    if (!info.network || info.network->layers.empty()) {
        quiet_text("The layers of the network are listed here when a model is open.");
        return;
    }
    workspace.wants_glance = true;
    const NetworkInfo& network = *info.network;
    // Where the panel is too low for all of it, the list keeps some rows and the whole scrolls.
    ImGui::BeginChild("scrolled");
    const float row = ImGui::GetFrameHeightWithSpacing();
    const float controls = 5 * row + 3 * (ImGui::GetTextLineHeight() + ImGui::GetStyle().CellPadding.y * 2) + px(34);
    const float table_row = ImGui::GetTextLineHeight() + ImGui::GetStyle().CellPadding.y * 2;
    const float whole_table = (static_cast<float>(network.layers.size()) + 1.5f) * table_row;
    draw_table(scene, info, std::min(whole_table, std::max(ImGui::GetContentRegionAvail().y - controls, 4 * row)));
    gap(6);
    const LayerInfo* layer = find_layer(network, scene.layer_view.layer);
    {
        const DisabledBecause not_shown(scene.canvas != CanvasMode::layer && scene.canvas != CanvasMode::equivariance
                                            ? "Click a layer, or choose Layer above the canvas."
                                            : "");
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
    section_title(shows_layer(scene) ? ("Values of " + scene.layer_view.layer).c_str() : "Values of the picture");
    draw_stats(info.shown ? info.shown->stats : std::nullopt, of_this);
    ImGui::EndChild();
}

}  // namespace afs::gui
