#include "core/base/job.h"

#include <utility>

namespace afs {

Progress Progress::part(double from, double to) const {
    return {[listener = listener_, from, to](const ProgressState& state) {
                if (listener) listener({state.fraction < 0 ? -1.0 : from + state.fraction * (to - from), state.doing});
            },
            stop_};
}

void Progress::check_stop() const {
    if (stop_requested()) throw Error(ErrorKind::cancelled, "Cancelled", "", "");
}

Job::Job(std::string name, Body body, std::function<void()> wake)
    : name_(std::move(name)), thread_([this, body = std::move(body), wake = std::move(wake)](std::stop_token stop) {
          const auto report = [this, &wake](const ProgressState& state) {
              {
                  const std::lock_guard lock(mutex_);
                  progress_ = state;
              }
              if (wake) wake();
          };
          std::optional<Failure> failure;
          try {
              body(Progress(report, stop));
          } catch (...) {
              failure = current_failure(name_ + " failed");
          }
          {
              const std::lock_guard lock(mutex_);
              failure_ = std::move(failure);
              finished_ = true;
          }
          if (wake) wake();
      }) {}

ProgressState Job::progress() const {
    const std::lock_guard lock(mutex_);
    return progress_;
}

bool Job::finished() const {
    const std::lock_guard lock(mutex_);
    return finished_;
}

std::optional<Failure> Job::failure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
}

}  // namespace afs
