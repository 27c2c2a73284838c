#include "core/render/film.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "core/base/log.h"
#include "core/formats/resize.h"
#include "core/render/contact_sheet.h"
#include "core/render/renderer.h"
#include "core/scene/session.h"

namespace afs {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

void add_new(std::vector<std::string>& notes, const std::vector<std::string>& more) {
    for (const std::string& note : more)
        if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
}

// The scene with its picture moved by parts of a pixel.
Scene moved_by(Scene scene, double x, double y, int side_px) {
    const Matrix3 picture = picture_matrix(scene.transform, side_px);
    scene.transform.matrix = multiply({1, 0, x, 0, 1, y, 0, 0, 1}, picture);
    scene.transform.round_to_pixel = false;
    return scene;
}

class Film {
  public:
    Film(const FilmRequest& request, const Progress& progress)
        : request_(request),
          progress_(progress),
          open_(open_network(request.cells.front().base.model, request.device, progress)) {
        add_new(result_.notes, open_->info->warnings);
        if (auto changed = model_changed(request.cells.front().base.model, open_->info->model))
            add_new(result_.notes, {*changed});
        if (request.supersample > 1 && !open_->info->input_transformable)
            throw Error(ErrorKind::argument, "Could not film with --supersample",
                        "this network has a constant input: it cannot be moved by parts of a pixel",
                        "Leave --supersample out.");
    }

    FilmResult make() {
        const auto start = Clock::now();
        const std::int64_t count = request_.cells.front().timeline.frame_count();
        const std::int64_t end = request_.last.value_or(count - 1) + 1;
        std::vector<std::int64_t> wanted;
        for (std::int64_t i = request_.first; i < end; ++i) {
            if (request_.resume && std::filesystem::exists(film_frame_path(request_.output, i, request_.format.codec)))
                ++result_.kept;
            else
                wanted.push_back(i);
        }
        std::optional<FilmWriter> writer;
        for (std::size_t n = 0; n < wanted.size(); ++n) {
            progress_.check_stop();
            progress_.report(static_cast<double>(n) / static_cast<double>(wanted.size()),
                             fmt::format("frame {} of {}", n + 1, wanted.size()));
            auto image = frame(wanted[n]);
            // Pictures that are there already part the missing ones into runs of their own.
            if (!writer || wanted[n] != wanted[n - 1] + 1) {
                if (writer) writer->finish();
                writer.emplace(request_.output, format_for(*image), request_.overwrite, wanted[n]);
            }
            writer->add(fitted(std::move(image)));
            ++result_.frames;
        }
        if (writer) writer->finish();
        result_.seconds = seconds_since(start);
        return std::move(result_);
    }

  private:
    std::shared_ptr<const Image> frame(std::int64_t index) {
        const auto start = Clock::now();
        std::vector<Image> pictures;
        for (const Document& cell : request_.cells) {
            Scene scene = evaluate(cell, cell.timeline.time_of(index));
            scene = with_known_layer(std::move(scene), *open_->info, result_.notes);
            pictures.push_back(without_alpha(picture(scene)));
        }
        const Image& largest = *std::max_element(pictures.begin(), pictures.end(),
                                                 [](const auto& a, const auto& b) { return a.width < b.width; });
        const int width = largest.width, height = largest.height;
        for (Image& each : pictures)
            if (each.width != width || each.height != height) each = fit_picture(each, width, height);
        auto image = std::make_shared<Image>(pictures.size() == 1 ? std::move(pictures.front())
                                                                  : contact_sheet(pictures, request_.columns));
        result_.render_seconds += seconds_since(start);
        return image;
    }

    Image picture(const Scene& scene) {
        const RenderOptions options{request_.precision, false, {}};
        const OnGrowth growing = [&](const GrowingPicture&) { progress_.check_stop(); };
        const int factor = request_.supersample;
        if (factor == 1) {
            RenderedPicture shown = render_picture(scene, *open_, options, growing);
            if (shown.other) add_new(result_.notes, {"A film of two pictures that flicker shows the output."});
            add_new(result_.notes, shown.notes);
            return *shown.image;
        }
        if (scene.canvas != CanvasMode::picture || scene.untransform)
            throw Error(ErrorKind::argument, "Could not film with --supersample",
                        "only the picture itself can be sampled more densely, and this film shows something else",
                        "Leave --supersample out.");
        const int side = open_->info->img_resolution;
        Image dense;
        for (int row = 0; row < factor; ++row)
            for (int column = 0; column < factor; ++column) {
                progress_.check_stop();
                // What lies between the samples comes to lie on them.
                const auto part = [&](int i) { return -((i + 0.5) / factor - 0.5) / side; };
                const RenderedPicture shown =
                    render_picture(moved_by(scene, part(column), part(row), side), *open_, options);
                add_new(result_.notes, shown.notes);
                weave(dense, *shown.image, row, column);
            }
        return dense;
    }

    // Every pixel of one part into its place among those of the others.
    void weave(Image& dense, const Image& part, int row, int column) const {
        const auto factor = static_cast<std::size_t>(request_.supersample);
        const auto channels = static_cast<std::size_t>(part.channels);
        if (dense.pixels.empty()) {
            dense = {part.width * request_.supersample, part.height * request_.supersample, part.channels, {}};
            dense.pixels.resize(part.pixels.size() * factor * factor);
        }
        const auto width = static_cast<std::size_t>(part.width), height = static_cast<std::size_t>(part.height);
        for (std::size_t y = 0; y < height; ++y)
            for (std::size_t x = 0; x < width; ++x)
                for (std::size_t c = 0; c < channels; ++c)
                    dense.pixels[((y * factor + static_cast<std::size_t>(row)) * width * factor + x * factor +
                                  static_cast<std::size_t>(column)) *
                                     channels +
                                 c] = part.pixels[(y * width + x) * channels + c];
    }

    // The size follows from the first frame that is made; a part of a film has that of the whole only where the size is
    // given or all frames have one.
    const FilmFormat& format_for(const Image& first) {
        if (format_) return *format_;
        format_ = request_.format;
        const Timeline& timeline = request_.cells.front().timeline;
        format_->fps_numerator = timeline.fps;
        format_->fps_denominator = timeline.fps_divisor;
        if (format_->width == 0) {
            const bool even = format_->codec == FilmCodec::h264 || format_->codec == FilmCodec::vp9;
            format_->width = first.width + (even ? first.width % 2 : 0);
            format_->height = first.height + (even ? first.height % 2 : 0);
        }
        result_.width = format_->width;
        result_.height = format_->height;
        return *format_;
    }

    std::shared_ptr<const Image> fitted(std::shared_ptr<const Image> image) const {
        if (image->width == format_->width && image->height == format_->height) return image;
        return std::make_shared<const Image>(fit_picture(*image, format_->width, format_->height));
    }

    const FilmRequest& request_;
    const Progress& progress_;
    std::shared_ptr<OpenNetwork> open_;
    std::optional<FilmFormat> format_;
    FilmResult result_;
};

void check(const FilmRequest& request) {
    const std::string tried = "Could not film";
    AFS_CHECK(!request.cells.empty() && request.columns >= 1);
    const Timeline& timeline = request.cells.front().timeline;
    const std::int64_t count = timeline.frame_count();
    const std::int64_t last = request.last.value_or(count - 1);
    for (const Document& cell : request.cells)
        if (const auto problem = timeline_problem(cell))
            throw Error(ErrorKind::argument, tried, problem->where + " " + problem->what, "");
    if (request.first < 0 || last < request.first || last >= count)
        throw Error(ErrorKind::argument, tried,
                    fmt::format("frames {} to {} are not in a film of {} frames", request.first, last, count),
                    fmt::format("Frames are numbered from 0 to {}.", count - 1));
    if (request.supersample < 1 || request.supersample > 16)
        throw Error(ErrorKind::argument, tried,
                    fmt::format("a supersampling of {} is not 1 to 16", request.supersample), "");
    if (request.resume && !is_picture_sequence(request.format.codec))
        throw Error(ErrorKind::argument, "Could not resume this film",
                    fmt::format("a {} file cannot be continued frame by frame", film_codec_name(request.format.codec)),
                    "Film to --codec png, which can be, and encode the pictures then; or film the rest with --range.");
    if (request.resume && request.overwrite == Overwrite::yes)
        throw Error(ErrorKind::argument, "Could not resume this film",
                    "--resume keeps the pictures that are there, --overwrite replaces them", "Give one of the two.");
    FilmFormat format = request.format;
    format.fps_numerator = timeline.fps;
    format.fps_denominator = timeline.fps_divisor;
    if (format.width == 0) format.width = format.height = 2;  // becomes known with the first frame
    if (!request.resume) check_film(request.output, format, request.overwrite, request.first);
}

}  // namespace

FilmResult render_film(const FilmRequest& request, const Progress& progress) {
    check(request);
    return Film(request, progress).make();
}

}  // namespace afs
