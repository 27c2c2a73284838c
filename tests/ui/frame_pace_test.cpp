// Pins how often the window draws: at the display's rate, except on cores that the generator needs.
#include "app/gui/frame_pace.h"

#include <gtest/gtest.h>

namespace afs::gui {
namespace {

TEST(FramePace, KnowsOpenGlThatRunsOnTheCpuByItsName) {
    EXPECT_TRUE(draws_on_cpu("llvmpipe (LLVM 15.0.6, 256 bits)"));
    EXPECT_TRUE(draws_on_cpu("softpipe"));
    EXPECT_FALSE(draws_on_cpu("NVIDIA GeForce RTX 3080/PCIe/SSE2"));
    EXPECT_FALSE(draws_on_cpu("Mesa Intel(R) UHD Graphics 620 (KBL GT2)"));
}

TEST(FramePace, FollowsTheDisplayWhileTheCoresAreItsOwn) {
    const FramePace cpu{.refresh_hz = 60, .drawn_on_cpu = true}, gpu{.refresh_hz = 144, .drawn_on_cpu = false};
    EXPECT_LE(cpu.shortest_s(0.025, false), 1.0 / 60);
    EXPECT_LE(gpu.shortest_s(0.007, false), 1.0 / 144);
    EXPECT_LE(gpu.shortest_s(0.007, true), 1.0 / 144);  // waiting for the screen costs the generator nothing
}

TEST(FramePace, LeavesHalfOfTheCoresToTheGeneratorButNeverTheHand) {
    const FramePace cpu{.refresh_hz = 60, .drawn_on_cpu = true};
    EXPECT_DOUBLE_EQ(cpu.shortest_s(0.018, true), 0.036);
    EXPECT_LE(cpu.shortest_s(0.001, true), 1.0 / 60);  // a quick frame leaves enough by itself
    EXPECT_LE(cpu.shortest_s(0.300, true), 1.0 / 20);  // a frame that was held up does not hold up the next
}

}  // namespace
}  // namespace afs::gui
