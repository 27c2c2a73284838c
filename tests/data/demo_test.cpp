#include "core/data/demo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "core/base/error.h"
#include "core/data/check.h"
#include "core/data/data_set.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

TEST(Demo, IsTheSameOnAnyNumberOfThreadsAndForMorePictures) {
    const test::TemporaryFolder folder;
    for (const int threads : {1, 2, 5})
        make_demo_set(folder / (std::to_string(threads) + ".zip"),
                      {.pictures = 9, .resolution = 32, .seed = 3, .threads = threads});
    EXPECT_EQ(read_text_file(folder / "1.zip"), read_text_file(folder / "2.zip"));
    EXPECT_EQ(read_text_file(folder / "1.zip"), read_text_file(folder / "5.zip"));
    make_demo_set(folder / "more", {.pictures = 12, .resolution = 32, .seed = 3, .threads = 2});
    const DataSet nine(folder / "1.zip"), twelve(folder / "more");
    ASSERT_EQ(twelve.size(), 12);
    for (std::int64_t i = 0; i < 9; ++i) EXPECT_EQ(nine.read(i), twelve.read(i));
    EXPECT_EQ(nine.read(4), draw_demo_picture(3, 4, 32));
    EXPECT_TRUE(check_data_set(folder / "1.zip", 1).problems.empty());
}

TEST(Demo, NoTwoPicturesAreAlike) {
    std::set<std::vector<std::uint8_t>> seen;
    for (std::uint32_t seed = 0; seed < 4; ++seed)
        for (std::int64_t i = 0; i < 25; ++i) seen.insert(draw_demo_picture(seed, i, 16).pixels);
    EXPECT_EQ(seen.size(), 100u);
}

// Fine texture moves with the faces: in the mean of many pictures it is gone, while each of them is full of it.
TEST(Demo, NoTextureSticksToThePixels) {
    constexpr int kSide = 64, kMany = 100;
    std::vector<double> mean(kSide * kSide, 0.0);
    const auto detail = [](const std::vector<double>& v) {
        double sum = 0.0;
        for (int y = 1; y + 1 < kSide; ++y)
            for (int x = 1; x + 1 < kSide; ++x) {
                const auto at = static_cast<std::size_t>(y * kSide + x);
                sum += std::pow(4 * v[at] - v[at - 1] - v[at + 1] - v[at - kSide] - v[at + kSide], 2);
            }
        return sum;
    };
    double each = 0.0;
    for (int n = 0; n < kMany; ++n) {
        const Image image = draw_demo_picture(1, n, kSide);
        std::vector<double> green(mean.size());
        for (std::size_t i = 0; i < green.size(); ++i) mean[i] += (green[i] = image.pixels[3 * i + 1]) / kMany;
        each += detail(green) / kMany;
    }
    EXPECT_GT(each / (kSide * kSide), 200.0) << "no fine texture";
    EXPECT_LT(detail(mean), 2.0 / kMany * each) << "of independent pictures it is 1 / number";
}

TEST(Demo, RefusesWhatItCannotDrawAndLeavesNothing) {
    const test::TemporaryFolder folder;
    EXPECT_THROW(make_demo_set(folder / "a.zip", {.resolution = 100}), Error);
    EXPECT_THROW(make_demo_set(folder / "a.zip", {.resolution = 8}), Error);
    EXPECT_THROW(make_demo_set(folder / "a.zip", {.pictures = 0}), Error);
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THROW(make_demo_set(folder / "a", {.resolution = 16}, Progress({}, stop.get_token())), Error);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace afs
