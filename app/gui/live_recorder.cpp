#include "app/gui/live_recorder.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <limits>
#include <mutex>

#include "core/base/thread_priority.h"
#include "core/formats/resize.h"

namespace afs::gui {

struct LiveRecorder::Shared {
    std::mutex mutex;
    std::condition_variable came;
    std::deque<std::shared_ptr<const Image>> waiting;
    std::size_t bytes = 0;  // of what waits; a picture that is repeated counts once
    bool closed = false;

    // Null: there will be no more.
    std::shared_ptr<const Image> take() {
        std::unique_lock lock(mutex);
        came.wait(lock, [&] { return closed || !waiting.empty(); });
        if (waiting.empty()) return nullptr;
        auto image = std::move(waiting.front());
        waiting.pop_front();
        if (waiting.empty() || waiting.front() != image) bytes -= std::min(bytes, image->pixels.size());
        return image;
    }

    // False where it would be too much.
    bool add(const std::shared_ptr<const Image>& image) {
        {
            const std::lock_guard lock(mutex);
            const bool again = !waiting.empty() && waiting.back() == image;
            if (!again && bytes + image->pixels.size() > kMostBytes) return false;
            if (!again) bytes += image->pixels.size();
            waiting.push_back(image);
        }
        came.notify_one();
        return true;
    }
};

namespace {

void encode(const std::filesystem::path& path, FilmFormat format,
            const std::function<std::shared_ptr<const Image>()>& next) {
    std::shared_ptr<const Image> image = next();
    if (!image) return;
    const int even = format.codec == FilmCodec::h264 || format.codec == FilmCodec::vp9 ? 2 : 1;
    format.width = image->width + image->width % even;
    format.height = image->height + image->height % even;
    FilmWriter writer(path, format, Overwrite::no);
    std::shared_ptr<const Image> source, fitted;
    for (; image; image = next()) {
        if (image != source) {
            source = image;
            const bool fits = image->width == format.width && image->height == format.height;
            fitted = fits ? image : std::make_shared<const Image>(fit_picture(*image, format.width, format.height));
        }
        writer.add(fitted);
    }
    writer.finish();
}

}  // namespace

void LiveRecorder::start(Source source, const std::filesystem::path& path, FilmFormat format, double now_s) {
    if (job_) return;
    FilmFormat checked = format;
    checked.width = checked.height = 16;  // becomes known with the first picture
    check_film(path, checked, Overwrite::no);
    source_ = source;
    path_ = path;
    format_ = format;
    started_s_ = now_s;
    frames_ = repeated_ = 0;
    stopped_ = false;
    seen_.reset();
    added_.reset();
    shared_ = std::make_shared<Shared>();
    job_ = std::make_unique<Job>(
        "Recording live",
        [path, format, shared = shared_](const Progress&) {
            step_back_thread();
            encode(path, format, [&] { return shared->take(); });
        },
        wake_);
}

void LiveRecorder::stop() {
    if (!job_ || stopped_) return;
    stopped_ = true;
    seen_.reset();
    added_.reset();
    {
        const std::lock_guard lock(shared_->mutex);
        shared_->closed = true;
    }
    shared_->came.notify_one();
}

double LiveRecorder::seconds_to_next_frame(double now_s) const {
    if (!recording()) return std::numeric_limits<double>::infinity();
    const double rate = static_cast<double>(format_.fps_numerator) / format_.fps_denominator;
    return std::max(started_s_ + static_cast<double>(frames_) / rate - now_s, 0.0);
}

void LiveRecorder::add_frame(std::shared_ptr<const Image> image) {
    if (!shared_->add(image)) {
        ++repeated_;
        if (!added_ || !shared_->add(added_)) return;
        image = added_;
    }
    added_ = std::move(image);
}

void LiveRecorder::offer(std::shared_ptr<const Image> seen, double now_s) {
    if (!recording() || !seen) return;
    if (!seen_) {
        started_s_ = now_s;  // the film begins with its first picture
        seen_ = seen;
    }
    // Frames whose time has passed show what stood then; the one that is due now shows what has come.
    while (seconds_to_next_frame(now_s) <= 0.0) {
        ++frames_;
        add_frame(seconds_to_next_frame(now_s) <= 0.0 ? seen_ : seen);
    }
    seen_ = std::move(seen);
}

std::optional<LiveRecorder::Ended> LiveRecorder::update() {
    if (!job_ || !job_->finished()) return std::nullopt;
    Ended ended{frames_, repeated_, job_->failure()};
    job_.reset();
    stopped_ = true;
    return ended;
}

}  // namespace afs::gui
