// What an edit did, in words for the history: "Rotate to 37.0°", "Go to seed 42". Found by comparing two scenes, so
// that it is the same for a slider, a drag in the canvas, and a typed value. Pure.
#pragma once

#include <string>

#include "core/scene/scene.h"

namespace afs::gui {

// Empty when nothing changed.
[[nodiscard]] std::string describe_change(const Scene& before, const Scene& after);

// Where the latent is, in few words for the status bar: "seed 42", "12.30, 4.05", "w from a file".
[[nodiscard]] std::string describe_latent(const Latent& latent);

// Why a latent cannot be saved as z; empty: it can.
[[nodiscard]] const char* why_no_z(const Latent& latent);

[[nodiscard]] std::string file_name(const std::string& path);

}  // namespace afs::gui
