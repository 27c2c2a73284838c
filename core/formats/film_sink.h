// Where a film's frames go: one sink a kind of target. Used by core/formats/video.cpp on the encoding thread only,
// after it was made on the caller's.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "core/formats/video.h"

namespace afs {

class FilmSink {
  public:
    virtual ~FilmSink() = default;

    // Frames of the film's size, 3 or 4 channels, in order. When it throws, what was kept is already closed and
    // playable, and no other member is called any more.
    virtual void add(const Image& frame) = 0;
    virtual void finish() = 0;  // after at least one frame

    // Undoes what opening did, if no frame was ever added.
    virtual void discard_empty() noexcept = 0;

    [[nodiscard]] std::int64_t frames_kept() const { return kept_; }  // any thread

  protected:
    std::atomic<std::int64_t> kept_ = 0;
};

[[nodiscard]] std::unique_ptr<FilmSink> open_picture_sequence(const std::filesystem::path& folder,
                                                              const FilmFormat& format, Overwrite overwrite,
                                                              std::int64_t first_index);

// "No frame is in it.", "One frame is in it and plays.", ...
[[nodiscard]] std::string frames_in_words(std::int64_t frames);

}  // namespace afs
