#include <fmt/format.h>
#include <imgui.h>
#include <imgui_internal.h>
#include <misc/cpp/imgui_stdlib.h>

#include <algorithm>

#include "app/gui/panels/panels.h"
#include "app/gui/widgets/controls.h"
#include "app/gui/widgets/number.h"
#include "core/base/random_state.h"

namespace afs::gui {
namespace {

void draw_cutoff(Truncation& truncation, int num_ws) {
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

void draw_noise_seed(NoiseSettings& noise, NoisePanelState& state) {
    row_label("Noise seed", noise.seed != 0);
    if (ImGui::GetActiveID() != ImGui::GetID("##noise_seed") && state.seed_problem.empty())
        state.seed_text = std::to_string(noise.seed);
    ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x);
    const FontScope mono(ui().fonts.mono);
    if (ImGui::InputText("##noise_seed", &state.seed_text,
                         ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll)) {
        try {
            noise.seed = parse_seed(state.seed_text);
            state.seed_problem.clear();
        } catch (const Error& e) {
            state.seed_problem = e.what();
        }
    }
    if (ImGui::IsItemEdited()) state.seed_problem.clear();
    ui().registry.add_last_item("Noise seed", ControlKind::text);
    const FontScope regular(ui().fonts.regular);
    tooltip("The stream that random noise is drawn from: equal seeds and frames give equal pictures.", "default 0");
    if (!state.seed_problem.empty()) coloured_text(state.seed_problem, colour::kError);
}

}  // namespace

void draw_truncation_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands&) {
    number(
        "Psi", scene.truncation.psi,
        {.min = -1.0,
         .max = 2.0,
         .reset = 1.0,
         .tooltip =
             "How far w stays from the average picture: 1 leaves it alone, 0 is the average, below 0 its opposite."});
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
    if (choice("Noise", mode, kModes,
               "Constant: the noise that the network was saved with. Random: drawn from the seed and frame below. "
               "None: zero."))
        scene.noise.mode = static_cast<SceneNoise>(mode);
    if (!has_noise) return;
    if (scene.noise.mode == SceneNoise::random) {
        draw_noise_seed(scene.noise, workspace.noise);
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
