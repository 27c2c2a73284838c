// Many pieces of work on several threads, whose results are taken one after the other in the order of the pieces: what
// is written is the same on any number of threads. The caller's thread takes; the workers make, a few pieces ahead.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace afs {

// make(i) -> Result on any of `threads` threads (at least one), take(i, Result&&) on the caller's, for i = 0 ..
// count-1. An exception of make(i) is thrown where take(i) would have been called, one of take() at once; no piece is
// begun after that, and the workers have ended when this returns.
template <class Make, class Take> void work_in_order(std::int64_t count, int threads, const Make& make, Take&& take) {
    using Result = decltype(make(std::int64_t{0}));
    struct Slot {
        std::optional<Result> result;
        std::exception_ptr failure;
    };
    const int workers = threads < 1 ? 1 : threads;
    const std::int64_t ahead = 4 * std::int64_t{workers};
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Slot> slots(static_cast<std::size_t>(ahead));  // of piece i: i mod ahead
    std::int64_t next = 0, taken = 0;
    bool ending = false;

    const auto work = [&] {
        for (;;) {
            std::int64_t piece = 0;
            {
                std::unique_lock lock(mutex);
                changed.wait(lock, [&] { return ending || next == count || next < taken + ahead; });
                if (ending || next == count) return;
                piece = next++;
            }
            Slot slot;
            try {
                slot.result.emplace(make(piece));
            } catch (...) {
                slot.failure = std::current_exception();
            }
            const std::lock_guard lock(mutex);
            slots[static_cast<std::size_t>(piece % ahead)] = std::move(slot);
            changed.notify_all();
        }
    };
    struct End {
        std::mutex& mutex;
        std::condition_variable& changed;
        bool& ending;
        ~End() {
            const std::lock_guard lock(mutex);
            ending = true;
            changed.notify_all();
        }
    };
    std::vector<std::jthread> team;
    const End end{mutex, changed, ending};  // before the threads are joined, whatever happens
    for (int i = 0; i < workers; ++i) team.emplace_back(work);
    for (std::int64_t i = 0; i < count; ++i) {
        Slot slot;
        {
            std::unique_lock lock(mutex);
            Slot& wanted = slots[static_cast<std::size_t>(i % ahead)];
            changed.wait(lock, [&] { return wanted.result || wanted.failure; });
            slot = std::move(wanted);
            wanted = Slot{};
            taken = i + 1;
            changed.notify_all();
        }
        if (slot.failure) std::rethrow_exception(slot.failure);
        take(i, std::move(*slot.result));
    }
}

}  // namespace afs
