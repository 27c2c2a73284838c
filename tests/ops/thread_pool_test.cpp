#include "core/ops/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "core/ops/device.h"

namespace afs::test {
namespace {

// Without OpenMP where it is compiled, LibTorch's parallel_for is a plain loop: this is the test that notices.
TEST(ThreadPool, RunsOnAsManyThreadsAsAreSet) {
    for (const int threads : {1, 2, 3}) {
        set_compute_threads(threads);
        const kernels::ParallelFor pool = thread_pool();
        EXPECT_EQ(pool.threads, threads);
        std::mutex mutex;
        std::set<std::thread::id> seen;
        std::vector<std::atomic<int>> visits(1000);
        pool(1000, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i) ++visits[static_cast<std::size_t>(i)];
            const std::lock_guard lock(mutex);
            seen.insert(std::this_thread::get_id());
        });
        EXPECT_EQ(static_cast<int>(seen.size()), threads);
        for (const auto& visit : visits) EXPECT_EQ(visit, 1);
    }
    set_compute_threads(1);
}

TEST(ThreadPool, HandsOnWhatABodyThrows) {
    set_compute_threads(2);
    EXPECT_THROW(thread_pool()(2, [](std::int64_t, std::int64_t) { throw std::runtime_error("no"); }),
                 std::runtime_error);
    set_compute_threads(1);
}

}  // namespace
}  // namespace afs::test
