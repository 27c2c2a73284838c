#include <string>

#include "app/gui/panels/panels.h"
#include "app/gui/widgets/controls.h"
#include "app/gui/widgets/number.h"

namespace afs::gui {
namespace {

void draw_motion(Animations& animations) {
    CircleMotion& circle = animations.circle;
    row_label("Motion", circle.on || animations.turn.on);
    toggle("Circle", circle.on, "Moves the picture round a circle about where it is.");
    ImGui::SameLine(0, px(16));
    toggle("Turn", animations.turn.on, "Turns the picture steadily.");
    if (circle.on) {
        number("Radius", circle.radius,
               {.min = 0,
                .max = 0.5,
                .reset = 0.08,
                .unit = "of side",
                .decimals = 3,
                .step = 0.005,
                .tooltip = "Of the circle, as a fraction of the picture's side."});
        number("Round", circle.period_s,
               {.min = 0.5,
                .max = 30,
                .reset = 6,
                .unit = "s",
                .decimals = 1,
                .step = 0.5,
                .logarithmic = true,
                .tooltip = "How long one round of the circle takes."});
    }
    if (animations.turn.on)
        number("Turn speed", animations.turn.speed_deg_s,
               {.min = -180,
                .max = 180,
                .reset = 30,
                .unit = "\u00b0/s",
                .decimals = 0,
                .step = 5,
                .tooltip = "Counter-clockwise."});
}

}  // namespace

void draw_transform_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands& commands) {
    const DisabledBecause constant_input(why_not_transformable(info));
    Transform& t = scene.transform;
    number("Move X", t.translate_x,
           {.min = -1,
            .max = 1,
            .unit = "of side",
            .decimals = 3,
            .step = 0.01,
            .unbounded = true,
            .tooltip = "To the right, as a fraction of the picture's side. Dragging the picture does the same."});
    number("Move Y", t.translate_y,
           {.min = -1,
            .max = 1,
            .unit = "of side",
            .decimals = 3,
            .step = 0.01,
            .unbounded = true,
            .tooltip = "Downwards, as a fraction of the picture's side."});
    number("Rotate", t.rotate_deg,
           {.min = -180,
            .max = 180,
            .unit = "\u00b0",
            .decimals = 1,
            .step = 1,
            .unbounded = true,
            .angle = true,
            .tooltip = "Counter-clockwise about the picture's centre. Ctrl+drag in the picture does the same. Typing "
                       "pi/4 means 45\u00b0."});
    number("Scale", t.scale,
           {.min = 0.25,
            .max = 4,
            .reset = 1,
            .unit = "\u00d7",
            .decimals = 3,
            .step = 0.01,
            .logarithmic = true,
            .tooltip = "Larger than 1 enlarges. Networks are not trained for other values than 1."});
    number("Shear", t.shear,
           {.min = -1,
            .max = 1,
            .decimals = 3,
            .step = 0.01,
            .unbounded = true,
            .tooltip = "Horizontal, widths per height. Networks are not trained for it."});
    if (t.scale != 1.0 || t.shear != 0.0) {
        row_label("", false);
        coloured_text(t.scale != 1.0 && t.shear != 0.0 ? "Scale and shear: not trained for"
                      : t.scale != 1.0                 ? "Scale: not trained for"
                                                       : "Shear: not trained for",
                      colour::kWarning);
    }
    row_label("", false);
    toggle("Whole pixels", t.round_to_pixel, "Rounds the movement to whole pixels of the picture.");
    draw_motion(workspace.animations);
    row_label("", false);
    if (button("Reset transform",
               {.tooltip = "Back to the middle, upright, at its own size. A double-click in the picture does the same.",
                .key = "T"}))
        commands.run(ActionId::reset_transform);
}

}  // namespace afs::gui
