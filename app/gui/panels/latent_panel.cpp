#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "app/gui/panels/latent_plane.h"
#include "app/gui/panels/panels.h"
#include "app/gui/scene_words.h"
#include "app/gui/seed_pictures.h"
#include "app/gui/widgets/controls.h"
#include "app/gui/widgets/number.h"
#include "app/gui/widgets/number_text.h"
#include "app/gui/widgets/typed_field.h"

namespace afs::gui {
namespace {

enum Source { kPlane, kSeeds, kFile };

Source source_of(const Latent& latent) {
    return std::holds_alternative<LatentPlane>(latent.source)   ? kPlane
           : std::holds_alternative<LatentSeeds>(latent.source) ? kSeeds
                                                                : kFile;
}

// The strongest of a list, and where on the plane it is.
LatentPlane place_of(const LatentSeeds& list) {
    const auto strongest = std::max_element(list.seeds.begin(), list.seeds.end(), [](const auto& a, const auto& b) {
        return std::fabs(a.weight) < std::fabs(b.weight);
    });
    return strongest == list.seeds.end() ? LatentPlane{} : LatentPlane{static_cast<double>(strongest->seed), 0.0};
}

// From the plane to a list and back the picture stays; what came from a file is remembered.
void change_source(Latent& latent, LatentPanelState& state, Source to, Commands& commands) {
    const Source from = source_of(latent);
    if (from == to) return;
    if (from == kPlane) state.last_plane = std::get<LatentPlane>(latent.source);
    if (from == kFile) state.last_file = latent.source;
    if (to == kSeeds) {
        latent.source =
            LatentSeeds{plane_seeds(from == kPlane ? std::get<LatentPlane>(latent.source) : state.last_plane)};
    } else if (to == kPlane) {
        const auto* list = std::get_if<LatentSeeds>(&latent.source);
        const bool as_left = !list || list->seeds == plane_seeds(state.last_plane);
        latent.source = as_left ? state.last_plane : place_of(*list);
    } else if (state.last_file) {
        latent.source = *state.last_file;
    } else {
        commands.run(ActionId::load_latent, "w");
    }
}

void draw_source(Latent& latent, LatentPanelState& state, Commands& commands) {
    int source = source_of(latent);
    constexpr const char* kSources[] = {"Plane", "Seeds", "File"};
    const FieldScope field("latent");
    if (choice("Source", source, kSources,
               "Plane: a point between four seeds. Seeds: a list of your own with weights. File: a Z, W or W+ that was "
               "loaded."))
        change_source(latent, state, static_cast<Source>(source), commands);
}

void draw_seed_row(Latent& latent, LatentDrift& drift, Commands& commands) {
    row_label("Seed");
    const float random_width = px(76);
    const auto* plane = std::get_if<LatentPlane>(&latent.source);
    // The nearest seed; a true one only where nothing else is blended in.
    const auto nearest =
        plane_seeds(plane ? LatentPlane{std::nearbyint(plane->x), std::nearbyint(plane->y)} : LatentPlane{});
    std::uint32_t seed = nearest.empty() ? 0 : nearest.front().seed;
    const FieldScope field("latent");
    if (seed_field("Seed", seed,
                   {.tooltip = "The nearest seed. Type another to go there.",
                    .width = ImGui::GetContentRegionAvail().x - random_width - ImGui::GetStyle().ItemSpacing.x,
                    .has_reset = false})) {
        latent.source = LatentPlane{static_cast<double>(seed), 0.0};
        drift.on = false;
    }
    ImGui::SameLine();
    if (button("Random",
               {.tooltip = "Goes to a seed drawn at random; undo comes back.", .key = "N", .width = random_width}))
        commands.run(ActionId::random_latent);
    typed_problem();
}

// --- A list of seeds ------------------------------------------------------------------------------------------------

double sum_of(const std::vector<SeedWeight>& seeds) {
    double sum = 0.0;
    for (const SeedWeight& s : seeds) sum += s.weight;
    return sum;
}

// Three lines to hold a row by; dragging carries it past its neighbours.
void draw_grip(std::vector<SeedWeight>& seeds, int row, LatentPanelState& state) {
    const float height = ImGui::GetFrameHeight(), step = ImGui::GetFrameHeightWithSpacing();
    ImGui::InvisibleButton("grip", {px(12), height}, ImGuiButtonFlags_EnableNav);
    ui().registry.add_last_item("Move", ControlKind::row);
    const ImVec2 min = ImGui::GetItemRectMin();
    const int last = static_cast<int>(seeds.size()) - 1;
    if (ImGui::IsItemActivated()) {
        state.carried_row = row;
        state.list_top = min.y - static_cast<float>(row) * step;
    }
    if (ImGui::IsItemActive() && ImGui::IsMouseDown(ImGuiMouseButton_Left)) {
        const int over = std::clamp(static_cast<int>((ImGui::GetIO().MousePos.y - state.list_top) / step), 0, last);
        while (state.carried_row != over) {
            const int next = state.carried_row + (over > state.carried_row ? 1 : -1);
            std::swap(seeds[static_cast<std::size_t>(state.carried_row)], seeds[static_cast<std::size_t>(next)]);
            state.carried_row = next;
        }
    } else if (ImGui::IsItemDeactivated()) {
        state.carried_row = -1;
    }
    const bool lit = ImGui::IsItemHovered() || state.carried_row == row;
    if (lit) ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeNS);
    if (state.carried_row < 0) tooltip("Drag to change the order. Slerp and lists read from the top.");
    for (int line = -1; line <= 1; ++line) {
        const float y = std::floor(min.y + height / 2 + px(4) * static_cast<float>(line));
        ImGui::GetWindowDrawList()->AddLine({min.x + px(1), y}, {min.x + px(10), y},
                                            ImGui::GetColorU32(lit ? colour::kText : colour::kQuiet), px(1));
    }
}

// Returns whether the row stays.
bool draw_list_row(std::vector<SeedWeight>& seeds, int row, Latent& latent, const Scene& scene, LatentPanelState& state,
                   const FrameInfo& info) {
    const std::string name = fmt::format("Seed {}", row + 1);
    const Scope scope(name.c_str());
    const float between = px(4);
    draw_grip(seeds, row, state);
    ImGui::SameLine(0, between);
    SeedWeight& entry = seeds[static_cast<std::size_t>(row)];
    draw_seed_picture(entry.seed, scene, info.seed_pictures);
    ImGui::SameLine(0, between);
    seed_field("Seed", entry.seed, {.tooltip = "A seed of the blend.", .width = px(92), .has_reset = false});
    ImGui::SameLine(0, between);
    const bool slerp = latent.interpolation == Interpolation::slerp;
    const double before = entry.weight;
    const float remove_width = ImGui::GetFrameHeight();
    number("Weight", entry.weight,
           {.min = slerp ? 0.0 : -1.0,
            .max = slerp ? 1.0 : 2.0,
            .reset = 1.0,
            .step = 0.05,
            .unbounded = !slerp,
            .tooltip = slerp ? "The seed's share of the blend: only what the shares are to each other counts."
                             : "How much of the seed's distance from the average is added. Weights need not sum to 1.",
            .origin = 0.0,
            .labelled = false,
            .width = ImGui::GetContentRegionAvail().x - remove_width - between});
    // On the sphere something must have a share.
    if (slerp && sum_of(seeds) <= 0.0) entry.weight = before;
    ImGui::SameLine(0, between);
    const DisabledBecause only_one(seeds.size() == 1 ? "One seed must stay." : "");
    const bool stays =
        !button("\u00d7##Remove",
                {.tooltip = "Removes this seed; undo brings it back.", .width = remove_width, .name = "Remove"});
    typed_problem();
    return stays;
}

void draw_list_buttons(std::vector<SeedWeight>& seeds, const FrameInfo& info) {
    if (button("Add a seed", {.tooltip = "Blends in a seed drawn at random; the others give it an equal share."})) {
        const double sum = sum_of(seeds), count = static_cast<double>(seeds.size());
        for (SeedWeight& s : seeds) s.weight *= count / (count + 1.0);
        seeds.push_back({info.fresh_seed, sum / (count + 1.0)});
    }
    ImGui::SameLine();
    const double sum = sum_of(seeds);
    const bool is_one = std::fabs(sum - 1.0) < 1e-9;
    const DisabledBecause balanced(is_one                   ? "The weights sum to 1."
                                   : std::fabs(sum) < 1e-12 ? "The weights sum to 0: there is nothing to divide by."
                                                            : "");
    if (button("Make the sum 1", {.tooltip = "Divides every weight by their sum."}))
        for (SeedWeight& s : seeds) s.weight /= sum;
    ImGui::SameLine();
    ImGui::AlignTextToFramePadding();
    mono_text("sum " + number_text(sum, 2), is_one ? colour::kQuiet : colour::kText);
}

void draw_list(Scene& scene, Workspace& workspace, const FrameInfo& info) {
    auto& seeds = std::get<LatentSeeds>(scene.latent.source).seeds;
    std::optional<int> removed;
    for (int row = 0; row < static_cast<int>(seeds.size()); ++row)
        if (!draw_list_row(seeds, row, scene.latent, scene, workspace.latent, info)) removed = row;
    for (const SeedWeight& s : seeds) workspace.wished_seeds.push_back(s.seed);
    if (removed) seeds.erase(seeds.begin() + *removed);
    draw_list_buttons(seeds, info);
}

// --- The rest -------------------------------------------------------------------------------------------------------

void draw_file(Latent& latent, LatentPanelState& state) {
    if (const auto* z = std::get_if<LatentZ>(&latent.source))
        fact("Holds", fmt::format("z \u00b7 {}", z->values.size()));
    else if (const auto* w = std::get_if<LatentW>(&latent.source))
        fact("Holds", fmt::format("{} \u00b7 {} \u00d7 {}", w->num_ws == 1 ? "w" : "w+", w->num_ws, w->w_dim));
    if (state.file_latents.size() < 2) return;
    const auto here = std::find(state.file_latents.begin(), state.file_latents.end(), latent.source);
    int index = static_cast<int>(here - state.file_latents.begin());
    if (index == static_cast<int>(state.file_latents.size())) return;  // the scene has moved on to another
    if (whole_number("Of the file", index,
                     {.min = 0,
                      .max = static_cast<int>(state.file_latents.size()) - 1,
                      .reset = 0,
                      .tooltip = "Which of the file's latents."}))
        latent.source = state.file_latents[static_cast<std::size_t>(index)];
}

void draw_interpolation(Latent& latent) {
    const DisabledBecause from_file(source_of(latent) == kFile ? "A latent from a file is not blended." : "");
    int way = static_cast<int>(latent.interpolation);
    constexpr const char* kWays[] = {"Linear", "Slerp"};
    const FieldScope field("latent.interpolation");
    if (!choice("Blend", way, kWays,
                "Linear: in W, each seed's distance from the average times its weight. Slerp: in Z, along the sphere "
                "that the noise lies on."))
        return;
    latent.interpolation = static_cast<Interpolation>(way);
    auto* list = std::get_if<LatentSeeds>(&latent.source);
    if (!list || latent.interpolation != Interpolation::slerp) return;
    for (SeedWeight& s : list->seeds) s.weight = std::max(s.weight, 0.0);  // shares
    if (sum_of(list->seeds) <= 0.0)
        for (SeedWeight& s : list->seeds) s.weight = 1.0;
}

void draw_drift(const Latent& latent, LatentDrift& drift) {
    const DisabledBecause no_plane(source_of(latent) == kPlane ? "" : "Only a point of the plane can drift.");
    row_label("Drift", drift.on);
    toggle("Animate", drift.on, "Lets the latent drift over the plane. Space stops all motion.");
    if (source_of(latent) != kPlane || !drift.on) return;
    int path = static_cast<int>(drift.path);
    constexpr const char* kPaths[] = {"Wander", "Straight", "Loop"};
    if (choice("Path", path, kPaths,
               "Wander turns slowly about; straight keeps its heading; loop comes back to where it began."))
        drift.path = static_cast<DriftPath>(path);
    number("Speed", drift.speed,
           {.min = 0.01,
            .max = 4.0,
            .reset = 0.25,
            .unit = "seeds/s",
            .step = 0.05,
            .logarithmic = true,
            .tooltip = "How fast the latent drifts."});
    if (drift.path == DriftPath::loop)
        number("Loop", drift.loop_radius,
               {.min = 0.1,
                .max = 10,
                .reset = 1,
                .unit = "seeds",
                .step = 0.1,
                .logarithmic = true,
                .tooltip = "The loop's radius on the plane."});
}

void draw_file_buttons(const Scene& scene, const FrameInfo& info, Commands& commands) {
    row_label("Files");
    const auto item = [](const char* name, const char* help, const char* why_not) {
        const DisabledBecause reason(why_not);
        const bool chosen = ImGui::MenuItem(name);
        ui().registry.add_last_item(name, ControlKind::menu);
        tooltip(help);
        return chosen;
    };
    button_row(2, [&](std::size_t i, float width) {
        if (i == 0 && button("Load\u2026", {.tooltip = "A Z, W or W+ from a .npy or .npz file.", .width = width}))
            ImGui::OpenPopup("load");
        if (i == 0) return;
        const DisabledBecause nothing(info.network ? "" : "There is no model whose latent could be saved.");
        if (button("Save\u2026", {.tooltip = "This latent as a .npy or .npz file.", .width = width}))
            ImGui::OpenPopup("save");
    });
    if (ImGui::BeginPopup("load")) {
        if (item("Z from a file\u2026", "Noise, before the mapping network.", ""))
            commands.run(ActionId::load_latent, "z");
        if (item("W or W+ from a file\u2026", "One w for every layer, or one for each.", ""))
            commands.run(ActionId::load_latent, "w");
        ImGui::EndPopup();
    }
    if (ImGui::BeginPopup("save")) {
        const bool known = info.shown && info.shown->w && info.shown->ws;
        const char* no_picture = known ? "" : "There is no picture yet.";
        if (item("Z\u2026", "The noise that the latent is made of.",
                 info.network ? why_no_z(scene.latent) : no_picture))
            commands.run(ActionId::save_latent, "z");
        if (item("W\u2026", "Before truncation and mixing: loaded again, it gives the same picture here.", no_picture))
            commands.run(ActionId::save_latent, "w");
        if (item("W+\u2026", "What every layer receives, truncation and mixing included: for other programs.",
                 no_picture))
            commands.run(ActionId::save_latent, "w+");
        ImGui::EndPopup();
    }
}

void draw_distance(const FrameInfo& info) {
    const bool known = info.shown && info.shown->w;
    fact("Distance", known ? fmt::format("{} from w_avg", number_text(info.shown->distance.before, 2)) : "\u2013");
    ImGui::PushID("distance");
    tooltip(
        "How far the latent is from the network's average w, before truncation: the root mean square over the layers.");
    ImGui::PopID();
}

}  // namespace

void draw_latent_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands& commands) {
    LatentPanelState& state = workspace.latent;
    LatentDrift& drift = workspace.animations.latent;
    draw_source(scene.latent, state, commands);
    if (auto* plane = std::get_if<LatentPlane>(&scene.latent.source)) {
        draw_latent_plane(*plane, scene, workspace, info);
        draw_plane_weights(*plane);
        draw_seed_row(scene.latent, drift, commands);
    } else if (std::holds_alternative<LatentSeeds>(scene.latent.source)) {
        draw_list(scene, workspace, info);
    } else {
        draw_file(scene.latent, state);
    }
    draw_interpolation(scene.latent);
    draw_drift(scene.latent, drift);
    draw_distance(info);
    draw_file_buttons(scene, info, commands);
}

}  // namespace afs::gui
