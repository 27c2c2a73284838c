// Pins how a number is edited: by dragging, typing, stepping and resetting.
#include "app/gui/widgets/number.h"

#include <gtest/gtest.h>

#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

// The rows of the real panels, driven through the whole App.
class NumberTest : public testing::Test {
  protected:
    void SetUp() override { h.open("/m/t.pkl"); }
    const Transform& transform() { return h.app->scene().transform; }
    test::AppHarness h;
};

TEST_F(NumberTest, DraggingAcrossTheWholeTrackIsItsWholeRange) {
    const Control row = h.control("Transform/Rotate");
    const float width = row.max.x - row.min.x;
    h.drag(ImVec2(row.min.x + 1, row.centre().y), {row.min.x + 1 + width / 2, row.centre().y});
    EXPECT_NEAR(transform().rotate_deg, 180.0, 360 / width);  // half of -180..180; the mouse moves by whole pixels
}

TEST_F(NumberTest, APressWithoutMovementChangesNothing) {
    const std::size_t entries = h.app->history().entries().size();
    h.click("Transform/Rotate");
    h.click("Truncation and noise/Psi");
    EXPECT_EQ(h.app->history().entries().size(), entries);
}

TEST_F(NumberTest, AHandTooQuickForTheFramesIsFollowed) {
    const ImVec2 from = h.control("Transform/Rotate").centre();
    h.move_to(from);
    h.press();
    ImGui::GetIO().AddMousePosEvent(from.x + 60, from.y);
    ImGui::GetIO().AddMouseButtonEvent(0, false);
    h.frames(3);
    EXPECT_GT(transform().rotate_deg, 60.0);
}

TEST_F(NumberTest, AltIsTenTimesFiner) {
    const ImVec2 from = h.control("Transform/Rotate").centre();
    h.drag(from, {from.x + 40, from.y}, 40);
    const double coarse = transform().rotate_deg;
    h.key(ImGuiMod_Ctrl | ImGuiKey_Z);
    h.move_to(from);
    h.press();
    h.move_to({from.x + 4, from.y});  // beyond the threshold
    const double begun = transform().rotate_deg;
    h.hold(ImGuiMod_Alt, true);
    for (int i = 5; i <= 40; ++i) h.move_to({from.x + static_cast<float>(i), from.y});
    h.release();
    h.hold(ImGuiMod_Alt, false);
    EXPECT_NEAR(transform().rotate_deg - begun, (coarse - begun) / 10, 0.06);
}

TEST_F(NumberTest, DoubleClickResets) {
    h.drag("Transform/Scale", {60, 0});
    ASSERT_NE(transform().scale, 1.0);
    h.double_click("Transform/Scale");
    EXPECT_DOUBLE_EQ(transform().scale, 1.0);
}

TEST_F(NumberTest, CtrlClickTypesFractionsAndAngles) {
    const auto type_into = [&](const std::string& name, const std::string& text) {
        h.hold(ImGuiMod_Ctrl, true);
        h.click(name);
        h.hold(ImGuiMod_Ctrl, false);
        h.key(ImGuiMod_Ctrl | ImGuiKey_A);
        h.type(text);
        h.key(ImGuiKey_Enter);
    };
    type_into("Transform/Move X", "1/8");
    EXPECT_DOUBLE_EQ(transform().translate_x, 0.125);
    type_into("Transform/Rotate", "pi/4");
    EXPECT_DOUBLE_EQ(transform().rotate_deg, 45.0);
    type_into("Transform/Rotate", "725");  // unbounded: films count turns
    EXPECT_DOUBLE_EQ(transform().rotate_deg, 725.0);
    type_into("Truncation and noise/Psi", "2");
    EXPECT_EQ(h.app->history().undo_name(), "Truncation 2.00");
}

TEST_F(NumberTest, ANumberOutOfRangeIsRefusedInWordsInItsPlace) {
    const auto type_into = [&](const std::string& name, const std::string& text) {
        h.hold(ImGuiMod_Ctrl, true);
        h.click(name);
        h.hold(ImGuiMod_Ctrl, false);
        h.key(ImGuiMod_Ctrl | ImGuiKey_A);
        h.type(text);
        h.key(ImGuiKey_Enter);
    };
    const Scene before = h.app->scene();
    type_into("Truncation and noise/Psi", "17");
    EXPECT_EQ(ui().edit.problem, "Psi goes from \u22121.00 to 2.00.");
    EXPECT_EQ(h.app->scene(), before);
    h.key(ImGuiMod_Ctrl | ImGuiKey_A);
    h.type("1.5");  // and mended there
    h.key(ImGuiKey_Enter);
    EXPECT_DOUBLE_EQ(h.app->scene().truncation.psi, 1.5);
    // No slider bounds these, but what no session could hold is refused.
    const Transform moved = transform();
    for (const char* text : {"1e308", "-1e9", "2000001"}) {
        type_into("Transform/Move X", text);
        EXPECT_NE(ui().edit.problem.find("1000000"), std::string::npos) << text;
        EXPECT_EQ(transform(), moved) << text;
        h.key(ImGuiKey_Escape);
        h.frames(2);
    }
}

TEST_F(NumberTest, TextThatIsNoNumberIsRefusedInPlace) {
    h.hold(ImGuiMod_Ctrl, true);
    h.click("Truncation and noise/Psi");
    h.hold(ImGuiMod_Ctrl, false);
    h.key(ImGuiMod_Ctrl | ImGuiKey_A);
    h.type("much");
    h.key(ImGuiKey_Enter);
    EXPECT_DOUBLE_EQ(h.app->scene().truncation.psi, 1.0);
    EXPECT_EQ(h.control("Truncation and noise/Psi").kind, ControlKind::text);  // still typing
    h.key(ImGuiKey_Escape);
    h.frames(2);
    EXPECT_EQ(h.control("Truncation and noise/Psi").kind, ControlKind::number);
    EXPECT_DOUBLE_EQ(h.app->scene().truncation.psi, 1.0);
}

TEST_F(NumberTest, ArrowKeysStepTheRowUsedLast) {
    h.click("Transform/Rotate");
    h.key(ImGuiKey_RightArrow);
    EXPECT_DOUBLE_EQ(transform().rotate_deg, 1.0);
    h.key(ImGuiKey_LeftArrow);
    h.key(ImGuiKey_LeftArrow);
    EXPECT_DOUBLE_EQ(transform().rotate_deg, -1.0);
    h.key(ImGuiMod_Shift | ImGuiKey_RightArrow);
    EXPECT_DOUBLE_EQ(transform().rotate_deg, 9.0);
}

TEST_F(NumberTest, QuickStepsAreOneUndoEntry) {
    h.click("Transform/Rotate");
    const std::size_t entries = h.app->history().entries().size();
    for (int i = 0; i < 5; ++i) h.key(ImGuiKey_RightArrow);
    EXPECT_EQ(h.app->history().entries().size(), entries + 1);
    h.ui.pass_time(2.0);
    ImGui::GetIO().DeltaTime = 2.0f;
    h.ui.frame([&] { h.app->draw(); });
    h.frames(60);
    h.key(ImGuiKey_RightArrow);
    EXPECT_EQ(h.app->history().entries().size(), entries + 2);
}

TEST(DisabledNumber, IgnoresTheMouse) {
    test::AppHarness h({.model_path = "/m/stylegan2.pkl"});
    h.frames(3);
    EXPECT_FALSE(h.control("Transform/Rotate").enabled);
    h.drag("Transform/Rotate", {50, 0});
    EXPECT_DOUBLE_EQ(h.app->scene().transform.rotate_deg, 0.0);
}

TEST_F(NumberTest, WholeNumbersStayWhole) {
    h.drag("Truncation and noise/Cutoff", {-37, 0});
    ASSERT_TRUE(h.app->scene().truncation.cutoff);
    EXPECT_LT(*h.app->scene().truncation.cutoff, 16);
    h.double_click("Truncation and noise/Cutoff");
    EXPECT_FALSE(h.app->scene().truncation.cutoff);
}

}  // namespace
}  // namespace afs::gui
