#include "app/gui/record_page.h"

#include <fmt/format.h>
#include <imgui.h>
#include <misc/cpp/imgui_stdlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include "app/gui/floating_look.h"
#include "app/gui/recorder.h"
#include "app/gui/widgets/controls.h"
#include "app/gui/widgets/number.h"
#include "app/gui/widgets/number_text.h"
#include "core/base/error.h"
#include "core/formats/quick_png.h"
#include "core/scene/timeline_edit.h"

namespace afs::gui {
namespace fs = std::filesystem;
namespace {

using What = RecordSettings::What;
using Size = RecordSettings::Size;

constexpr std::array kCodecs = {FilmCodec::h264, FilmCodec::vp9, FilmCodec::ffv1, FilmCodec::png, FilmCodec::jpg};

const char* codec_help(FilmCodec codec) {
    switch (codec) {
        case FilmCodec::h264: return "An .mp4 that plays everywhere. Colours at half resolution.";
        case FilmCodec::vp9: return "A .webm: smaller and slower, free of patents. Colours at half resolution.";
        case FilmCodec::ffv1: return "An .mkv with every bit of every colour, for further editing.";
        case FilmCodec::png: return "A folder of numbered pictures with every bit; several machines can share it.";
        case FilmCodec::jpg: return "A folder of numbered pictures, smaller and not exact.";
    }
    return "";
}

// What would be in the way: the file, or the first picture of the sequence.
fs::path in_the_way(const FilmRequest& request) {
    return is_picture_sequence(request.format.codec)
               ? film_frame_path(request.output, request.first, request.format.codec)
               : request.output;
}

Timeline at_rate(Timeline timeline, std::optional<double> rate) {
    return rate ? with_rate(std::move(timeline), *rate) : std::move(timeline);
}

bool shows_picture(const RecordSettings& settings, const Scene& base) {
    return settings.what == What::picture || (settings.what == What::canvas && base.canvas == CanvasMode::picture);
}

}  // namespace

const char* codec_words(FilmCodec codec) {
    switch (codec) {
        case FilmCodec::h264: return "H.264";
        case FilmCodec::vp9: return "VP9";
        case FilmCodec::ffv1: return "FFV1";
        case FilmCodec::png: return "PNG pictures";
        case FilmCodec::jpg: return "JPEG pictures";
    }
    return "";
}

FilmRequest film_request(const RecordSettings& settings, const Document& document) {
    FilmRequest request;
    Document film = document;
    film.timeline = at_rate(std::move(film.timeline), settings.rate);
    if (settings.what != What::canvas) {
        constexpr CanvasMode kModes[] = {CanvasMode::picture,  CanvasMode::picture,      CanvasMode::layer,
                                         CanvasMode::spectrum, CanvasMode::equivariance, CanvasMode::equivariance,
                                         CanvasMode::sheet};
        film.base.canvas = kModes[static_cast<int>(settings.what)];
        std::erase_if(film.timeline.tracks, [&](const afs::Track& track) {
            return track.path == "canvas" || (settings.what == What::quad && track.path == "equivariance.shown");
        });
    }
    if (settings.what == What::quad) film.base.equivariance.shown = EquivarianceShown::grid;
    request.cells = {std::move(film)};
    request.format.codec = settings.codec;
    switch (settings.size) {
        case Size::as_made: break;
        case Size::side512: request.format.width = request.format.height = 512; break;
        case Size::side1024: request.format.width = request.format.height = 1024; break;
        case Size::own:
            request.format.width = settings.width;
            request.format.height = settings.height;
            break;
    }
    if (settings.codec == FilmCodec::h264) request.format.crf = settings.h264_crf;
    if (settings.codec == FilmCodec::vp9) request.format.crf = settings.vp9_crf;
    request.format.jpeg_quality = settings.jpeg_quality;
    request.supersample = settings.supersample;
    if (settings.part) {
        request.first = settings.first;
        request.last = settings.last;
    }
    request.output = settings.output;
    request.overwrite = settings.overwrite ? Overwrite::yes : Overwrite::no;
    return request;
}

void RecordPage::show(const std::string& folder, const std::string& stem, const Document& document) {
    visible_ = true;
    folder_ = folder;
    stem_ = stem;
    codecs_ = available_film_codecs();
    if (!codecs_.empty() && std::find(codecs_.begin(), codecs_.end(), settings_.codec) == codecs_.end())
        settings_.codec = codecs_.front();
    estimate_.reset();
    settings_.overwrite = false;
    settings_.part = false;
    settings_.first = 0;
    settings_.last = static_cast<int>(at_rate(document.timeline, settings_.rate).frame_count() - 1);
    propose_file();
}

// A name that is free, for as long as nobody has typed another.
void RecordPage::propose_file() {
    if (!settings_.output.empty() && settings_.output != proposed_) {
        // Another codec has another ending.
        fs::path path = settings_.output;
        const bool sequence = is_picture_sequence(settings_.codec);
        for (const FilmCodec codec : kCodecs)
            if (!is_picture_sequence(codec) && path.extension() == film_ending(codec)) path.replace_extension();
        if (!sequence) path += film_ending(settings_.codec);
        settings_.output = path.string();
        return;
    }
    const std::string ending = is_picture_sequence(settings_.codec) ? "" : film_ending(settings_.codec);
    std::error_code problem;
    for (int i = 1; i == 1 || fs::exists(settings_.output, problem); ++i)
        settings_.output =
            (fs::path(folder_) / (i == 1 ? stem_ + ending : fmt::format("{}-{}{}", stem_, i, ending))).string();
    proposed_ = settings_.output;
}

void RecordPage::check(const Document& document, const FrameInfo& info) {
    problem_.clear();
    const FilmRequest request = film_request(settings_, document);
    std::error_code ignored;
    exists_ = !settings_.output.empty() && fs::exists(in_the_way(request), ignored);
    if (settings_.output.empty())
        problem_ = "Say where it is to be saved.";
    else if (settings_.output.front() != '/')
        problem_ = "The file needs its whole path, from / on.";
    if (const auto wrong = timeline_problem(document)) problem_ = wrong->where + " " + wrong->what + ".";
    if (settings_.part && settings_.first > settings_.last) problem_ = "The first frame lies behind the last.";
    if (settings_.supersample > 1 && !info.transformable())
        problem_ = "This network has a constant input: it cannot be sampled more densely.";
    if (settings_.supersample > 1 && !shows_picture(settings_, document.base))
        problem_ = "Only the picture itself can be sampled more densely.";
    if (!problem_.empty()) return;
    try {
        FilmFormat format = request.format;
        format.fps_numerator = request.cells.front().timeline.fps;
        format.fps_denominator = request.cells.front().timeline.fps_divisor;
        if (format.width == 0) format.width = format.height = 16;  // becomes known with the first frame
        check_film(request.output, format, exists_ ? Overwrite::yes : Overwrite::no, request.first);
        if (exists_ && !settings_.overwrite) problem_ = "There is something of that name already.";
    } catch (const Error& e) {
        problem_ = e.what();
    }
}

// Pictures of a folder are encoded to know it. What the frames of a film have in common only its encoder finds out:
// these are shares of a JPEG, right within a factor of three for the circle, the turn and a walk of the demo.
void RecordPage::estimate(const FilmRequest& request, const FrameInfo& info) {
    const FilmCodec codec = request.format.codec;
    const int quality = codec == FilmCodec::jpg ? request.format.jpeg_quality : request.format.crf.value_or(0);
    if (estimate_ && estimate_->codec == codec && estimate_->quality == quality) return;
    const Image* const shown = info.shown && info.shown->image ? info.shown->image.get() : nullptr;
    if (!shown || shown->pixels.empty()) return;
    const auto jpeg = [&](int of_quality) { return static_cast<double>(encode_jpeg(*shown, of_quality).size()); };
    const auto png = [&] { return static_cast<double>(encode_png_quickly(*shown).size()); };
    const auto halved = [&](int crf) { return std::exp2((crf - quality) / 6.0); };  // by every six of it
    double bytes = 0.0;
    switch (codec) {
        case FilmCodec::h264: bytes = jpeg(95) / 10 * halved(18); break;
        case FilmCodec::vp9: bytes = jpeg(95) / 12 * halved(24); break;
        case FilmCodec::ffv1: bytes = png() * 0.55; break;
        case FilmCodec::png: bytes = png(); break;
        case FilmCodec::jpg: bytes = jpeg(quality); break;
    }
    estimate_ = Estimate{codec, quality, bytes / (static_cast<double>(shown->width) * shown->height)};
}

// --- The rows -------------------------------------------------------------------------------------------------------

void RecordPage::draw_what() {
    int what = static_cast<int>(settings_.what);
    row_label("Show", what != 0);
    const Scope scope("Show");
    constexpr std::pair<const char*, const char*> kWhat[] = {
        {"As the canvas", "What the canvas shows, with all that the film changes about it."},
        {"Picture", "The picture alone."},
        {"Layer", "The layer that Layers names."},
        {"Spectrum", "Of the picture, or of the layer that Layers names."},
        {"Equivariance", "As the Equivariance panel says."},
        {"2 \u00d7 2", "Output, reference and their differences."},
        {"Sheet", "The contact sheet: a grid of seeds."}};
    constexpr int kInRow = 4;
    for (int i = 0; i < 7; ++i) {
        if (i == kInRow) row_label("");
        if (i % kInRow != 0) ImGui::SameLine(0, px(2));
        if (button(kWhat[i].first, {.tooltip = kWhat[i].second, .lit = what == i}))
            settings_.what = static_cast<What>(i);
    }
}

void RecordPage::draw_size(const FrameInfo& info) {
    int size = static_cast<int>(settings_.size);
    constexpr const char* kSizes[] = {"As made", "512\u00b2", "1024\u00b2", "Other"};
    if (choice("Size", size, kSizes,
               "As made: the network's pixels, as they are. Others: fitted into that size, the shape kept."))
        settings_.size = static_cast<Size>(size);
    if (settings_.size == Size::own) {
        row_label("");
        const float width = px(90);
        whole_number("Width", settings_.width,
                     {.min = 16,
                      .max = 4096,
                      .reset = 1920,
                      .unit = "px",
                      .tooltip = "Of the film.",
                      .labelled = false,
                      .width = width});
        ImGui::SameLine(0, px(4));
        whole_number("Height", settings_.height,
                     {.min = 16,
                      .max = 4096,
                      .reset = 1080,
                      .unit = "px",
                      .tooltip = "Of the film.",
                      .labelled = false,
                      .width = width});
    }
    const DisabledBecause impossible(why_not_transformable(info));
    whole_number("Sampling", settings_.supersample,
                 {.min = 1,
                  .max = 4,
                  .reset = 1,
                  .unit = "\u00d7",
                  .tooltip = "Samples the picture so many times as densely in each direction, by moving the network's "
                             "input by parts of a pixel: true detail, not enlarging. Takes the square of it in time."});
}

void RecordPage::draw_rate(const Timeline& timeline) {
    double rate = settings_.rate.value_or(timeline.frame_rate());
    if (!number("Rate", rate,
                {.min = 1,
                 .max = 240,
                 .reset = timeline.frame_rate(),
                 .unit = "fps",
                 .decimals = rate == std::round(rate) ? 0 : 3,
                 .step = 1,
                 .logarithmic = true,
                 .tooltip = "Frames a second of what is recorded, 1 to 240: the same movement, in finer or coarser "
                            "steps. The Timeline keeps its own."}))
        return;
    if (rate == timeline.frame_rate())
        settings_.rate.reset();
    else
        settings_.rate = rate;
    settings_.last = static_cast<int>(at_rate(timeline, settings_.rate).frame_count() - 1);
    settings_.first = 0;
}

void RecordPage::draw_codec() {
    row_label("Format");
    {
        const Scope scope("Format");
        bool first = true;
        for (const FilmCodec codec : kCodecs) {
            if (!first) ImGui::SameLine(0, px(2));
            first = false;
            const bool there = std::find(codecs_.begin(), codecs_.end(), codec) != codecs_.end();
            const DisabledBecause missing(there ? "" : "This program's FFmpeg cannot write it (afstudio info).");
            const char* name = codec == FilmCodec::png ? "PNG" : codec == FilmCodec::jpg ? "JPEG" : codec_words(codec);
            if (button(name, {.tooltip = codec_help(codec), .lit = settings_.codec == codec})) {
                settings_.codec = codec;
                propose_file();
            }
        }
    }
    constexpr const char* kCrf = "Constant quality (CRF): smaller is better and larger on the disk.";
    if (settings_.codec == FilmCodec::h264)
        whole_number("Quality", settings_.h264_crf, {.min = 1, .max = 51, .reset = 18, .tooltip = kCrf});
    if (settings_.codec == FilmCodec::vp9)
        whole_number("Quality", settings_.vp9_crf, {.min = 1, .max = 63, .reset = 24, .tooltip = kCrf});
    if (settings_.codec == FilmCodec::jpg)
        whole_number("Quality", settings_.jpeg_quality,
                     {.min = 1, .max = 100, .reset = 95, .tooltip = "Larger is better."});
}

void RecordPage::draw_range(const Timeline& timeline) {
    const int last = static_cast<int>(timeline.frame_count() - 1);
    row_label("Frames");
    toggle("Only some", settings_.part, "A part of the film. Several machines can share one that way.");
    if (!settings_.part) {
        ImGui::SameLine();
        ImGui::AlignTextToFramePadding();
        mono_text(fmt::format("all {}, {:.6g} a second", last + 1, timeline.frame_rate()), colour::kQuiet);
        return;
    }
    settings_.first = std::clamp(settings_.first, 0, last);
    settings_.last = std::clamp(settings_.last, 0, last);
    whole_number("From", settings_.first, {.min = 0, .max = last, .reset = 0, .tooltip = "The first frame."});
    whole_number("To", settings_.last, {.min = 0, .max = last, .reset = last, .tooltip = "The last frame, included."});
}

void RecordPage::draw_file(FileBrowser& file_browser) {
    const bool sequence = is_picture_sequence(settings_.codec);
    row_label(sequence ? "Folder" : "File");
    const float choose = px(84);
    ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x - choose - ImGui::GetStyle().ItemSpacing.x);
    ImGui::InputText("##file", &settings_.output);
    ui().registry.add_last_item("File", ControlKind::text);
    tooltip(sequence ? "Where the numbered pictures go; made where it is missing." : "Where the film goes.");
    ImGui::SameLine();
    if (button("Choose\u2026", {.width = choose})) {
        const fs::path present = settings_.output;
        file_browser.show(
            {.purpose = FileBrowser::Purpose::save,
             .title = sequence ? "A folder for the pictures" : "Save the film",
             .folder = present.parent_path(),
             .endings = sequence ? std::vector<std::string>{} : std::vector<std::string>{film_ending(settings_.codec)},
             .file_name = present.filename().string(),
             .places = {folder_},
             .chosen = [this](const fs::path& path) { settings_.output = path.string(); }});
    }
    if (exists_) {
        row_label("");
        toggle("Replace what is there", settings_.overwrite,
               sequence ? "Pictures of the same numbers are replaced." : "The file is replaced.");
    }
}

std::optional<FilmRequest> RecordPage::draw(const Document& document, const FrameInfo& info, FileBrowser& file_browser,
                                            bool recorder_busy) {
    if (!visible_) return std::nullopt;
    std::optional<FilmRequest> asked;
    const FloatingLook look;
    if (begin_page("Record a film", visible_, {540, 370})) {
        const Scope scope("Record");
        check(document, info);
        draw_what();
        draw_size(info);
        draw_rate(document.timeline);
        const Timeline timeline = at_rate(document.timeline, settings_.rate);
        draw_codec();
        draw_range(timeline);
        draw_file(file_browser);
        gap(6);
        if (!problem_.empty())
            coloured_text(problem_, colour::kWarning);
        else if (document.timeline.tracks.empty())
            quiet_text("Nothing moves: the film will be a still. The Timeline has presets.");
        else if (info.performance && settings_.what == What::canvas && info.performance->generator_ms.count() > 0) {
            const FilmRequest request = film_request(settings_, document);
            estimate(request, info);
            const auto frames =
                static_cast<double>(settings_.part ? settings_.last - settings_.first + 1 : timeline.frame_count());
            const double dense = settings_.supersample * settings_.supersample;
            const double each_s = info.performance->generator_ms.newest() / 1000.0;
            std::string text = "About " + duration_words(frames * each_s * dense);
            if (estimate_ && info.shown && info.shown->image) {
                const double pixels = request.format.width > 0
                                          ? static_cast<double>(request.format.width) * request.format.height
                                          : dense * info.shown->image->width * info.shown->image->height;
                text += fmt::format(", {}{}", is_picture_sequence(settings_.codec) ? "" : "very roughly ",
                                    size_text(frames * estimate_->bytes_a_pixel * pixels));
            }
            quiet_text(text + ", if the pictures come as they did last. The window stays free meanwhile.");
        }
        gap(6);
        {
            const DisabledBecause impossible(recorder_busy       ? "Another film is being recorded."
                                             : !problem_.empty() ? problem_.c_str()
                                                                 : "");
            if (button("Record", {.tooltip = "In the background, by a network of its own.", .width = px(120)})) {
                asked = film_request(settings_, document);
                visible_ = false;
                settings_.output.clear();
            }
        }
        ImGui::SameLine();
        if (button("Close", {.key = "Esc"})) visible_ = false;
    }
    ImGui::End();
    return asked;
}

}  // namespace afs::gui
