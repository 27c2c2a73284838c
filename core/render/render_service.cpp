#include "core/render/render_service.h"

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

#include "core/base/log.h"
#include "core/base/mailbox.h"
#include "core/render/network_loader.h"
#include "core/render/renderer.h"

namespace afs {
namespace {

using Clock = std::chrono::steady_clock;

// Networks that undo may come back to; the newest always stays.
constexpr std::uint64_t kNetworkCacheBytes = std::uint64_t{2} << 30;

NetworkKey key_of(const FrameRequest& request) {
    return {request.scene.model.path, request.scene.model.which, request.device};
}

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

}  // namespace

class RenderService::Impl {
  public:
    explicit Impl(std::function<void()> wake) : wake_(std::move(wake)), loader_([this] { loader_changed(); }) {
        worker_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    }

    ~Impl() {
        worker_.request_stop();
        {
            const std::lock_guard lock(mutex_);
            if (drawing_) drawing_->stop.request_stop();
        }
        worker_.join();
    }

    std::uint64_t submit(FrameRequest request) {
        const std::lock_guard lock(mutex_);
        request.id = next_id_++;
        if (drawing_ && may_abandon(request)) {
            drawing_->stop.request_stop();
            abandoned_since_picture_ = true;
        }
        const std::uint64_t id = request.id;
        pending_ = std::move(request);
        changed_.notify_all();
        return id;
    }

    std::optional<FrameResult> poll() { return results_.take(); }
    void cancel_loading() { loader_.cancel(); }

    std::optional<Activity> activity() const {
        if (const auto load = loader_.state())
            return Activity{"loading " + load->name + (load->progress.doing.empty() ? "" : ": " + load->progress.doing),
                            load->progress.fraction, true, load->seconds};
        const std::lock_guard lock(mutex_);
        if (!drawing_) return std::nullopt;
        const double seconds = seconds_since(drawing_->since);
        return Activity{"rendering", last_frame_s_ > 0.0 ? std::min(seconds / last_frame_s_, 0.99) : -1.0, false,
                        seconds};
    }

  private:
    struct Drawing {
        NetworkKey key;
        std::stop_source stop;
        Clock::time_point since;
    };

    // A newer request ends the frame that is being drawn only where that helps: always for another model; else when
    // most of the frame is still to come, and never twice without a picture in between, so that a long drag on a slow
    // device still shows where it is.
    [[nodiscard]] bool may_abandon(const FrameRequest& newer) const {
        if (!(key_of(newer) == drawing_->key)) return true;
        return !abandoned_since_picture_ && seconds_since(drawing_->since) < 0.5 * last_frame_s_;
    }

    void notify() const {
        if (wake_) wake_();
    }

    void loader_changed() {
        {
            const std::lock_guard lock(mutex_);  // so that the worker cannot miss it between its look and its wait
            look_at_loader_ = true;
        }
        changed_.notify_all();
        notify();
    }

    void run(const std::stop_token& stop) {
        std::optional<FrameRequest> newest;
        while (true) {
            bool fresh = false;
            {
                std::unique_lock lock(mutex_);
                changed_.wait(lock, stop, [&] { return pending_ || look_at_loader_; });
                if (stop.stop_requested()) return;
                look_at_loader_ = false;
                if (pending_) {
                    newest = std::exchange(pending_, std::nullopt);
                    fresh = true;
                }
            }
            // A network that has just been opened shows the newest scene again, now with itself.
            if (auto outcome = loader_.take()) fresh = receive(std::move(*outcome), newest) || fresh;
            if (!fresh || !newest || newest->scene.model.path.empty()) continue;
            if (std::exchange(newest->retry_model, false)) failed_.reset();
            if (const auto network = network_for(key_of(*newest))) draw(*newest, *network);
        }
    }

    // The wanted network; while it loads, or when it cannot be opened, the one that was shown last, or nothing.
    std::shared_ptr<OpenNetwork> network_for(const NetworkKey& key) {
        for (auto it = networks_.begin(); it != networks_.end(); ++it) {
            if (!(it->first == key)) continue;
            networks_.splice(networks_.begin(), networks_, it);
            failed_.reset();
            return networks_.front().second;
        }
        if (!(failed_ == key)) {
            failed_.reset();
            loader_.start(key);
        }
        return networks_.empty() ? nullptr : networks_.front().second;
    }

    // Returns whether there is something new to draw.
    bool receive(NetworkLoader::Outcome outcome, const std::optional<FrameRequest>& newest) {
        if (outcome.failure) {
            failed_ = outcome.key;
            FrameResult result;
            if (newest) {
                result.id = newest->id;
                result.scene = newest->scene;
            }
            if (!networks_.empty()) result.network = networks_.front().second->info;
            result.failure = std::move(outcome.failure);
            publish(std::move(result));
            return false;
        }
        for (const std::string& warning : outcome.network->info->warnings)
            log_warning("{}: {}", outcome.network->info->title, warning);
        networks_.emplace_front(outcome.key, std::move(outcome.network));
        std::uint64_t bytes = 0;
        for (auto it = networks_.begin(); it != networks_.end();) {
            bytes += it->second->bytes;
            it = it != networks_.begin() && bytes > kNetworkCacheBytes ? networks_.erase(it) : std::next(it);
        }
        return true;
    }

    void draw(const FrameRequest& request, OpenNetwork& network) {
        std::stop_source stop;
        {
            const std::lock_guard lock(mutex_);
            drawing_ = Drawing{key_of(request), stop, Clock::now()};
        }
        std::optional<FrameResult> result;
        try {
            result = render_frame(request, network, stop.get_token());
        } catch (...) {
            // Only a stop comes here: the frame was abandoned, and the newer request follows at once.
            if (const Failure failure = current_failure("Could not draw the picture");
                failure.kind != ErrorKind::cancelled) {
                result.emplace();
                result->id = request.id;
                result->scene = request.scene;
                result->failure = failure;
            }
        }
        {
            const std::lock_guard lock(mutex_);
            if (result) {
                abandoned_since_picture_ = false;
                last_frame_s_ = seconds_since(drawing_->since);
            }
            drawing_.reset();
        }
        if (result) publish(std::move(*result));
    }

    void publish(FrameResult result) {
        results_.put(std::move(result));
        notify();
    }

    std::function<void()> wake_;
    Mailbox<FrameResult> results_;

    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable_any changed_;
    std::optional<FrameRequest> pending_;
    std::optional<Drawing> drawing_;
    double last_frame_s_ = 0.0;
    bool abandoned_since_picture_ = false;
    bool look_at_loader_ = false;
    std::uint64_t next_id_ = 1;

    // The worker's own.
    std::list<std::pair<NetworkKey, std::shared_ptr<OpenNetwork>>> networks_;  // newest use first
    std::optional<NetworkKey> failed_;

    NetworkLoader loader_;
    std::jthread worker_;  // last member: ends before what it uses
};

RenderService::RenderService(std::function<void()> wake) : impl_(std::make_unique<Impl>(std::move(wake))) {}
RenderService::~RenderService() = default;
std::uint64_t RenderService::submit(FrameRequest request) { return impl_->submit(std::move(request)); }
std::optional<FrameResult> RenderService::poll() { return impl_->poll(); }
std::optional<FrameSource::Activity> RenderService::activity() const { return impl_->activity(); }
void RenderService::cancel_loading() { impl_->cancel_loading(); }

}  // namespace afs
