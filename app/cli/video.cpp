// `afstudio video`: a film of a session's timeline, or of seeds, circles and turns that the options name.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <numeric>

#include "app/cli/command.h"
#include "app/cli/parse.h"
#include "app/cli/progress_bar.h"
#include "app/cli/scene_options.h"
#include "core/base/error.h"
#include "core/base/log.h"
#include "core/base/random_state.h"
#include "core/data/shuffle.h"
#include "core/render/film.h"
#include "core/scene/film_presets.h"
#include "core/scene/session.h"
#include "core/scene/timeline_edit.h"

namespace afs::cli {
namespace {

class VideoCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "video"; }
    [[nodiscard]] std::string summary() const override { return "A film"; }
    [[nodiscard]] std::string examples() const override {
        return "  afstudio video --network ffhq.pkl --seeds 0-3 --output walk.mp4\n"
               "  afstudio video --network ffhq.pkl --seeds 0-31 --grid 4x2 --output grid.mp4\n"
               "  afstudio video --network ffhq.pkl --seeds 2 --translate-circle 0.1 --w-frames 240 --output "
               "circle.mp4\n"
               "  afstudio video --network ffhq.pkl --seeds 2 --rotate-turns 1 --view quad --size 512 --output "
               "turn.mp4\n"
               "  afstudio video --session film.json --output film.mp4 --resume\n"
               "  afstudio video --session film.json --range 0-299 --output part0.mp4\n"
               "  afstudio video --join part0.mp4 part1.mp4 --output film.mp4\n"
               "  afstudio video --session film.json --contact-sheet 6x4 --size 160 --output sheet.png\n";
    }

    void add_options(CLI::App& app) override {
        app.add_option("--session", session_, "Film the timeline of a session; the options edit its scene")
            ->type_name("FILE");
        app.add_option("--output", output_,
                       "File (.mp4, .webm, .mkv), folder of the pictures, or picture of a --contact-sheet")
            ->type_name("FILE")
            ->required();
        app.add_option("--join", join_,
                       "Join these files, which are parts of one film (--range), without encoding again")
            ->type_name("FILES");
        app.add_option("--seeds", seeds_, "Seeds to go through, as in 0,3,5-9")->type_name("SEEDS");
        app.add_option("--shuffle-seed", shuffle_seed_, "Shuffles the seeds by this number")->type_name("N");
        app.add_option("--grid", grid_, "Films side by side, each with its share of the seeds. Default: 1x1")
            ->type_name("WxH");
        app.add_option(
               "--num-keyframes", keyframes_,
               "Seeds that each film goes through; where there are fewer, they begin again. Default: what there "
               "is")
            ->type_name("N");
        app.add_option("--w-frames", w_frames_, "Frames from one seed to the next. Default: 120")->type_name("N");
        app.add_option("--translate-circle", circle_, "Once round a circle of this radius, in sides of the picture")
            ->type_name("R");
        app.add_option("--rotate-turns", turns_, "So many turns about the centre, counter-clockwise")->type_name("N");
        app.add_option("--view", view_,
                       "picture, layer, spectrum, equivariance, or quad: output, reference and their "
                       "differences. Default: the session's, else picture")
            ->check(CLI::IsMember({"picture", "layer", "spectrum", "equivariance", "quad"}));
        app.add_option("--fps", fps_,
                       "Frames a second, 1 to 240, as in 60, 23.976 (meaning 24000/1001) or 30000/1001. Default: the "
                       "session's, else 60")
            ->type_name("N");
        app.add_option("--size", size_,
                       "Size of the frames: N, or WxH. Default: that of the film's first frame, made even where "
                       "the codec needs it. Frames of another size are fitted into it")
            ->type_name("N");
        app.add_option("--supersample", supersample_,
                       "Samples the picture N times as densely in each direction, by moving the input by parts of a "
                       "pixel; takes N x N times as long. Default: 1")
            ->type_name("N");
        app.add_option("--codec", codec_,
                       "h264 (.mp4), vp9 (.webm), ffv1 (.mkv, lossless), png, jpg. Default: by the "
                       "output's ending, else png")
            ->type_name("NAME");
        app.add_option("--crf", crf_,
                       "Quality of h264 (1-51, default 18) and vp9 (1-63, default 24); smaller is better")
            ->type_name("N");
        app.add_option("--bitrate", bitrate_, "Bits a second instead, as in 8M or 500k")->type_name("RATE");
        app.add_option("--quality", quality_, "Of jpg, 1 to 100. Default: 95")->type_name("N");
        app.add_option("--range", range_, "Only the frames A to B, counted from 0: many machines can share a film")
            ->type_name("A-B");
        app.add_flag(
            "--resume", resume_,
            "Go on with a film that was interrupted: after the last frame of a file, with what a folder lacks");
        app.add_option("--contact-sheet", sheet_,
                       "Instead of the film, one picture (.png, .jpg) of so many of its frames, evenly in time")
            ->type_name("WxH");
        app.add_flag("--overwrite", overwrite_, "Replace files that exist");
        options_.add(app, SceneOptions::Use::film);
    }

    [[nodiscard]] int run(const Context& context) override {
        if (output_.empty()) throw CLI::ValidationError("--output", "is empty");
        if (!join_.empty()) return join(context);
        FilmRequest request;
        request.format.codec = codec();
        request.output = output_;
        request.cells = cells(request.columns);
        if (!size_.empty()) std::tie(request.format.width, request.format.height) = size();
        if (crf_) request.format.crf = parse_whole("--crf", *crf_);
        if (bitrate_) request.format.bitrate = bitrate();
        if (quality_) request.format.jpeg_quality = parse_whole("--quality", *quality_);
        if (supersample_) request.supersample = parse_whole("--supersample", *supersample_);
        if (range_) std::tie(request.first, request.last) = range();
        request.layer_may_be_unknown = !options_.layer;
        request.filters_may_be_unknown = options_.filter_overrides.empty();
        request.resume = resume_;
        request.overwrite = overwrite_ ? Overwrite::yes : Overwrite::no;
        request.device = context.device();
        request.precision = context.precision();

        if (sheet_) return make_sheet(context, request);
        FilmResult result;
        {
            ProgressBar bar("video", context.common.quiet);
            result = render_film(
                request,
                Progress([&](const ProgressState& state) { bar.update(state.fraction, state.doing); }, context.stop));
        }
        for (const std::string& note : result.notes) log_warning("{}", note);
        const Timeline& timeline = request.cells.front().timeline;
        if (context.common.json) {
            context.print_json({{"file", output_},
                                {"codec", film_codec_name(request.format.codec)},
                                {"frames", result.frames},
                                {"frames_kept", result.kept},
                                {"frames_of_film", timeline.frame_count()},
                                {"width", result.width},
                                {"height", result.height},
                                {"fps", timeline.frame_rate()},
                                {"device", device_name(request.device)},
                                {"notes", result.notes},
                                {"render_seconds", result.render_seconds},
                                {"seconds", result.seconds}});
            return 0;
        }
        context.say(fmt::format("{}: {} frame{}{}{}, {:.1f} s", output_, result.frames, result.frames == 1 ? "" : "s",
                                result.kept > 0 ? fmt::format(" ({} were there)", result.kept) : "",
                                result.width > 0 ? fmt::format(", {} x {}", result.width, result.height) : "",
                                result.seconds));
        return 0;
    }

  private:
    int join(const Context& context) const {
        if (!session_.empty() || !seeds_.empty() || options_.network || range_ || sheet_ || resume_ || !codec_.empty())
            throw CLI::ValidationError("--join makes a film of films: give only --output and --overwrite with it");
        JoinedFilm joined;
        {
            ProgressBar bar("video", context.common.quiet);
            joined = join_films(
                {join_.begin(), join_.end()}, output_, overwrite_ ? Overwrite::yes : Overwrite::no,
                Progress([&](const ProgressState& state) { bar.update(state.fraction, state.doing); }, context.stop));
        }
        if (context.common.json)
            context.print_json({{"file", output_},
                                {"codec", film_codec_name(joined.codec)},
                                {"parts", join_.size()},
                                {"frames", joined.frames},
                                {"width", joined.width},
                                {"height", joined.height}});
        context.say(fmt::format("{}: {} frames of {} parts, {} x {}", output_, joined.frames, join_.size(),
                                joined.width, joined.height));
        return 0;
    }

    int make_sheet(const Context& context, const FilmRequest& request) const {
        if (!codec_.empty()) throw CLI::ValidationError("--contact-sheet makes a picture: leave --codec out");
        const auto [columns, rows] = parse_size("--contact-sheet", *sheet_);
        FilmSheetResult result;
        {
            ProgressBar bar("video", context.common.quiet);
            result = render_film_sheet(
                request, columns, rows,
                Progress([&](const ProgressState& state) { bar.update(state.fraction, state.doing); }, context.stop));
        }
        for (const std::string& note : result.notes) log_warning("{}", note);
        if (context.common.json)
            context.print_json({{"file", output_},
                                {"frames", result.frames},
                                {"columns", result.columns},
                                {"rows", result.rows},
                                {"width", result.width},
                                {"height", result.height},
                                {"device", device_name(request.device)},
                                {"notes", result.notes}});
        context.say(fmt::format("{}: {} frames as {} x {}, {} x {} pixels", output_, result.frames.size(),
                                result.columns, result.rows, result.width, result.height));
        return 0;
    }

    [[nodiscard]] FilmCodec codec() const {
        std::string ending = std::filesystem::path(output_).extension().string();
        std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return std::tolower(c); });
        const FilmCodec named = codec_.empty() ? FilmCodec::png : parse_film_codec(codec_);
        if (!is_picture_sequence(named)) return named;
        for (const FilmCodec codec : {FilmCodec::h264, FilmCodec::vp9, FilmCodec::ffv1})
            if (ending == film_ending(codec)) {
                if (codec_.empty()) return codec;
                throw CLI::ValidationError(
                    "--output", fmt::format("{} makes a folder of pictures, and {} is the ending of a film; name a "
                                            "folder, or leave --codec out",
                                            codec_, ending));
            }
        // Nobody wants a folder of this name.
        for (const char* other : {".avi", ".flv", ".gif", ".jpeg", ".jpg", ".m4v", ".mov", ".mpeg", ".mpg", ".ogv",
                                  ".png", ".webp", ".wmv"})
            if (ending == other && !sheet_)
                throw CLI::ValidationError(
                    "--output", fmt::format("{} films are not made: name it .mp4 (H.264), .webm (VP9) or .mkv (FFV1, "
                                            "lossless), or name a folder for pictures",
                                            ending));
        return named;
    }

    [[nodiscard]] std::pair<int, int> size() const {
        if (size_.find_first_not_of("0123456789") != std::string::npos) return parse_size("--size", size_);
        const int side = parse_whole("--size", size_);
        if (side < 1) throw CLI::ValidationError("--size", "is at least 1");
        return {side, side};
    }

    [[nodiscard]] std::pair<std::int64_t, std::optional<std::int64_t>> range() const {
        const auto dash = range_->find('-');
        if (dash == std::string::npos)
            throw CLI::ValidationError("--range", "\"" + *range_ + "\" is not A-B, as in 0-99");
        const int first = parse_whole("--range", range_->substr(0, dash));
        const std::string last = range_->substr(dash + 1);
        if (last.empty()) return {first, std::nullopt};
        return {first, parse_whole("--range", last)};
    }

    [[nodiscard]] std::int64_t bitrate() const {
        std::string text = *bitrate_;
        double unit = 1.0;
        if (!text.empty() && (text.back() == 'M' || text.back() == 'm')) unit = 1e6;
        if (!text.empty() && (text.back() == 'k' || text.back() == 'K')) unit = 1e3;
        if (unit > 1) text.pop_back();
        const double value = parse_number("--bitrate", text) * unit;
        if (!(value >= 1 && value < 1e12)) throw CLI::ValidationError("--bitrate", *bitrate_ + " is no rate, as in 8M");
        return static_cast<std::int64_t>(value);
    }

    void set_rate(Timeline& timeline) const {
        if (!fps_) return;
        const auto refuse = [&] {
            throw CLI::ValidationError("--fps", *fps_ + " is not from 1 to 240, as in 60 or 30000/1001");
        };
        if (const auto slash = fps_->find('/'); slash != std::string::npos) {
            timeline.fps = parse_whole("--fps", fps_->substr(0, slash));
            timeline.fps_divisor = parse_whole("--fps", fps_->substr(slash + 1));
        } else {
            const double rate = parse_number("--fps", *fps_);
            if (!(rate >= 1 && rate <= 240)) refuse();
            timeline = with_rate(std::move(timeline), rate);
        }
        if (timeline.fps < 1 || timeline.fps_divisor < 1) refuse();
        const int common = std::gcd(timeline.fps, timeline.fps_divisor);
        timeline.fps /= common;
        timeline.fps_divisor /= common;
        if (timeline.frame_rate() < 1 || timeline.frame_rate() > 240) refuse();
    }

    [[nodiscard]] Document starting_document() const {
        Document document;
        if (session_.empty()) {
            if (!options_.network) throw CLI::ValidationError("Give --network or --session");
            if (seeds_.empty() && !options_.latent_plane && !options_.blend)
                throw CLI::ValidationError("Give --seeds, --latent-plane or --blend");
            document.timeline.fps = 60;
        } else {
            Session session = load_session(session_);
            if (session.model_missing && !options_.network)
                throw Error(session.model_missing->kind, session.model_missing->what, session.model_missing->why,
                            "Say where it is with --network.");
            document = std::move(session.document);
        }
        document.base = options_.edit(std::move(document.base));
        set_rate(document.timeline);
        using View = std::pair<const char*, CanvasMode>;
        for (const auto& [word, mode] :
             {View{"picture", CanvasMode::picture}, View{"layer", CanvasMode::layer},
              View{"spectrum", CanvasMode::spectrum}, View{"equivariance", CanvasMode::equivariance},
              View{"quad", CanvasMode::equivariance}})
            if (view_ == word) document.base.canvas = mode;
        if (view_ == "quad") document.base.equivariance.shown = EquivarianceShown::grid;
        return document;
    }

    // One document a cell of the grid; the seeds go round the cells key by key, as the official films deal them.
    [[nodiscard]] std::vector<Document> cells(int& columns) const {
        const Document start = starting_document();
        const auto [wide, high] = grid_ ? parse_size("--grid", *grid_) : std::pair(1, 1);
        if (wide > 64 || high > 64) throw CLI::ValidationError("--grid", "at most 64x64 films are shown side by side");
        columns = wide;
        const auto count = static_cast<std::size_t>(wide) * static_cast<std::size_t>(high);
        const int w_frames = w_frames_ ? parse_whole("--w-frames", *w_frames_) : 120;
        if (w_frames < 1) throw CLI::ValidationError("--w-frames", "is at least 1");
        const double seconds_each = w_frames / start.timeline.frame_rate();
        const auto check_length = [](double seconds) {
            if (seconds > Timeline::kLongestS)
                throw CLI::ValidationError(
                    "--w-frames", fmt::format("makes a film of {:.0f} hours; 24 are the most", seconds / 3600.0));
        };
        check_length(seconds_each);
        std::vector<Document> cells;
        if (seeds_.empty()) {
            if (count > 1 || keyframes_ || shuffle_seed_)
                throw CLI::ValidationError("--grid, --num-keyframes and --shuffle-seed need --seeds");
            cells.push_back(start);
            if (session_.empty() || w_frames_) cells[0].timeline.duration_s = seconds_each;
        } else {
            const auto keys = keyframes(count);
            check_length(seconds_each * static_cast<double>(keys.size() / count));
            for (std::size_t cell = 0; cell < count; ++cell) {
                std::vector<std::uint32_t> own;
                for (std::size_t key = 0; key < keys.size() / count; ++key)
                    own.push_back(keys[cell * (keys.size() / count) + key]);
                cells.push_back(walk_through_seeds(start, own, seconds_each, path()));
            }
        }
        for (Document& cell : cells) {
            if (circle_) cell = circle(std::move(cell), parse_number("--translate-circle", *circle_));
            if (turns_) cell = turns(std::move(cell), parse_number("--rotate-turns", *turns_));
        }
        return cells;
    }

    // The seeds of all cells, cell after cell.
    [[nodiscard]] std::vector<std::uint32_t> keyframes(std::size_t count) const {
        std::vector<std::uint32_t> seeds = parse_seeds(seeds_);
        std::size_t each = seeds.size() / count;
        if (keyframes_) {
            each = static_cast<std::size_t>(parse_whole("--num-keyframes", *keyframes_));
            if (each < 1 || each > 100'000) throw CLI::ValidationError("--num-keyframes", "is from 1 to 100000");
        } else if (seeds.size() % count != 0) {
            throw CLI::ValidationError(
                "--grid", fmt::format("{} seeds do not share out over {} films; give {} or --num-keyframes",
                                      seeds.size(), count, (each + 1) * count));
        }
        std::vector<std::uint32_t> all(each * count);
        for (std::size_t i = 0; i < all.size(); ++i) all[i] = seeds[i % seeds.size()];
        if (shuffle_seed_) {
            RandomState random(parse_seed_option("--shuffle-seed", *shuffle_seed_));
            shuffle(all, random);
        }
        return all;
    }

    [[nodiscard]] SeedPath path() const {
        if (options_.interpolation == "linear") return SeedPath::linear;
        return options_.interpolation == "slerp" ? SeedPath::slerp : SeedPath::cubic;
    }

    SceneOptions options_;
    std::string session_, output_, seeds_, size_, codec_, view_;
    std::optional<std::string> shuffle_seed_, grid_, keyframes_, w_frames_, circle_, turns_, fps_, supersample_, crf_,
        bitrate_, quality_, range_, sheet_;
    std::vector<std::string> join_;
    bool resume_ = false, overwrite_ = false;
};

}  // namespace

std::unique_ptr<Command> make_video_command() { return std::make_unique<VideoCommand>(); }

}  // namespace afs::cli
