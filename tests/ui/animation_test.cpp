// Pins what motion writes into the scene, and that nothing jumps.
#include "app/gui/animation.h"

#include <gtest/gtest.h>

#include <cmath>

namespace afs::gui {
namespace {

constexpr double kFrame = 1.0 / 60;

const LatentPlane& plane(const Scene& scene) { return std::get<LatentPlane>(scene.latent.source); }

TEST(Animation, DriftMovesTheLatentAtItsSpeed) {
    Animations motion;
    motion.latent = {.on = true, .path = DriftPath::straight, .speed = 2.0, .heading_deg = 90.0};
    Scene scene;
    for (int i = 0; i < 60; ++i) advance(motion, scene, kFrame, true, false);
    EXPECT_NEAR(plane(scene).x, 0.0, 1e-9);
    EXPECT_NEAR(plane(scene).y, -2.0, 1e-9);  // up on the screen
}

TEST(Animation, LoopComesBack) {
    Animations motion;
    motion.latent = {.on = true, .path = DriftPath::loop, .speed = 1.0, .heading_deg = 0.0, .loop_radius = 0.5};
    Scene scene;
    const int frames = 10000;
    const double round_s = 2 * 3.14159265358979 * 0.5;
    double furthest = 0.0;
    for (int i = 0; i < frames; ++i) {
        advance(motion, scene, round_s / frames, true, false);
        furthest = std::max(furthest, std::hypot(plane(scene).x, plane(scene).y));
    }
    EXPECT_NEAR(plane(scene).x, 0.0, 1e-2);
    EXPECT_NEAR(plane(scene).y, 0.0, 1e-2);
    EXPECT_NEAR(furthest, 1.0, 1e-2);  // the diameter
}

TEST(Animation, CircleClosesExactlyAndNeverJumps) {
    Animations motion;
    motion.circle = {.on = true, .radius = 0.1, .period_s = 2.0};
    Scene scene;
    double longest_step = 0.0;
    Transform last = scene.transform;
    const auto step = [&] {
        advance(motion, scene, kFrame, true, false);
        longest_step = std::max(longest_step, std::hypot(scene.transform.translate_x - last.translate_x,
                                                         scene.transform.translate_y - last.translate_y));
        last = scene.transform;
    };
    for (int i = 0; i < 120; ++i) step();  // the circle has opened
    const Transform begin = scene.transform;
    EXPECT_NEAR(std::hypot(begin.translate_x, begin.translate_y), 0.1, 1e-9);
    for (int i = 0; i < 120 * 50; ++i) step();
    EXPECT_NEAR(scene.transform.translate_x, begin.translate_x, 1e-9);
    EXPECT_NEAR(scene.transform.translate_y, begin.translate_y, 1e-9);
    EXPECT_LT(longest_step, 0.1 * 2 * 3.15 / 2.0 * kFrame * 1.6);  // the speed on the circle, and its opening
}

TEST(Animation, ADragMovesTheCircle) {
    Animations motion;
    motion.circle = {.on = true, .radius = 0.1, .period_s = 2.0};
    Scene moved, unmoved;
    Animations other = motion;
    for (int i = 0; i < 200; ++i) {
        if (i == 100) moved.transform.translate_x += 0.25;
        advance(motion, moved, kFrame, true, false);
        advance(other, unmoved, kFrame, true, false);
    }
    EXPECT_NEAR(moved.transform.translate_x - unmoved.transform.translate_x, 0.25, 1e-12);
}

TEST(Animation, ResetPutsARunningCircleBackInTheMiddle) {
    Animations motion;
    motion.circle = {.on = true, .radius = 0.1, .period_s = 2.0};
    Scene scene;
    for (int i = 0; i < 77; ++i) advance(motion, scene, kFrame, true, false);
    reset_transform(scene, motion);
    EXPECT_EQ(scene.transform, Transform{});
    advance(motion, scene, kFrame, true, false);
    EXPECT_LT(std::hypot(scene.transform.translate_x, scene.transform.translate_y), 0.002);
}

TEST(Animation, AStallIsNoJump) {
    Animations motion;
    motion.latent = {.on = true, .path = DriftPath::straight, .speed = 1.0, .heading_deg = 0.0};
    motion.turn.on = true;
    Scene scene;
    advance(motion, scene, 3600.0, true, false);
    EXPECT_LE(plane(scene).x, 0.25);
    EXPECT_LE(scene.transform.rotate_deg, 30 * 0.25);
    advance(motion, scene, -5.0, true, false);  // a clock that was set back
    EXPECT_LE(plane(scene).x, 0.25);
}

TEST(Animation, RestsWhatTheNetworkCannotObey) {
    Animations motion;
    motion.circle.on = motion.turn.on = motion.noise.on = true;
    Scene scene;
    for (int i = 0; i < 60; ++i) advance(motion, scene, kFrame, false, false);
    EXPECT_EQ(scene, Scene{});
}

TEST(Animation, NoiseAdvancesByWholeFrames) {
    Animations motion;
    motion.noise = {.on = true, .rate_hz = 12.0};
    Scene scene;
    for (int i = 0; i < 60; ++i) advance(motion, scene, kFrame, true, true);
    EXPECT_NEAR(static_cast<double>(scene.noise.frame), 12.0, 1.0);
    EXPECT_EQ(scene.noise.mode, SceneNoise::random);
}

TEST(Animation, WanderIsTheSameForTheSameClock) {
    Scene a, b;
    for (Scene* scene : {&a, &b}) {
        Animations motion;
        motion.latent.on = true;
        for (int i = 0; i < 600; ++i) advance(motion, *scene, kFrame, true, false);
    }
    EXPECT_EQ(a, b);
    EXPECT_GT(std::hypot(plane(a).x, plane(a).y), 0.5);
}

}  // namespace
}  // namespace afs::gui
