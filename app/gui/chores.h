// Small work that must be done to its end but must not hold up a frame: encoding and writing pictures. One after the
// other, on a thread of its own. UI thread only.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/base/job.h"

namespace afs::gui {

class Chores {
  public:
    // `wake` is called from another thread when one has ended.
    explicit Chores(std::function<void()> wake) : wake_(std::move(wake)) {}
    ~Chores();  // does what is left to do
    Chores(const Chores&) = delete;
    Chores& operator=(const Chores&) = delete;

    // Runs `work` on another thread, later `done` on this one, in update(); only where `work` did not throw.
    void add(std::string name, std::function<void()> work, std::function<void()> done);
    [[nodiscard]] bool busy() const { return !waiting_.empty() || running_; }

    // Every frame. Returns why the one that has just ended failed, or its `done`.
    [[nodiscard]] std::optional<Failure> update();

  private:
    struct Chore {
        std::string name;
        std::function<void()> work, done;
    };
    void start_next();

    std::function<void()> wake_;
    std::deque<Chore> waiting_;
    std::function<void()> done_;  // of the running one
    std::unique_ptr<Job> running_;
};

}  // namespace afs::gui
