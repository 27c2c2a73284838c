// Pins style mixing by hand: sources are added, painted, weighed, switched off and removed, each as one undo step.
#include <gtest/gtest.h>

#include <numeric>

#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

std::vector<int> range(int from, int to) {
    std::vector<int> layers(static_cast<std::size_t>(to - from));
    std::iota(layers.begin(), layers.end(), from);
    return layers;
}

class MixingPanel : public testing::Test {
  protected:
    void SetUp() override { h.open("/m/t.pkl"); }
    void add() { h.click("Style mixing/Add a source"); }
    const std::vector<StyleMix>& mix() { return h.app->scene().mix; }
    std::size_t entries() { return h.app->history().entries().size(); }
    // The screen position of a layer's cell.
    ImVec2 cell(int source, int layer) {
        const Control strip = h.control("Style mixing/Source " + std::to_string(source) + "/Layers");
        const float t = (static_cast<float>(layer) + 0.5f) / 16.0f;  // gaps between bands are far smaller than a cell
        return {strip.min.x + t * (strip.max.x - strip.min.x), strip.centre().y};
    }
    test::AppHarness h{{.random_seed = [] { return 77u; }}};
};

TEST_F(MixingPanel, AddsASourceThatHasAnEffectAtOnce) {
    add();
    ASSERT_EQ(mix().size(), 1u);
    EXPECT_EQ(mix()[0].seed, 77u);
    EXPECT_EQ(mix()[0].layers, range(6, 12));
    EXPECT_EQ(h.source.requests.back().scene.mix, mix());
    EXPECT_EQ(h.app->history().undo_name(), "Mix in seed 77");
    h.key(ImGuiMod_Ctrl | ImGuiKey_Z);
    EXPECT_TRUE(mix().empty());
}

TEST_F(MixingPanel, AStrokePaintsWhatItCrossesAsOneStep) {
    add();
    h.click("Style mixing/Source 1/None");
    ASSERT_TRUE(mix()[0].layers.empty());
    const std::size_t before = entries();
    h.drag(cell(1, 2), cell(1, 5));
    EXPECT_EQ(mix()[0].layers, range(2, 6));
    EXPECT_EQ(entries(), before + 1);
    h.drag(cell(1, 5), cell(1, 4));  // begins on a painted cell: takes away
    EXPECT_EQ(mix()[0].layers, range(2, 4));
    h.key(ImGuiMod_Ctrl | ImGuiKey_Z);
    EXPECT_EQ(mix()[0].layers, range(2, 6));
}

TEST_F(MixingPanel, AQuickStrokeLeavesNoGaps) {
    add();
    h.click("Style mixing/Source 1/None");
    h.drag(cell(1, 0), cell(1, 15), 1);
    EXPECT_EQ(mix()[0].layers, range(0, 16));
}

TEST_F(MixingPanel, PresetsFollowTheNetwork) {
    add();
    h.click("Style mixing/Source 1/Coarse");
    EXPECT_EQ(mix()[0].layers, range(0, 6));
    h.click("Style mixing/Source 1/Fine");
    EXPECT_EQ(mix()[0].layers, range(12, 16));
    h.click("Style mixing/Source 1/All");
    EXPECT_EQ(mix()[0].layers, range(0, 16));
    h.open("/m/stylegan2.pkl");
    h.click("Style mixing/Source 1/Middle");
    EXPECT_EQ(mix()[0].layers, range(4, 8));
}

TEST_F(MixingPanel, SeedsWeightsAndTheSwitch) {
    add();
    h.click("Style mixing/Source 1/Seed");
    h.type("123");
    h.key(ImGuiKey_Enter);
    EXPECT_EQ(mix()[0].seed, 123u);
    h.click("Style mixing/Source 1/Random");
    EXPECT_EQ(mix()[0].seed, 77u);
    h.hold(ImGuiMod_Ctrl, true);
    h.click("Style mixing/Source 1/Weight");
    h.hold(ImGuiMod_Ctrl, false);
    h.key(ImGuiMod_Ctrl | ImGuiKey_A);
    h.type("1/4");
    h.key(ImGuiKey_Enter);
    EXPECT_DOUBLE_EQ(mix()[0].weight, 0.25);
    h.double_click("Style mixing/Source 1/Weight");
    EXPECT_DOUBLE_EQ(mix()[0].weight, 1.0);
    h.click("Style mixing/Source 1/Source 1");
    EXPECT_FALSE(mix()[0].enabled);
    EXPECT_EQ(h.app->history().undo_name(), "Leave out seed 77");
}

TEST_F(MixingPanel, IdsNeverComeBack) {
    add();
    add();
    const int second = mix()[1].id;
    EXPECT_NE(mix()[0].id, second);
    h.click("Style mixing/Source 2/Remove");
    ASSERT_EQ(mix().size(), 1u);
    add();
    EXPECT_GT(mix()[1].id, second);
    h.click("Style mixing/Remove all");
    EXPECT_TRUE(mix().empty());
    h.key(ImGuiMod_Ctrl | ImGuiKey_Z);
    EXPECT_EQ(mix().size(), 2u);
}

TEST_F(MixingPanel, TheKeyboardPaints) {
    add();
    h.click("Style mixing/Source 1/None");
    h.key(ImGuiKey_UpArrow);  // from the presets to the strip
    h.key(ImGuiKey_RightArrow);
    h.key(ImGuiKey_Enter);
    EXPECT_EQ(mix()[0].layers.size(), 1u);
    h.key(ImGuiKey_Enter);
    EXPECT_TRUE(mix()[0].layers.empty());
}

TEST_F(MixingPanel, LayersOfAnotherNetworkAreKept) {
    h.app->edit([](Scene& s) { s.mix = {{.id = 4, .seed = 1, .layers = {1, 17, 18}}}; });
    h.frames(2);
    h.drag(cell(1, 1), cell(1, 1));
    EXPECT_EQ(mix()[0].layers, (std::vector<int>{17, 18}));
    add();
    EXPECT_EQ(mix()[1].id, 5);  // above what a session brought
}

}  // namespace
}  // namespace afs::gui
