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
    // container: as the muxer calls it. Throws Error{file} for a file that cannot be read, or holds no film.
    MovieReader(const std::filesystem::path& path, const std::string& container, AVRational frame_time);

    // The next compressed frame as the encoder gave it, its times in frames. False: there is none that is whole.
    [[nodiscard]] bool take(AVPacket& packet);

    [[nodiscard]] std::string comment() const;

  private:
    struct Close {
        void operator()(AVFormatContext* p) const { avformat_close_input(&p); }
    };
    std::unique_ptr<AVFormatContext, Close> context_;
    const AVStream* stream_ = nullptr;
    AVRational frame_time_;
};

}  // namespace afs
