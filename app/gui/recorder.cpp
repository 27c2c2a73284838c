#include "app/gui/recorder.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <mutex>

#include "core/base/thread_priority.h"

namespace afs::gui {
namespace fs = std::filesystem;

namespace {

const std::string kAtlasName = "newest frame of the film";

std::int64_t frames_wanted(const FilmRequest& request) {
    return request.last.value_or(request.cells.front().timeline.frame_count() - 1) - request.first + 1;
}

}  // namespace

struct Recorder::Shared {
    std::mutex mutex;
    FilmResult result;
    std::optional<Image> newest;  // small; taken by the window
    double bytes_a_frame = 0.0;
};

Recorder::Recorder(PictureAtlas& atlas, RecordFilm make, std::function<void()> wake)
    : atlas_(atlas), make_(std::move(make)), wake_(std::move(wake)) {}

void Recorder::start(FilmRequest request) {
    if (!make_ || job_) return;
    recording_.emplace();
    recording_->request = request;
    recording_->running = true;
    first_seen_.reset();
    frame_known_ = false;
    shared_ = std::make_shared<Shared>();
    job_ = std::make_unique<Job>(
        "Recording",
        [make = make_, request = std::move(request), shared = shared_](const Progress& progress) {
            step_back_thread();  // the hand goes before the film
            FilmResult result = make(request, progress, [&](const FilmFrame& frame) {
                Image small = reduced_to_fit(*frame.image, PictureAtlas::kCell);
                const std::lock_guard lock(shared->mutex);
                shared->newest = std::move(small);
                shared->bytes_a_frame = frame.bytes_a_frame;
            });
            const std::lock_guard lock(shared->mutex);
            shared->result = std::move(result);
        },
        wake_);
}

void Recorder::cancel() {
    if (job_) job_->cancel();
}

std::optional<PictureAtlas::Picture> Recorder::newest_frame() const {
    return frame_known_ ? atlas_.find(kAtlasName) : std::nullopt;
}

void Recorder::forget() {
    if (!job_) recording_.reset();
}

bool Recorder::update(double now_s) {
    if (!job_) return false;
    Recording& now = *recording_;
    now.progress = job_->progress();
    if (now.progress.doing.starts_with("frame ")) {
        if (!first_seen_) first_seen_ = {now_s, now.progress.fraction};
        const auto [since_s, from] = *first_seen_;
        const double done = now.progress.fraction - from;
        if (done > 0) now.seconds_left = (now_s - since_s) / done * (1.0 - now.progress.fraction);
    }
    {
        const std::lock_guard lock(shared_->mutex);
        if (const auto newest = std::exchange(shared_->newest, std::nullopt)) {
            atlas_.put(kAtlasName, *newest);
            frame_known_ = true;
        }
        if (shared_->bytes_a_frame > 0)
            now.bytes = shared_->bytes_a_frame * static_cast<double>(frames_wanted(now.request));
    }
    if (!job_->finished()) return false;
    now.running = false;
    now.failure = job_->failure();
    {
        const std::lock_guard lock(shared_->mutex);
        now.result = shared_->result;
    }
    job_.reset();
    const std::string name = now.request.output.filename().string();
    if (!now.failure)
        now.ended = fmt::format("{}: {} frames, {} \u00d7 {}, in {}", name, now.result.frames, now.result.width,
                                now.result.height, duration_words(now.result.seconds));
    else if (now.failure->kind == ErrorKind::cancelled)
        now.ended = "Ended early. " + what_is_there(now.request);
    else
        now.ended = now.failure->what + ". " + what_is_there(now.request);
    return true;
}

std::string duration_words(double seconds) {
    const auto whole = static_cast<long long>(std::llround(std::max(seconds, 0.0)));
    if (whole < 1) return "less than a second";
    if (whole < 60) return fmt::format("{} s", whole);
    if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
    return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string what_is_there(const FilmRequest& request) {
    std::error_code problem;
    const std::string path = request.output.string();
    if (!is_picture_sequence(request.format.codec)) {
        const auto size = fs::file_size(request.output, problem);
        if (problem || size == 0) return "There is nothing of it on the disk.";
        return "What was made until then is in " + path + " and plays.";
    }
    std::int64_t there = 0;
    const std::int64_t last = request.last.value_or(request.cells.front().timeline.frame_count() - 1);
    for (std::int64_t i = request.first; i <= last; ++i)
        if (fs::exists(film_frame_path(request.output, i, request.format.codec), problem)) ++there;
    return there == 0 ? "There is nothing of it on the disk." : fmt::format("{} pictures are in {}.", there, path);
}

}  // namespace afs::gui
