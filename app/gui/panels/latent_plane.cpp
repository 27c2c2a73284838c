#include "app/gui/panels/latent_plane.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "app/gui/seed_pictures.h"
#include "app/gui/widgets/controls.h"
#include "app/gui/widgets/key_mark.h"

namespace afs::gui {
namespace {

constexpr double kCell = 62.0;            // pixels at 100 % between neighbouring seeds
constexpr double kPicture = 44.0;         // a seed's small picture, pixels at 100 %
constexpr std::size_t kPathLength = 400;  // points remembered of the walk
constexpr double kFling = 0.6;            // seeds per second at release that let the walk drift on
constexpr float kClick = 4.0f;            // pixels at 100 % that a click may tremble

ImVec2 to_screen(const LatentPlane& here, Point p, ImVec2 centre) {
    return {centre.x + static_cast<float>(p.x - here.x) * px(kCell),
            centre.y + static_cast<float>(p.y - here.y) * px(kCell)};
}

void remember(std::deque<Point>& path, const LatentPlane& here) {
    if (!path.empty() && std::hypot(path.back().x - here.x, path.back().y - here.y) < 0.03) return;
    // A jump to another place begins a new path.
    if (!path.empty() && std::hypot(path.back().x - here.x, path.back().y - here.y) > 3.0) path.clear();
    path.push_back({here.x, here.y});
    if (path.size() > kPathLength) path.pop_front();
}

// A place of the grid that the map shows.
struct GridSeed {
    std::uint32_t seed = 0;
    ImVec2 at;
    double distance = 0.0;  // from the middle, seeds
    double weight = 0.0;    // in the blend
};

std::vector<GridSeed> seeds_on_map(const LatentPlane& here, const ImRect& box) {
    std::vector<GridSeed> seeds;
    const int reach_x = static_cast<int>(box.GetWidth() / px(kCell) / 2) + 1,
              reach_y = static_cast<int>(box.GetHeight() / px(kCell) / 2) + 1;
    const double base_x = std::floor(here.x), base_y = std::floor(here.y);
    const float half = px(kPicture) / 2;
    for (int j = -reach_y; j <= reach_y + 1; ++j)
        for (int i = -reach_x; i <= reach_x + 1; ++i) {
            const double x = base_x + i, y = base_y + j;
            const auto at_point = plane_seeds({x, y});
            const ImVec2 at = to_screen(here, {x, y}, box.GetCenter());
            if (at_point.empty() || !box.Overlaps({at.x - half, at.y - half, at.x + half, at.y + half})) continue;
            const double dx = std::fabs(x - here.x), dy = std::fabs(y - here.y);
            seeds.push_back(
                {at_point.front().seed, at, std::hypot(dx, dy), std::max(0.0, 1.0 - dx) * std::max(0.0, 1.0 - dy)});
        }
    return seeds;
}

void draw_seeds(ImDrawList* draw, const std::vector<GridSeed>& seeds, const Scene& scene, const FrameInfo& info) {
    const FontScope mono(ui().fonts.mono, 12.0f);
    for (const GridSeed& s : seeds) {
        const float half = px(kPicture) / 2;
        const ImVec2 min(s.at.x - half, s.at.y - half), max(s.at.x + half, s.at.y + half);
        const auto known = info.seed_pictures ? info.seed_pictures->find(s.seed, scene) : std::nullopt;
        const bool used = s.weight > 0.0;
        if (known) {
            const int alpha = !known->current ? 0x60 : used ? 0xFF : 0xC8;
            draw_small_picture(draw, known->picture, min, max, IM_COL32(0xFF, 0xFF, 0xFF, alpha));
        } else {
            draw->AddRectFilled(min, max, colour::faded(colour::kField, 0xB0), px(3));
        }
        // What is blended has a frame, as strong as its weight.
        if (used)
            draw->AddRect({min.x - px(1), min.y - px(1)}, {max.x + px(1), max.y + px(1)},
                          colour::faded(colour::kAccent, 0x40 + static_cast<int>(0xBF * s.weight)), px(4), px(2));
        const std::string label = std::to_string(s.seed);
        const ImVec2 size = ImGui::CalcTextSize(label.c_str());
        if (size.x < px(kCell))
            draw->AddText({s.at.x - size.x / 2, max.y + px(1)},
                          used ? colour::kText : colour::faded(colour::kQuiet, 0xC0), label.c_str());
    }
}

// The nearest first: the pictures come in this order.
void wish(std::vector<GridSeed> seeds, std::vector<std::uint32_t>& wished) {
    std::stable_sort(seeds.begin(), seeds.end(),
                     [](const GridSeed& a, const GridSeed& b) { return a.distance < b.distance; });
    for (const GridSeed& s : seeds) wished.push_back(s.seed);
}

void draw_path(ImDrawList* draw, const std::deque<Point>& path, const LatentPlane& here, ImVec2 centre) {
    if (path.size() < 2) return;
    std::vector<ImVec2> line;
    line.reserve(path.size() + 1);
    for (const Point& p : path) line.push_back(to_screen(here, p, centre));
    line.push_back(centre);
    draw->AddPolyline(line.data(), static_cast<int>(line.size()), IM_COL32(0, 0, 0, 0x80), px(3));
    draw->AddPolyline(line.data(), static_cast<int>(line.size()), colour::faded(colour::kText, 0xD0), px(1.2));
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

}  // namespace

void draw_latent_plane(LatentPlane& here, const Scene& scene, Workspace& workspace, const FrameInfo& info) {
    LatentPanelState& state = workspace.latent;
    const ImVec2 size(ImGui::GetContentRegionAvail().x, px(196));
    ImGui::InvisibleButton("plane", size);
    ui().registry.add_last_item("Plane", ControlKind::plane);
    key_target("latent");
    const ImRect box(ImGui::GetItemRectMin(), ImGui::GetItemRectMax());
    const bool active = ImGui::IsItemActive(), hovered = ImGui::IsItemHovered();
    if (hovered || active) ImGui::SetMouseCursor(active ? ImGuiMouseCursor_ResizeAll : ImGuiMouseCursor_Hand);
    if (!active)
        tooltip(
            "Every point is a picture: a blend of the four seeds around it. Drag to walk, throw to drift, click a seed "
            "to go there.",
            "Alt-drag is finer. Small pictures are made when nothing else is to be done.");
    handle_mouse(here, state, workspace.animations.latent, box);
    remember(state.path, here);

    ImDrawList* draw = ImGui::GetWindowDrawList();
    draw->AddRectFilled(box.Min, box.Max, colour::kBackground, ImGui::GetStyle().FrameRounding);
    draw->PushClipRect(box.Min, box.Max, true);
    const auto seeds = seeds_on_map(here, box);
    wish(seeds, workspace.wished_seeds);
    draw_seeds(draw, seeds, scene, info);
    draw_path(draw, state.path, here, box.GetCenter());
    const ImVec2 c = box.GetCenter();
    const ImU32 cross = active ? colour::kAccent : colour::kText;
    for (const bool shadow : {true, false}) {  // readable over any picture
        const ImU32 line = shadow ? IM_COL32(0, 0, 0, 0x90) : cross;
        const float thick = px(shadow ? 3.5 : 1.5);
        draw->AddLine({c.x - px(7), c.y}, {c.x + px(7), c.y}, line, thick);
        draw->AddLine({c.x, c.y - px(7)}, {c.x, c.y + px(7)}, line, thick);
    }
    draw->PopClipRect();
}

// Always four rows, so that nothing below jumps while walking.
void draw_plane_weights(const LatentPlane& here) {
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

}  // namespace afs::gui
