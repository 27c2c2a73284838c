#include "tests/support/movie.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/pixdesc.h>
}

namespace afs::test {
namespace {

struct Close {
    void operator()(AVFormatContext* p) const { avformat_close_input(&p); }
    void operator()(AVCodecContext* p) const { avcodec_free_context(&p); }
    void operator()(AVFrame* p) const { av_frame_free(&p); }
    void operator()(AVPacket* p) const { av_packet_free(&p); }
};
template <class T> using Owned = std::unique_ptr<T, Close>;

std::uint8_t byte(double x) { return static_cast<std::uint8_t>(std::clamp(std::lround(x), 0L, 255L)); }

// BT.709, studio range, colours at the left of every second pixel and between two rows.
Image from_yuv420(const AVFrame& frame) {
    Image image{frame.width, frame.height, 3, {}};
    const int chroma_width = (frame.width + 1) / 2, chroma_height = (frame.height + 1) / 2;
    const auto chroma = [&](int plane, int x, int y) {
        return static_cast<double>(frame.data[plane][std::clamp(y, 0, chroma_height - 1) * frame.linesize[plane] +
                                                     std::clamp(x, 0, chroma_width - 1)]);
    };
    const auto at = [&](int plane, int x, int y) {
        const int left = x / 2, near = y / 2, other = y % 2 == 0 ? near - 1 : near + 1;
        const double right_share = x % 2 == 0 ? 0.0 : 0.5;
        const auto row = [&](int r) {
            return (1 - right_share) * chroma(plane, left, r) + right_share * chroma(plane, left + 1, r);
        };
        return 0.75 * row(near) + 0.25 * row(other);
    };
    for (int y = 0; y < frame.height; ++y)
        for (int x = 0; x < frame.width; ++x) {
            const double luma = (frame.data[0][y * frame.linesize[0] + x] - 16.0) * 255 / 219;
            const double blue = (at(1, x, y) - 128) * 255 / 224, red = (at(2, x, y) - 128) * 255 / 224;
            const double r = luma + 1.5748 * red, b = luma + 1.8556 * blue;
            const double g = (luma - 0.2126 * r - 0.0722 * b) / 0.7152;
            for (const double c : {r, g, b}) image.pixels.push_back(byte(c));
        }
    return image;
}

Image from_bgr0(const AVFrame& frame) {
    Image image{frame.width, frame.height, 3, {}};
    for (int y = 0; y < frame.height; ++y)
        for (int x = 0; x < frame.width; ++x) {
            const std::uint8_t* const pixel = frame.data[0] + y * frame.linesize[0] + 4 * x;
            image.pixels.insert(image.pixels.end(), {pixel[2], pixel[1], pixel[0]});
        }
    return image;
}

const char* word(const char* name) { return name == nullptr ? "none" : name; }

}  // namespace

Movie play(const std::filesystem::path& path) {
    av_log_set_level(AV_LOG_QUIET);  // broken ends are what some tests are about
    AVFormatContext* opened = nullptr;
    if (avformat_open_input(&opened, path.c_str(), nullptr, nullptr) < 0)
        throw std::runtime_error(path.string() + " is no film");
    const Owned<AVFormatContext> file(opened);
    if (avformat_find_stream_info(file.get(), nullptr) < 0 || file->nb_streams != 1)
        throw std::runtime_error(path.string() + " has no single stream");
    const AVStream& stream = *file->streams[0];
    const AVCodec* const codec = avcodec_find_decoder(stream.codecpar->codec_id);
    const Owned<AVCodecContext> decoder(avcodec_alloc_context3(codec));
    avcodec_parameters_to_context(decoder.get(), stream.codecpar);
    if (avcodec_open2(decoder.get(), codec, nullptr) < 0) throw std::runtime_error("no decoder");

    Movie movie;
    movie.codec = avcodec_get_name(stream.codecpar->codec_id);
    movie.width = stream.codecpar->width;
    movie.height = stream.codecpar->height;
    movie.frames_per_second = av_q2d(stream.avg_frame_rate);
    movie.duration_s = static_cast<double>(file->duration) / AV_TIME_BASE;
    const Owned<AVFrame> frame(av_frame_alloc());
    const Owned<AVPacket> packet(av_packet_alloc());
    const auto take_frames = [&] {
        while (avcodec_receive_frame(decoder.get(), frame.get()) >= 0) {
            movie.times_s.push_back(static_cast<double>(frame->best_effort_timestamp) * av_q2d(stream.time_base));
            movie.matrix = word(av_color_space_name(frame->colorspace));
            movie.range = word(av_color_range_name(frame->color_range));
            movie.primaries = word(av_color_primaries_name(frame->color_primaries));
            movie.transfer = word(av_color_transfer_name(frame->color_trc));
            if (frame->format == AV_PIX_FMT_YUV420P)
                movie.frames.push_back(from_yuv420(*frame));
            else if (frame->format == AV_PIX_FMT_BGR0)
                movie.frames.push_back(from_bgr0(*frame));
            else
                throw std::runtime_error("a pixel format that no film of ours has");
        }
    };
    while (av_read_frame(file.get(), packet.get()) >= 0) {
        if (avcodec_send_packet(decoder.get(), packet.get()) >= 0) take_frames();
        av_packet_unref(packet.get());
    }
    avcodec_send_packet(decoder.get(), nullptr);
    take_frames();
    return movie;
}

Movie play_if_possible(const std::filesystem::path& path) {
    try {
        return play(path);
    } catch (const std::runtime_error&) {
        return {};
    }
}

namespace {

// Of the sum over the pixels of a measure of their differences.
template <class Measure> double decibels(const Image& a, const Image& b, const Measure& measure) {
    if (a.width != b.width || a.height != b.height || a.pixels.empty()) throw std::runtime_error("other sizes");
    const auto pixels = static_cast<std::size_t>(a.width) * static_cast<std::size_t>(a.height);
    double sum = 0.0;
    for (std::size_t i = 0; i < pixels; ++i) {
        std::array<double, 3> difference{};
        for (std::size_t c = 0; c < 3; ++c)
            difference[c] = a.pixels[i * static_cast<std::size_t>(a.channels) + c] -
                            b.pixels[i * static_cast<std::size_t>(b.channels) + c];
        sum += measure(difference);
    }
    if (sum == 0.0) return std::numeric_limits<double>::infinity();
    return 10 * std::log10(255.0 * 255.0 * static_cast<double>(pixels) / sum);
}

}  // namespace

double psnr_db(const Image& a, const Image& b) {
    return decibels(a, b, [](const auto& d) { return (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]) / 3; });
}

double luma_psnr_db(const Image& a, const Image& b) {
    return decibels(a, b, [](const auto& d) { return std::pow(0.2126 * d[0] + 0.7152 * d[1] + 0.0722 * d[2], 2); });
}

double mean_level(const Image& image, std::size_t channel) {
    double sum = 0.0;
    const auto step = static_cast<std::size_t>(image.channels);
    for (std::size_t i = channel; i < image.pixels.size(); i += step) sum += image.pixels[i];
    return sum * static_cast<double>(step) / static_cast<double>(image.pixels.size());
}

}  // namespace afs::test
