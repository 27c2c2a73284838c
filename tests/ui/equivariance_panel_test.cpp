// The Equivariance mode: what its canvas, its panel and its measurements do.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

using Shown = EquivarianceShown;

void show(test::AppHarness& h, Shown shown, EquivarianceOperation operation = EquivarianceOperation::follow) {
    h.app->edit([&](Scene& s) {
        s.canvas = CanvasMode::equivariance;
        s.equivariance.shown = shown;
        s.equivariance.operation = operation;
    });
    h.frames(4);
}

TEST(TransformPanel, UntransformsAndUndoes) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    h.click("Transform/Untransform picture");
    EXPECT_TRUE(h.app->scene().untransform);
    EXPECT_TRUE(h.source.requests.back().scene.untransform);
    h.app->run(ActionId::reset_transform);
    EXPECT_TRUE(h.app->scene().untransform) << "it is no part of the transform";
    h.app->undo();
    EXPECT_FALSE(h.app->scene().untransform);
}

TEST(EquivarianceCanvas, ComesByItsTabAndItsKey) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    h.click("Canvas/Equivariance");
    EXPECT_EQ(h.app->scene().canvas, CanvasMode::equivariance);
    h.key(ImGuiMod_Alt | ImGuiKey_1);
    EXPECT_EQ(h.app->scene().canvas, CanvasMode::picture);
    h.key(ImGuiMod_Alt | ImGuiKey_4);
    EXPECT_EQ(h.app->scene().canvas, CanvasMode::equivariance);
    h.click("Layers/L5_76_64");
    EXPECT_EQ(h.app->scene().canvas, CanvasMode::equivariance) << "the mode stays while layers are chosen";
    EXPECT_EQ(h.source.requests.back().scene.layer_view.layer, "L5_76_64");
}

TEST(EquivarianceCanvas, TheDividerOfAWipeFollowsTheHand) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    show(h, Shown::wipe);
    const CanvasArea at = h.app->workspace().canvas.view.picture_on_screen();
    const auto middle = static_cast<float>(at.centre().x), y = static_cast<float>(at.centre().y) + 30;
    h.drag(ImVec2(middle + 2, y), {static_cast<float>(at.min.x + 0.8 * at.width()), y});
    EXPECT_NEAR(h.app->scene().equivariance.wipe, 0.8, 0.01);
    EXPECT_EQ(h.app->scene().transform, Transform{}) << "the picture stayed";
    // Beside the divider the picture is moved.
    h.drag(ImVec2(middle, y), {middle + static_cast<float>(at.width() / 10), y});
    EXPECT_NEAR(h.app->scene().equivariance.wipe, 0.8, 0.01);
    EXPECT_NEAR(h.app->scene().transform.translate_x, 0.1, 0.01);
    h.app->undo();
    EXPECT_EQ(h.app->scene().transform, Transform{});
    h.app->undo();
    EXPECT_EQ(h.app->scene().equivariance.wipe, 0.5) << "one drag is one entry";
    h.drag(ImVec2(middle + 2, y), {static_cast<float>(at.max.x) + 200, y});
    EXPECT_EQ(h.app->scene().equivariance.wipe, 1.0);
}

TEST(EquivarianceCanvas, AHandMovesWhatIsCompared) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    show(h, Shown::difference, EquivarianceOperation::translation_frac);
    const CanvasArea at = h.app->workspace().canvas.view.picture_on_screen();
    const ImVec2 from(static_cast<float>(at.centre().x), static_cast<float>(at.centre().y) + 60);
    h.drag(from, {from.x, from.y + static_cast<float>(at.height() / 5)});
    EXPECT_NEAR(h.app->scene().equivariance.translate_y, 0.2, 0.01);
    EXPECT_EQ(h.app->scene().transform, Transform{});
    show(h, Shown::difference, EquivarianceOperation::rotation);
    const double before = h.app->scene().equivariance.rotate_deg;
    h.drag(from, {from.x + 60, from.y});  // from below to the right: a quarter of a right angle, and more
    EXPECT_NEAR(h.app->scene().equivariance.rotate_deg - before, 45, 3);
    show(h, Shown::strip);
    h.drag(from, {from.x + 60, from.y});
    EXPECT_EQ(h.app->scene().transform, Transform{}) << "a strip is not moved";
}

TEST(EquivarianceCanvas, FlickersBetweenTheTwoPicturesWithoutNewOnes) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    show(h, Shown::flicker);
    const std::size_t requests = h.source.requests.size();
    const auto* first = h.app->picture().get();
    int changes = 0;
    const Image* last = first;
    for (int i = 0; i < 120; ++i) {  // two seconds
        h.frames(1);
        changes += h.app->picture().get() != last ? 1 : 0;
        last = h.app->picture().get();
        EXPECT_LE(h.app->seconds_to_next_frame(h.ui.now()), 0.5);
    }
    EXPECT_NEAR(changes, 4, 1);
    EXPECT_EQ(h.source.requests.size(), requests);
    show(h, Shown::output);
    EXPECT_EQ(h.app->picture(), h.app->info().shown->image);
}

TEST(EquivarianceCanvas, AClickOnOneOfTheFourShowsItAlone) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    show(h, Shown::grid);
    const CanvasArea at = h.app->workspace().canvas.view.picture_on_screen();
    h.click_at({static_cast<float>(at.min.x + at.width() * 0.75), static_cast<float>(at.min.y + at.height() * 0.25)});
    EXPECT_EQ(h.app->scene().equivariance.shown, Shown::reference);
    EXPECT_EQ(h.app->scene().canvas, CanvasMode::equivariance);
}

}  // namespace
}  // namespace afs::gui
