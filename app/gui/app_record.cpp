// How App records: films of the timeline in the background, and what happens live.
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "app/gui/app.h"
#include "app/gui/scene_words.h"
#include "core/base/log.h"

extern char** environ;

namespace afs::gui {
namespace fs = std::filesystem;
namespace {

// By whatever the desktop opens folders with.
void open_folder(const fs::path& folder) {
    std::string program = "xdg-open", argument = folder.string();
    char* arguments[] = {program.data(), argument.data(), nullptr};
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    int status = posix_spawnp(&child, program.c_str(), &quiet, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&quiet);
    if (status == 0) waitpid(child, &status, 0);
    if (status != 0)
        throw Error(ErrorKind::file, "Could not show the folder " + folder.string(),
                    "there is no program that opens folders (xdg-open)", "Open it by hand.");
}

}  // namespace

std::string App::film_folder() const {
    if (!preferences_.picture_folder.empty()) return preferences_.picture_folder;
    const char* home = std::getenv("HOME");
    return home && home[0] == '/' ? home : fs::current_path().string();
}

// --- Films ----------------------------------------------------------------------------------------------------------

void App::show_record_page() {
    record_page_.show(film_folder(), fs::path(scene().model.path).stem().string() + "-film", history_.current());
}

void App::start_recording(FilmRequest request) {
    request.device = options_.device;
    request.precision = options_.machine.precision;
    change_preferences([&](Preferences& p) { p.picture_folder = request.output.parent_path().string(); });
    say("Recording " + request.output.filename().string() + ".");
    recorder_.start(std::move(request));
}

void App::follow_recording() {
    if (recorder_.update(now_s_)) {
        const Recording& ended = *recorder_.recording();
        if (ended.failure && ended.failure->kind != ErrorKind::cancelled) {
            Failure failure = *ended.failure;
            failure.what_to_do += (failure.what_to_do.empty() ? "" : " ") + what_is_there(ended.request);
            notices_.error(failure, now_s_);
        } else {
            log_info("{}", ended.ended);
            say(ended.ended);
        }
        for (const std::string& note : ended.result.notes) notices_.warning(note, now_s_);
    }
    if (live_.recording() && live_.source() == LiveRecorder::Source::canvas && picture())
        live_.offer(picture().host(), now_s_);
    if (const auto ended = live_.update()) {
        if (ended->failure)
            notices_.error(*ended->failure, now_s_);
        else
            say(fmt::format("Recorded {} frames live: {}.", ended->frames, live_.path().string()));
        if (ended->repeated > 0)
            notices_.warning(fmt::format("Encoding did not keep up: {} of {} frames of the live recording repeat the "
                                         "one before.",
                                         ended->repeated, ended->frames),
                             now_s_);
    }
}

void App::show_recording() {
    const Recording* recording = recorder_.recording();
    const fs::path shown = recording ? recording->request.output : live_.path();
    if (shown.empty()) return;
    const bool folder = recording && is_picture_sequence(recording->request.format.codec);
    chores_.add(
        "Showing the folder", [place = folder ? shown : shown.parent_path()] { open_folder(place); }, [] {});
}

// --- Live -----------------------------------------------------------------------------------------------------------

void App::record_live(LiveRecorder::Source source) {
    if (live_.recording()) {
        live_.stop();
        say("Writing what was recorded.");
        return;
    }
    FilmFormat format;
    const std::vector<FilmCodec> codecs = available_film_codecs();
    format.codec = record_page_.settings().codec;
    if (std::find(codecs.begin(), codecs.end(), format.codec) == codecs.end()) format.codec = codecs.front();
    format.fps_numerator = film().fps;
    format.fps_denominator = film().fps_divisor;
    const std::string ending = is_picture_sequence(format.codec) ? "" : film_ending(format.codec);
    const std::string stem =
        fmt::format("{}-{:%Y%m%d-%H%M%S}", source == LiveRecorder::Source::window ? "window" : "live",
                    fmt::localtime(std::time(nullptr)));
    const auto start = [this, source, format](const fs::path& path) {
        change_preferences([&](Preferences& p) { p.picture_folder = path.parent_path().string(); });
        live_.start(source, path, format, now_s_);
        say("Recording live: Ctrl+Shift+R ends it.");
    };
    if (!preferences_.picture_folder.empty()) {
        fs::path path = fs::path(preferences_.picture_folder) / (stem + ending);
        for (int i = 2; fs::exists(path); ++i)
            path = fs::path(preferences_.picture_folder) / fmt::format("{}-{}{}", stem, i, ending);
        start(path);
        return;
    }
    // The first time: where such films go from then on.
    file_browser_.show({.purpose = FileBrowser::Purpose::save,
                        .title = "Record live to",
                        .folder = film_folder(),
                        .endings = ending.empty() ? std::vector<std::string>{} : std::vector<std::string>{ending},
                        .file_name = stem + ending,
                        .places = {},
                        .chosen = start});
}

bool App::wants_window_frame() const {
    return live_.recording() && live_.source() == LiveRecorder::Source::window &&
           live_.seconds_to_next_frame(now_s_) <= 0.0;
}

void App::offer_window_frame(Image window) { live_.offer(std::make_shared<const Image>(std::move(window)), now_s_); }

// "• live 12 s"; empty while nothing is recorded.
std::string App::recording_mark() const {
    if (live_.recording()) return "\u2022 live " + duration_words(live_.seconds(now_s_));
    if (const Recording* film = recorder_.recording(); film && film->running)
        return fmt::format("\u2022 recording {:.0f} %", std::max(film->progress.fraction, 0.0) * 100);
    return {};
}

}  // namespace afs::gui
