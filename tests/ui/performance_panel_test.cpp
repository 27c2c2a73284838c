// Pins the Performance panel: what it chooses reaches the generator, and the scene stays as it is.
#include <gtest/gtest.h>

#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

class PerformancePanel : public testing::Test {
  protected:
    void SetUp() override {
        h.open("/m/t.pkl");
        h.app->run(ActionId::toggle_panel, "Timeline");  // the tab before it
        h.frames(2);
    }
    test::AppHarness h;
};

TEST_F(PerformancePanel, ThePrecisionIsOfTheNextPicture) {
    const Scene before = h.app->scene();
    h.click("Performance/Precision/bf16");
    EXPECT_EQ(h.source.requests.back().precision, Precision::bf16);
    EXPECT_EQ(h.app->info().device_label, "cpu bf16");
    h.app->run(ActionId::precision, "fp32");
    h.frames(2);
    EXPECT_EQ(h.source.requests.back().precision, Precision::automatic);
    EXPECT_EQ(h.app->scene(), before);
    EXPECT_FALSE(h.app->history().can_undo());
}

TEST_F(PerformancePanel, ThreadsStepWithinWhatTheMachineHas) {
    h.click("Performance/Precision/+");
    EXPECT_EQ(h.source.requests.back().threads, 3);  // two were used before
    h.click("Performance/Precision/+");
    const std::size_t requests = h.source.requests.size();
    h.click("Performance/Precision/+");  // there are four
    EXPECT_EQ(h.source.requests.back().threads, 4);
    EXPECT_EQ(h.source.requests.size(), requests);
    h.click("Performance/Precision/As started");
    EXPECT_EQ(h.source.requests.back().threads, 0);
}

TEST_F(PerformancePanel, EveryLayerIsTimedOnlyWhenAskedFor) {
    EXPECT_FALSE(h.source.requests.back().layer_times);
    h.click("Performance/Every layer");
    EXPECT_TRUE(h.source.requests.back().layer_times);
    EXPECT_EQ(h.app->info().shown->layer_ms.size(), h.app->info().network->layers.size());
    h.click("Performance/Every layer");
    EXPECT_FALSE(h.source.requests.back().layer_times);
}

}  // namespace
}  // namespace afs::gui
