// Who of the processes that train together is alive and gets on (core/train/ranks.h says what follows from it). A
// thread of its own beats and listens over a store connection of its own, another ends a process that cannot throw.
// lost() and what is built on it may be called from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <torch/csrc/distributed/c10d/Store.hpp>

#include "core/base/error.h"
#include "core/train/ranks.h"

namespace afs {

class RankWatch {
  public:
    struct Options {
        int rank = 0, world = 1;
        std::string host;  // of the store, in words
        RankTimes times;
    };
    RankWatch(c10::intrusive_ptr<c10d::Store> store, Options options);  // the others can hear this rank from now on
    ~RankWatch();
    RankWatch(const RankWatch&) = delete;
    RankWatch& operator=(const RankWatch&) = delete;

    void begin();  // all ranks have a watch
    void end();    // nobody is lost any more

    // The rank's main work gets on: it begins what all ranks do in common, or it works alone.
    void count_common() { common_.fetch_add(1, std::memory_order_relaxed); }
    void count_alone() { alone_.fetch_add(1, std::memory_order_relaxed); }

    void when_lost(std::function<void(const Failure&)> act);  // see Ranks

    [[nodiscard]] std::optional<std::string> lost();  // why, once one is
    void throw_if_lost();
    // A connection broke: waits until it is known whose, at most as long as a silence. Throws in any case.
    [[noreturn]] void throw_lost(const std::string& why);

  private:
    using Clock = std::chrono::steady_clock;
    struct Beat {
        std::int64_t beats = 0, common = 0, alone = 0;
    };
    struct Heard {
        Beat beat;
        Clock::time_point at = Clock::now(), progress_at = at;
    };

    [[nodiscard]] static std::string key(int rank);
    void beat();
    void listen();
    void look_for_standstill(Clock::time_point now);
    void watch(const std::stop_token& stop);
    void guard(const std::stop_token& stop);
    void set_lost(const std::string& why);
    [[nodiscard]] std::string host_is_gone() const { return options_.host + " is gone"; }

    const c10::intrusive_ptr<c10d::Store> store_;  // a connection serves one thread
    const Options options_;
    std::atomic<std::int64_t> common_ = 0, alone_ = 0;
    std::int64_t beats_ = 0;    // the watching thread's, like what follows
    std::vector<Heard> heard_;  // of each rank

    std::mutex mutex_;  // of what follows
    std::condition_variable_any changed_;
    std::optional<std::string> lost_;
    Clock::time_point lost_at_, last_answer_;
    std::mutex acting_;  // of what follows
    std::function<void(const Failure&)> act_;
    std::jthread watch_, guard_;
};

// Why the others' end ends this one.
[[nodiscard]] Error lost_error(const std::string& why);

}  // namespace afs
