// Pins what the mouse does in the picture: it follows the hand.
#include <gtest/gtest.h>

#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

class CanvasTest : public testing::Test {
  protected:
    void SetUp() override { h.open("/m/t.pkl"); }
    const Transform& transform() { return h.app->scene().transform; }
    CanvasView& view() { return h.app->workspace().canvas.view; }
    ImVec2 at(double x, double y) {
        const Point p = view().to_screen({x, y});
        return {static_cast<float>(p.x), static_cast<float>(p.y)};
    }
    test::AppHarness h;
};

TEST_F(CanvasTest, DragMovesThePictureExactlyWithTheHand) {
    const ImVec2 from = at(0.4, 0.6);
    h.drag(from, {from.x + 100, from.y - 50});
    const double side = view().picture_on_screen().width();
    EXPECT_DOUBLE_EQ(transform().translate_x, 100 / side);
    EXPECT_DOUBLE_EQ(transform().translate_y, -50 / side);
    EXPECT_EQ(h.app->history().entries().size(), 2u);  // one entry
    // What is shown is the moved picture: the colour that was under the hand is under it again.
    const Image& shown = *h.app->picture();
    const Image before = test::fake_picture(Scene{}, 128);
    const auto pixel = [](const Image& image, double x, double y) {
        return image.pixels[(static_cast<std::size_t>(y * 128) * 128 + static_cast<std::size_t>(x * 128)) * 4];
    };
    EXPECT_NEAR(pixel(shown, 0.4 + 100 / side, 0.6 - 50 / side), pixel(before, 0.4, 0.6), 3);  // one pixel of the ramp
}

TEST_F(CanvasTest, AHandTooQuickForTheFramesIsFollowed) {
    const ImVec2 from = at(0.5, 0.5);
    h.move_to(from);
    h.press();
    ImGui::GetIO().AddMousePosEvent(from.x + 60, from.y);
    ImGui::GetIO().AddMouseButtonEvent(0, false);  // moved and let go within one frame
    h.frames(3);
    EXPECT_DOUBLE_EQ(transform().translate_x, 60 / view().picture_on_screen().width());
    EXPECT_EQ(h.app->history().entries().size(), 2u);
}

TEST_F(CanvasTest, CtrlDragTurnsThePictureWithTheHand) {
    h.hold(ImGuiMod_Ctrl, true);
    h.drag(at(0.9, 0.5), at(0.5, 0.1), 16);
    h.hold(ImGuiMod_Ctrl, false);
    EXPECT_NEAR(transform().rotate_deg, 90.0, 0.2);  // whole pixels of the mouse; counter-clockwise
    EXPECT_EQ(h.app->history().entries().size(), 2u);
}

TEST_F(CanvasTest, TurningUsesThePlaceThatThePictureWasMovedTo) {
    h.drag(at(0.5, 0.5), at(0.7, 0.5));
    h.hold(ImGuiMod_Ctrl, true);
    h.drag(at(0.9, 0.5), at(0.7, 0.3), 16);  // a quarter turn about (0.7, 0.5)
    h.hold(ImGuiMod_Ctrl, false);
    EXPECT_NEAR(transform().rotate_deg, 90.0, 0.5);
}

TEST_F(CanvasTest, ShiftDragMovesTheViewAndNotTheScene) {
    const Scene before = h.app->scene();
    const CanvasArea was = view().picture_on_screen();
    h.hold(ImGuiMod_Shift, true);
    h.drag(at(0.5, 0.5), at(0.6, 0.5));
    h.hold(ImGuiMod_Shift, false);
    EXPECT_EQ(h.app->scene(), before);
    EXPECT_GT(view().picture_on_screen().min.x, was.min.x + 10);
}

TEST_F(CanvasTest, WheelZoomsAtTheCursorAndNotTheScene) {
    const double zoom = view().zoom();
    const ImVec2 cursor = at(0.25, 0.25);
    h.wheel(cursor, 3);
    EXPECT_NEAR(view().zoom(), zoom * 1.2 * 1.2 * 1.2, 1e-9);
    EXPECT_NEAR(view().to_picture({cursor.x, cursor.y}).x, 0.25, 0.002);
    EXPECT_EQ(h.app->history().entries().size(), 1u);
}

TEST_F(CanvasTest, DoubleClickResetsTheTransform) {
    h.drag(at(0.5, 0.5), at(0.6, 0.4));
    ASSERT_NE(transform(), Transform{});
    h.double_click("Canvas/Picture area");
    EXPECT_EQ(transform(), Transform{});
    EXPECT_EQ(h.app->history().undo_name(), "Reset transform");
}

TEST_F(CanvasTest, UndoBringsEveryDragBack) {
    h.drag(at(0.5, 0.5), at(0.6, 0.5));
    h.drag(at(0.5, 0.5), at(0.5, 0.6));
    const Transform both = transform();
    h.key(ImGuiMod_Ctrl | ImGuiKey_Z);
    EXPECT_DOUBLE_EQ(transform().translate_y, 0.0);
    EXPECT_GT(transform().translate_x, 0.05);
    h.key(ImGuiMod_Ctrl | ImGuiKey_Z);
    EXPECT_EQ(transform(), Transform{});
    h.app->run(ActionId::redo);
    h.app->run(ActionId::redo);
    EXPECT_EQ(transform(), both);
}

TEST_F(CanvasTest, AConstantInputCannotBeMoved) {
    h.open("/m/stylegan2.pkl");
    h.drag(at(0.5, 0.5), at(0.7, 0.5));
    EXPECT_EQ(transform(), Transform{});
}

TEST_F(CanvasTest, ArrowKeysWalkLayersAndChannels) {
    h.click("Canvas/Layer");
    EXPECT_EQ(h.app->scene().canvas, CanvasMode::layer);
    h.click("Layers/L3_60_64");
    EXPECT_EQ(h.app->picture()->width, 60);
    h.click("Canvas/Picture area");
    h.key(ImGuiKey_DownArrow);
    EXPECT_EQ(h.app->scene().layer_view.layer, "L4_68_64");
    h.key(ImGuiKey_RightArrow);
    h.key(ImGuiKey_RightArrow);
    EXPECT_EQ(h.app->scene().layer_view.base_channel, 2);
    h.key(ImGuiKey_UpArrow);
    EXPECT_EQ(h.app->scene().layer_view.layer, "L3_60_64");
    EXPECT_EQ(h.app->picture()->width, 60);
}

TEST_F(CanvasTest, ADragInALayerFollowsTheHandInsideItsMargins) {
    // The layer has 60 samples, of which 16 + 8 * 3 = 40 are one picture's side.
    h.click("Layers/L3_60_64");
    const ImVec2 from = at(0.5, 0.5);
    const double side = view().picture_on_screen().width() * 40 / 60;
    h.drag(from, {from.x + 90, from.y});
    EXPECT_NEAR(transform().translate_x, 90 / side, 1e-9);
}

TEST_F(CanvasTest, AContactSheetGoesToTheSeedThatIsClicked) {
    h.key(ImGuiKey_G);
    ASSERT_EQ(h.app->scene().canvas, CanvasMode::sheet);
    ASSERT_TRUE(h.app->info().shown->grid);
    h.click("Canvas/Sheet/First seed");
    h.key(ImGuiMod_Ctrl | ImGuiKey_A);
    h.type("100");
    h.key(ImGuiKey_Enter);
    EXPECT_EQ(h.app->scene().sheet.first_seed, 100u);
    const Image sheet = *h.app->picture();
    const CanvasArea cell = {view().to_screen({0.3, 0.4}), {}};  // the second of the second row, of 4 x 3
    h.click_at({static_cast<float>(cell.min.x), static_cast<float>(cell.min.y)});
    EXPECT_EQ(h.app->scene().canvas, CanvasMode::picture);
    EXPECT_EQ(std::get<LatentPlane>(h.app->scene().latent.source), (LatentPlane{105, 0}));
    EXPECT_EQ(h.app->history().undo_name(), "Go to seed 105");
    EXPECT_EQ(transform(), Transform{});
    h.key(ImGuiMod_Ctrl | ImGuiKey_Z);
    EXPECT_EQ(h.app->scene().canvas, CanvasMode::sheet);
    EXPECT_EQ(*h.app->picture(), sheet);
}

TEST_F(CanvasTest, EscapeEndsASheetThatGrowsAndKeepsWhatItHas) {
    h.source.sheets_grow = true;
    h.key(ImGuiKey_G);
    h.frames(2);
    ASSERT_FALSE(h.app->info().shown->complete);
    EXPECT_FALSE(h.app->steady());
    const Image so_far = *h.app->picture();
    h.move_to(at(0.5, 0.5));
    h.key(ImGuiKey_Escape);
    h.frames(2);
    EXPECT_TRUE(h.app->info().shown->complete);
    EXPECT_TRUE(h.app->steady());
    EXPECT_EQ(h.app->scene().canvas, CanvasMode::sheet);
    EXPECT_EQ(*h.app->picture(), so_far);
}

TEST_F(CanvasTest, AHurriedDoubleClickOnASheetResetsNothing) {
    h.drag(at(0.5, 0.5), at(0.6, 0.5));
    const Transform moved = transform();
    h.app->edit([](Scene& s) { s.sheet.columns = s.sheet.rows = 3; });  // a picture in the middle
    h.key(ImGuiKey_G);
    h.double_click("Canvas/Picture area");
    EXPECT_EQ(h.app->scene().canvas, CanvasMode::picture);
    EXPECT_EQ(transform(), moved);
}

TEST_F(CanvasTest, ADragOnASheetMovesEveryPictureByItsOwnSide) {
    h.key(ImGuiKey_G);
    const double side = 32 * view().zoom();
    const ImVec2 from = at(0.1, 0.1);
    h.drag(from, {from.x + static_cast<float>(side / 2), from.y});
    EXPECT_EQ(h.app->scene().canvas, CanvasMode::sheet);
    EXPECT_NEAR(transform().translate_x, 0.5, 0.02);  // whole pixels of the mouse
}

TEST_F(CanvasTest, SheetsTurnTheirLeaves) {
    h.key(ImGuiKey_G);
    const ImVec2 outside = at(0.5, -0.05);
    h.click_at(outside);  // the canvas has the keyboard
    h.key(ImGuiKey_PageDown);
    EXPECT_EQ(h.app->scene().sheet.first_seed, 12u);
    h.key(ImGuiKey_PageUp);
    h.key(ImGuiKey_PageUp);
    EXPECT_EQ(h.app->scene().sheet.first_seed, 4294967284u);  // seeds begin again
    h.key(ImGuiKey_G);
    EXPECT_EQ(h.app->scene().canvas, CanvasMode::picture);
}

TEST_F(CanvasTest, AMosaicShowsTheChannelThatIsClicked) {
    h.click("Layers/L3_60_64");
    h.app->edit([](Scene& s) { s.layer_view.mosaic = true; });
    h.frames(3);
    ASSERT_TRUE(h.app->info().shown->grid);
    h.click_at(at(0.95, 0.05));  // the last of the first row of 8
    EXPECT_FALSE(h.app->scene().layer_view.mosaic);
    EXPECT_EQ(h.app->scene().layer_view.channels, 1);
    EXPECT_EQ(h.app->scene().layer_view.base_channel, 7);
}

TEST_F(CanvasTest, TheContextMenuKnowsTheCell) {
    h.key(ImGuiKey_G);
    h.click_at(at(0.9, 0.9), 1);
    h.click("Canvas/Go to seed 11");
    EXPECT_EQ(std::get<LatentPlane>(h.app->scene().latent.source), (LatentPlane{11, 0}));
}

TEST_F(CanvasTest, LargePixelsShowTheirValuesInEveryMode) {
    for (const ActionId mode : {ActionId::show_picture, ActionId::show_layer, ActionId::show_sheet}) {
        h.app->run(mode);
        h.frames(3);
        view().set_zoom(100);
        h.move_to(at(0.5, 0.5));
        h.frames(3);
        EXPECT_TRUE(h.app->notices().toasts().empty());
        h.app->run(ActionId::fit);
    }
}

TEST(CanvasMenu, OffersThePicture) {
    int copied = 0;
    test::AppHarness h(
        {.copy_png = [&](const std::vector<std::byte>& png) { copied = decode_picture(png, "test").width; }});
    h.open("/m/t.pkl");
    h.click_at(h.control("Canvas/Picture area").centre(), 1);
    h.click("Canvas/Copy picture");
    while (!h.app->steady()) h.frames(1);
    EXPECT_EQ(copied, 128);
    h.click_at(h.control("Canvas/Picture area").centre(), 1);
    h.click("Canvas/Save picture\u2026");
    EXPECT_TRUE(h.app->file_browser().visible());
}

TEST(Compare, AIsSeenAgainAndLeftByTheNextEdit) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    EXPECT_NE(why_not(action(ActionId::show_a), *h.app)[0], '\0');  // nothing was kept yet
    const auto a = h.app->picture();
    const Scene a_scene = h.app->scene();
    h.click_at(h.control("Canvas/Picture area").centre(), 1);
    h.click("Canvas/Use as A (compare)");
    h.app->edit([](Scene& s) { s.transform.rotate_deg = 30; });
    h.frames(3);
    const auto b = h.app->picture();
    ASSERT_NE(*a, *b);
    h.key(ImGuiKey_A);
    EXPECT_EQ(*h.app->picture(), *a);
    EXPECT_EQ(h.app->scene().transform.rotate_deg, 30);  // only seen, nothing was changed
    h.key(ImGuiKey_A);
    EXPECT_EQ(*h.app->picture(), *b);
    h.key(ImGuiKey_A);
    h.drag("Canvas/Picture area", {30, 0});  // goes on from B, and shows it
    EXPECT_FALSE(h.app->showing_a());
    EXPECT_EQ(h.app->scene().transform.rotate_deg, 30);
    h.app->run(ActionId::go_to_a);
    h.frames(3);
    EXPECT_EQ(h.app->scene(), a_scene);
    EXPECT_EQ(*h.app->picture(), *a);
    h.key(ImGuiMod_Ctrl | ImGuiKey_Z);
    EXPECT_EQ(h.app->scene().transform.rotate_deg, 30);
    h.open("/m/u.pkl");
    EXPECT_NE(why_not(action(ActionId::go_to_a), *h.app)[0], '\0');  // another model's
    h.key(ImGuiKey_A);
    EXPECT_EQ(*h.app->picture(), *a);
}

TEST(CanvasHeading, TheFieldsOfASheetTakeMoreLinesInANarrowCanvas) {
    const auto places = [](float scale) {
        test::AppHarness h({}, 1600, 1000, scale);
        h.open("/m/t.pkl");
        h.click("Canvas/Sheet");
        h.frames(3);
        const Control tab = h.control("Canvas/Picture"), rows = h.control("Canvas/Sheet/Rows"),
                      from = h.control("Canvas/Sheet/From here"), area = h.control("Canvas/Picture area");
        EXPECT_NEAR(rows.max.x - rows.min.x, 64 * scale, 1) << "cut off";
        EXPECT_LE(from.max.x, area.max.x);
        EXPECT_LE(from.max.y, area.min.y);
        return std::pair(tab.min.y, from.min.y);
    };
    const auto wide = places(1.0f), narrow = places(2.0f);
    EXPECT_NEAR(wide.first, wide.second, 1);
    EXPECT_GT(narrow.second, narrow.first + 20);
}

}  // namespace
}  // namespace afs::gui
