// Parts of a film, made apart, as one file.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "core/base/error.h"
#include "core/formats/movie_encoder.h"
#include "core/formats/movie_muxer.h"
#include "core/formats/movie_output.h"
#include "core/formats/movie_reader.h"

namespace afs {
namespace {

struct Part {
    std::filesystem::path path;
    std::string settings;  // but for the first frame
    std::int64_t first = 0, frames = 0;
    AVRational frame_time{};
};

Error refused(std::string why, std::string what_to_do) {
    return {ErrorKind::argument, "Could not join the films", std::move(why), std::move(what_to_do)};
}

Part look_at(const std::filesystem::path& path, const std::string& container) {
    MovieReader reader(path, container, "Name files that `afstudio video` made.");
    Part part{.path = path, .settings = reader.comment()};
    const Error not_ours = refused(path.string() + " is no film that this program made", "Name its parts.");
    // The words of MovieEncoder::settings().
    const std::size_t from = part.settings.rfind(", from frame "), size = part.settings.find(", ");
    long long first = -1;
    if (from == std::string::npos || size == std::string::npos ||
        std::sscanf(part.settings.c_str() + from, ", from frame %lld", &first) != 1 || first < 0 ||
        std::sscanf(part.settings.c_str() + size, ", %d/%d frames a second", &part.frame_time.den,
                    &part.frame_time.num) != 2 ||
        part.frame_time.den < 1 || part.frame_time.num < 1)
        throw not_ours;
    part.settings.resize(from);
    part.first = first;
    reader.set_frame_time(part.frame_time);
    part.frames = reader.count_whole();
    if (part.frames == 0) throw refused(path.string() + " has no frames", "Make it again.");
    return part;
}

void check_order(const std::vector<Part>& parts) {
    for (std::size_t i = 1; i < parts.size(); ++i) {
        const Part &before = parts[i - 1], &part = parts[i];
        if (part.settings != before.settings)
            throw refused(fmt::format("{} and {} are of different films, or have other settings ({}; {})",
                                      before.path.string(), part.path.string(), before.settings, part.settings),
                          "Make the parts with the same options but --range.");
        if (part.first != before.first + before.frames)
            throw refused(fmt::format("{} has the frames {} to {}, and {} begins with {}", before.path.string(),
                                      before.first, before.first + before.frames - 1, part.path.string(), part.first),
                          "Give parts that follow each other; --range A-B makes the frames A to B.");
    }
}

}  // namespace

JoinedFilm join_films(std::vector<std::filesystem::path> paths, const std::filesystem::path& path, Overwrite overwrite,
                      const Progress& progress) {
    if (paths.empty()) throw refused("there are none", "Name two or more.");
    JoinedFilm joined;
    const auto codecs = {FilmCodec::h264, FilmCodec::vp9, FilmCodec::ffv1};
    const auto* const codec = std::ranges::find(codecs, path.extension().string(), film_ending);
    if (codec == codecs.end())
        throw refused(fmt::format("{} does not end in .mp4, .webm or .mkv", path.string()), "Name it as its parts.");
    joined.codec = *codec;
    check_may_write(path, overwrite);
    const std::string container = movie_container(joined.codec);
    std::vector<Part> parts;
    for (const auto& each : paths) {
        progress.check_stop();
        parts.push_back(look_at(each, container));
    }
    std::ranges::sort(parts, {}, &Part::first);
    check_order(parts);
    for (const Part& part : parts) joined.frames += part.frames;

    const auto parameters = MovieReader(parts[0].path, container).parameters();
    joined.width = parameters->width;
    joined.height = parameters->height;
    AtomicFile file(path, overwrite);
    MovieOutput output(file.temporary_path(), Overwrite::yes);
    try {
        MovieMuxer muxer(path, output.context(),
                         {container.c_str(), parameters.get(), parts[0].frame_time,
                          parts[0].settings + first_frame_in_words(parts[0].first)},
                         joined.frames);
        const auto packet = owned_ffmpeg(av_packet_alloc());
        for (const Part& part : parts) {
            progress.check_stop();
            progress.report(static_cast<double>(part.first - parts[0].first) / static_cast<double>(joined.frames),
                            "copying " + part.path.filename().string());
            MovieReader reader(part.path, container);
            reader.set_frame_time(part.frame_time);
            for (std::int64_t i = 0; i < part.frames && reader.take(*packet); ++i) {
                packet->pts += part.first - parts[0].first;
                muxer.write(*packet);
            }
        }
        muxer.finish();
    } catch (const Error&) {  // a failed write is told below by its own reason
        if (output.failed() == 0) throw;
    }
    if (output.failed() != 0)
        throw Error(ErrorKind::file, fmt::format("Could not write {}", path.string()), std::strerror(output.failed()),
                    "Free some space or choose another place.");
    file.commit();
    return joined;
}

}  // namespace afs
