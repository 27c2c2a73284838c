// Pins the transform, as parts and as a free matrix.
#include <gtest/gtest.h>

#include <cmath>

#include "app/gui/transform_edit.h"
#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

TEST(TransformPanel, MotionMovesAndReset) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    h.click("Transform/Turn");
    h.frames(60);
    EXPECT_NEAR(h.app->scene().transform.rotate_deg, 30.0, 3.0);
    h.click("Transform/Turn");
    h.click("Transform/Whole pixels");
    EXPECT_TRUE(h.app->scene().transform.round_to_pixel);
    h.click("Transform/Reset transform");
    EXPECT_DOUBLE_EQ(h.app->scene().transform.rotate_deg, 0.0);
    EXPECT_TRUE(h.app->scene().transform.round_to_pixel);  // a manner, not a position
}

TEST(TransformPanel, AFreeMatrixBeginsWithWhatThePartsMake) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    h.app->edit([](Scene& s) { s.transform = {.translate_x = 0.25, .rotate_deg = 90}; });
    h.frames(2);
    const Matrix3 parts = picture_matrix(h.app->scene().transform, 0);
    h.click("Transform/Edit as/Matrix");
    ASSERT_TRUE(h.app->scene().transform.matrix);
    EXPECT_EQ(*h.app->scene().transform.matrix, parts);
    EXPECT_FALSE(h.has("Transform/Rotate"));
    h.hold(ImGuiMod_Ctrl, true);
    h.click("Transform/Matrix/a");
    h.hold(ImGuiMod_Ctrl, false);
    h.key(ImGuiMod_Ctrl | ImGuiKey_A);
    h.type("1/8");
    h.key(ImGuiKey_Enter);
    EXPECT_DOUBLE_EQ((*h.app->scene().transform.matrix)[0], 0.125);
    EXPECT_FALSE(h.control("Transform/Matrix/m31").enabled);
    h.click("Transform/Edit as/Parts");  // they were kept
    EXPECT_FALSE(h.app->scene().transform.matrix);
    EXPECT_DOUBLE_EQ(h.app->scene().transform.rotate_deg, 90);
}

TEST(TransformPanel, AMatrixIsDraggedTurnedFlippedAndReset) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    h.click("Transform/Edit as/Matrix");
    h.click("Transform/Matrix/Flip x");
    EXPECT_DOUBLE_EQ((*h.app->scene().transform.matrix)[0], -1.0);
    // The picture follows the hand whichever way its transform is written.
    const CanvasArea at = h.app->workspace().canvas.view.picture_on_screen();
    h.drag("Canvas/Picture area", {static_cast<float>(at.width() / 4), 0});
    EXPECT_NEAR((*h.app->scene().transform.matrix)[2], 0.25, 2 / at.width());
    h.click("Transform/Turn");
    h.frames(60);
    h.click("Transform/Turn");
    const Matrix3 turned = *h.app->scene().transform.matrix;
    EXPECT_NEAR(turned[0] * turned[4] - turned[1] * turned[3], -1.0, 1e-9);
    EXPECT_NEAR(std::hypot(turned[0], turned[3]), 1.0, 1e-9);
    EXPECT_GT(std::fabs(turned[3]), std::sin(25.0 * 3.14159265 / 180));  // a second at 30 degrees a second
    h.click("Transform/Reset transform");
    EXPECT_FALSE(h.app->scene().transform.matrix);
    EXPECT_EQ(h.app->scene().transform, Transform{});
}

TEST(TransformEdit, SaysWhatNetworksWereNotTrainedFor) {
    EXPECT_STREQ(not_trained_for({.translate_x = 0.3, .rotate_deg = 20}), "");
    EXPECT_STREQ(not_trained_for({.scale = 2}), "Scale: not trained for");
    EXPECT_STREQ(not_trained_for({.scale = 2, .shear = 1}), "Scale and shear: not trained for");
    Transform t;
    t.matrix = picture_matrix({.translate_x = 0.3, .rotate_deg = 20}, 0);
    EXPECT_STREQ(not_trained_for(t), "");
    (*t.matrix)[0] += 0.1;
    EXPECT_STREQ(not_trained_for(t), "Scaled or sheared: not trained for");
    t.matrix = Matrix3{-1, 0, 0, 0, 1, 0, 0, 0, 1};
    EXPECT_STREQ(not_trained_for(t), "Mirrored: not trained for");
}

TEST(TransformEdit, TurningAMatrixIsTurningItsParts) {
    Transform parts = {.translate_x = 0.1, .translate_y = -0.2, .rotate_deg = 10, .scale = 1.5, .shear = 0.25}, free;
    free.matrix = picture_matrix(parts, 0);
    turn_by(parts, 33);
    turn_by(free, 33);
    move_by(parts, 0.5, 0.25);
    move_by(free, 0.5, 0.25);
    const Matrix3 a = picture_matrix(parts, 0), b = picture_matrix(free, 0);
    for (std::size_t i = 0; i < 9; ++i) EXPECT_NEAR(a[i], b[i], 1e-12) << i;
    EXPECT_NEAR(centre_of(free).x, 0.6, 1e-12);
}

}  // namespace
}  // namespace afs::gui
