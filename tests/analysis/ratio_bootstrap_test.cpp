#include "core/analysis/ratio_bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>

namespace afs {
namespace {

TEST(RatioBootstrap, KnowsTheRatioOfTheSumsAndNothingElseOfOneBatch) {
    RatioBootstrap sums;
    EXPECT_TRUE(sums.empty());
    sums.add(3.0, 4.0);
    EXPECT_EQ(sums.ratio(), 0.75);
    EXPECT_FALSE(sums.interval95());
    sums.add(1.0, 12.0);
    EXPECT_EQ(sums.ratio(), 0.25);
    ASSERT_TRUE(sums.interval95());
    EXPECT_LE(sums.interval95()->low, 0.25);
    EXPECT_GE(sums.interval95()->high, 0.25);
}

// A 95 % interval that never misses would be too wide: of 200 measurements about 10 miss, 190 +- 10 in three standard
// deviations. The standard error of 100 uniform numbers is 1 / sqrt(1200).
TEST(RatioBootstrap, HoldsTheTrueRatioInAboutNineteenOfTwentyMeasurements) {
    RandomState random(7);
    int hits = 0;
    double width = 0.0;
    for (int trial = 0; trial < 200; ++trial) {
        RatioBootstrap sums;
        for (int batch = 0; batch < 100; ++batch) sums.add(random.uniform(), 1.0);
        const Interval interval = *sums.interval95();
        hits += interval.low <= 0.5 && 0.5 <= interval.high;
        width += (interval.high - interval.low) / 200;
    }
    EXPECT_NEAR(hits, 190, 10);
    EXPECT_NEAR(width, 2 * 1.96 / std::sqrt(1200.0), 0.01);
}

TEST(RatioBootstrap, IsTheSameForTheSameBatches) {
    RatioBootstrap a, b;
    for (int i = 0; i < 10; ++i) {
        a.add(i, 2.0);
        b.add(i, 2.0);
    }
    EXPECT_EQ(a.interval95(), b.interval95());
}

}  // namespace
}  // namespace afs
