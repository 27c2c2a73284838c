#include "core/render/render_service.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

#include "core/analysis/layer_spectra.h"
#include "core/base/log.h"
#include "core/base/mailbox.h"
#include "core/base/thread_priority.h"
#include "core/render/network_loader.h"
#include "core/render/renderer.h"
#include "core/render/spectrum_picture.h"

namespace afs {
namespace {

using Clock = std::chrono::steady_clock;

// Networks that undo may come back to; the newest always stays.
constexpr std::uint64_t kNetworkCacheBytes = std::uint64_t{2} << 30;

// Thumbnails wait until the scene has rested this long, unless frames are quicker than the eye.
constexpr auto kRestBeforeThumbnails = std::chrono::milliseconds(150);
constexpr double kQuickFrameS = 0.012;

// A glance at a spectrum needs few channels; between moving pictures it comes now and then.
constexpr int kGlanceChannels = 8;
constexpr auto kGlancePause = std::chrono::milliseconds(1000);

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
            if (drawing_aside_) drawing_aside_->request_stop();
            if (drawing_between_) drawing_between_->request_stop();
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
        if (drawing_aside_) drawing_aside_->request_stop();
        last_submit_ = Clock::now();
        const std::uint64_t id = request.id;
        pending_ = std::move(request);
        changed_.notify_all();
        return id;
    }

    std::optional<FrameResult> poll() { return results_.take(); }

    void want_thumbnails(std::vector<std::uint32_t> seeds, int side_px) {
        const std::lock_guard lock(mutex_);
        if (seeds == wish_.seeds && side_px == wish_.side_px) return;
        wish_ = {std::move(seeds), side_px};
        thumbnails_.clear();
        wish_changed_ = true;
        changed_.notify_all();
    }

    std::optional<Thumbnail> poll_thumbnail() {
        const std::lock_guard lock(mutex_);
        if (thumbnails_.empty()) return std::nullopt;
        Thumbnail first = std::move(thumbnails_.front());
        thumbnails_.pop_front();
        return first;
    }

    void want_glance(bool wanted) {
        const std::lock_guard lock(mutex_);
        if (glance_wanted_ == wanted) return;
        glance_wanted_ = wanted;
        wish_changed_ = true;
        changed_.notify_all();
    }
    std::optional<SpectraResult> poll_glance() { return glances_.take(); }

    void average_spectra(std::optional<SpectraWish> wish) {
        const std::lock_guard lock(mutex_);
        average_wish_ = wish;
        average_changed_ = wish_changed_ = true;
        if (drawing_aside_) drawing_aside_->request_stop();
        changed_.notify_all();
    }
    std::optional<SpectraResult> poll_average() { return averages_.take(); }

    void cancel_loading() { loader_.cancel(); }

    void end_sheet() {
        const std::lock_guard lock(mutex_);
        if (!drawing_ || !drawing_->has_grown) return;
        drawing_->ended = true;
        drawing_->stop.request_stop();
    }

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
        bool has_grown = false;  // a part of it was published
        bool ended = false;      // by end_sheet(): what it has is its result
    };
    struct Wish {
        std::vector<std::uint32_t> seeds;
        int side_px = 0;
    };

    // A newer request ends the frame that is being drawn only where that helps: always for another model; for a sheet
    // that has shown something new; else when most of the frame is still to come, and never twice without a picture in
    // between, so that a long drag on a slow device still shows where it is.
    [[nodiscard]] bool may_abandon(const FrameRequest& newer) const {
        if (!(key_of(newer) == drawing_->key) || drawing_->has_grown) return true;
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
        step_back_thread();  // before its OpenMP team and its loader start: the hand goes before the picture
        own_threads_ = compute_threads();
        threads_ = own_threads_;
        std::optional<FrameRequest> newest;
        while (true) {
            bool fresh = false, thumbnail_due = false, average_ended = false;
            {
                std::unique_lock lock(mutex_);
                const auto something = [&] { return pending_ || look_at_loader_ || wish_changed_; };
                if (const auto when = time_for_rest())
                    thumbnail_due = !changed_.wait_until(lock, stop, *when, something);
                else
                    changed_.wait(lock, stop, something);
                if (stop.stop_requested()) return;
                look_at_loader_ = false;
                if (std::exchange(wish_changed_, false)) next_thumbnail_ = 0;
                if (std::exchange(average_changed_, false)) {
                    average_ended = average_.has_value();
                    begin_average(average_wish_);
                }
                if (pending_) {
                    newest = std::exchange(pending_, std::nullopt);
                    fresh = true;
                }
            }
            if (average_ended) notify();
            // A network that has just been opened shows the newest scene again, now with itself.
            if (auto outcome = loader_.take()) fresh = receive(std::move(*outcome), newest) || fresh;
            if (thumbnail_due && newest) use_rest(*newest);
            if (!fresh || !newest || newest->scene.model.path.empty()) continue;
            if (std::exchange(newest->retry_model, false)) failed_.reset();
            use_threads(newest->threads);
            if (const auto network = network_for(key_of(*newest))) {
                draw(*newest, *network);
                spectra_between_frames(*newest);
            }
        }
    }

    // --- What is made while nothing else is to do, one piece at a time; a new request ends a piece at once -----------

    [[nodiscard]] bool glance_left() const {  // with the mutex held
        return glance_wanted_ && wish_is_drawable_ && glance_basis_ != glance_done_;
    }
    // Nothing: there is nothing to make.
    [[nodiscard]] std::optional<Clock::time_point> time_for_rest() const {  // with the mutex held
        if (!wish_is_drawable_ || !(thumbnails_left() || glance_left() || average_)) return std::nullopt;
        return time_for_thumbnails();
    }

    void use_rest(const FrameRequest& request) {
        if (networks_.empty() || !(networks_.front().first == key_of(request))) {
            const std::lock_guard lock(mutex_);
            wish_is_drawable_ = false;  // until a frame of the wanted model was drawn
            return;
        }
        enum class Piece { nothing, glance, thumbnail, average } piece = Piece::nothing;
        {
            const std::lock_guard lock(mutex_);
            piece = pending_            ? Piece::nothing
                    : glance_left()     ? Piece::glance
                    : thumbnails_left() ? Piece::thumbnail
                    : average_          ? Piece::average
                                        : Piece::nothing;
        }
        if (piece == Piece::glance) aside([&](const RenderOptions& how) { draw_glance(request, how); }, request);
        if (piece == Piece::thumbnail) draw_thumbnail(request);
        if (piece == Piece::average) aside([&](const RenderOptions& how) { draw_average(request, how); }, request);
    }

    // A piece of work that a newer request ends.
    void aside(const std::function<void(const RenderOptions&)>& work, const FrameRequest& request) {
        std::stop_source stop;
        {
            const std::lock_guard lock(mutex_);
            if (pending_ || wish_changed_) return;
            drawing_aside_ = stop;
        }
        work({request.precision, false, stop.get_token()});
        {
            const std::lock_guard lock(mutex_);
            drawing_aside_.reset();
        }
        notify();
    }

    // Where pictures follow each other without a rest, an average gets a quarter of the time and a glance a tenth.
    void spectra_between_frames(const FrameRequest& request) {
        if (networks_.empty() || !(networks_.front().first == key_of(request))) return;
        std::stop_source stop;
        bool glance = false, average = false;
        {
            const std::lock_guard lock(mutex_);
            if (!pending_) return;  // a rest follows
            const auto since = [](Clock::time_point end) { return Clock::now() - end; };
            average = average_ && since(average_end_) > 3 * average_took_;
            glance = !average && glance_left() &&
                     since(glance_end_) > std::max<Clock::duration>(9 * glance_took_, kGlancePause);
            if (!average && !glance) return;
            drawing_between_ = stop;
        }
        const RenderOptions how{request.precision, false, stop.get_token()};
        if (average)
            draw_average(request, how);
        else
            draw_glance(request, how);
        {
            const std::lock_guard lock(mutex_);
            drawing_between_.reset();
        }
        notify();
    }

    void draw_glance(const FrameRequest& request, const RenderOptions& how) {
        const auto start = Clock::now();
        SpectraResult result{.model = networks_.front().second->info->model, .scene = request.scene};
        try {
            std::vector<std::string> notes;
            const Scene scene = with_known_layer(request.scene, *networks_.front().second->info, notes);
            result.spectra = std::make_shared<const NetworkSpectra>(
                network_spectra(scene, *networks_.front().second, how, kGlanceChannels));
        } catch (...) {
            if (current_failure("").kind == ErrorKind::cancelled) return;  // asked again at the next rest
        }  // what else fails, the frame has said already
        const std::lock_guard lock(mutex_);
        glance_done_ = glance_basis(request.scene);
        glance_end_ = Clock::now();
        glance_took_ = glance_end_ - start;
        result.ended = true;
        if (result.spectra) glances_.put(std::move(result));
    }

    struct Average {
        SpectraWish wish = {};
        std::optional<NetworkKey> key = {};  // of the first picture
        std::optional<LayerSpectra> sums = {};
        SpectraResult result = {};
        int next = 0;
    };

    void begin_average(const std::optional<SpectraWish>& wish) {  // with the mutex held
        if (average_) end_average(std::nullopt);
        if (wish)
            average_.emplace(
                Average{.wish = *wish, .key = {}, .sums = {}, .result = {.id = wish->id, .wanted = wish->pictures}});
    }
    void end_average(std::optional<Failure> failure) {
        average_->result.ended = true;
        average_->result.failure = std::move(failure);
        averages_.put(std::move(average_->result));
        average_.reset();
    }

    void draw_average(const FrameRequest& request, const RenderOptions& how) {
        const auto start = Clock::now();
        OpenNetwork& network = *networks_.front().second;
        try {
            if (average_->key && !(*average_->key == key_of(request)))
                throw Error(ErrorKind::cancelled, "Averaging spectra", "another model was opened");
            if (!average_->sums) {
                std::vector<std::string> notes;
                Average& a = *average_;
                a.key = key_of(request);
                a.result.model = network.info->model;
                a.result.scene = with_known_layer(request.scene, *network.info, notes);
                a.sums.emplace(schedule_of(a.result.scene, network), network.info->designed_filters,
                               LayerSpectraOptions{.beta = a.result.scene.spectrum.beta});
            }
            Scene scene = average_->result.scene;
            scene.latent.source =
                LatentSeeds{{{average_->wish.first_seed + static_cast<std::uint32_t>(average_->next), 1.0}}};
            LayerSpectra picture = average_->sums->fresh();  // all of a picture counts, or nothing of it
            RenderOptions listening = how;
            listening.on_layer = [&](const std::string& name, const Tensor& x) { picture.add(name, x); };
            (void)render_tensors(scene, network, listening);
            picture.end_picture();
            average_->sums->add(picture);
            ++average_->next;
            const std::lock_guard lock(mutex_);
            average_->result.spectra = std::make_shared<const NetworkSpectra>(average_->sums->result());
            average_end_ = Clock::now();
            average_took_ = average_end_ - start;
            if (average_->next == average_->wish.pictures)
                end_average(std::nullopt);
            else
                averages_.put(average_->result);
        } catch (...) {
            Failure failure = current_failure("Could not average spectra");
            const std::lock_guard lock(mutex_);
            const bool gave_way = failure.kind == ErrorKind::cancelled && how.stop.stop_requested();
            if (!gave_way) end_average(failure.kind == ErrorKind::cancelled ? std::nullopt : std::optional(failure));
        }
    }

    // What a glance depends on: not on what the canvas shows.
    [[nodiscard]] static Scene glance_basis(Scene scene) {
        scene.canvas = CanvasMode::picture;
        scene.layer_view = {};
        scene.sheet = {};
        scene.untransform = false;
        scene.spectrum = {.beta = scene.spectrum.beta};
        scene.equivariance = {};
        return scene;
    }

    // --- Thumbnails
    // ---------------------------------------------------------------------------------------------------

    [[nodiscard]] bool thumbnails_left() const {  // with the mutex held
        return wish_is_drawable_ && next_thumbnail_ < wish_.seeds.size();
    }

    // A slow generator leaves a moving hand alone.
    [[nodiscard]] Clock::time_point time_for_thumbnails() const {
        return last_frame_s_ < kQuickFrameS ? Clock::now() : last_submit_ + kRestBeforeThumbnails;
    }

    void draw_thumbnail(const FrameRequest& request) {
        std::stop_source stop;
        std::uint32_t seed = 0;
        int side_px = 0;
        {
            const std::lock_guard lock(mutex_);
            if (pending_ || wish_changed_ || next_thumbnail_ >= wish_.seeds.size()) return;
            seed = wish_.seeds[next_thumbnail_];
            side_px = wish_.side_px;
            drawing_aside_ = stop;
        }
        std::optional<Thumbnail> thumbnail;
        bool stopped = false;
        try {
            thumbnail = render_thumbnail(request.scene, seed, side_px, *networks_.front().second,
                                         {request.precision, false, stop.get_token()});
        } catch (...) {
            // What a thumbnail lacks, a class above all, the frame has said already.
            stopped = current_failure("").kind == ErrorKind::cancelled;
        }
        {
            const std::lock_guard lock(mutex_);
            drawing_aside_.reset();
            if (!stopped && !wish_changed_) ++next_thumbnail_;
            if (thumbnail && !wish_changed_) thumbnails_.push_back(std::move(*thumbnail));
        }
        notify();
    }

    // After a frame: thumbnails of another model, class or truncation are begun again.
    void review_thumbnails(const FrameRequest& request) {  // with the mutex held
        Scene basis = thumbnail_scene(request.scene, 0);
        wish_is_drawable_ = true;
        glance_basis_ = glance_basis(request.scene);
        if (basis == thumbnail_basis_) return;
        thumbnail_basis_ = std::move(basis);
        next_thumbnail_ = 0;
        thumbnails_.clear();
    }

    void use_threads(int threads) {
        const int wanted = threads > 0 ? threads : own_threads_;
        if (wanted == threads_) return;
        set_compute_threads(wanted);
        threads_ = wanted;
        for (const auto& network : networks_) network.second->forget_pictures();
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
        std::optional<FrameResult> result, newest_part;
        try {
            result = render_frame(request, network, stop.get_token(), [&](FrameResult part) {
                {
                    const std::lock_guard lock(mutex_);
                    drawing_->has_grown = true;
                    abandoned_since_picture_ = false;
                }
                newest_part = part;
                publish(std::move(part));
            });
        } catch (...) {
            // A failure; or a stop, because a sheet was ended, or because a newer request follows at once.
            const std::lock_guard lock(mutex_);
            if (const Failure failure = current_failure("Could not draw the picture");
                failure.kind != ErrorKind::cancelled) {
                result.emplace();
                result->id = request.id;
                result->scene = request.scene;
                result->failure = failure;
            } else if (drawing_->ended && newest_part) {
                result = std::move(newest_part);
                result->complete = true;
                result->notes.emplace_back("Ended early: what is missing comes with the next change.");
            }
        }
        {
            const std::lock_guard lock(mutex_);
            if (result) {
                abandoned_since_picture_ = false;
                last_frame_s_ = seconds_since(drawing_->since);
                if (!result->failure) review_thumbnails(request);
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
    Mailbox<SpectraResult> glances_, averages_;

    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable_any changed_;
    std::optional<FrameRequest> pending_;
    std::optional<Drawing> drawing_;
    double last_frame_s_ = 0.0;
    bool abandoned_since_picture_ = false;
    bool look_at_loader_ = false;
    std::uint64_t next_id_ = 1;
    Wish wish_;
    bool wish_changed_ = false, wish_is_drawable_ = false;
    std::size_t next_thumbnail_ = 0;  // of the wish's seeds
    std::optional<Scene> thumbnail_basis_;
    std::optional<std::stop_source> drawing_aside_;    // what a new request ends
    std::optional<std::stop_source> drawing_between_;  // what it does not
    bool glance_wanted_ = false;
    std::optional<Scene> glance_basis_, glance_done_;  // of the newest frame; of the newest glance
    std::optional<SpectraWish> average_wish_;
    bool average_changed_ = false;
    std::deque<Thumbnail> thumbnails_;
    Clock::time_point last_submit_ = Clock::now();

    // The worker's own.
    std::list<std::pair<NetworkKey, std::shared_ptr<OpenNetwork>>> networks_;  // newest use first
    std::optional<NetworkKey> failed_;
    std::optional<Average> average_;  // under way
    Clock::time_point average_end_{}, glance_end_{};
    Clock::duration average_took_{}, glance_took_{};
    int own_threads_ = 0, threads_ = 0;

    NetworkLoader loader_;
    std::jthread worker_;  // last member: ends before what it uses
};

RenderService::RenderService(std::function<void()> wake) : impl_(std::make_unique<Impl>(std::move(wake))) {}
RenderService::~RenderService() = default;
std::uint64_t RenderService::submit(FrameRequest request) { return impl_->submit(std::move(request)); }
std::optional<FrameResult> RenderService::poll() { return impl_->poll(); }
std::optional<FrameSource::Activity> RenderService::activity() const { return impl_->activity(); }
void RenderService::cancel_loading() { impl_->cancel_loading(); }
void RenderService::end_sheet() { impl_->end_sheet(); }
void RenderService::want_thumbnails(std::vector<std::uint32_t> seeds, int side_px) {
    impl_->want_thumbnails(std::move(seeds), side_px);
}
std::optional<Thumbnail> RenderService::poll_thumbnail() { return impl_->poll_thumbnail(); }
void RenderService::want_glance(bool wanted) { impl_->want_glance(wanted); }
std::optional<SpectraResult> RenderService::poll_glance() { return impl_->poll_glance(); }
void RenderService::average_spectra(std::optional<SpectraWish> wish) { impl_->average_spectra(wish); }
std::optional<SpectraResult> RenderService::poll_average() { return impl_->poll_average(); }

}  // namespace afs
