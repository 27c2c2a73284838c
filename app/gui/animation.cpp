#include "app/gui/animation.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "app/gui/transform_edit.h"

namespace afs::gui {
namespace {

constexpr double kRadians = std::numbers::pi / 180.0;
constexpr double kLongestStep = 0.25;

void advance_latent(LatentDrift& drift, Latent& latent, double seconds) {
    auto* plane = std::get_if<LatentPlane>(&latent.source);
    if (!plane) return;
    if (drift.path == DriftPath::wander) {
        // Three slow turns of unrelated length never repeat, and the same clock gives the same path.
        drift.clock_s += seconds;
        const double t = drift.clock_s;
        drift.heading_deg +=
            seconds * (24.0 * std::sin(0.37 * t) + 15.0 * std::sin(0.83 * t + 1.0) + 9.0 * std::sin(1.31 * t + 2.0));
    } else if (drift.path == DriftPath::loop) {
        drift.heading_deg += seconds * drift.speed / std::max(drift.loop_radius, 0.01) / kRadians;
    }
    drift.heading_deg = std::remainder(drift.heading_deg, 360.0);
    plane->x += seconds * drift.speed * std::cos(drift.heading_deg * kRadians);
    plane->y -= seconds * drift.speed * std::sin(drift.heading_deg * kRadians);
}

void advance_circle(CircleMotion& circle, Transform& transform, double seconds) {
    circle.phase = std::fmod(circle.phase + seconds / std::max(circle.period_s, 0.05), 1.0);
    circle.grown = std::min(circle.grown + seconds, 1.0);
    const double eased = circle.grown * circle.grown * (3.0 - 2.0 * circle.grown);
    const double angle = 2.0 * std::numbers::pi * circle.phase;
    const double x = circle.radius * eased * std::cos(angle), y = -circle.radius * eased * std::sin(angle);
    move_by(transform, x - circle.offset_x, y - circle.offset_y);
    circle.offset_x = x;
    circle.offset_y = y;
}

}  // namespace

void advance(Animations& animations, Scene& scene, double seconds, bool transformable, bool has_noise) {
    seconds = std::clamp(seconds, 0.0, kLongestStep);
    if (seconds == 0.0) return;
    if (animations.latent.on) advance_latent(animations.latent, scene.latent, seconds);
    if (animations.circle.on && transformable) advance_circle(animations.circle, scene.transform, seconds);
    if (animations.turn.on && transformable) {
        turn_by(scene.transform, seconds * animations.turn.speed_deg_s);
        scene.transform.rotate_deg = std::fmod(scene.transform.rotate_deg, 360.0);
    }
    if (animations.noise.on && has_noise) {
        animations.noise.rest += seconds * animations.noise.rate_hz;
        const double whole = std::floor(animations.noise.rest);
        animations.noise.rest -= whole;
        scene.noise.frame += static_cast<std::int64_t>(whole);
        if (whole > 0) scene.noise.mode = SceneNoise::random;
    }
}

void reset_transform(Scene& scene, Animations& animations) {
    const bool round_to_pixel = scene.transform.round_to_pixel;
    scene.transform = {};
    scene.transform.round_to_pixel = round_to_pixel;
    animations.circle.offset_x = animations.circle.offset_y = animations.circle.grown = 0.0;
    animations.circle.phase = 0.0;
}

}  // namespace afs::gui
