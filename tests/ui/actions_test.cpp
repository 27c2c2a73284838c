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
    const test::UiHarness harness;
    EXPECT_EQ(key_conflict(actions(), key_notes()), "");
}

TEST(Actions, AKeyTakenTwiceIsRefusedInWords) {
    const test::UiHarness harness;
    const Action one{
        .id = ActionId::undo, .word = "one", .name = "One", .run = nullptr, .key = ImGuiMod_Ctrl | ImGuiKey_K};
    const Action other{.id = ActionId::redo, .word = "other", .name = "Other", .run = nullptr, .key = one.key};
    EXPECT_EQ(key_conflict(std::vector{one, other}, {}), "Ctrl+K means \u201cOne\u201d and \u201cOther\u201d");
    const KeyNote note{"Here", "Ctrl+K", "does it", {ImGuiMod_Ctrl | ImGuiKey_K}};
    EXPECT_EQ(key_conflict(std::vector{one}, std::vector{note}),
              "Ctrl+K means \u201cOne\u201d and \u201cdoes it\u201d");
    // Two places may use the same key, one place may not use it twice.
    const KeyNote there{"There", "Ctrl+K", "does that", {ImGuiMod_Ctrl | ImGuiKey_K}};
    EXPECT_EQ(key_conflict({}, std::vector{note, there}), "");
    EXPECT_NE(key_conflict({}, std::vector{note, note}), "");
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

TEST(Actions, WordsFindThem) {
    std::set<std::string> words;
    for (const Action& a : actions()) {
        EXPECT_TRUE(words.insert(a.word).second) << a.word;
        EXPECT_EQ(find_action(a.word), &a);
    }
    EXPECT_EQ(find_action("no-such-action"), nullptr);
}

TEST(Actions, EveryActionRunsInEveryState) {
    // Without a model, with one, with a constant input: nothing may throw or leave a broken frame.
    for (const char* model : {"", "/m/t.pkl", "/m/stylegan2-conditional.pkl"}) {
        test::AppHarness h;
        if (model[0]) h.open(model);
        for (const Action& a : actions()) {
            std::vector<std::string> arguments = {""};
            if (a.choices || a.typed) arguments.clear();
            if (a.choices)
                for (const Choice& choice : a.choices(*h.app)) arguments.push_back(choice.argument);
            if (a.typed)
                if (const auto choice = a.typed("42")) arguments.push_back(choice->argument);  // some take other words
            for (const std::string& argument : arguments) {
                h.app->run(a.id, argument);
                h.frames(2);
                if (h.app->file_browser().visible()) h.key(ImGuiKey_Escape);
                if (h.app->dialog_visible()) h.key(ImGuiKey_Escape);
            }
        }
        EXPECT_TRUE(h.app->notices().toasts().empty()) << h.app->notices().toasts().front().failure.paragraph();
    }
}

TEST(Actions, WhatCannotBeDoneSaysWhyAndIsNotDone) {
    test::AppHarness h;
    EXPECT_STREQ(why_not(action(ActionId::random_latent), *h.app), "Open a model first.");
    h.app->run(ActionId::random_latent);
    EXPECT_EQ(h.app->history().entries().size(), 1u);
    h.open("/m/stylegan2.pkl");
    EXPECT_NE(std::string(why_not(action(ActionId::reset_transform), *h.app)).find("constant input"),
              std::string::npos);
    EXPECT_STREQ(why_not(action(ActionId::random_latent), *h.app), "");
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
    h.key(ImGuiKey_F1);
    EXPECT_FALSE(h.app->dialog_visible());
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

TEST(Actions, SpacePressesTheControlThatTheKeyboardIsAt) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    h.key(ImGuiKey_Tab);  // to the tab Picture of the canvas
    h.key(ImGuiKey_Tab);  // to the tab Layer
    h.key(ImGuiKey_Space);
    EXPECT_EQ(h.app->scene().canvas, CanvasMode::layer);
    EXPECT_FALSE(h.app->workspace().animations.any());
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

TEST(Actions, MenusOfferArguments) {
    test::AppHarness h;
    h.click("Menu/View");
    h.click("Menu/Interface scale");
    h.click("Menu/Interface scale/125 %");
    EXPECT_DOUBLE_EQ(h.app->interface_scale(), 1.25);
    EXPECT_TRUE(h.has("Log/Filter") || h.has("Layers/Normalise") || h.app->panel_visible("Log"));
    h.app->run(ActionId::toggle_panel, "Layers");
    h.frames(2);
    EXPECT_FALSE(h.app->panel_visible("Layers"));
    h.app->run(ActionId::reset_layout);
    EXPECT_TRUE(h.app->panel_visible("Layers"));
}

TEST(Layout, PanelsGrowWithTheInterface) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    const auto width = [&](const std::string& panel) {
        const Control c = h.control("Panel/" + panel);
        return c.max.x - c.min.x;
    };
    const float before = width("Layers");
    h.ui.context.scale = 1.25f;  // as the window does when the monitor or the choice in View changes
    apply_theme(1.25f);
    h.frames(4);
    EXPECT_NEAR(width("Layers"), before * 1.25f, 3.0f);
    h.ui.context.scale = 1.0f;
    apply_theme(1.0f);
    h.frames(4);
    EXPECT_NEAR(width("Layers"), before, 3.0f);
    h.app->run(ActionId::reset_layout);
    h.frames(4);
    EXPECT_NEAR(width("Layers"), before, 1.0f);
}

TEST(HelpPage, TellsEveryKeyAndSearches) {
    test::AppHarness h;
    h.key(ImGuiKey_F1);
    EXPECT_TRUE(h.app->dialog_visible());
    ASSERT_TRUE(h.has("Help/Search"));
    h.type("turns");
    h.frames(3);
    h.key(ImGuiKey_Escape);  // leaves the field
    h.key(ImGuiKey_Escape);  // closes the page
    EXPECT_FALSE(h.app->dialog_visible());
}

TEST(HistoryPanel, ListsWhatWasDoneAndGoesThere) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    h.app->edit([](Scene& s) { s.truncation.psi = 0.5; });
    h.app->edit([](Scene& s) { s.transform.rotate_deg = 37; });
    h.app->run(ActionId::toggle_panel, "Timeline");  // the tabs before it
    h.app->run(ActionId::toggle_panel, "Performance");
    h.app->run(ActionId::toggle_panel, "Log");
    h.frames(4);
    h.click("History/Truncation 0.50");
    EXPECT_EQ(h.app->scene().transform.rotate_deg, 0.0);
    EXPECT_EQ(h.app->scene().truncation.psi, 0.5);
    h.click("History/Rotate to 37.0\u00b0");
    EXPECT_EQ(h.app->scene().transform.rotate_deg, 37);
}

}  // namespace
}  // namespace afs::gui
