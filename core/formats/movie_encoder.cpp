#include "core/formats/movie_encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <thread>

#include "core/base/error.h"
#include "core/base/log.h"
#include "core/base/sha256.h"
#include "core/formats/movie_colours.h"

namespace afs {
namespace {

struct Option {
    const char* key = nullptr;
    const char* value = nullptr;
};
struct Encoder {
    FilmCodec codec;
    const char* name;       // FFmpeg's
    const char* container;  // FFmpeg's
    AVPixelFormat pixels;
    int crf;  // default; 0: has none
    // Rendering wants the rest. The same number on all machines where the bytes depend on it.
    int threads;
    std::array<Option, 4> options;
};
constexpr int kOnePerSlice = 0;  // as many as there are cores
constexpr std::array<Encoder, 3> kEncoders = {{
    {FilmCodec::h264, "libx264", "mp4", AV_PIX_FMT_YUV420P, 18, 2, {{{"preset", "veryfast"}}}},
    {FilmCodec::vp9,
     "libvpx-vp9",
     "webm",
     AV_PIX_FMT_YUV420P,
     24,
     2,
     {{{"deadline", "good"}, {"cpu-used", "5"}, {"tile-columns", "1"}, {"lag-in-frames", "12"}}}},
    {FilmCodec::ffv1,
     "ffv1",
     "matroska",
     AV_PIX_FMT_BGR0,
     0,
     kOnePerSlice,
     {{{"level", "3"}, {"coder", "1"}, {"slicecrc", "1"}}}},
}};

const Encoder& encoder_of(FilmCodec codec) {
    const auto* const found = std::ranges::find(kEncoders, codec, &Encoder::codec);
    AFS_CHECK(found != kEncoders.end());
    return *found;
}

void set(AVCodecContext& context, const char* key, const char* value) {
    const int done = av_opt_set(&context, key, value, AV_OPT_SEARCH_CHILDREN);
    if (done < 0) log_debug("FFmpeg: {} does not know {} ({})", context.codec->name, key, ffmpeg_reason(done));
}

OwnedFFmpeg<AVCodecContext> open_encoder(const Encoder& row, const FilmFormat& format,
                                         const std::filesystem::path& path) {
    const AVCodec* const codec = avcodec_find_encoder_by_name(row.name);
    AFS_CHECK(codec != nullptr);  // check_film() asked
    auto context = owned_ffmpeg(avcodec_alloc_context3(codec));
    AVCodecContext& c = *context;
    const bool rgb = row.pixels == AV_PIX_FMT_BGR0;
    c.width = format.width;
    c.height = format.height;
    c.pix_fmt = row.pixels;
    c.time_base = {format.fps_denominator, format.fps_numerator};
    c.framerate = {format.fps_numerator, format.fps_denominator};
    c.sample_aspect_ratio = {1, 1};
    // A second from one frame that stands for itself to the next: players jump there.
    c.gop_size = rgb ? 1 : std::max(1, format.fps_numerator / format.fps_denominator);
    c.thread_count = row.threads;
    if (row.threads == kOnePerSlice) {
        // Parts of a frame that know nothing of each other; those of small frames would grow.
        c.slices = std::min(format.width, format.height) >= 256 ? 16 : 4;
        c.thread_count = std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, c.slices);
    }
    c.color_primaries = AVCOL_PRI_BT709;
    c.color_trc = rgb ? AVCOL_TRC_IEC61966_2_1 : AVCOL_TRC_BT709;
    c.colorspace = rgb ? AVCOL_SPC_RGB : AVCOL_SPC_BT709;
    c.color_range = rgb ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    c.chroma_sample_location = rgb ? AVCHROMA_LOC_UNSPECIFIED : AVCHROMA_LOC_LEFT;
    c.flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
    c.bit_rate = format.bitrate.value_or(0);
    for (const Option& option : row.options)
        if (option.key != nullptr) set(c, option.key, option.value);
    if (row.crf != 0 && !format.bitrate) set(c, "crf", std::to_string(format.crf.value_or(row.crf)).c_str());
    const int opened = avcodec_open2(&c, codec, nullptr);
    if (opened == AVERROR(ENOMEM)) throw std::bad_alloc();
    if (opened < 0)
        throw Error(
            ErrorKind::argument, fmt::format("Could not start the film {}", path.string()),
            fmt::format("the encoder {} does not take {} x {} at {}/{} frames a second ({})", row.name, format.width,
                        format.height, format.fps_numerator, format.fps_denominator, ffmpeg_reason(opened)),
            "Try another size, or the codec png.");
    return context;
}

}  // namespace

std::vector<FilmCodec> available_movie_codecs() {
    route_ffmpeg_log();
    std::vector<FilmCodec> available;
    for (const Encoder& row : kEncoders)
        if (avcodec_find_encoder_by_name(row.name) != nullptr &&
            av_guess_format(row.container, nullptr, nullptr) != nullptr)
            available.push_back(row.codec);
    return available;
}

const char* movie_container(FilmCodec codec) { return encoder_of(codec).container; }

MovieEncoder::MovieEncoder(const std::filesystem::path& path, const FilmFormat& format)
    : path_(path),
      format_(format),
      context_(open_encoder(encoder_of(format.codec), format, path)),
      frame_(owned_ffmpeg(av_frame_alloc())) {
    AVFrame& f = *frame_;
    f.format = context_->pix_fmt;
    f.width = format.width;
    f.height = format.height;
    f.color_range = context_->color_range;
    f.color_primaries = context_->color_primaries;
    f.color_trc = context_->color_trc;
    f.colorspace = context_->colorspace;
    f.chroma_location = context_->chroma_sample_location;
    if (av_frame_get_buffer(&f, 0) < 0) throw std::bad_alloc();
}

void MovieEncoder::add(const Image& image, std::int64_t number) {
    AVFrame& f = *frame_;
    check_ffmpeg(av_frame_make_writable(&f), path_, "there is no room for a frame");
    const auto plane = [&](std::size_t i) { return Plane{f.data[i], f.linesize[i]}; };
    if (context_->pix_fmt == AV_PIX_FMT_BGR0)
        to_bgr0(image, plane(0));
    else
        to_yuv420(image, plane(0), plane(1), plane(2));
    f.pts = number;
    check_ffmpeg(avcodec_send_frame(context_.get(), &f), path_, "the encoder refused a frame");
}

void MovieEncoder::finish() {
    check_ffmpeg(avcodec_send_frame(context_.get(), nullptr), path_, "the encoder could not end");
}

bool MovieEncoder::take(AVPacket& packet) {
    const int got = avcodec_receive_packet(context_.get(), &packet);
    if (got == AVERROR(EAGAIN) || got == AVERROR_EOF) return false;
    check_ffmpeg(got, path_, "the encoder failed");
    packet.duration = 1;
    return true;
}

std::string first_frame_in_words(std::int64_t first_frame) { return fmt::format(", from frame {}", first_frame); }

std::string MovieEncoder::settings() const {
    const Encoder& row = encoder_of(format_.codec);
    const std::string quality = format_.bitrate ? fmt::format(", {} bits a second", *format_.bitrate)
                                : row.crf != 0  ? fmt::format(", crf {}", format_.crf.value_or(row.crf))
                                                : "";
    // What decoders must know beforehand is in the file once, and depends on the version of the encoder, too.
    const std::span head(context_->extradata, static_cast<std::size_t>(std::max(context_->extradata_size, 0)));
    return fmt::format("{} {}x{}, {}/{} frames a second{}, head {}{}", row.name, format_.width, format_.height,
                       format_.fps_numerator, format_.fps_denominator, quality,
                       sha256_hex(std::as_bytes(head)).substr(0, 8),
                       format_.film.empty() ? "" : ", film " + format_.film) +
           first_frame_in_words(format_.first_frame);
}

}  // namespace afs
