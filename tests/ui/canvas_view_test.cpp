// Pins the way between screen and picture: what zoom and pan keep in place, and which way a turn goes.
#include "app/gui/canvas_view.h"

#include <gtest/gtest.h>

#include <cmath>

namespace afs::gui {
namespace {

constexpr CanvasArea kArea = {{100, 50}, {900, 650}};

CanvasView view_of(int width, int height) {
    CanvasView view;
    view.set(kArea, width, height);
    return view;
}

TEST(CanvasView, FitsThePictureInTheMiddle) {
    const CanvasView view = view_of(128, 128);
    const CanvasArea at = view.picture_on_screen();
    EXPECT_NEAR((at.min.x + at.max.x) / 2, 500, 1);  // whole pixels
    EXPECT_NEAR((at.min.y + at.max.y) / 2, 350, 1);
    EXPECT_LE(at.height(), kArea.height());
    EXPECT_GT(at.height(), 0.9 * kArea.height());
}

TEST(CanvasView, ZoomKeepsThePointUnderTheCursor) {
    CanvasView view = view_of(256, 256);
    const Point cursor = {613, 207};
    const Point before = view.to_picture(cursor);
    for (const double factor : {1.2, 1.2, 3.0, 0.4, 7.0}) view.zoom_at(cursor, factor);
    const Point after = view.to_picture(cursor);
    // The picture lies on whole screen pixels: half a pixel of the screen is the most it can be off.
    EXPECT_NEAR(after.x, before.x, 1.0 / view.picture_on_screen().width());
    EXPECT_NEAR(after.y, before.y, 1.0 / view.picture_on_screen().height());
    EXPECT_FALSE(view.fitted());
}

TEST(CanvasView, HundredPercentIsOnePixelEach) {
    CanvasView view = view_of(256, 128);
    view.set_zoom(1.0);
    EXPECT_DOUBLE_EQ(view.picture_on_screen().width(), 256);
    EXPECT_DOUBLE_EQ(view.picture_on_screen().height(), 128);
    EXPECT_DOUBLE_EQ(view.picture_on_screen().min.x, std::floor(view.picture_on_screen().min.x));
}

TEST(CanvasView, ToPictureInvertsToScreen) {
    CanvasView view = view_of(100, 60);
    view.zoom_at({300, 300}, 2.5);
    view.pan(31, -17);
    const Point p = view.to_picture(view.to_screen({0.3, 0.8}));
    EXPECT_NEAR(p.x, 0.3, 1e-12);
    EXPECT_NEAR(p.y, 0.8, 1e-12);
}

TEST(CanvasView, PanCannotLoseThePicture) {
    CanvasView view = view_of(128, 128);
    view.set_zoom(2.0);
    view.pan(1e9, -1e9);
    const CanvasArea at = view.picture_on_screen();
    EXPECT_LT(at.min.x, kArea.max.x);
    EXPECT_GT(at.max.y, kArea.min.y);
}

TEST(CanvasView, ZoomIsBounded) {
    CanvasView view = view_of(128, 128);
    for (int i = 0; i < 1000; ++i) view.zoom_at({500, 300}, 2.0);
    EXPECT_LE(view.zoom(), 256);
    for (int i = 0; i < 1000; ++i) view.zoom_at({500, 300}, 0.5);
    EXPECT_GE(view.zoom(), 1.0 / 64);
}

TEST(CanvasView, ALayerOfFewerSamplesIsShownAsLarge) {
    CanvasView view = view_of(128, 128);
    view.set_zoom(3.0);
    view.set(kArea, 32, 32);
    EXPECT_DOUBLE_EQ(view.picture_on_screen().height(), 384);
}

TEST(CanvasView, TurnIsCounterClockwiseAsSeen) {
    // From the right to the top of the screen.
    EXPECT_DOUBLE_EQ(CanvasView::turn_deg({0, 0}, {10, 0}, {0, -10}), 90.0);
    EXPECT_DOUBLE_EQ(CanvasView::turn_deg({0, 0}, {10, 0}, {0, 10}), -90.0);
    EXPECT_NEAR(CanvasView::turn_deg({5, 5}, {-5, 5.1}, {-5, 4.9}), -1.1459, 1e-3);  // across the seam: no full turn
}

TEST(CanvasView, SurvivesAnEmptyAreaAndPicture) {
    CanvasView view;
    view.set({{0, 0}, {0, 0}}, 0, 0);
    EXPECT_GT(view.zoom(), 0);
    view.zoom_at({0, 0}, 2.0);
    view.pan(5, 5);
    EXPECT_TRUE(std::isfinite(view.picture_on_screen().min.x));
}

}  // namespace
}  // namespace afs::gui
