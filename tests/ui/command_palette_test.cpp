// Pins the command palette: what it finds, and that the keyboard alone runs it.
#include "app/gui/command_palette.h"

#include <gtest/gtest.h>

#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

TEST(CommandPalette, FindsWhatTheTableHolds) {
    test::AppHarness h;
    h.open("/m/one.pkl");
    const auto rows = CommandPalette::find(*h.app, "reset lay");
    ASSERT_FALSE(rows.empty());
    EXPECT_EQ(rows.front().action->id, ActionId::reset_layout);
    // Every action without an argument is listed where nothing is typed.
    const auto all = CommandPalette::find(*h.app, "");
    for (const Action& a : actions()) {
        if (a.choices || a.typed || a.id == ActionId::palette) continue;
        EXPECT_EQ(std::count_if(all.begin(), all.end(), [&](const auto& row) { return row.action == &a; }), 1)
            << a.name;
    }
}

TEST(CommandPalette, OffersFilesAndPanelsAsCommands) {
    test::AppHarness h;
    h.open("/m/one.pkl");
    const auto files = CommandPalette::find(*h.app, "one.pkl");
    ASSERT_FALSE(files.empty());
    EXPECT_EQ(files.front().action->id, ActionId::open_model);
    EXPECT_EQ(files.front().argument, "/m/one.pkl");
    EXPECT_EQ(CommandPalette::find(*h.app, "panels log").front().argument, "Log");
}

TEST(CommandPalette, ANumberIsASeed) {
    test::AppHarness h;
    h.open("/m/one.pkl");
    const auto rows = CommandPalette::find(*h.app, "4294967295");
    ASSERT_FALSE(rows.empty());
    EXPECT_EQ(rows.front().action->id, ActionId::go_to_seed);
    EXPECT_EQ(rows.front().argument, "4294967295");
    EXPECT_TRUE(CommandPalette::find(*h.app, "4294967296").empty());  // no seed is that large
}

TEST(CommandPalette, WhatCannotBeDoneComesLastAndSaysWhy) {
    test::AppHarness h;
    const auto rows = CommandPalette::find(*h.app, "picture");
    ASSERT_GT(rows.size(), 2u);
    EXPECT_EQ(rows.front().why_not, "");
    EXPECT_EQ(rows.back().why_not, "Open a model first.");
}

TEST(CommandPalette, RunsByKeyboardAlone) {
    test::AppHarness h;
    h.open("/m/one.pkl");
    h.key(ImGuiMod_Ctrl | ImGuiKey_P);
    ASSERT_TRUE(h.has("Palette/Text"));
    h.type("777");
    h.key(ImGuiKey_Enter);
    EXPECT_FALSE(h.app->dialog_visible());
    EXPECT_EQ(std::get<LatentPlane>(h.app->scene().latent.source).x, 777.0);
    // The arrow keys choose: the second of what is listed.
    h.key(ImGuiMod_Ctrl | ImGuiKey_P);
    h.type("interface scale");
    const std::string second = CommandPalette::find(*h.app, "interface scale")[1].argument;
    h.key(ImGuiKey_DownArrow);
    h.key(ImGuiKey_Enter);
    EXPECT_DOUBLE_EQ(h.app->interface_scale() * 100, std::stod(second));
}

TEST(CommandPalette, ClosesWithoutDoingAnything) {
    test::AppHarness h;
    h.open("/m/one.pkl");
    const Scene before = h.app->scene();
    h.key(ImGuiMod_Ctrl | ImGuiKey_P);
    h.type("random");
    h.key(ImGuiKey_Escape);
    EXPECT_FALSE(h.has("Palette/Text"));
    h.key(ImGuiMod_Ctrl | ImGuiKey_P);
    EXPECT_TRUE(h.has("Palette/Text"));
    h.key(ImGuiMod_Ctrl | ImGuiKey_P);  // the same key closes
    EXPECT_FALSE(h.has("Palette/Text"));
    h.key(ImGuiMod_Ctrl | ImGuiKey_P);
    h.type("zzzzqqq");
    h.key(ImGuiKey_Enter);  // nothing is called so
    EXPECT_TRUE(h.has("Palette/Text"));
    h.click_at({20, 980});
    EXPECT_FALSE(h.has("Palette/Text"));
    EXPECT_EQ(h.app->scene(), before);
}

TEST(CommandPalette, TypingIntoItReachesNothingElse) {
    test::AppHarness h;
    h.open("/m/one.pkl");
    const Scene before = h.app->scene();
    h.key(ImGuiMod_Ctrl | ImGuiKey_P);
    for (const ImGuiKey letter : {ImGuiKey_N, ImGuiKey_T, ImGuiKey_Space, ImGuiKey_1}) h.key(letter);
    EXPECT_EQ(h.app->scene(), before);
    EXPECT_FALSE(h.app->workspace().animations.any());
}

}  // namespace
}  // namespace afs::gui
