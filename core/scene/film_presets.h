// Whole tracks at once: walks through seeds, circles, turns. Torch-free; any thread.
#pragma once

#include <cstdint>
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

}  // namespace afs
