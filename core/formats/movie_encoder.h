// Pictures to compressed frames, by FFmpeg's encoders. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/formats/ffmpeg.h"
#include "core/formats/video.h"

namespace afs {

[[nodiscard]] std::vector<FilmCodec> available_movie_codecs();
[[nodiscard]] const char* movie_container(FilmCodec codec);  // FFmpeg's name of it

// The end of MovieEncoder::settings(): all else is the same in every part of a film.
[[nodiscard]] std::string first_frame_in_words(std::int64_t first_frame);

class MovieEncoder {
  public:
    // Throws Error{argument} for a format that the encoder does not take.
    MovieEncoder(const std::filesystem::path& path, const FilmFormat& format);

    // `number` grows by one from frame to frame, from any first one; a new encoder begins with a frame that stands for
    // itself, so that what it gives may follow what an earlier one gave.
    void add(const Image& image, std::int64_t number);
    void finish();

    // The next compressed frame, its times in frames. False: give it more, or after finish(): that was all.
    [[nodiscard]] bool take(AVPacket& packet);

    [[nodiscard]] const AVCodecContext& context() const { return *context_; }
    [[nodiscard]] AVRational frame_time() const { return context_->time_base; }

    // Everything that frames of one file have in common, in words: they are kept in the file, and what another encoder
    // makes may follow only where it has the same.
    [[nodiscard]] std::string settings() const;

  private:
    std::filesystem::path path_;
    FilmFormat format_;
    OwnedFFmpeg<AVCodecContext> context_;
    OwnedFFmpeg<AVFrame> frame_;
};

}  // namespace afs
