#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "app/gui/panels/panels.h"
#include "app/gui/seed_pictures.h"
#include "app/gui/widgets/controls.h"
#include "app/gui/widgets/layer_strip.h"
#include "app/gui/widgets/number.h"
#include "app/gui/widgets/typed_field.h"

namespace afs::gui {
namespace {

// The copies of w in three parts: [0, first), [first, second), [second, count).
struct Bands {
    int first = 0, second = 0, count = 0;
};

// StyleGAN2's are those of its paper: up to 8 x 8, up to 32 x 32, the rest. Alias-free networks have no such steps:
// thirds of the layers.
Bands bands_of(const NetworkInfo& network) {
    const int n = network.num_ws;
    if (!network.input_transformable && n > 8) return {4, 8, n};
    const int third = (n + 2) / 3;
    return {third, std::min(2 * third, n), n};
}

std::vector<int> range(int from, int to) {
    std::vector<int> layers(static_cast<std::size_t>(std::max(to - from, 0)));
    std::iota(layers.begin(), layers.end(), from);
    return layers;
}

// What a copy of w feeds. Alias-free: the input, then one layer each. StyleGAN2: ToRGB shares its copy with the next
// block's first convolution.
std::string describe_copy(const NetworkInfo& network, int i) {
    if (network.input_transformable && i < static_cast<int>(network.layers.size()))
        return fmt::format("w {}: {}", i, network.layers[static_cast<std::size_t>(i)].name);
    const int side = 4 << std::min((i + 1) / 2, 20);
    return fmt::format("w {}: {} \u00d7 {}", i, side, side);
}

int fresh_id(const Scene& scene, MixingPanelState& state) {
    for (const StyleMix& mix : scene.mix) state.newest_id = std::max(state.newest_id, mix.id);
    return ++state.newest_id;
}

void add_source(Scene& scene, MixingPanelState& state, const NetworkInfo& network, std::uint32_t seed) {
    const Bands bands = bands_of(network);
    // The middle layers: what most people look for, and something to see at once.
    scene.mix.push_back(
        {.id = fresh_id(scene, state), .seed = seed, .layers = range(bands.first, bands.second), .weight = 1.0});
}

void draw_presets(StyleMix& mix, const Bands& bands) {
    struct Preset {
        const char* name;
        std::vector<int> layers;
        const char* tooltip;
    };
    const std::array<Preset, 5> presets = {
        Preset{"Coarse", range(0, bands.first), "Pose and shape: the first layers."},
        Preset{"Middle", range(bands.first, bands.second), "Features: the layers between."},
        Preset{"Fine", range(bands.second, bands.count), "Colours and texture: the last layers."},
        Preset{"All", range(0, bands.count), "Every layer: the source replaces the latent."},
        Preset{"None", {}, "No layer."}};
    row_label("");
    button_row(presets.size(), [&](std::size_t i, float width) {
        const Preset& preset = presets[i];
        if (button(preset.name, {.tooltip = preset.tooltip, .width = width, .lit = mix.layers == preset.layers}))
            mix.layers = preset.layers;
    });
}

// Returns whether the source stays.
bool draw_source(StyleMix& mix, int number_in_list, const Scene& scene, const FrameInfo& info) {
    const NetworkInfo& network = *info.network;
    const Bands bands = bands_of(network);
    const std::string name = fmt::format("Source {}", number_in_list);
    const Scope scope(name.c_str());
    const float left = ImGui::GetCursorPosX();
    toggle(name.c_str(), mix.enabled, "Whether this source has an effect.", true);
    ImGui::SameLine(0, 0);
    ImGui::SetCursorPosX(left + label_width());
    draw_seed_picture(mix.seed, scene, info.seed_pictures);
    ImGui::SameLine(0, px(4));
    const float random_width = px(70), remove_width = ImGui::GetFrameHeight(),
                spacing = ImGui::GetStyle().ItemSpacing.x;
    seed_field("Seed", mix.seed,
               {.tooltip = "Whose layers are mixed in.",
                .width = ImGui::GetContentRegionAvail().x - random_width - remove_width - 2 * spacing,
                .has_reset = false,
                .bright = mix.enabled});
    ImGui::SameLine();
    if (button("Random", {.tooltip = "Another seed for this source, drawn at random.", .width = random_width}))
        mix.seed = info.fresh_seed;
    ImGui::SameLine();
    const bool stays =
        !button("\u00d7##Remove",
                {.tooltip = "Removes this source; undo brings it back.", .width = remove_width, .name = "Remove"});
    typed_problem();
    number("Weight", mix.weight,
           {.min = -1.0,
            .max = 2.0,
            .reset = 1.0,
            .step = 0.05,
            .unbounded = true,
            .tooltip = "How far the painted layers go towards the source: 0 not at all, 1 the whole way, 2 beyond it.",
            .origin = 0.0});
    row_label("Layers", !mix.layers.empty());
    layer_strip("Layers", mix.layers,
                {.count = network.num_ws,
                 .bands = {bands.first, bands.second},
                 .describe = [&](int i) { return describe_copy(network, i); },
                 .dim = !mix.enabled});
    draw_presets(mix, bands);
    const auto outside = std::count_if(mix.layers.begin(), mix.layers.end(), [&](int i) { return i >= bands.count; });
    if (outside > 0) {
        row_label("");
        quiet_text(fmt::format("{} more painted: this network has only {} layers.", outside, bands.count));
    }
    return stays;
}

}  // namespace

void draw_mixing_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands&) {
    if (!info.network) {
        quiet_text("Layers of other seeds are mixed in here when a model is open.");
        return;
    }
    if (scene.mix.empty()) quiet_text("Mix in the layers of another seed: its colours, say, on this one's shape.");
    std::size_t removed = scene.mix.size();
    for (std::size_t i = 0; i < scene.mix.size(); ++i) {
        ImGui::PushID(scene.mix[i].id);
        if (!draw_source(scene.mix[i], static_cast<int>(i) + 1, scene, info)) removed = i;
        ImGui::PopID();
        workspace.wished_seeds.push_back(scene.mix[i].seed);
        gap(8);
    }
    if (removed < scene.mix.size()) scene.mix.erase(scene.mix.begin() + static_cast<std::ptrdiff_t>(removed));
    if (button("Add a source", {.tooltip = "Mixes in a seed drawn at random, in the middle layers."}))
        add_source(scene, workspace.mixing, *info.network, info.fresh_seed);
    if (scene.mix.size() > 1) {
        ImGui::SameLine();
        if (button("Remove all", {.tooltip = "Back to the latent alone; undo brings them back."})) scene.mix.clear();
    }
}

}  // namespace afs::gui
