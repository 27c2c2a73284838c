#include <fmt/format.h>
#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "app/gui/panels/panels.h"
#include "app/gui/widgets/controls.h"
#include "app/gui/widgets/number.h"
#include "app/gui/widgets/number_text.h"
#include "app/gui/widgets/typed_field.h"

namespace afs::gui {
namespace {

void draw_cutoff(Truncation& truncation, int num_ws) {
    const FieldScope field("truncation.cutoff");
    int cutoff = std::min(truncation.cutoff.value_or(num_ws), num_ws);
    if (whole_number(
            "Cutoff", cutoff,
            {.min = 0,
             .max = num_ws,
             .reset = num_ws,
             .unit = "layers",
             .tooltip = "How many layers, from the coarsest, the truncation acts on. The default is all of them."})) {
        if (cutoff >= num_ws)
            truncation.cutoff.reset();
        else
            truncation.cutoff = cutoff;
    }
}

constexpr double kLowestPsi = -1.0, kHighestPsi = 2.0;

// The distance from w_avg as a function of psi: psi scales the part of it that is truncated and leaves the rest.
struct DistanceCurve {
    double truncated_square = 0.0, rest_square = 0.0;
    [[nodiscard]] double at(double psi) const { return std::sqrt(psi * psi * truncated_square + rest_square); }
};

DistanceCurve curve_of(const FrameResult& shown, const Truncation& truncation, int num_ws) {
    const LatentDistance& d = shown.distance;
    const double psi = shown.scene.truncation.psi, all = d.before * d.before;
    const double share = static_cast<double>(std::clamp(truncation.cutoff.value_or(num_ws), 0, num_ws)) / num_ws;
    double truncated = all * share;
    // Layers may be unequally far away: the shown picture tells, unless its psi hides it.
    const double scaled = psi * psi - 1.0;
    if (shown.scene.truncation == truncation && std::fabs(scaled) > 1e-3)
        truncated = std::clamp((d.after * d.after - all) / scaled, 0.0, all);
    return {truncated, all - truncated};
}

// Under the slider of psi, with its axis: the distance that each psi gives, and the present one.
void draw_distance(const Truncation& truncation, const FrameInfo& info) {
    row_label("Distance");
    const float height = px(44);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    ImGui::InvisibleButton("distance", {width, height});
    ui().registry.add_last_item("Distance", ControlKind::row);
    tooltip(
        "How far the latent is from the network's average w for each psi above: the root mean square over the "
        "layers, truncated and not. The line is the distance at psi = 1.");
    ImDrawList* draw = ImGui::GetWindowDrawList();
    draw->AddRectFilled(at, {at.x + width, at.y + height}, colour::kBackground, px(4));
    if (!info.shown || !info.network || !info.shown->w) return;
    const DistanceCurve curve = curve_of(*info.shown, truncation, info.network->num_ws);
    const double highest = std::max(curve.at(kHighestPsi), 1e-9);
    const auto place = [&](double psi) {
        const double x = std::clamp((psi - kLowestPsi) / (kHighestPsi - kLowestPsi), 0.0, 1.0);
        return ImVec2(at.x + static_cast<float>(x) * width,
                      at.y + height - px(3) - static_cast<float>(curve.at(psi) / highest) * (height - px(8)));
    };
    constexpr int kSteps = 60;
    std::vector<ImVec2> line;
    for (int i = 0; i <= kSteps; ++i) line.push_back(place(kLowestPsi + (kHighestPsi - kLowestPsi) * i / kSteps));
    const ImVec2 untruncated = place(1.0), here = place(truncation.psi);
    draw->AddLine({at.x, untruncated.y}, {at.x + width, untruncated.y}, colour::kLine, px(1));
    draw->AddLine({here.x, here.y}, {here.x, at.y + height}, colour::kFill, px(1));
    draw->AddPolyline(line.data(), static_cast<int>(line.size()), colour::kQuiet, px(1.2));
    draw->AddCircleFilled(here, px(3.5), colour::kText);
    const FontScope mono(ui().fonts.mono, 13.0f);
    const std::string text =
        fmt::format("{} of {}", number_text(curve.at(truncation.psi), 2), number_text(curve.at(1.0), 2));
    draw->AddText({at.x + px(7), at.y + px(3)}, truncation.psi == 1.0 ? colour::kQuiet : colour::kText, text.c_str());
}

void draw_noise_seed(NoiseSettings& noise) {
    row_label("Noise seed", noise.seed != 0);
    seed_field("Noise seed", noise.seed,
               {.tooltip = "The stream that random noise is drawn from: equal seeds and frames give equal pictures.",
                .bright = noise.seed != 0});
    typed_problem();
}

void draw_noise_frame(NoiseSettings& noise) {
    const FieldScope field("noise.frame");
    double frame = static_cast<double>(noise.frame);
    if (number("Frame", frame,
               {.min = 0,
                .max = 240,
                .decimals = 0,
                .step = 1,
                .unbounded = true,
                .tooltip = "The moment of the stream that is shown; animated noise walks on from it."}))
        noise.frame = static_cast<std::int64_t>(std::clamp(std::nearbyint(frame), 0.0, 9e15));
}

}  // namespace

void draw_truncation_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands&) {
    number(
        "Psi", scene.truncation.psi,
        {.min = kLowestPsi,
         .max = kHighestPsi,
         .reset = 1.0,
         .tooltip =
             "How far w stays from the average picture: 1 leaves it alone, 0 is the average, below 0 its opposite."});
    draw_distance(scene.truncation, info);
    {
        const DisabledBecause no_model(info.network ? "" : "Open a model first.");
        draw_cutoff(scene.truncation, info.network ? info.network->num_ws : 16);
    }
    const bool has_noise = info.network && info.network->has_noise;
    const DisabledBecause no_noise(has_noise      ? ""
                                   : info.network ? "This network has no noise inputs (alias-free networks have none)."
                                                  : "Open a model first.");
    int mode = static_cast<int>(scene.noise.mode);
    constexpr const char* kModes[] = {"Constant", "Random", "None"};
    {
        const FieldScope field("noise.mode");
        if (choice("Noise", mode, kModes,
                   "Constant: the noise that the network was saved with. Random: drawn from the seed and frame below. "
                   "None: zero."))
            scene.noise.mode = static_cast<SceneNoise>(mode);
    }
    if (!has_noise) return;
    if (scene.noise.mode == SceneNoise::random) {
        draw_noise_seed(scene.noise);
        draw_noise_frame(scene.noise);
        row_label("", false);
        toggle("Animate noise", workspace.animations.noise.on, "New noise for every frame of the motion.");
        if (workspace.animations.noise.on)
            number("Rate", workspace.animations.noise.rate_hz,
                   {.min = 1,
                    .max = 60,
                    .reset = 12,
                    .unit = "Hz",
                    .decimals = 0,
                    .step = 1,
                    .tooltip = "New noise so often."});
    }
}

}  // namespace afs::gui
