#include <fmt/format.h>
#include <imgui.h>

#include <string>

#include "app/gui/panels/panels.h"
#include "app/gui/transform_edit.h"
#include "app/gui/widgets/controls.h"
#include "app/gui/widgets/number.h"
#include "app/gui/widgets/number_text.h"

namespace afs::gui {
namespace {

void draw_parts(Transform& t) {
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
            .tooltip = "Downwards, as a fraction of the picture's side. Dragging the picture does the same."});
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
            .unit = "w/h",
            .decimals = 3,
            .step = 0.01,
            .unbounded = true,
            .tooltip = "Sideways, widths per height. Networks are not trained for it."});
}

void draw_matrix_row(Matrix3& m, int row) {
    constexpr const char* kNames[] = {"a", "b", "x", "c", "d", "y", "m31", "m32", "m33"};
    constexpr const char* kHelp[] = {"How far right the picture's right goes.",
                                     "How far right the picture's down goes.",
                                     "Movement to the right, fraction of the side.",
                                     "How far down the picture's right goes.",
                                     "How far down the picture's down goes.",
                                     "Movement downwards, fraction of the side.",
                                     "",
                                     "",
                                     ""};
    const DisabledBecause fixed(row == 2 ? "A network's input moves in the plane: only the upper two rows are used."
                                         : "");
    button_row(3, [&](std::size_t column, float width) {
        const std::size_t i = static_cast<std::size_t>(row) * 3 + column;
        number(kNames[i], m[i],
               {.min = -2,
                .max = 2,
                .reset = row == static_cast<int>(column) ? 1.0 : 0.0,
                .decimals = 3,
                .step = 0.01,
                .unbounded = true,
                .tooltip = kHelp[i],
                .plain = true,
                .labelled = false,
                .width = width});
    });
}

void draw_matrix(Transform& t) {
    const Scope scope("Matrix");
    Matrix3& m = *t.matrix;
    for (int row = 0; row < 3; ++row) {
        row_label(row == 0 ? "T" : "", row == 0 && m != kIdentity3);
        draw_matrix_row(m, row);
    }
    row_label("");
    button_row(3, [&](std::size_t i, float width) {
        if (i == 0 && button("Flip x", {.tooltip = "Mirrors the picture sideways.", .width = width})) {
            m[0] = -m[0];
            m[3] = -m[3];
        }
        if (i == 1 && button("Flip y", {.tooltip = "Mirrors the picture upside down.", .width = width})) {
            m[1] = -m[1];
            m[4] = -m[4];
        }
        if (i == 2 && button("Identity", {.tooltip = "Leaves the picture as it is.", .width = width})) m = kIdentity3;
    });
    const bool singular = network_transform(t, 0).singular;
    fact("Area", number_text(determinant(m), 3) + " \u00d7", singular ? colour::kError : colour::kText);
    ImGui::PushID("area");
    tooltip("The determinant: how many times larger the picture's area becomes. Negative: mirrored.");
    ImGui::PopID();
    if (!singular) return;
    row_label("");
    coloured_text(
        "No inverse: this matrix squashes the picture into a line or a point, and the network needs the way back. The "
        "picture is shown without the transform until the area is not 0.",
        colour::kError);
}

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
    int free = t.matrix ? 1 : 0;
    constexpr const char* kWays[] = {"Parts", "Matrix"};
    {
        const FieldScope field("transform.matrix");
        if (choice("Edit as", free, kWays,
                   "Parts: movement, rotation, scale and shear. Matrix: the six free numbers of an affine map; it "
                   "begins with what the parts make, and they are kept meanwhile.")) {
            if (free)
                t.matrix = picture_matrix(t, 0);
            else
                t.matrix.reset();
        }
    }
    if (t.matrix)
        draw_matrix(t);
    else
        draw_parts(t);
    if (const char* mark = not_trained_for(t); mark[0]) {
        row_label("");
        coloured_text(mark, colour::kWarning);
    }
    row_label("");
    toggle("Whole pixels", t.round_to_pixel, "Rounds the movement to whole pixels of the picture.");
    row_label("");
    toggle(
        "Untransform picture", scene.untransform,
        "Moves the picture back, pixel by pixel: whatever still moves is not equivariant. A layer in Layer mode, too.");
    draw_motion(workspace.animations);
    row_label("");
    if (button("Reset transform",
               {.tooltip = "Back to the middle, upright, at its own size. A double-click in the picture does the same.",
                .key = "T"}))
        commands.run(ActionId::reset_transform);
}

}  // namespace afs::gui
