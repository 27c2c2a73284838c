#include "core/formats/movie_muxer.h"

#include <string_view>

namespace afs {

MovieMuxer::MovieMuxer(const std::filesystem::path& path, AVIOContext* output, const MovieTrack& track,
                       std::int64_t frames)
    : path_(path), frame_time_(track.frame_time) {
    AVFormatContext* made = nullptr;
    check_ffmpeg(avformat_alloc_output_context2(&made, nullptr, track.container, nullptr), path_,
                 "there is no such container");
    context_ = owned_ffmpeg(made);
    context_->pb = output;
    context_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;  // the same film, the same bytes
    av_dict_set(&context_->metadata, "comment", track.comment.c_str(), 0);
    stream_ = avformat_new_stream(context_.get(), nullptr);
    if (stream_ == nullptr) throw std::bad_alloc();
    stream_->time_base = frame_time_;
    stream_->avg_frame_rate = {frame_time_.den, frame_time_.num};
    check_ffmpeg(avcodec_parameters_copy(stream_->codecpar, track.parameters), path_, "the encoder has no parameters");
    stream_->codecpar->codec_tag = 0;  // another container's
    // x264 makes pictures between two others from both, and from such pictures once more.
    if (track.parameters->codec_id == AV_CODEC_ID_H264) reordered_ = 2;
    AVDictionary* options = nullptr;
    if (std::string_view(track.container) == "mp4") {
        if (frames == kInPieces) {
            // Fragments where end_piece() says; the head waits for the first one, because it tells when that begins.
            av_dict_set(&options, "movflags", "frag_custom+empty_moov+delay_moov+default_base_moof", 0);
        } else {
            // Room for the index: about 1 KB of head, and at most 40 bytes a frame in the tables of sizes, orders,
            // chunks and key frames. What is not needed stays empty.
            av_dict_set_int(&options, "moov_size", 4096 + 40 * frames, 0);
        }
    }
    const int written = avformat_write_header(context_.get(), &options);
    av_dict_free(&options);
    check_ffmpeg(written, path_, "its head could not be written");
}

void MovieMuxer::write(AVPacket& packet) {
    packet.dts = written_++ - reordered_;
    packet.stream_index = stream_->index;
    av_packet_rescale_ts(&packet, frame_time_, stream_->time_base);
    const int written = av_write_frame(context_.get(), &packet);
    av_packet_unref(&packet);
    check_ffmpeg(written, path_, "a frame could not be written");
}

void MovieMuxer::end_piece() {
    // MP4 writes its head at the first call and the first fragment at the second.
    for (int calls = first_piece_ ? 2 : 1; calls > 0; --calls)
        check_ffmpeg(av_write_frame(context_.get(), nullptr), path_, "a piece could not be written");
    first_piece_ = false;
    avio_flush(context_->pb);
}

void MovieMuxer::finish() {
    check_ffmpeg(av_write_trailer(context_.get()), path_, "its end could not be written");
    avio_flush(context_->pb);
}

}  // namespace afs
