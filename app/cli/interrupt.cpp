#include "app/cli/interrupt.h"

#include <unistd.h>

#include <ctime>

namespace afs::cli {

Interrupt::Interrupt() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, &previous_);
    watcher_ = std::jthread([this, signals](const std::stop_token& stop) {
        const timespec pause{0, 100'000'000};
        while (!stop.stop_requested()) {
            if (sigtimedwait(&signals, nullptr, &pause) < 0) continue;
            if (source_.stop_requested()) _exit(130);
            source_.request_stop();
        }
    });
}

Interrupt::~Interrupt() {
    watcher_.request_stop();
    watcher_.join();
    pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
}

}  // namespace afs::cli
