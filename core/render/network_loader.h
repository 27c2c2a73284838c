// Opens one network at a time on a thread of its own, so that the old one goes on moving meanwhile.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "core/render/open_network.h"

namespace afs {

// What is open or wanted: the same file on another device is another one.
struct NetworkKey {
    std::string path, which;
    Device device;
    bool operator==(const NetworkKey&) const = default;
};

class NetworkLoader {
  public:
    struct Outcome {
        NetworkKey key;
        std::shared_ptr<OpenNetwork> network;  // null when it failed
        std::optional<Failure> failure;
    };

    // `changed` is called from the loading thread after every progress report, and after the outcome can be taken.
    explicit NetworkLoader(std::function<void()> changed) : changed_(std::move(changed)) {}
    ~NetworkLoader() { cancel(); }  // and waits for the thread
    NetworkLoader(const NetworkLoader&) = delete;
    NetworkLoader& operator=(const NetworkLoader&) = delete;

    // Nothing happens when it is being loaded already; another load is cancelled and its outcome dropped.
    void start(const NetworkKey& key);
    void cancel();  // any thread; the outcome is a failure of kind `cancelled`
    [[nodiscard]] std::optional<Outcome> take();

    struct State {
        std::string name;  // of the file
        ProgressState progress;
        double seconds = 0.0;
    };
    [[nodiscard]] std::optional<State> state() const;  // nothing when no load runs

  private:
    void load(const NetworkKey& key, const std::stop_token& stop);

    std::function<void()> changed_;
    mutable std::mutex mutex_;
    std::optional<NetworkKey> running_;
    ProgressState progress_;
    std::chrono::steady_clock::time_point since_;
    std::optional<Outcome> outcome_;
    std::stop_source stop_{std::nostopstate};  // of the running load
    std::jthread thread_;                      // last member: joined before the others go
};

}  // namespace afs
