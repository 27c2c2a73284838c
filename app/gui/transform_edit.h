// Moving and turning a picture by a little, whichever way its transform is written: as parts or as a free matrix. Pure.
#pragma once

#include "app/gui/canvas_view.h"
#include "core/scene/scene.h"

namespace afs::gui {

// To the right and downwards, fractions of the side.
void move_by(Transform& transform, double dx, double dy);

// Counter-clockwise as seen, about the picture's own centre.
void turn_by(Transform& transform, double degrees);

// Where the picture's centre lies: (0, 0) is the middle; fractions of the side.
[[nodiscard]] Point centre_of(const Transform& transform);

// Of the part that turns, scales and shears.
[[nodiscard]] double determinant(const Matrix3& matrix);

// What the transform does that networks were not trained for: scaling, shearing, mirroring; in words, empty: nothing.
[[nodiscard]] const char* not_trained_for(const Transform& transform);

}  // namespace afs::gui
