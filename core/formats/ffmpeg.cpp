#include "core/formats/ffmpeg.h"

#include <fmt/format.h>

#include <array>
#include <cstdarg>
#include <mutex>
#include <string_view>

extern "C" {
#include <libavutil/log.h>
}

#include "core/base/error.h"
#include "core/base/log.h"

namespace afs {
namespace {

// What FFmpeg calls an error is told by our Error as well.
void take_line(void* source, int level, const char* format, va_list arguments) {
    if (level > AV_LOG_WARNING) return;
    std::array<char, 512> line{};
    int print_prefix = 1;
    av_log_format_line(source, level, format, arguments, line.data(), static_cast<int>(line.size()), &print_prefix);
    std::string_view text(line.data());
    while (text.ends_with('\n')) text.remove_suffix(1);
    log_debug("FFmpeg: {}", text);
}

}  // namespace

void route_ffmpeg_log() {
    static std::once_flag once;
    std::call_once(once, [] { av_log_set_callback(take_line); });
}

std::string ffmpeg_reason(int code) {
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(code, text.data(), text.size());
    return text.data();
}

void check_ffmpeg(int code, const std::filesystem::path& path, const char* what) {
    if (code == AVERROR(ENOMEM)) throw std::bad_alloc();
    if (code < 0)
        throw Error(ErrorKind::file, fmt::format("Could not write {}", path.string()),
                    fmt::format("{} ({})", what, ffmpeg_reason(code)), "The log at level debug says more.");
}

}  // namespace afs
