#include "core/formats/movie_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <vector>

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

// The same of what decoders must know beforehand: SPS and PPS behind two bytes of length each, after five bytes of
// profile and a count. Empty: they are not as we write them.
std::vector<std::uint8_t> head_with_start_codes(std::span<const std::uint8_t> head) {
    std::vector<std::uint8_t> parts;
    std::size_t at = 5;
    for (const int count_bits : {0x1f, 0xff}) {
        if (at >= head.size()) return {};
        for (int left = head[at++] & count_bits; left > 0; --left) {
            if (head.size() - at < 2) return {};
            const std::size_t length = AV_RB16(&head[at]);
            at += 2;
            if (length > head.size() - at) return {};
            parts.insert(parts.end(), {0, 0, 0, 1});
            parts.insert(parts.end(), head.begin() + static_cast<std::ptrdiff_t>(at),
                         head.begin() + static_cast<std::ptrdiff_t>(at + length));
            at += length;
        }
    }
    return parts;
}

}  // namespace

MovieReader::MovieReader(const std::filesystem::path& path, const std::string& container, const std::string& advice) {
    route_ffmpeg_log();
    const auto refuse = [&](const std::string& why) {
        return Error(ErrorKind::file, fmt::format("Could not open {}", path.string()), why, advice);
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
    packet.pts = av_rescale_q(packet.pts, stream_->time_base, frame_time_);
    packet.dts = AV_NOPTS_VALUE;
    packet.duration = 1;
    packet.pos = -1;
    return true;
}

std::int64_t MovieReader::count_whole() {
    const auto packet = owned_ffmpeg(av_packet_alloc());
    std::int64_t frames = 0, shown_up_to = 0, whole = 0;
    while (take(*packet)) {
        ++frames;
        shown_up_to = std::max(shown_up_to, packet->pts + 1);
        if (shown_up_to == frames) whole = frames;
    }
    return whole;
}

std::string MovieReader::comment() const {
    const AVDictionaryEntry* const found = av_dict_get(context_->metadata, "comment", nullptr, 0);
    return found == nullptr ? "" : found->value;
}

OwnedFFmpeg<AVCodecParameters> MovieReader::parameters() const {
    auto copy = owned_ffmpeg(avcodec_parameters_alloc());
    if (avcodec_parameters_copy(copy.get(), stream_->codecpar) < 0) throw std::bad_alloc();
    if (copy->codec_id != AV_CODEC_ID_H264 || copy->extradata_size < 1) return copy;
    const auto head = head_with_start_codes({copy->extradata, static_cast<std::size_t>(copy->extradata_size)});
    av_freep(&copy->extradata);
    copy->extradata_size = static_cast<int>(head.size());
    copy->extradata = static_cast<std::uint8_t*>(av_mallocz(head.size() + AV_INPUT_BUFFER_PADDING_SIZE));
    if (copy->extradata == nullptr) throw std::bad_alloc();
    std::ranges::copy(head, copy->extradata);
    return copy;
}

}  // namespace afs
