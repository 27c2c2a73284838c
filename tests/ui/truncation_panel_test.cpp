// Pins truncation and noise.
#include <gtest/gtest.h>

#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

TEST(TruncationPanel, EditsNoiseOnlyWhereThereIsNoise) {
    test::AppHarness h;
    h.open("/m/stylegan2.pkl");
    h.click("Truncation and noise/Noise/Random");
    EXPECT_EQ(h.app->scene().noise.mode, SceneNoise::random);
    h.frames(2);
    h.click("Truncation and noise/Noise seed");
    h.key(ImGuiMod_Ctrl | ImGuiKey_A);
    h.type("9");
    h.key(ImGuiKey_Enter);
    EXPECT_EQ(h.app->scene().noise.seed, 9u);
    h.click("Truncation and noise/Animate noise");
    h.frames(60);
    EXPECT_GT(h.app->scene().noise.frame, 5);
    h.open("/m/t.pkl");
    EXPECT_FALSE(h.control("Truncation and noise/Noise/Random").enabled);
}

}  // namespace
}  // namespace afs::gui
