#include "core/formats/movie_reader.h"

#include <fmt/format.h>

extern "C" {
#include <libavutil/intreadwrite.h>
}

#include "core/base/error.h"

namespace afs {
namespace {

// MP4 keeps the parts of a frame behind their lengths; encoders give them behind start codes of as many bytes. False:
// the lengths do not add up.
bool with_start_codes(AVPacket& packet) {
    if (av_packet_make_writable(&packet) < 0) throw std::bad_alloc();
    std::uint8_t* at = packet.data;
    for (std::uint8_t* const end = packet.data + packet.size; at < end;) {
        if (end - at < 4) return false;
        const std::uint32_t length = AV_RB32(at);
        if (length > static_cast<std::uint64_t>(end - at - 4)) return false;
        AV_WB32(at, 1);
        at += 4 + length;
    }
    return true;
}

}  // namespace

MovieReader::MovieReader(const std::filesystem::path& path, const std::string& container, AVRational frame_time)
    : frame_time_(frame_time) {
    route_ffmpeg_log();
    const auto refuse = [&](const std::string& why) {
        return Error(ErrorKind::file, fmt::format("Could not go on with {}", path.string()), why,
                     "Begin it anew with --overwrite, or choose another name.");
    };
    const AVInputFormat* const reader = av_find_input_format(container.c_str());
    AFS_CHECK(reader != nullptr);
    AVFormatContext* opened = nullptr;
    // A name like "http:x.mp4" is a file's, too.
    const int failed = avformat_open_input(&opened, ("file:" + path.string()).c_str(), reader, nullptr);
    if (failed == AVERROR(ENOMEM)) throw std::bad_alloc();
    if (failed < 0) throw refuse(fmt::format("it cannot be read as a film ({})", ffmpeg_reason(failed)));
    context_.reset(opened);
    if (context_->nb_streams != 1)
        throw refuse(fmt::format("it holds {} streams instead of one", context_->nb_streams));
    stream_ = context_->streams[0];
}

bool MovieReader::take(AVPacket& packet) {
    av_packet_unref(&packet);
    if (av_read_frame(context_.get(), &packet) < 0) return false;
    if ((packet.flags & AV_PKT_FLAG_CORRUPT) != 0 || packet.pts == AV_NOPTS_VALUE) return false;
    if (stream_->codecpar->codec_id == AV_CODEC_ID_H264 && !with_start_codes(packet)) return false;
    // Matroska tells no times of decoding: its codecs give frames in the order of showing.
    if (packet.dts == AV_NOPTS_VALUE) packet.dts = packet.pts;
    packet.pts = av_rescale_q(packet.pts, stream_->time_base, frame_time_);
    packet.dts = av_rescale_q(packet.dts, stream_->time_base, frame_time_);
    packet.duration = 1;
    packet.pos = -1;
    return true;
}

std::string MovieReader::comment() const {
    const AVDictionaryEntry* const found = av_dict_get(context_->metadata, "comment", nullptr, 0);
    return found == nullptr ? "" : found->value;
}

}  // namespace afs
