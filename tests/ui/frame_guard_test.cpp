// Pins that a panel that throws costs a notice and nothing else.
#include "app/gui/frame_guard.h"

#include <gtest/gtest.h>
#include <imgui_internal.h>

#include <stdexcept>

#include "app/gui/widgets/controls.h"
#include "core/base/log.h"
#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

// Leaves as much open as a panel can.
void throw_from_deep_inside() {
    const Scope scope("deep");
    const DisabledBecause disabled("because");
    const FontScope font(ui().fonts.mono);
    ImGui::PushStyleColor(ImGuiCol_Text, 0xFFFFFFFF);
    ImGui::PushStyleVar(ImGuiStyleVar_Alpha, 0.5f);
    ImGui::PushItemFlag(ImGuiItemFlags_NoTabStop, true);
    ImGui::BeginGroup();
    ImGui::BeginChild("child");
    if (ImGui::BeginTable("table", 2)) ImGui::TableNextColumn();
    ImGui::TreePush("tree");
    throw Error(ErrorKind::internal, "A panel", "a test made it throw", "");
}

TEST(FrameGuard, TurnsAnExceptionIntoAFailure) {
    test::UiHarness harness;
    harness.frame([] {
        const auto failure = guarded("the panel", [] { throw std::runtime_error("boom\nat 0x123"); });
        ASSERT_TRUE(failure);
        EXPECT_EQ(failure->what, "Could not draw the panel");
        EXPECT_EQ(failure->why, "boom");
        EXPECT_FALSE(guarded("nothing", [] {}));
    });
}

TEST(FrameGuard, PutsBackWhatWasOpen) {
    test::UiHarness harness;
    for (int i = 0; i < 5; ++i)
        harness.frame([] {
            ImGui::Begin("outer");
            ImGuiErrorRecoveryState before, after;
            ImGui::ErrorRecoveryStoreState(&before);
            EXPECT_TRUE(guarded("it", throw_from_deep_inside));
            ImGui::ErrorRecoveryStoreState(&after);
            EXPECT_EQ(before.SizeOfWindowStack, after.SizeOfWindowStack);
            EXPECT_EQ(before.SizeOfIDStack, after.SizeOfIDStack);
            EXPECT_EQ(before.SizeOfColorStack, after.SizeOfColorStack);
            EXPECT_EQ(before.SizeOfStyleVarStack, after.SizeOfStyleVarStack);
            EXPECT_EQ(before.SizeOfFontStack, after.SizeOfFontStack);
            EXPECT_EQ(before.SizeOfDisabledStack, after.SizeOfDisabledStack);
            EXPECT_EQ(before.SizeOfGroupStack, after.SizeOfGroupStack);
            ImGui::TextUnformatted("after");
            ImGui::End();
        });
}

void throwing_panel(Scene&, Workspace&, const FrameInfo&, Commands&) { throw_from_deep_inside(); }

TEST(FrameGuard, TheWindowLivesOnWithOneNotice) {
    set_log_level(LogLevel::off);
    test::AppHarness h({.extra_panels = {{"Broken", throwing_panel}}});
    h.open("/m/t.pkl");
    h.frames(20);
    ASSERT_EQ(h.app->notices().toasts().size(), 1u);
    EXPECT_EQ(h.app->notices().toasts()[0].failure.why, "a test made it throw");
    // Everything else still works.
    h.drag("Transform/Rotate", {30, 0});
    EXPECT_GT(h.app->scene().transform.rotate_deg, 0.0);
    set_log_level(LogLevel::warning);
}

}  // namespace
}  // namespace afs::gui
