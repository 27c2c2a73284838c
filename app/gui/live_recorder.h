// Records what happens: what the canvas shows, or the whole window, while the user explores. Time is the clock's, at a
// fixed rate: a picture that stands is repeated. Pictures are encoded on a thread of their own. UI thread only; nothing
// here waits, except the end, which writes what is left.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/base/job.h"
#include "core/formats/video.h"

namespace afs::gui {

class LiveRecorder {
  public:
    enum class Source { canvas, window };
    explicit LiveRecorder(std::function<void()> wake) : wake_(std::move(wake)) {}
    ~LiveRecorder() { stop(); }
    LiveRecorder(const LiveRecorder&) = delete;
    LiveRecorder& operator=(const LiveRecorder&) = delete;

    // `format`: without a size; that of the first picture is taken, made even where the codec needs it. Later pictures
    // of other sizes are fitted into it. Throws Error as check_film does.
    void start(Source source, const std::filesystem::path& path, FilmFormat format, double now_s);
    void stop();  // no more pictures; the file is finished in the background

    [[nodiscard]] bool recording() const { return job_ && !stopped_; }  // still takes pictures
    [[nodiscard]] bool busy() const { return job_ != nullptr; }
    [[nodiscard]] Source source() const { return source_; }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] double seconds(double now_s) const { return now_s - started_s_; }
    [[nodiscard]] double seconds_to_next_frame(double now_s) const;  // infinity while nothing is recorded

    // What is seen now; frames that are due since the last call show what was offered before.
    void offer(std::shared_ptr<const Image> seen, double now_s);

    // Every frame. How it ended, once it has.
    struct Ended {
        std::int64_t frames = 0, repeated = 0;  // repeated: because encoding did not keep up
        std::optional<Failure> failure;
    };
    [[nodiscard]] std::optional<Ended> update();

    static constexpr std::size_t kMostBytes = std::size_t{512} << 20;  // of pictures that wait

  private:
    struct Shared;
    void add_frame(std::shared_ptr<const Image> image);

    std::function<void()> wake_;
    Source source_ = Source::canvas;
    std::filesystem::path path_;
    FilmFormat format_;
    double started_s_ = 0.0;
    std::int64_t frames_ = 0, repeated_ = 0;
    bool stopped_ = false;
    std::shared_ptr<const Image> seen_, added_;
    std::shared_ptr<Shared> shared_;
    std::unique_ptr<Job> job_;
};

}  // namespace afs::gui
