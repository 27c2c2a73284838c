// Where a film's frames go: one sink a kind of target. Used by core/formats/video.cpp on the encoding thread only,
// after it was made on the caller's.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "core/formats/video.h"

namespace afs {

inline constexpr int kPicturesAtOnce = 8;  // of a folder, at most, each on a thread of its own

class FilmSink {
  public:
    virtual ~FilmSink() = default;

    // Frames of the film's size, 3 or 4 channels, in order. When it throws, what was kept is already closed and
    // playable, and no other member is called any more.
    virtual void add(const std::shared_ptr<const Image>& frame) = 0;
    virtual void finish() = 0;  // after at least one frame

    // Undoes what opening did, if no frame was ever added.
    virtual void discard_empty() noexcept = 0;

    // Any thread.
    [[nodiscard]] std::int64_t frames_kept() const { return kept_; }
    [[nodiscard]] std::int64_t bytes_kept() const { return bytes_; }  // that those frames take on the disk

  protected:
    std::atomic<std::int64_t> kept_ = 0, bytes_ = 0;
};

[[nodiscard]] std::unique_ptr<FilmSink> open_picture_sequence(const std::filesystem::path& folder,
                                                              const FilmFormat& format, Overwrite overwrite,
                                                              std::int64_t first_index);

[[nodiscard]] std::unique_ptr<FilmSink> open_movie_file(const std::filesystem::path& path, const FilmFormat& format,
                                                        Overwrite overwrite);

// What is there already counts as kept; add() goes on after it. Nothing there: as open_movie_file. Throws Error{file}
// or Error{argument} for a file that is another film, or has other settings; it stays as it is.
[[nodiscard]] std::unique_ptr<FilmSink> resume_movie_file(const std::filesystem::path& path, const FilmFormat& format);

// "No frame was kept.", "The first frame is kept.", ...
[[nodiscard]] std::string frames_in_words(std::int64_t frames);

}  // namespace afs
