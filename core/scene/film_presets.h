// Whole tracks at once: walks through seeds, circles, turns. Torch-free; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/scene/document.h"

namespace afs {

enum class SeedPath { linear, cubic, slerp };

// The document whose film goes through `seeds` at even times, `seconds_each` from one to the next, and back to the
// first: a loop without a seam. One seed: a still latent of that length. Replaces tracks of the latent; the base shows
// the first seed.
[[nodiscard]] Document walk_through_seeds(Document document, const std::vector<std::uint32_t>& seeds,
                                          double seconds_each, SeedPath path);

// Over the whole film the picture's centre goes once round a circle about where the base has it, beginning at the
// right; `radius` in sides of the picture. Replaces tracks of the translation.
[[nodiscard]] Document circle(Document document, double radius);

// The picture turns evenly about its centre, beginning at the base's angle; counter-clockwise, any number of turns.
// Replaces tracks of the angle. Whole turns make a loop without a seam.
[[nodiscard]] Document turns(Document document, double number);

// The picture grows to `factor` times its size and back; rests at both ends. Replaces tracks of the scale.
[[nodiscard]] Document zoom_pulse(Document document, double factor);

// A walk through `count` seeds that `seed` draws, beginning at the base's, if that is one: as long as the film is now.
[[nodiscard]] Document random_walk(Document document, int count, std::uint32_t seed);

// Truncation from 1 down to `lowest` and back. Replaces tracks of psi.
[[nodiscard]] Document psi_sweep(Document document, double lowest);

// The canvas shows one layer after the other, for equal times. Replaces tracks of the layer and of the canvas.
[[nodiscard]] Document layer_walk(Document document, const std::vector<std::string>& layers);

// The 2x2 view of the Equivariance mode while the picture goes round a circle. Replaces tracks of the translation and
// of that view.
[[nodiscard]] Document equivariance_demo(Document document, double radius);

}  // namespace afs
