#include "core/render/network_loader.h"

#include <filesystem>
#include <utility>

namespace afs {
namespace {

std::string file_name(const NetworkKey& key) { return std::filesystem::path(key.path).filename().string(); }

}  // namespace

void NetworkLoader::start(const NetworkKey& key) {
    {
        const std::lock_guard lock(mutex_);
        if (running_ == key) return;
    }
    cancel();
    thread_ = {};  // joins
    const std::stop_source stop;
    {
        // From here on the window shows that it can be cancelled.
        const std::lock_guard lock(mutex_);
        stop_ = stop;
        running_ = key;
        progress_ = {0.0, "opening"};
        since_ = std::chrono::steady_clock::now();
        outcome_.reset();
    }
    thread_ = std::jthread([this, key, token = stop.get_token()] { load(key, token); });
}

// The window's thread asks while the worker may be starting another load.
void NetworkLoader::cancel() {
    const std::lock_guard lock(mutex_);
    stop_.request_stop();
}

void NetworkLoader::load(const NetworkKey& key, const std::stop_token& stop) {
    const auto listen = [this](const ProgressState& state) {
        {
            const std::lock_guard lock(mutex_);
            progress_ = state;
        }
        changed_();
    };
    Outcome outcome{key, nullptr, std::nullopt};
    try {
        outcome.network = open_network({key.path, key.which, {}}, key.device, Progress(listen, stop));
    } catch (...) {
        outcome.failure = current_failure("Could not open " + file_name(key));
    }
    {
        const std::lock_guard lock(mutex_);
        outcome_ = std::move(outcome);
        running_.reset();
    }
    changed_();
}

std::optional<NetworkLoader::Outcome> NetworkLoader::take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(outcome_, std::nullopt);
}

std::optional<NetworkLoader::State> NetworkLoader::state() const {
    const std::lock_guard lock(mutex_);
    if (!running_) return std::nullopt;
    return State{file_name(*running_), progress_,
                 std::chrono::duration<double>(std::chrono::steady_clock::now() - since_).count()};
}

}  // namespace afs
