#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "app/gui/panels/panels.h"
#include "app/gui/scene_words.h"
#include "app/gui/widgets/controls.h"
#include "app/gui/widgets/number.h"
#include "app/gui/widgets/number_text.h"
#include "app/gui/widgets/seed_field.h"

namespace afs::gui {
namespace {

constexpr double kCell = 62.0;            // pixels at 100 % between neighbouring seeds
constexpr std::size_t kPathLength = 400;  // points remembered of the walk
constexpr double kFling = 0.6;            // seeds per second at release that let the walk drift on
constexpr float kClick = 4.0f;            // pixels at 100 % that a click may tremble

ImVec2 to_screen(const LatentPlane& here, Point p, ImVec2 centre) {
    return {centre.x + static_cast<float>(p.x - here.x) * px(kCell),
            centre.y + static_cast<float>(p.y - here.y) * px(kCell)};
}

std::string seed_label(double x, double y) {
    const auto seeds = plane_seeds({x, y});
    return seeds.empty() ? "" : std::to_string(seeds.front().seed);
}

void remember(std::deque<Point>& path, const LatentPlane& here) {
    if (!path.empty() && std::hypot(path.back().x - here.x, path.back().y - here.y) < 0.03) return;
    // A jump to another place begins a new path.
    if (!path.empty() && std::hypot(path.back().x - here.x, path.back().y - here.y) > 3.0) path.clear();
    path.push_back({here.x, here.y});
    if (path.size() > kPathLength) path.pop_front();
}

void draw_seeds(ImDrawList* draw, const LatentPlane& here, const ImRect& box, const std::vector<SeedWeight>& blended) {
    const ImVec2 centre = box.GetCenter();
    const FontScope mono(ui().fonts.mono, 13.0f);
    const int reach_x = static_cast<int>(box.GetWidth() / px(kCell) / 2) + 1,
              reach_y = static_cast<int>(box.GetHeight() / px(kCell) / 2) + 1;
    const double base_x = std::floor(here.x), base_y = std::floor(here.y);
    for (int j = -reach_y; j <= reach_y + 1; ++j)
        for (int i = -reach_x; i <= reach_x + 1; ++i) {
            const double x = base_x + i, y = base_y + j;
            const ImVec2 at = to_screen(here, {x, y}, centre);
            const double weight =
                std::max(0.0, 1.0 - std::fabs(x - here.x)) * std::max(0.0, 1.0 - std::fabs(y - here.y));
            const bool used = weight > 0.0 && !blended.empty();
            if (used)
                draw->AddCircleFilled(at, px(4) + px(14) * static_cast<float>(std::sqrt(weight)),
                                      colour::faded(colour::kAccent, 0x40));
            draw->AddCircleFilled(at, px(2), used ? colour::kText : colour::faded(colour::kQuiet, 0x90));
            const std::string label = seed_label(x, y);
            const ImVec2 size = ImGui::CalcTextSize(label.c_str());
            if (size.x < px(kCell))
                draw->AddText({at.x - size.x / 2, at.y + px(9)},
                              used ? colour::kText : colour::faded(colour::kQuiet, 0xA0), label.c_str());
        }
}

void draw_path(ImDrawList* draw, const std::deque<Point>& path, const LatentPlane& here, ImVec2 centre) {
    if (path.size() < 2) return;
    std::vector<ImVec2> line;
    line.reserve(path.size() + 1);
    for (const Point& p : path) line.push_back(to_screen(here, p, centre));
    line.push_back(centre);
    draw->AddPolyline(line.data(), static_cast<int>(line.size()), colour::faded(colour::kQuiet, 0xB0), px(1.2));
}

// The map sticks to the hand; the place that is shown is under the cross in the middle.
void handle_mouse(LatentPlane& here, LatentPanelState& state, LatentDrift& drift, const ImRect& box) {
    const ImGuiIO& io = ImGui::GetIO();
    const double cell = px(kCell);
    if (ImGui::IsItemActivated()) {
        state.moved = false;
        state.velocity = {};
    }
    // A quick hand moves and lets go within one frame: that movement counts, too.
    if (ImGui::IsItemActive() || ImGui::IsItemDeactivated()) {
        const ImVec2 pressed_at = io.MouseClickedPos[ImGuiMouseButton_Left];
        const ImVec2 travelled(io.MousePos.x - pressed_at.x, io.MousePos.y - pressed_at.y);
        double dx = io.MouseDelta.x, dy = io.MouseDelta.y;
        if (!state.moved && std::hypot(travelled.x, travelled.y) >= px(kClick)) {
            state.moved = true;
            dx = travelled.x;
            dy = travelled.y;
        }
        if (state.moved) {
            const double fine = io.KeyAlt ? 0.1 : 1.0;
            here.x -= fine * dx / cell;
            here.y -= fine * dy / cell;
            const double dt = std::max(static_cast<double>(io.DeltaTime), 1e-3), keep = std::exp(-dt / 0.05);
            state.velocity = {keep * state.velocity.x - (1 - keep) * fine * dx / cell / dt,
                              keep * state.velocity.y - (1 - keep) * fine * dy / cell / dt};
            drift.on = false;
        }
    }
    if (!ImGui::IsItemDeactivated()) return;
    if (!state.moved) {
        const double x = here.x + (io.MousePos.x - box.GetCenter().x) / cell,
                     y = here.y + (io.MousePos.y - box.GetCenter().y) / cell;
        here = {std::nearbyint(x), std::nearbyint(y)};
        drift.on = false;
    } else if (const double speed = std::hypot(state.velocity.x, state.velocity.y); speed > kFling) {
        drift.on = true;
        drift.path = DriftPath::straight;
        drift.speed = std::min(speed, 4.0);
        drift.heading_deg = std::atan2(-state.velocity.y, state.velocity.x) * 180.0 / std::numbers::pi;
    }
}

void draw_plane(LatentPlane& here, LatentPanelState& state, LatentDrift& drift) {
    const ImVec2 size(ImGui::GetContentRegionAvail().x, px(176));
    ImGui::InvisibleButton("plane", size);
    ui().registry.add_last_item("Plane", ControlKind::plane);
    const ImRect box(ImGui::GetItemRectMin(), ImGui::GetItemRectMax());
    const bool active = ImGui::IsItemActive(), hovered = ImGui::IsItemHovered();
    if (hovered || active) ImGui::SetMouseCursor(active ? ImGuiMouseCursor_ResizeAll : ImGuiMouseCursor_Hand);
    if (!active)
        tooltip(
            "Every point is a picture: a blend of the four seeds around it. Drag to walk, throw to drift, click a seed "
            "to go there.",
            "Alt-drag is finer.");
    handle_mouse(here, state, drift, box);
    remember(state.path, here);

    ImDrawList* draw = ImGui::GetWindowDrawList();
    draw->AddRectFilled(box.Min, box.Max, colour::kBackground, ImGui::GetStyle().FrameRounding);
    draw->PushClipRect(box.Min, box.Max, true);
    draw_path(draw, state.path, here, box.GetCenter());
    draw_seeds(draw, here, box, plane_seeds(here));
    const ImVec2 c = box.GetCenter();
    const ImU32 cross = active ? colour::kAccent : colour::kText;
    draw->AddLine({c.x - px(7), c.y}, {c.x + px(7), c.y}, cross, px(1.5));
    draw->AddLine({c.x, c.y - px(7)}, {c.x, c.y + px(7)}, cross, px(1.5));
    draw->PopClipRect();
}

// Always four rows, so that nothing below jumps while walking.
void draw_weights(const LatentPlane& here) {
    const auto seeds = plane_seeds(here);
    ImDrawList* draw = ImGui::GetWindowDrawList();
    const float width = (ImGui::GetContentRegionAvail().x - px(8)) / 2;
    const FontScope mono(ui().fonts.mono, 13.0f);
    const ImVec2 origin = ImGui::GetCursorScreenPos();
    const float height = ImGui::GetTextLineHeight() + px(4);
    for (int k = 0; k < 4; ++k) {
        const ImVec2 at(origin.x + static_cast<float>(k % 2) * (width + px(8)),
                        origin.y + static_cast<float>(k / 2) * (height + px(2)));
        draw->AddRectFilled(at, {at.x + width, at.y + height}, colour::kField, px(3));
        if (k >= static_cast<int>(seeds.size())) continue;
        const SeedWeight& s = seeds[static_cast<std::size_t>(k)];
        draw->AddRectFilled(at, {at.x + width * static_cast<float>(s.weight), at.y + height}, colour::kFill, px(3));
        draw->AddText({at.x + px(6), at.y + px(2)}, colour::kText, std::to_string(s.seed).c_str());
        const std::string percent = fmt::format("{:.0f} %", s.weight * 100);
        draw->AddText({at.x + width - ImGui::CalcTextSize(percent.c_str()).x - px(6), at.y + px(2)}, colour::kQuiet,
                      percent.c_str());
    }
    ImGui::Dummy({1, 2 * height + px(2)});
}

void draw_seed_row(Latent& latent, LatentDrift& drift, Commands& commands) {
    row_label("Seed");
    const float random_width = px(76);
    const auto* plane = std::get_if<LatentPlane>(&latent.source);
    // The nearest seed; a true one only where nothing else is blended in.
    const auto nearest =
        plane_seeds(plane ? LatentPlane{std::nearbyint(plane->x), std::nearbyint(plane->y)} : LatentPlane{});
    std::uint32_t seed = nearest.empty() ? 0 : nearest.front().seed;
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
    seed_problem();
}

void draw_drift(LatentDrift& drift) {
    row_label("Drift", drift.on);
    toggle("Animate", drift.on, "Lets the latent drift over the plane. Space stops all motion.");
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

}  // namespace

void draw_latent_panel(Scene& scene, Workspace& workspace, const FrameInfo&, Commands& commands) {
    auto* plane = std::get_if<LatentPlane>(&scene.latent.source);
    if (!plane) {
        fact("Source", describe_latent(scene.latent));
        if (button("Use the plane", {.tooltip = "Replaces this source by a point of the seed plane; undo comes back."}))
            scene.latent.source = LatentPlane{};
        draw_seed_row(scene.latent, workspace.animations.latent, commands);
        return;
    }
    draw_plane(*plane, workspace.latent, workspace.animations.latent);
    draw_weights(*plane);
    draw_seed_row(scene.latent, workspace.animations.latent, commands);
    draw_drift(workspace.animations.latent);
}

}  // namespace afs::gui
