#include "core/base/ordered_work.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

namespace afs {
namespace {

TEST(OrderedWork, TakesEveryPieceOnceAndInOrder) {
    for (const int threads : {0, 1, 2, 5}) {
        std::vector<std::int64_t> taken;
        work_in_order(
            1000, threads, [](std::int64_t i) { return i * i; },
            [&](std::int64_t i, std::int64_t square) {
                EXPECT_EQ(square, i * i);
                taken.push_back(i);
            });
        ASSERT_EQ(taken.size(), 1000u);
        for (std::size_t i = 0; i < 1000; ++i) EXPECT_EQ(taken[i], static_cast<std::int64_t>(i));
    }
    work_in_order(
        0, 2, [](std::int64_t i) { return i; }, [](std::int64_t, std::int64_t) { FAIL(); });
}

TEST(OrderedWork, StaysAFewPiecesAhead) {
    std::atomic<std::int64_t> made{0};
    work_in_order(
        200, 2,
        [&](std::int64_t i) {
            ++made;
            return i;
        },
        [&](std::int64_t i, std::int64_t) { EXPECT_LE(made.load(), i + 1 + 2 * 4); });
}

TEST(OrderedWork, TheFirstFailureIsThrownInItsPlace) {
    std::int64_t last = -1;
    const auto run = [&] {
        work_in_order(
            100, 4,
            [](std::int64_t i) {
                if (i >= 40) throw std::runtime_error(std::to_string(i));
                return i;
            },
            [&](std::int64_t i, std::int64_t) { last = i; });
    };
    try {
        run();
        FAIL();
    } catch (const std::runtime_error& e) {
        EXPECT_STREQ(e.what(), "40");
    }
    EXPECT_EQ(last, 39);
    EXPECT_THROW(work_in_order(
                     100, 2, [](std::int64_t i) { return i; },
                     [](std::int64_t i, std::int64_t) {
                         if (i == 3) throw std::runtime_error("enough");
                     }),
                 std::runtime_error);
}

}  // namespace
}  // namespace afs
