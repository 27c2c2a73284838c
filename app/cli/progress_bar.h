// Long work on a terminal: a bar with time left on stderr; plain lines, at most one every few seconds, where stderr is
// not a terminal.
#pragma once

#include <chrono>
#include <string>

namespace afs::cli {

class ProgressBar {
  public:
    ProgressBar(std::string title, bool hidden);
    ~ProgressBar();
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;
    void update(double fraction, const std::string& doing);  // fraction 0..1, negative: unknown

  private:
    using Clock = std::chrono::steady_clock;
    std::string title_;
    bool hidden_, terminal_, drawn_ = false;
    Clock::time_point start_, last_;
};

}  // namespace afs::cli
