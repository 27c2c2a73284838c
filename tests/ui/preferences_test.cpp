// Pins that preferences come back, and that a broken file is no obstacle.
#include "app/gui/preferences.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "core/base/file.h"
#include "core/base/log.h"
#include "tests/support/paths.h"

namespace afs::gui {
namespace {

TEST(Preferences, ComeBackAsTheyWere) {
    const test::TemporaryFolder folder;
    Preferences saved;
    saved.scale = 1.25;
    saved.layout_scale = 2.5;
    saved.smooth_pixels = saved.reopen_session = false;
    saved.recent_files = {"/a b/\u00e4.pkl", "/c.pt"};
    saved.model_folder = "/a b";
    saved.picture_folder = "/p";
    saved.closed_sections = {"Latent"};
    saved.hidden_panels = {"Log"};
    saved.session_file = "/s.json";
    saved.recent_sessions = {"/s.json", "/r.json"};
    saved.session_folder = "/";
    saved.window_width = 1234;
    saved.window_height = 567;
    saved.window_maximized = true;
    save_preferences(folder / "deeper/preferences.json", saved);
    EXPECT_EQ(load_preferences(folder / "deeper/preferences.json"), saved);
}

TEST(Preferences, MissingOrBrokenMeansDefaults) {
    set_log_level(LogLevel::off);
    const test::TemporaryFolder folder;
    EXPECT_EQ(load_preferences(folder / "none.json"), Preferences{});
    EXPECT_EQ(load_preferences({}), Preferences{});
    for (const char* text :
         {"", "{", "[1]", "{\"scale\": \"big\", \"recent_files\": 7}", "{\"recent_files\": [1, null]}", "\xff\xfe"}) {
        std::ofstream(folder / "broken.json") << text;
        EXPECT_EQ(load_preferences(folder / "broken.json"), Preferences{}) << text;
    }
    set_log_level(LogLevel::warning);
}

TEST(Preferences, ScaleIsKeptInItsRange) {
    const test::TemporaryFolder folder;
    std::ofstream(folder / "p.json") << "{\"scale\": 1000}";
    EXPECT_DOUBLE_EQ(load_preferences(folder / "p.json").scale, 2.0);
}

TEST(Preferences, AWrongValueCostsOnlyItself) {
    const test::TemporaryFolder folder;
    std::ofstream(folder / "p.json") << R"({"scale": "big", "smooth_pixels": false, "recent_files": ["/a", 3, "/b"],
        "window_width": 1e30, "hidden_panels": {"x": 1}, "window_height": 99999999999})";
    const Preferences read = load_preferences(folder / "p.json");
    EXPECT_DOUBLE_EQ(read.scale, 1.0);
    EXPECT_FALSE(read.smooth_pixels);
    EXPECT_EQ(read.recent_files, (std::vector<std::string>{"/a", "/b"}));
    EXPECT_EQ(read.window_width, 0);
    EXPECT_EQ(read.window_height, 100000);
    EXPECT_TRUE(read.hidden_panels.empty());
}

TEST(Preferences, WhatANewerVersionWroteIsKept) {
    const test::TemporaryFolder folder;
    std::ofstream(folder / "p.json") << R"({"version": 9, "scale": 1.5, "colours": {"accent": "red"}})";
    Preferences read = load_preferences(folder / "p.json");
    EXPECT_DOUBLE_EQ(read.scale, 1.5);
    read.scale = 2.0;
    save_preferences(folder / "p.json", read);
    const Json json = parse_json(read_text_file(folder / "p.json"), "test");
    EXPECT_EQ(json["colours"]["accent"], "red");
    EXPECT_EQ(json["scale"], 2.0);
    EXPECT_EQ(load_preferences(folder / "p.json"), read);
}

TEST(Preferences, NewestFileIsFirstAndOnce) {
    Preferences preferences;
    for (int i = 0; i < 30; ++i) preferences.remember_file("/" + std::to_string(i));
    preferences.remember_file("/25");
    EXPECT_EQ(preferences.recent_files.size(), Preferences::kMostRecent);
    EXPECT_EQ(preferences.recent_files.front(), "/25");
    EXPECT_EQ(std::count(preferences.recent_files.begin(), preferences.recent_files.end(), "/25"), 1);
}

TEST(Preferences, LiveInTheUsersConfigurationFolder) {
    const char* old = std::getenv("XDG_CONFIG_HOME");
    const std::string before = old ? old : "";
    setenv("XDG_CONFIG_HOME", "/somewhere", 1);
    EXPECT_EQ(configuration_folder(), "/somewhere/alias-free-studio");
    if (old)
        setenv("XDG_CONFIG_HOME", before.c_str(), 1);
    else
        unsetenv("XDG_CONFIG_HOME");
}

}  // namespace
}  // namespace afs::gui
