#include "core/render/film.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <span>

#include "core/base/abandoned.h"
#include "core/base/log.h"
#include "core/base/sha256.h"
#include "core/formats/resize.h"
#include "core/model/changed_filters.h"
#include "core/render/contact_sheet.h"
#include "core/render/renderer.h"
#include "core/scene/scene_json.h"
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

FilmFormat with_rate(FilmFormat format, const Timeline& timeline) {
    format.fps_numerator = timeline.fps;
    format.fps_denominator = timeline.fps_divisor;
    return format;
}

std::int64_t last_frame(const FilmRequest& request) {
    return request.last.value_or(request.cells.front().timeline.frame_count() - 1);
}

constexpr int kSheetGap = 2;  // pixels, as in the window's sheets

class Film {
  public:
    Film(const FilmRequest& request, const Progress& progress, const OnFilmFrame& on_frame = {})
        : request_(request),
          progress_(progress),
          on_frame_(on_frame),
          open_(open_network(request.cells.front().base.model, request.device, progress)),
          format_(with_rate(request.format, request.cells.front().timeline)) {
        add_new(result_.notes, open_->info->warnings);
        if (auto other = model_changed(request.cells.front().base.model, open_->info->model))
            add_new(result_.notes, {*other});
        const Scene& base = request.cells.front().base;
        if (!request.layer_may_be_unknown) check_layer(base.layer_view.layer, *open_->info);
        if (!request.filters_may_be_unknown) (void)changed(open_->info->schedule, filter_changes(base));
        if (request.supersample > 1 && !open_->info->input_transformable)
            throw Error(ErrorKind::argument, "Could not film with --supersample",
                        "this network has a constant input: it cannot be moved by parts of a pixel",
                        "Leave --supersample out.");
    }

    FilmResult make() {
        const auto start = Clock::now();
        if (is_picture_sequence(request_.format.codec))
            make_pictures();
        else
            make_file();
        result_.seconds = seconds_since(start);
        return std::move(result_);
    }

    FilmSheetResult make_sheet(int columns, int rows) {
        const Timeline& timeline = request_.cells.front().timeline;
        const std::vector<std::int64_t> frames =
            sheet_frames(request_.first, last(), std::int64_t{columns} * rows,
                         timeline.loop && request_.first == 0 && last() + 1 == timeline.frame_count());
        decide_size();
        const PictureGrid grid =
            plan_grid(static_cast<int>(frames.size()), columns, format_.width, format_.height, kSheetGap);
        Image sheet = empty_grid(grid, 3);
        for (std::size_t n = 0; n < frames.size(); ++n) {
            report(n, frames.size());
            place_in_grid(sheet, grid, static_cast<int>(n),
                          resize_picture(*fitted(frame(frames[n])), grid.cell_width, grid.cell_height));
        }
        const bool png = request_.output.extension() == ".png";
        write_file(request_.output, png ? encode_png(sheet) : encode_jpeg(sheet, request_.format.jpeg_quality),
                   request_.overwrite);
        return {frames, grid.columns, grid.rows, sheet.width, sheet.height, std::move(result_.notes)};
    }

  private:
    std::shared_ptr<const Image> frame(std::int64_t index) {
        if (index == 0 && first_frame_) return first_frame_;
        const auto start = Clock::now();
        std::vector<Image> pictures;
        for (const Document& cell : request_.cells) {
            Scene scene = evaluate(cell, cell.timeline.time_of(index));
            std::vector<std::string> notes;
            scene = with_known_layer(std::move(scene), *open_->info, notes);
            add_new(result_.notes, notes);
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

    [[nodiscard]] std::int64_t last() const { return last_frame(request_); }

    void report(std::size_t done, std::size_t count) const {
        progress_.check_stop();
        progress_.report(static_cast<double>(done) / static_cast<double>(count),
                         fmt::format("frame {} of {}", done + 1, count));
    }

    void make_pictures() {
        std::vector<std::int64_t> wanted;
        for (std::int64_t i = request_.first; i <= last(); ++i) {
            if (request_.resume && std::filesystem::exists(film_frame_path(request_.output, i, format_.codec)))
                ++result_.kept;
            else
                wanted.push_back(i);
        }
        if (wanted.empty()) return;
        decide_size();
        std::optional<FilmWriter> writer;
        for (std::size_t n = 0; n < wanted.size(); ++n) {
            // Pictures that are there already part the missing ones into runs of their own.
            if (n == 0 || wanted[n] != wanted[n - 1] + 1) {
                if (writer) writer->finish();
                writer.emplace(request_.output, format_, request_.overwrite, wanted[n]);
            }
            add_frame(*writer, wanted[n], n, wanted.size());
        }
        writer->finish();
    }

    void make_file() {
        decide_size();
        format_.film = name_of_film();
        format_.first_frame = request_.first;
        std::optional<FilmWriter> writer;
        if (request_.resume)
            writer.emplace(request_.output, format_, ResumeFilm{});
        else
            writer.emplace(request_.output, format_, request_.overwrite);
        result_.kept = writer->frames_kept();
        const std::int64_t begin = request_.first + result_.kept;
        if (begin > last()) return;
        const auto count = static_cast<std::size_t>(last() - begin + 1);
        for (std::size_t n = 0; n < count; ++n) add_frame(*writer, begin + static_cast<std::int64_t>(n), n, count);
        writer->finish();
    }

    void add_frame(FilmWriter& writer, std::int64_t index, std::size_t done, std::size_t count) {
        report(done, count);
        const std::shared_ptr<const Image> made = fitted(frame(index));
        writer.add(made);
        ++result_.frames;
        if (!on_frame_) return;
        const std::int64_t kept = writer.frames_kept();
        on_frame_({index, made, kept > 0 ? static_cast<double>(writer.bytes_kept()) / static_cast<double>(kept) : 0.0});
    }

    // Everything but the length that decides the frames of a file, so that none is resumed as another one. Where the
    // network's file lies does not matter.
    [[nodiscard]] std::string name_of_film() const {
        Json cells = Json::array();
        for (Document cell : request_.cells) {
            cell.base.model.path.clear();
            cell.base.model.sha256 = open_->info->model.sha256;
            cell.unknown.reset();
            cells.push_back(document_to_json(cell));
        }
        const std::string text =
            Json{{"cells", cells}, {"columns", request_.columns}, {"supersample", request_.supersample}}.dump();
        return sha256_hex(std::as_bytes(std::span(text))).substr(0, 16);
    }

    // Parts of a film that are made apart have one size: that of frame 0. It is made for that, and kept where it is
    // the first one wanted.
    void decide_size() {
        if (format_.width == 0) {
            progress_.check_stop();
            first_frame_ = frame(0);
            const bool even = format_.codec == FilmCodec::h264 || format_.codec == FilmCodec::vp9;
            format_.width = first_frame_->width + (even ? first_frame_->width % 2 : 0);
            format_.height = first_frame_->height + (even ? first_frame_->height % 2 : 0);
        }
        result_.width = format_.width;
        result_.height = format_.height;
    }

    std::shared_ptr<const Image> fitted(std::shared_ptr<const Image> image) const {
        if (image->width == format_.width && image->height == format_.height) return image;
        return std::make_shared<const Image>(fit_picture(*image, format_.width, format_.height));
    }

    const FilmRequest& request_;
    const Progress& progress_;
    const OnFilmFrame on_frame_;
    std::shared_ptr<OpenNetwork> open_;
    FilmFormat format_;
    std::shared_ptr<const Image> first_frame_;  // frame 0 once it was made to know the size
    FilmResult result_;
};

void check(const FilmRequest& request) {
    const std::string tried = "Could not film";
    AFS_CHECK(!request.cells.empty() && request.columns >= 1);
    const Timeline& timeline = request.cells.front().timeline;
    const std::int64_t count = timeline.frame_count();
    const std::int64_t last = last_frame(request);
    for (const Document& cell : request.cells)
        if (const auto problem = timeline_problem(cell))
            throw Error(ErrorKind::argument, tried, problem->where + " " + problem->what,
                        "Change the session, or the length of the film.");
    if (request.first < 0 || last < request.first || last >= count)
        throw Error(ErrorKind::argument, tried,
                    fmt::format("frames {} to {} are not in a film of {} frames", request.first, last, count),
                    fmt::format("Frames are numbered from 0 to {}.", count - 1));
    if (request.supersample < 1 || request.supersample > 16)
        throw Error(ErrorKind::argument, tried,
                    fmt::format("a supersampling of {} is not 1 to 16", request.supersample), "");
    if (request.resume && request.overwrite == Overwrite::yes)
        throw Error(ErrorKind::argument, "Could not resume this film",
                    "--resume keeps the frames that are there, --overwrite replaces them", "Give one of the two.");
}

void check_film_of(const FilmRequest& request) {
    FilmFormat format = with_rate(request.format, request.cells.front().timeline);
    if (format.width == 0) format.width = format.height = 16;  // becomes known with the first frame
    check_film(request.output, format, request.resume ? Overwrite::yes : request.overwrite, request.first);
    if (!is_picture_sequence(format.codec) || request.resume || request.overwrite == Overwrite::yes ||
        !std::filesystem::exists(request.output))
        return;
    // Now, not after the hours that the frames before it take.
    for (std::int64_t i = request.first; i <= last_frame(request); ++i)
        check_may_write(film_frame_path(request.output, i, format.codec), request.overwrite);
}

// Of the files of this film that a killed program was writing.
void tidy_up(const FilmRequest& request) {
    const std::filesystem::path& output = request.output;
    if (!is_picture_sequence(request.format.codec)) {
        remove_abandoned(output.parent_path(),
                         [&](const std::string& name) { return name == output.filename().string(); });
        return;
    }
    remove_abandoned(output, [&](const std::string& name) {
        long long index = -1;
        if (std::sscanf(name.c_str(), "frame%lld", &index) != 1) return false;
        return index >= request.first && index <= last_frame(request) &&
               name == film_frame_path({}, index, request.format.codec).string();
    });
}

}  // namespace

FilmResult render_film(const FilmRequest& request, const Progress& progress, const OnFilmFrame& on_frame) {
    check(request);
    check_film_of(request);
    if (request.resume) tidy_up(request);
    return Film(request, progress, on_frame).make();
}

std::vector<std::int64_t> sheet_frames(std::int64_t first, std::int64_t last, std::int64_t count, bool loop) {
    AFS_CHECK(first <= last && count >= 1);
    const std::int64_t there = last - first + 1;
    count = std::min(count, there);
    // A loop's end is its beginning.
    const std::int64_t steps = loop ? count : std::max<std::int64_t>(count - 1, 1), length = loop ? there : there - 1;
    std::vector<std::int64_t> frames;
    for (std::int64_t i = 0; i < count; ++i) frames.push_back(first + i * length / steps);
    return frames;
}

FilmSheetResult render_film_sheet(const FilmRequest& request, int columns, int rows, const Progress& progress) {
    check(request);
    const std::string tried = "Could not make the contact sheet";
    if (columns < 1 || rows < 1 || columns > 100 || rows > 100)
        throw Error(ErrorKind::argument, tried, fmt::format("{} x {} is no grid", columns, rows),
                    "Give 1 to 100 columns and rows.");
    const std::string ending = request.output.extension().string();
    if (ending != ".png" && ending != ".jpg" && ending != ".jpeg")
        throw Error(ErrorKind::argument, tried,
                    fmt::format("{} does not end in .png, .jpg or .jpeg", request.output.string()),
                    "It is one picture.");
    if (request.resume)
        throw Error(ErrorKind::argument, tried, "there is nothing of it to resume", "Leave --resume out.");
    check_may_write(request.output, request.overwrite);
    return Film(request, progress).make_sheet(columns, rows);
}

}  // namespace afs
