#include "core/train/run_stop.h"

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "core/train/run_directory.h"

namespace afs {

RunStop::RunStop(const std::stop_token& of_process, std::optional<std::filesystem::path> run)
    : run_(std::move(run)), of_process_(of_process, [this] { source_.request_stop(); }) {
    if (!run_) return;
    thread_ = std::jthread([this](const std::stop_token& end) {
        std::mutex mutex;
        std::condition_variable_any wake;
        std::unique_lock lock(mutex);
        while (!end.stop_requested() && !source_.stop_requested()) {
            look();
            wake.wait_for(lock, end, std::chrono::milliseconds(500), [] { return false; });
        }
    });
}

RunStop::~RunStop() = default;

bool RunStop::requested() {
    look();
    return source_.stop_requested();
}

void RunStop::look() {
    if (run_ && take_stop_request(*run_)) source_.request_stop();
}

}  // namespace afs
