// What a film may be, and how its errors read: everything of core/formats/video.h that needs no thread and no FFmpeg.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/error.h"
#include "core/formats/film_sink.h"

namespace afs {
namespace {

struct CodecRow {
    FilmCodec codec;
    const char* name;
    const char* ending;
    int largest_crf;   // 0: it has none
    bool half_colour;  // 4:2:0: two by two pixels share a colour
    bool sequence;
};
constexpr std::array<CodecRow, 5> kCodecs = {{
    {FilmCodec::h264, "h264", ".mp4", 51, true, false},
    {FilmCodec::vp9, "vp9", ".webm", 63, true, false},
    {FilmCodec::ffv1, "ffv1", ".mkv", 0, false, false},
    {FilmCodec::png, "png", ".png", 0, false, true},
    {FilmCodec::jpg, "jpg", ".jpg", 0, false, true},
}};

constexpr int kLargestSide = 16384;  // what H.264 and VP9 decoders are made for
constexpr double kLargestRate = 240.0;

const CodecRow& row_of(FilmCodec codec) { return kCodecs.at(static_cast<std::size_t>(codec)); }

Error refused(std::string why, std::string what_to_do) {
    return {ErrorKind::argument, "Could not start the film", std::move(why), std::move(what_to_do)};
}

void check_size(const CodecRow& row, int width, int height) {
    if (width < 1 || height < 1 || width > kLargestSide || height > kLargestSide)
        throw refused(fmt::format("{} x {} is no size for it", width, height),
                      fmt::format("Each side has 1 to {} pixels.", kLargestSide));
    // FFmpeg's encoder takes them, and what comes back has other colours.
    if (row.codec == FilmCodec::ffv1 && std::min(width, height) < 4)
        throw refused(
            fmt::format("{} x {} is too small for {}, which needs four pixels each way", width, height, row.name),
            "Use the codec png.");
    if (row.half_colour && (width % 2 != 0 || height % 2 != 0))
        throw refused(
            fmt::format("{} x {} is odd, and {} stores one colour for two by two pixels", width, height, row.name),
            fmt::format("Use {} x {}, or the codec ffv1, png or jpg, which take any size.", width + width % 2,
                        height + height % 2));
}

void check_rate(const FilmFormat& format) {
    if (format.fps_numerator < 1 || format.fps_denominator < 1 ||
        format.fps_numerator > kLargestRate * format.fps_denominator || format.fps_numerator > 1'000'000)
        throw refused(
            fmt::format("{}/{} frames a second is no rate for it", format.fps_numerator, format.fps_denominator),
            fmt::format("Give a rate above 0, up to {}.", kLargestRate));
}

void check_quality(const CodecRow& row, const FilmFormat& format) {
    const bool chosen = format.crf.has_value() || format.bitrate.has_value();
    if (chosen && row.largest_crf == 0)
        throw refused(
            fmt::format("{} has neither a crf nor a bitrate", row.name),
            format.codec == FilmCodec::jpg ? "Set the JPEG quality instead." : "Leave both out: it keeps every bit.");
    if (format.crf && format.bitrate)
        throw refused("both a crf and a bitrate are given",
                      "Give one of them: either the quality or the size is fixed.");
    if (format.crf && (*format.crf < 1 || *format.crf > row.largest_crf))
        throw refused(
            fmt::format("crf {} is out of range", *format.crf),
            fmt::format("{} takes 1 (best) to {}. The codec ffv1 keeps every bit.", row.name, row.largest_crf));
    if (format.bitrate && (*format.bitrate < 1000 || *format.bitrate > 1'000'000'000))
        throw refused(fmt::format("{} bits a second is no bitrate for it", *format.bitrate),
                      "Give 1000 to 1000000000; 8000000 is usual for 1080 lines.");
    if (format.codec == FilmCodec::jpg && (format.jpeg_quality < 1 || format.jpeg_quality > 100))
        throw refused(fmt::format("JPEG quality {} is out of range", format.jpeg_quality), "It is 1 to 100.");
}

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
}

}  // namespace

std::string film_codec_name(FilmCodec codec) { return row_of(codec).name; }
std::string film_ending(FilmCodec codec) { return row_of(codec).ending; }
bool is_picture_sequence(FilmCodec codec) { return row_of(codec).sequence; }

FilmCodec parse_film_codec(const std::string& name) {
    const auto* const found =
        std::ranges::find(kCodecs, name, [](const CodecRow& row) { return std::string(row.name); });
    if (found == kCodecs.end())
        throw refused(fmt::format("there is no codec \"{}\"", name), "Choose h264, vp9, ffv1, png or jpg.");
    return found->codec;
}

std::filesystem::path film_frame_path(const std::filesystem::path& folder, std::int64_t index, FilmCodec codec) {
    return folder / fmt::format("frame{:06}{}", index, film_ending(codec));
}

void check_film_codec(FilmCodec codec, std::span<const FilmCodec> available) {
    if (std::ranges::find(available, codec) != available.end()) return;
    std::string names;
    for (const FilmCodec other : available) names += (names.empty() ? "" : ", ") + film_codec_name(other);
    throw refused(
        fmt::format("the FFmpeg libraries of this machine have no encoder for {}", film_codec_name(codec)),
        fmt::format("They can write {}. Choose one of these, or install libraries built with the encoder.", names));
}

void check_film(const std::filesystem::path& path, const FilmFormat& format, Overwrite overwrite,
                std::int64_t first_index) {
    const CodecRow& row = row_of(format.codec);
    check_film_codec(format.codec, available_film_codecs());
    check_size(row, format.width, format.height);
    check_rate(format);
    check_quality(row, format);
    if (row.sequence) {
        if (first_index < 0)
            throw refused(fmt::format("the first frame is numbered {}", first_index), "Numbers start at 0.");
        std::error_code ignored;
        if (std::filesystem::exists(path, ignored) && !std::filesystem::is_directory(path, ignored))
            throw Error(ErrorKind::file, fmt::format("Could not write {}", path.string()),
                        fmt::format("it is a file, and {} makes a folder of pictures", row.name),
                        "Name a folder, or choose the codec h264, vp9 or ffv1.");
        check_may_write(film_frame_path(path, first_index, format.codec), overwrite);
        return;
    }
    const std::string ending = lower(path.extension().string());
    if (ending != row.ending)
        throw refused(fmt::format("{} does not end in {}, which {} is kept in", path.string(), row.ending, row.name),
                      fmt::format("Name it {}, or choose another codec (h264 .mp4, vp9 .webm, ffv1 .mkv).",
                                  std::filesystem::path(path).replace_extension(row.ending).string()));
    check_may_write(path, overwrite);
}

std::string frames_in_words(std::int64_t frames) {
    if (frames == 0) return "No frame was kept.";
    if (frames == 1) return "The first frame is kept.";
    return fmt::format("The first {} frames are kept and play.", frames);
}

}  // namespace afs
