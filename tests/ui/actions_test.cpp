// Pins the table that menus, keys and the help page share.
#include "app/gui/actions.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

TEST(Actions, NoKeyIsTakenTwice) {
    std::map<ImGuiKeyChord, std::string> taken;
    for (const Action& a : actions()) {
        if (a.key == 0) continue;
        EXPECT_TRUE(taken.emplace(a.key, a.name).second) << a.name << " and " << taken[a.key];
    }
}

TEST(Actions, EveryActionHasANameAndIsThereOnce) {
    std::set<ActionId> ids;
    for (const Action& a : actions()) {
        EXPECT_NE(std::string(a.name), "");
        EXPECT_TRUE(ids.insert(a.id).second) << a.name;
    }
    for (int id = 0; id <= static_cast<int>(ActionId::about); ++id)
        EXPECT_TRUE(ids.contains(static_cast<ActionId>(id))) << id;
}

TEST(Actions, KeysAreWrittenAsPeopleReadThem) {
    const test::UiHarness harness;
    EXPECT_EQ(key_text(action(ActionId::redo).key), "Ctrl+Shift+Z");
    EXPECT_EQ(key_text(action(ActionId::help).key), "F1");
    EXPECT_EQ(key_text(0), "");
}

TEST(Actions, EveryActionRunsInEveryState) {
    // Without a model, with one, with a constant input: nothing may throw or leave a broken frame.
    for (const char* model : {"", "/m/t.pkl", "/m/stylegan2-conditional.pkl"}) {
        test::AppHarness h;
        if (model[0]) h.open(model);
        for (const Action& a : actions()) {
            h.app->run(a.id, a.id == ActionId::go_to_history ? "0"
                             : a.id == ActionId::open_model  ? "/m/other.pkl"
                                                             : "");
            h.frames(2);
            if (h.app->file_browser().visible()) h.key(ImGuiKey_Escape);
        }
        EXPECT_TRUE(h.app->notices().toasts().empty()) << h.app->notices().toasts().front().failure.paragraph();
    }
}

TEST(Actions, KeysReachThem) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    h.key(ImGuiKey_N);
    EXPECT_EQ(h.app->history().entries().size(), 2u);
    h.key(ImGuiMod_Ctrl | ImGuiKey_Z);
    EXPECT_EQ(h.app->history().position(), 0u);
    h.key(ImGuiMod_Ctrl | ImGuiMod_Shift | ImGuiKey_Z);
    EXPECT_EQ(h.app->history().position(), 1u);
    h.key(ImGuiKey_1);
    EXPECT_DOUBLE_EQ(h.app->workspace().canvas.view.zoom(), 1.0);
    h.key(ImGuiKey_F);
    EXPECT_TRUE(h.app->workspace().canvas.view.fitted());
    h.key(ImGuiMod_Alt | ImGuiKey_2);
    EXPECT_EQ(h.app->scene().canvas, CanvasMode::layer);
    h.key(ImGuiKey_F1);
    EXPECT_TRUE(h.app->dialog_visible());
    h.key(ImGuiMod_Ctrl | ImGuiKey_C);
    EXPECT_NE(std::string(ImGui::GetClipboardText()).find("images"), std::string::npos);
    h.key(ImGuiMod_Ctrl | ImGuiKey_Q);
    EXPECT_TRUE(h.app->wants_quit());
}

TEST(Actions, AChordThatIsQuickerThanAFrameIsWhole) {
    // How xdotool and hurried people type: Ctrl is let go before Z, all within one slow frame.
    test::AppHarness h;
    h.open("/m/t.pkl");
    h.key(ImGuiKey_N);
    h.key(ImGuiKey_N);
    ImGuiIO& io = ImGui::GetIO();
    io.ConfigInputTrickleEventQueue = true;  // as in the window
    for (int i = 0; i < 2; ++i)
        for (const bool down : {true, false}) {
            io.AddKeyEvent(ImGuiMod_Ctrl, down);
            io.AddKeyEvent(ImGuiKey_LeftCtrl, down);
            io.AddKeyEvent(ImGuiKey_Z, down);
        }
    h.frames(8);
    EXPECT_EQ(h.app->history().position(), 0u);
}

TEST(Actions, SpaceRestsAndStartsMotion) {
    test::AppHarness h({.in_motion = true});
    h.open("/m/demo.safetensors");
    EXPECT_TRUE(h.app->workspace().animations.any());
    h.key(ImGuiKey_Space);
    EXPECT_FALSE(h.app->workspace().animations.any());
    h.key(ImGuiKey_Space);
    EXPECT_TRUE(h.app->workspace().animations.latent.on);
    EXPECT_TRUE(h.app->workspace().animations.circle.on);
}

TEST(Actions, MenusListThem) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    h.key(ImGuiKey_N);
    h.click("Menu/Edit");
    ASSERT_TRUE(h.has("Menu/Undo"));
    h.click("Menu/Undo");
    EXPECT_EQ(h.app->history().position(), 0u);
}

}  // namespace
}  // namespace afs::gui
