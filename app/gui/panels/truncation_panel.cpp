#include <fmt/format.h>
#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>

#include "app/gui/panels/panels.h"
#include "app/gui/widgets/controls.h"
#include "app/gui/widgets/number.h"
#include "app/gui/widgets/seed_field.h"

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

void draw_noise_seed(NoiseSettings& noise) {
    row_label("Noise seed", noise.seed != 0);
    seed_field("Noise seed", noise.seed,
               {.tooltip = "The stream that random noise is drawn from: equal seeds and frames give equal pictures.",
                .bright = noise.seed != 0});
    seed_problem();
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
        draw_noise_seed(scene.noise);
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
