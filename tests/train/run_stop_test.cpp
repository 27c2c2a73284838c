// Pins that a request to stop is heard between steps too: while a sheet of pictures is drawn or a metric computed.
#include "core/train/run_stop.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <future>

#include "core/base/error.h"
#include "core/data/demo.h"
#include "core/train/sample_sheet.h"
#include "tests/support/paths.h"
#include "tests/train/small_setting.h"

namespace afs {
namespace {

namespace fs = std::filesystem;

TEST(RunStop, IsAskedForByAFileThatNobodyLooksFor) {
    const test::TemporaryFolder folder;
    std::stop_source process;
    RunStop stop(process.get_token(), folder.path());
    std::promise<void> heard;
    const std::stop_callback tells(stop.token(), [&] { heard.set_value(); });
    std::ofstream(folder.path() / "stop.request") << "";
    EXPECT_EQ(heard.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
    EXPECT_FALSE(fs::exists(folder.path() / "stop.request"));
    EXPECT_TRUE(stop.requested());  // once asked, it stays
    EXPECT_FALSE(process.stop_requested());
}

TEST(RunStop, IsAskedForByTheProcess) {
    std::stop_source process;
    RunStop stop(process.get_token());
    EXPECT_FALSE(stop.requested());
    process.request_stop();
    EXPECT_TRUE(stop.requested());
    EXPECT_TRUE(stop.token().stop_requested());
}

TEST(SampleSheet, EndsWhenItIsAskedToAndTellsHowFarItIs) {
    const test::TemporaryFolder folder;
    DemoOptions demo;
    demo.pictures = 3;
    demo.resolution = 16;
    make_demo_set(folder.path() / "demo.zip", demo);
    const DataSet set(folder.path() / "demo.zip", {.use_labels = false});
    test::Setting setting = test::small_setting(Family::alias_free);
    setting.g.c_dim = 0;
    const SampleSheet sheet(set, setting.g, 1);
    ASSERT_EQ(sheet.pictures(), 32 * 32);
    std::stop_source stop;
    std::vector<double> fractions;
    const Progress progress(
        [&](const ProgressState& state) {
            fractions.push_back(state.fraction);
            if (fractions.size() == 3) stop.request_stop();
        },
        stop.get_token());
    EXPECT_THROW((void)sheet.draw(*Generator::create(setting.g), 4, progress), Error);
    EXPECT_EQ(fractions, (std::vector<double>{0, 4.0 / 1024, 8.0 / 1024}));
}

}  // namespace
}  // namespace afs
