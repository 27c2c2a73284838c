// FFmpeg's objects with owners, and its failures in our words. Included by the files that make films (movie_*.cpp)
// and by nothing else: its headers are C and full of macros.
#pragma once

#include <filesystem>
#include <memory>
#include <new>
#include <string>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
}

namespace afs {

struct FreeFFmpeg {
    void operator()(AVCodecContext* p) const { avcodec_free_context(&p); }
    void operator()(AVFormatContext* p) const { avformat_free_context(p); }  // of an output
    void operator()(AVCodecParameters* p) const { avcodec_parameters_free(&p); }
    void operator()(AVFrame* p) const { av_frame_free(&p); }
    void operator()(AVPacket* p) const { av_packet_free(&p); }
};
template <class T> using OwnedFFmpeg = std::unique_ptr<T, FreeFFmpeg>;

template <class T> [[nodiscard]] OwnedFFmpeg<T> owned_ffmpeg(T* p) {
    if (p == nullptr) throw std::bad_alloc();
    return OwnedFFmpeg<T>(p);
}

// FFmpeg's own lines go to our log (level debug) instead of stderr. Once is enough; any thread.
void route_ffmpeg_log();

[[nodiscard]] std::string ffmpeg_reason(int code);  // "Invalid argument"

// Throws std::bad_alloc or Error{file} "Could not write <path>: <what> (<reason>)" for a negative code.
void check_ffmpeg(int code, const std::filesystem::path& path, const char* what);

}  // namespace afs
