// Compressed frames into a container: MP4, WebM, Matroska. One thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/formats/ffmpeg.h"

namespace afs {

struct MovieTrack {
    const char* container = "";  // FFmpeg's name
    const AVCodecParameters* parameters = nullptr;
    AVRational frame_time = {1, 30};
    std::string comment;
};

class MovieMuxer {
  public:
    // in pieces: fragments of MP4, clusters of Matroska, ended by end_piece(); each plays without what comes later.
    // Else an MP4 with its index in front, for so many frames.
    static constexpr std::int64_t kInPieces = -1;
    MovieMuxer(const std::filesystem::path& path, AVIOContext* output, const MovieTrack& track,
               std::int64_t frames = kInPieces);

    // Takes what it holds. Its time of showing in frames; times of decoding are made here, one after the other, because
    // those of encoders that follow each other may overlap.
    void write(AVPacket& packet);
    void end_piece();  // everything that was written goes to the output
    void finish();

  private:
    std::filesystem::path path_;
    OwnedFFmpeg<AVFormatContext> context_;
    AVStream* stream_ = nullptr;
    AVRational frame_time_;
    std::int64_t written_ = 0, reordered_ = 0;  // frames are decoded at most so many earlier than they are shown
    bool first_piece_ = true;
};

}  // namespace afs
