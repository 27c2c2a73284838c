// What long work tells about itself. Any thread may report; the listener (a progress bar, a window) must be cheap.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

namespace afs {

struct ProgressState {
    double fraction = 0.0;  // 0..1; negative when unknown
    std::string doing;      // "reading tensors"
};

class Progress {
  public:
    using Listener = std::function<void(const ProgressState&)>;
    Progress() = default;
    Progress(Listener listener, std::stop_token stop) : listener_(std::move(listener)), stop_(std::move(stop)) {}

    void report(double fraction, std::string doing) const {
        if (listener_) listener_({fraction, std::move(doing)});
    }
    // For a part of the work that is `from`..`to` of the whole: its fractions are those of the whole.
    [[nodiscard]] Progress part(double from, double to) const;
    [[nodiscard]] bool stop_requested() const { return stop_.stop_requested(); }
    void check_stop() const;  // throws Error{cancelled}

  private:
    Listener listener_;
    std::stop_token stop_;
};

}  // namespace afs
