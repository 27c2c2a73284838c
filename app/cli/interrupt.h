// Ctrl+C and SIGTERM as a stop token. The first asks for a clean end; the second ends the process.
#pragma once

#include <csignal>
#include <stop_token>
#include <thread>

namespace afs::cli {

class Interrupt {
  public:
    Interrupt();  // before other threads start: they inherit that the signals are not theirs
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;
    [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

  private:
    sigset_t previous_{};
    std::stop_source source_;
    std::jthread watcher_;
};

}  // namespace afs::cli
