// Motion that writes its position into the scene: the latent drifts, the picture circles and turns, noise flickers.
// What is animated and how fast is the window's affair; where it has got to is the scene's, so that a picture stays a
// function of the scene. Pure.
#pragma once

#include "core/scene/scene.h"

namespace afs::gui {

enum class DriftPath { wander, straight, loop };

struct LatentDrift {
    bool on = false;
    DriftPath path = DriftPath::wander;
    double speed = 0.25;        // seeds per second
    double heading_deg = 20.0;  // counter-clockwise from "to the right"; wander and loop turn it
    double loop_radius = 1.0;   // seeds
    double clock_s = 0.0;       // how long it has wandered
};

struct CircleMotion {  // of the picture, about where it was
    bool on = false;
    double radius = 0.08;   // fraction of the side
    double period_s = 6.0;  // one round; never 0
    double phase = 0.0;     // turns
    // What the circle has added to the translation so far: a drag meanwhile moves the centre.
    double offset_x = 0.0, offset_y = 0.0;
    double grown = 0.0;  // 0..1: the circle opens within a second, so that nothing jumps
};

struct TurnMotion {
    bool on = false;
    double speed_deg_s = 30.0;  // counter-clockwise
};

struct NoiseMotion {
    bool on = false;
    double rate_hz = 12.0;
    double rest = 0.0;  // fraction of a frame not yet shown
};

struct Animations {
    LatentDrift latent;
    CircleMotion circle;
    TurnMotion turn;
    NoiseMotion noise;

    [[nodiscard]] bool any() const { return latent.on || circle.on || turn.on || noise.on; }
};

// Moves the scene on by `seconds` (clamped to a quarter of a second: a stall must not become a jump).
// `transformable`, `has_noise`: motions that the network cannot obey rest.
void advance(Animations& animations, Scene& scene, double seconds, bool transformable, bool has_noise);

// Back to the middle; a circle that runs opens anew from there.
void reset_transform(Scene& scene, Animations& animations);

}  // namespace afs::gui
