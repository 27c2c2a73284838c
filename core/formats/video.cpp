#include "core/formats/video.h"

#include <fmt/format.h>

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "core/base/error.h"
#include "core/base/log.h"
#include "core/base/thread_priority.h"
#include "core/formats/film_sink.h"

namespace afs {
namespace {

std::unique_ptr<FilmSink> open_sink(const std::filesystem::path& path, const FilmFormat& format, Overwrite overwrite,
                                    std::int64_t first_index) {
    check_film(path, format, overwrite, first_index);
    if (is_picture_sequence(format.codec)) return open_picture_sequence(path, format, overwrite, first_index);
    return open_movie_file(path, format, overwrite);
}

std::unique_ptr<FilmSink> resume_sink(const std::filesystem::path& path, const FilmFormat& format) {
    check_film(path, format, Overwrite::yes);
    AFS_CHECK(!is_picture_sequence(format.codec));
    return resume_movie_file(path, format);
}

// An encoder's own threads are as those that open it.
template <class Open> std::unique_ptr<FilmSink> stepped_back(const Open& open) {
    return std::async(std::launch::async,
                      [&] {
                          step_back_thread();
                          return open();
                      })
        .get();
}

}  // namespace

class FilmWriter::Encoding {
  public:
    Encoding(const std::filesystem::path& path, const FilmFormat& format, std::unique_ptr<FilmSink> sink)
        : path_(path), format_(format), sink_(std::move(sink)), thread_([this] { encode(); }) {}

    ~Encoding() {
        end();
        if (failure_ != nullptr && !told_) log_warning("The film ended early: {}", failure_->what());
    }

    void add(std::shared_ptr<const Image> frame) {
        AFS_CHECK(frame != nullptr);
        if (frame->width != format_.width || frame->height != format_.height ||
            (frame->channels != 3 && frame->channels != 4) ||
            frame->pixels.size() != static_cast<std::size_t>(frame->width) * static_cast<std::size_t>(frame->height) *
                                        static_cast<std::size_t>(frame->channels))
            throw Error(ErrorKind::argument, fmt::format("Could not add a frame to {}", path_.string()),
                        fmt::format("it is {} x {} with {} channels, and the film takes {} x {} with 3 or 4",
                                    frame->width, frame->height, frame->channels, format_.width, format_.height),
                        "A film keeps the size it was started with.");
        std::unique_lock lock(mutex_);
        AFS_CHECK(!ended_);
        taken_.wait(lock, [this] { return queue_.size() < kFilmQueue || failure_ != nullptr; });
        throw_failure();
        queue_.push_back(std::move(frame));
        any_ = true;
        lock.unlock();
        came_.notify_one();
    }

    void finish() {
        end();
        const std::lock_guard lock(mutex_);
        throw_failure();
        if (!any_ && frames_kept() == 0)
            throw Error(ErrorKind::argument, fmt::format("Could not finish {}", path_.string()), "it has no frames",
                        "Film at least one.");
    }

    [[nodiscard]] std::int64_t frames_kept() const { return sink_->frames_kept(); }
    [[nodiscard]] std::int64_t bytes_kept() const { return sink_->bytes_kept(); }

  private:
    void throw_failure() {
        if (failure_ == nullptr) return;
        told_ = true;
        throw Error(*failure_);
    }

    void end() {
        {
            const std::lock_guard lock(mutex_);
            ended_ = true;
        }
        came_.notify_one();
        if (thread_.joinable()) thread_.join();
    }

    // The thread. Frames that wait when it fails are dropped: the file ends where the error says.
    void encode() noexcept {
        step_back_thread();
        try {
            while (const std::shared_ptr<const Image> frame = next()) sink_->add(frame);
            if (any_)
                sink_->finish();
            else
                sink_->discard_empty();
        } catch (...) {
            fail(current_failure(fmt::format("Could not write {}", path_.string())));
        }
    }

    std::shared_ptr<const Image> next() {
        std::unique_lock lock(mutex_);
        came_.wait(lock, [this] { return !queue_.empty() || ended_; });
        if (queue_.empty()) return nullptr;
        std::shared_ptr<const Image> frame = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        taken_.notify_one();
        return frame;
    }

    void fail(const Failure& failure) {
        {
            const std::lock_guard lock(mutex_);
            failure_ = std::make_unique<Error>(failure.kind, failure.what, failure.why, failure.what_to_do);
            queue_.clear();
        }
        taken_.notify_one();
    }

    std::filesystem::path path_;
    FilmFormat format_;
    std::unique_ptr<FilmSink> sink_;

    std::mutex mutex_;
    std::condition_variable came_, taken_;
    std::deque<std::shared_ptr<const Image>> queue_;
    bool any_ = false, ended_ = false, told_ = false;
    std::unique_ptr<Error> failure_;

    std::thread thread_;  // last: it uses all of the above
};

FilmWriter::FilmWriter(const std::filesystem::path& path, const FilmFormat& format, Overwrite overwrite,
                       std::int64_t first_index)
    : encoding_(std::make_unique<Encoding>(
          path, format, stepped_back([&] { return open_sink(path, format, overwrite, first_index); }))) {}

FilmWriter::FilmWriter(const std::filesystem::path& path, const FilmFormat& format, ResumeFilm)
    : encoding_(std::make_unique<Encoding>(path, format, stepped_back([&] { return resume_sink(path, format); }))) {}

FilmWriter::~FilmWriter() = default;

void FilmWriter::add(std::shared_ptr<const Image> frame) { encoding_->add(std::move(frame)); }
void FilmWriter::finish() { encoding_->finish(); }
std::int64_t FilmWriter::frames_kept() const { return encoding_->frames_kept(); }
std::int64_t FilmWriter::bytes_kept() const { return encoding_->bytes_kept(); }

}  // namespace afs
