// Work with a name, a progress and a cancel button, on a thread of its own; the result is fetched by the thread that
// started it. Destroying a job cancels and joins it.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "core/base/error.h"
#include "core/base/progress.h"

namespace afs {

class Job {
  public:
    using Body = std::function<void(const Progress&)>;

    // `wake` is called from the job's thread after every report and at the end (a window's post-empty-event).
    Job(std::string name, Body body, std::function<void()> wake = {});

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] ProgressState progress() const;
    [[nodiscard]] bool finished() const;
    [[nodiscard]] std::optional<Failure> failure() const;  // of a finished job; a cancelled one has kind `cancelled`
    void cancel() { thread_.request_stop(); }
    void wait() {
        if (thread_.joinable()) thread_.join();
    }

  private:
    std::string name_;
    mutable std::mutex mutex_;
    ProgressState progress_;
    std::optional<Failure> failure_;
    bool finished_ = false;
    std::jthread thread_;  // last member: joined before the others go
};

}  // namespace afs
