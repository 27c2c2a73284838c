// Compressed frames out of a film of ours, whole or broken off: what resuming and finishing a film copy. Reads only
// MP4 and Matroska, decodes nothing. One thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/formats/ffmpeg.h"

namespace afs {

class MovieReader {
  public:
    // container: as the muxer calls it. Throws Error{file}, closing with `advice`, for a file that cannot be read, or
    // holds no film.
    MovieReader(const std::filesystem::path& path, const std::string& container, const std::string& advice = {});

    // What times are told in; from the beginning on.
    void set_frame_time(AVRational frame_time) { frame_time_ = frame_time; }

    // The next compressed frame as the encoder gave it, its time of showing in frames. False: there is none that is
    // whole.
    [[nodiscard]] bool take(AVPacket& packet);

    // Passes over all frames. Result: how many of the first ones, in the order of the file, are the first ones to be
    // shown, too: after them the film could end.
    [[nodiscard]] std::int64_t count_whole();

    [[nodiscard]] std::string comment() const;
    [[nodiscard]] OwnedFFmpeg<AVCodecParameters> parameters() const;  // as an encoder gives them

  private:
    struct Close {
        void operator()(AVFormatContext* p) const { avformat_close_input(&p); }
    };
    std::unique_ptr<AVFormatContext, Close> context_;
    const AVStream* stream_ = nullptr;
    AVRational frame_time_ = {1, 30};
};

}  // namespace afs
