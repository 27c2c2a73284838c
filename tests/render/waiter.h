// For tests of the render worker: waits for what it wakes the window for.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>

#include "core/render/render_service.h"

namespace afs::test {

// Collects results as they come; waiting is bounded by the test runner's time limit, not by sleeping.
class Waiter {
  public:
    std::function<void()> wake() {
        return [this] {
            {
                const std::lock_guard lock(mutex_);
                ++wakes_;
            }
            changed_.notify_all();
        };
    }

    // The first thing that `look` finds.
    template <class T> T wait_until(const std::function<std::optional<T>()>& look) {
        while (true) {
            int seen = 0;
            {
                const std::lock_guard lock(mutex_);
                seen = wakes_;
            }
            if (auto found = look()) return *found;
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return wakes_ != seen; });
        }
    }

    // The first result that `accept` takes.
    FrameResult wait_for(RenderService& service, const std::function<bool(const FrameResult&)>& accept) {
        return wait_until<FrameResult>([&]() -> std::optional<FrameResult> {
            auto result = service.poll();
            return result && accept(*result) ? std::move(result) : std::nullopt;
        });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int wakes_ = 0;
};

}  // namespace afs::test
