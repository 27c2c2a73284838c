// One value between two threads; the newest wins. How requests reach the render worker and pictures come back.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace afs {

template <class T> class Mailbox {
  public:
    // Replaces what nobody has taken yet.
    void put(T value) {
        {
            const std::lock_guard lock(mutex_);
            value_ = std::move(value);
        }
        arrived_.notify_one();
    }

    // What is there, or nothing; never waits.
    [[nodiscard]] std::optional<T> take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(value_, std::nullopt);
    }

    // Waits for a value; nothing only when stopped.
    [[nodiscard]] std::optional<T> wait(std::stop_token stop) {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, stop, [&] { return value_.has_value(); });
        return std::exchange(value_, std::nullopt);
    }

  private:
    std::mutex mutex_;
    std::condition_variable_any arrived_;
    std::optional<T> value_;
};

}  // namespace afs
