// Pins that preferences come back, and that a broken file is no obstacle.
#include "app/gui/preferences.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "core/base/log.h"
#include "tests/support/paths.h"

namespace afs::gui {
namespace {

TEST(Preferences, ComeBackAsTheyWere) {
    const test::TemporaryFolder folder;
    Preferences saved{.scale = 1.25,
                      .smooth_pixels = false,
                      .recent_files = {"/a b/\u00e4.pkl", "/c.pt"},
                      .model_folder = "/a b",
                      .picture_folder = "/p",
                      .closed_sections = {"Latent"},
                      .hidden_panels = {"Log"}};
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
