#include "app/gui/app.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <limits>
#include <random>

#include "app/gui/picture_file.h"
#include "app/gui/scene_words.h"
#include "app/gui/ui_context.h"
#include "core/base/log.h"
#include "core/model/changed_filters.h"
#include "core/scene/command_line.h"
#include "core/scene/timeline_edit.h"

namespace afs::gui {
namespace fs = std::filesystem;
namespace {

constexpr double kBusySeconds = 0.2;  // until the window shows that the generator works

std::uint32_t system_random() {
    std::random_device device;
    // Six digits are seed enough for everybody, and can be read out over a table.
    return std::uniform_int_distribution<std::uint32_t>(0, 999999)(device);
}

Animations demo_motion() {
    Animations motion;
    motion.latent.on = motion.circle.on = true;
    return motion;
}

void drop_old(std::deque<double>& times, double now_s) {
    while (!times.empty() && times.front() <= now_s - 1.0) times.pop_front();
}

}  // namespace

App::App(AppOptions options, FrameSource& source)
    : options_(std::move(options)),
      source_(source),
      history_(Document{}),
      preferences_(load_preferences(preferences_file(options_.configuration_folder))),
      kept_preferences_(preferences_),
      latent_files_(options_.wake),
      catalog_(atlas_, options_.cache_folder, options_.describe_model, options_.wake),
      lab_(options_.measure_equivariance, options_.wake),
      recorder_(atlas_, options_.record_film, options_.wake),
      live_(options_.wake),
      spectra_(source, options_.average_spectra, options_.wake),
      autosave_(last_session_file(options_.configuration_folder), options_.wake),
      rested_(demo_motion()),
      chores_(options_.wake) {
    AFS_CHECK(key_conflict(actions(), key_notes()).empty());
    if (!options_.random_seed) options_.random_seed = system_random;
    for (LinkedPart& part : window_parts()) options_.linked.push_back(std::move(part));
    open_at_start();
}

void App::open_at_start() {
    start_motion_when_open_ = options_.in_motion;
    try {
        if (!options_.session_path.empty() && !options_.model_path.empty()) {
            Session session = load_session(options_.session_path);
            session.document.base.model = {fs::absolute(options_.model_path).lexically_normal().string(), "G_ema", ""};
            begin_session(std::move(session.document), fs::absolute(options_.session_path).lexically_normal().string());
        } else if (!options_.session_path.empty()) {
            open_session(options_.session_path);
        } else if (!options_.model_path.empty()) {
            open_model(options_.model_path);
        } else if ((!options_.reopen_last || !preferences_.reopen_session || !reopen_last_session()) &&
                   !options_.demo_path.empty()) {
            start_motion_when_open_ = true;
            open_model(options_.demo_path);
        }
    } catch (...) {
        opening_failed_ = true;
        report(current_failure("Could not open what was asked for"));
    }
}

// --- A frame --------------------------------------------------------------------------------------------------------

void App::begin_frame(double now_s) {
    now_s_ = now_s;
    while (auto result = source_.poll()) take_result(std::move(*result));
    flicker();
    take_latents();
    if (const auto failure = chores_.update()) notices_.error(*failure, now_s);
    catalog_.update();
    follow_equivariance();
    spectra_.update(std::exchange(workspace_.wants_glance, false) && shown_.has_value());
    // Motion begins with the frame after it was switched on; a long sleep is no time to catch up.
    const bool moves = moving();
    if (moves && last_animated_s_ >= 0) animate(now_s - last_animated_s_);
    last_animated_s_ = moves ? now_s : -1.0;
    if (!workspace_.animations.any()) motion_entry_open_ = false;
    play(last_played_s_ >= 0 ? now_s - last_played_s_ : 0.0);
    last_played_s_ = workspace_.timeline.playing ? now_s : -1.0;
    submit_if_changed();
    follow_recording();
    frame_times_.push_back(now_s);
    refresh_rates();
    keep_session();
    next_notice_s_ = notices_.expire(now_s);
    update_info();
    make_seed_pictures();
}

// Those that the panels wished for in the last frame. A new wish is sent only when the frame has one.
void App::make_seed_pictures() {
    constexpr double kSide = 48.0;  // at 100 %
    const int side_px = std::min(static_cast<int>(kSide * ui().scale), PictureAtlas::kCell);
    const auto wished = std::exchange(workspace_.wished_seeds, {});
    if (shown_ && !opening_) seed_pictures_.update(source_, wished, history_.current().base, side_px);
}

void App::note_frame_time(double ms) { performance_.ui_ms.add(ms); }

void App::take_result(FrameResult result) {
    if (result.complete) answered_id_ = std::max(answered_id_, result.id);
    if (result.failure) {
        const auto activity = source_.activity();
        const bool loads_on = activity && activity->loading;
        if (opening_ && result.scene.model == *opening_ && !loads_on)
            give_up_opening(*result.failure);
        else if (result.failure != last_failure_ && result.failure->kind != ErrorKind::cancelled)
            notices_.error(*result.failure, now_s_);
        last_failure_ = std::move(result.failure);
        return;  // the old picture stays
    }
    last_failure_.reset();
    picture_ = result.image;
    // A sheet or a strip is made of many pictures; its times are no picture's.
    const bool many = result.scene.canvas == CanvasMode::sheet || shows_strip(result.scene);
    if (!many) performance_.generator_ms.add(result.timing.total_ms);
    picture_times_.push_back(now_s_);
    ++pictures_shown_;
    if (result.equivariance) lab_.note_frame(*result.equivariance);
    shown_ = std::move(result);
    if (opening_ && shown_->network && shown_->network->model.path == opening_->path &&
        shown_->network->model.which == opening_->which)
        finish_opening(*shown_->network);
}

// Two pictures change places.
void App::flicker() {
    if (!shown_ || !shown_->other) return;
    info_.shows_other =
        !showing_a_ && std::fmod(std::floor(now_s_ * shown_->scene.equivariance.flicker_hz), 2.0) != 0.0;
    picture_ = info_.shows_other ? FramePicture(shown_->other) : shown_->image;
}

EquivarianceRun App::equivariance_run() const {
    EquivarianceRun run{.network = scene().model.path, .which = scene().model.which, .device = options_.device};
    run.request.precision = options_.machine.precision;
    if (!shown_ || !shown_->network) return run;
    for (FilterChange& change : filter_changes(scene())) {  // but for those that this network cannot have, as in frames
        const LayerSpec* const row = shown_->network->schedule.find(change.layer);
        if (row && why_not(*row, change).empty()) run.request.filters.push_back(std::move(change));
    }
    return run;
}

// The measurement of other seeds goes with what the canvas compares.
void App::follow_equivariance() {
    std::optional<EquivarianceRun> wanted;
    const bool compares = scene().canvas == CanvasMode::equivariance && !shows_strip(scene()) && shown_ && !opening_ &&
                          shown_->network && shown_->network->input_transformable;
    if (workspace_.equivariance.live && compares) {
        const Transform movement = equivariance_movement(scene());
        const int side = shown_->network->img_resolution;
        if (!network_transform(movement, side).singular) {
            wanted = equivariance_run();
            wanted->request.samples = workspace_.equivariance.samples;
            wanted->request.batch = 1;  // the interval is one over seeds
            wanted->request.movement = picture_matrix(movement, side);
            wanted->request.whole_pixels = movement.round_to_pixel;
        }
    }
    lab_.follow(std::move(wanted), now_s_);
    lab_.update(now_s_);
}

void App::animate(double seconds) {
    Scene moved = scene();
    const bool transformable = !shown_->network || shown_->network->input_transformable;
    const bool has_noise = shown_->network && shown_->network->has_noise;
    advance(workspace_.animations, moved, seconds, transformable, has_noise);
    commit_motion(moved);
}

Document App::wanted_document() const {
    Document wanted = opening_session_ ? opening_session_->document : history_.current();
    if (opening_) wanted.base.model = *opening_;
    if (opening_ && !opening_session_) {
        wanted.base.latent.class_index.reset();  // classes of another network mean something else
        wanted.base.latent.class_weights.clear();
    }
    return wanted;
}

Scene App::wanted_scene() const {
    if (!opening_) return scene();
    return evaluate(wanted_document(), opening_session_ ? 0.0 : playhead_s());
}

void App::submit_if_changed() {
    const Scene wanted = wanted_scene();
    if (wanted.model.path.empty() || wanted == last_submitted_) return;
    FrameRequest request;
    request.scene = wanted;
    request.device = options_.device;
    request.precision = options_.machine.precision;
    request.threads = options_.machine.threads;
    request.layer_times = workspace_.performance.layer_times;
    request.retry_model = std::exchange(retry_model_, false);
    request.may_stay_on_device = performance_.upload_direct;
    last_id_ = source_.submit(std::move(request));
    last_submitted_ = wanted;
}

void App::refresh_rates() {
    drop_old(picture_times_, now_s_);
    drop_old(frame_times_, now_s_);
    performance_.pictures_per_s = static_cast<double>(picture_times_.size());
    performance_.ui_per_s = static_cast<double>(frame_times_.size());
}

void App::update_info() {
    info_.shown = shown_ ? &*shown_ : nullptr;
    info_.a = showing_a_ ? &*a_ : nullptr;
    info_.network = shown_ ? shown_->network.get() : nullptr;
    info_.performance = &performance_;
    info_.activity = source_.activity();
    info_.opening = opening_ ? opening_->path : "";
    info_.seed_pictures = &seed_pictures_;
    info_.catalog = &catalog_;
    info_.lab = &lab_;
    info_.recorder = recorder_.available() ? &recorder_ : nullptr;
    info_.live = &live_;
    info_.spectra = &spectra_;
    info_.model_folder = preferences_.model_folder;
    info_.recent_files = preferences_.recent_files;
    info_.history = &history_;
    info_.message = notices_.message();
    info_.machine = &options_.machine;
    info_.device_label = options_.device_label + " " + options_.machine.precision_name();
    info_.smooth_pixels = preferences_.smooth_pixels;
    info_.scale = interface_scale();
    info_.now_s = now_s_;
    info_.fresh_seed = options_.random_seed();
}

double App::seconds_to_next_frame(double now_s) const {
    double wait = std::numeric_limits<double>::infinity();
    const bool answer_due = last_id_ > answered_id_;
    // The answer wakes the window; without one under way motion goes on at once.
    if (moving() && !answer_due) wait = 0.0;
    wait = std::min(wait, seconds_to_next_frame_of_film());
    wait = std::min(wait, live_.seconds_to_next_frame(now_s));
    // The progress line moves.
    if (const auto activity = source_.activity())
        wait = std::min(wait, activity->seconds > kBusySeconds || activity->loading ? 0.1 : kBusySeconds);
    if (shown_ && shown_->other) {
        const double hz = shown_->scene.equivariance.flicker_hz;
        wait = std::min(wait, (std::floor(now_s * hz) + 1.0) / hz - now_s);
    }
    wait = std::min(wait, std::max(next_notice_s_ - now_s, 0.0));
    wait = std::min(wait, lab_.seconds_to_next(now_s));
    wait = std::min(wait, autosave_.seconds_to_next(now_s));
    // The rates fall to rest once.
    for (const auto* times : {&picture_times_, &frame_times_})
        if (times->size() > 1) wait = std::min(wait, std::max(times->back() + 1.05 - now_s, 0.05));
    return wait;
}

bool App::steady() const {
    const auto activity = source_.activity();
    return !activity && last_id_ <= answered_id_ && !opening_ && !workspace_.animations.any() &&
           !workspace_.timeline.playing && !latent_files_.busy() && !catalog_.busy() && !chores_.busy() &&
           !lab_.busy() && !recorder_.busy() && !live_.busy() && !spectra_.busy();
}

// --- History --------------------------------------------------------------------------------------------------------

void App::commit(const Scene& edited, std::uint64_t gesture) {
    if (edited == scene()) return;
    std::string name = describe_change(scene(), edited);
    Document next = edit_at(history_.current(), edited, playhead_s(), Keyed::get_a_key);
    if (next.timeline != film()) {
        name += fmt::format(" at {:.2f} s", playhead_s());
        workspace_.timeline.playing = false;  // the key stays where the hand put it
    }
    history_.commit(std::move(name), std::move(next), gesture);
    showing_a_ = false;  // an edit shows what it does
}

void App::edit(const std::function<void(Scene&)>& change) {
    Scene edited = scene();
    change(edited);
    commit(edited, gestures_.fresh());
}

// Motion is one undo entry a run. An edit made meanwhile has its own entry, and the motion goes on inside that one.
void App::commit_motion(const Scene& moved) {
    if (moved == scene()) return;
    // What the film moves is the film's.
    Document next = edit_at(history_.current(), moved, playhead_s(), Keyed::stay);
    if (!motion_entry_open_) {
        history_.commit("Motion", std::move(next), gestures_.fresh());
        motion_entry_open_ = true;
        return;
    }
    const History::Entry& newest = history_.entries()[history_.position()];
    history_.commit(newest.name, std::move(next), newest.gesture);
}

void App::rest_after_travel() {
    if (workspace_.animations.any()) toggle_motion();
    motion_entry_open_ = false;
}

void App::toggle_motion() {
    Animations& motion = workspace_.animations;
    if (motion.any()) {
        rested_ = motion;
        motion.latent.on = motion.circle.on = motion.turn.on = motion.noise.on = false;
    } else {
        motion.latent.on = rested_.latent.on;
        motion.circle.on = rested_.circle.on;
        motion.turn.on = rested_.turn.on;
        motion.noise.on = rested_.noise.on;
    }
}

// --- Models ---------------------------------------------------------------------------------------------------------

void App::open_model(const std::string& path, const std::string& which) {
    std::error_code problem;
    const std::string absolute = fs::absolute(path, problem).lexically_normal().string();
    if (!opening_ && shown_ && scene().model.path == absolute && scene().model.which == which) {
        say(file_name(absolute) + " is open already.");
        return;
    }
    opening_failed_ = false;
    opening_session_.reset();
    opening_ = ModelRef{absolute, which, ""};
    last_submitted_.reset();
    retry_model_ = true;  // a file that failed before may have been mended
    submit_if_changed();
}

void App::open_network(const std::string& which) { open_model(scene().model.path, which); }

void App::finish_opening(const NetworkInfo& network) {
    Document document = wanted_document();
    Scene opened = document.base;
    opened.model = network.model;
    opening_.reset();
    const auto shown_layer = std::find_if(network.layers.begin(), network.layers.end(),
                                          [&](const LayerInfo& l) { return l.name == opened.layer_view.layer; });
    if (shown_layer == network.layers.end()) {
        opened.layer_view.layer = "output";
        opened.layer_view.base_channel = 0;
    }
    if (opened.canvas == CanvasMode::picture && picture_) catalog_.remember(network.model.path, picture_.host());
    const bool first = scene().model.path.empty();
    if (opening_session_) {
        const std::string name = "Open session " + file_name(opening_session_->file);
        document = finish_session(opened);
        workspace_.timeline = {};
        workspace_.timeline.come_to_front = !document.timeline.tracks.empty();
        if (first)
            history_ = History(std::move(document));
        else
            history_.commit(name, std::move(document), gestures_.fresh());
    } else if (first) {
        history_ = History(with_scene(std::move(document), opened));  // undo must not end in an empty window
    } else {
        edit_document(describe_change(history_.current().base, opened), with_scene(std::move(document), opened));
    }
    if (last_submitted_) last_submitted_->model = opened.model;  // the hash became known; the picture is the same
    preferences_.remember_file(network.model.path);
    preferences_.model_folder = fs::path(network.model.path).parent_path().string();
    keep_preferences();
    if (start_motion_when_open_) {
        start_motion_when_open_ = false;
        workspace_.animations = demo_motion();
    }
    log_info("Opened {}", network.model.path);
    say("Opened " + network.title);
}

void App::give_up_opening(const Failure& failure) {
    opening_.reset();
    opening_session_.reset();
    last_submitted_.reset();
    if (failure.kind == ErrorKind::cancelled)
        say(shown_ ? "Cancelled: the old model stays." : "Cancelled.");
    else
        notices_.error(failure, now_s_);
    opening_failed_ = true;
}

// --- Actions --------------------------------------------------------------------------------------------------------

void App::run(ActionId id, const std::string& argument) {
    const Action& wanted = action(id);
    if (why_not(wanted, *this)[0] == '\0') wanted.run(*this, argument);
}

void App::copy_picture() {
    if (!options_.copy_png) return;
    const auto png = std::make_shared<std::vector<std::byte>>();
    chores_.add(
        "Copying the picture", [png, picture = picture()] { *png = encode_opaque_png(*picture); },
        [this, png] {
            options_.copy_png(std::move(*png));
            say("Copied the picture.");
        });
}

void App::copy_command() {
    if (!showing_a_ && !film().tracks.empty()) {
        const fs::path& folder = options_.configuration_folder;
        const fs::path session =
            save_session_by_content(folder.empty() ? fs::temp_directory_path() : folder / "copied-scenes", *document());
        ImGui::SetClipboardText(
            video_command(session, fs::path(scene().model.path).stem().string() + "-film.mp4").c_str());
        say("Copied the command that films this timeline from " + session.string() + ".");
        return;
    }
    // A latent from a file lies inside the scene: the command then names a session that holds it.
    const Scene& seen = showing_a_ ? a_->scene : scene();
    fs::path session;
    if (!flags_can_say(seen)) {
        const fs::path& folder = options_.configuration_folder;
        session = save_session_by_content(folder.empty() ? fs::temp_directory_path() : folder / "copied-scenes",
                                          with_scene(*document(), seen));
    }
    ImGui::SetClipboardText(images_command(seen, session).c_str());
    say(session.empty() ? "Copied the command that renders this picture."
                        : "Copied the command that renders this picture from " + session.string() + ".");
}

// --- Comparing: A is kept, B is what is edited
// --------------------------------------------------------------------------

void App::use_as_a() {
    a_ = *shown_;
    a_->notes.insert(a_->notes.begin(), "A, kept for comparison. Press A to go back.");
    showing_a_ = false;
    say("Kept as A. Press A to see it again.");
}

void App::show_a_or_back() { showing_a_ = !showing_a_; }

void App::go_to_a() {
    Scene again = a_->scene;
    again.model = scene().model;  // the same file, whose hash may have become known since
    commit(again, gestures_.fresh());
    showing_a_ = false;
}

void App::save_screenshot(Image window) {
    const std::string stem = fmt::format("afstudio-{:%Y%m%d-%H%M%S}", fmt::localtime(std::time(nullptr)));
    const auto path = std::make_shared<fs::path>();
    chores_.add(
        "Saving a picture of the window",
        [path, stem, folder = fs::path(preferences_.picture_folder), window = std::move(window)] {
            *path = folder / (stem + ".png");
            for (int i = 2; fs::exists(*path); ++i) *path = folder / fmt::format("{}-{}.png", stem, i);
            save_png(*path, window, Overwrite::no);
        },
        [this, path] { say("Saved " + path->string()); });
}

void App::undo() {
    say("Undone: " + history_.undo_name());
    history_.undo();
    rest_after_travel();
}

void App::redo() {
    say("Done again: " + history_.redo_name());
    history_.redo();
    rest_after_travel();
}

void App::go_to_history(std::size_t position) {
    history_.go_to(position);
    rest_after_travel();
}

void App::go_to_seed(std::uint32_t seed) {
    edit([&](Scene& s) { s.latent.source = LatentPlane{static_cast<double>(seed), 0.0}; });
}

void App::reset_transform() {
    edit([&](Scene& s) { gui::reset_transform(s, workspace_.animations); });
}

void App::toggle_sheet() {
    edit([](Scene& s) { s.canvas = s.canvas == CanvasMode::sheet ? CanvasMode::picture : CanvasMode::sheet; });
}

void App::change_preferences(const std::function<void(Preferences&)>& change) {
    change(preferences_);
    keep_preferences();
}

bool App::panel_visible(const std::string& title) const {
    const auto& hidden = preferences_.hidden_panels;
    return std::find(hidden.begin(), hidden.end(), title) == hidden.end();
}

void App::toggle_panel(const std::string& title) {
    change_preferences([&](Preferences& p) {
        if (std::erase(p.hidden_panels, title) == 0) p.hidden_panels.push_back(title);
    });
}

void App::set_interface_scale(double scale) {
    options_.font_scale = 0.0;
    change_preferences([&](Preferences& p) { p.scale = std::clamp(scale, 0.75, 2.0); });
}

// The same scene is asked for again: other arithmetic gives other pixels.
void App::set_precision(Precision precision) {
    options_.machine.precision = precision;
    last_submitted_.reset();
}

void App::toggle_layer_times() {
    workspace_.performance.layer_times = !workspace_.performance.layer_times;
    last_submitted_.reset();
}

void App::measure_equivariance(Measurement what) {
    EquivarianceRun run = equivariance_run();
    if (what == Measurement::layers) {
        run.request.kinds.clear();
        run.layer_samples = kLayerSamples;
    } else {
        run.request.samples = kOfficialSamples;
    }
    lab_.measure(what, std::move(run));
}

void App::toggle_live_equivariance() { workspace_.equivariance.live = !workspace_.equivariance.live; }

void App::cancel_measurement() {
    if (const Measured* running = lab_.running(); running && running->run.request.movement)
        workspace_.equivariance.live = false;
    lab_.cancel();
}

void App::show_waterfall() {
    edit([](Scene& s) {
        s.canvas = CanvasMode::spectrum;
        s.spectrum.shown = SpectrumShown::waterfall;
    });
}

void App::average_layers() {
    const SpectrumPanelState& state = workspace_.spectrum;
    spectra_.average(static_cast<std::uint32_t>(state.first_seed), state.pictures);
}

void App::reset_filters() {
    edit([](Scene& s) { s.filters.clear(); });
}

void App::add_spectrum_source(const std::string& path) {
    const auto add = [this](const fs::path& chosen) {
        // A picture stands for the data set that it lies in.
        std::string ending = chosen.extension().string();
        std::ranges::transform(ending, ending.begin(),
                               [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        const bool picture = ending == ".png" || ending == ".jpg" || ending == ".jpeg";
        const std::string source = fs::absolute(picture ? chosen.parent_path() : chosen).lexically_normal().string();
        auto& sources = workspace_.averages.sources;
        if (std::ranges::find(sources, source) == sources.end()) sources.push_back(source);
    };
    if (!path.empty()) {
        add(path);
        return;
    }
    file_browser_.show({.purpose = FileBrowser::Purpose::open,
                        .title = "Compare average spectra",
                        .folder = preferences_.model_folder,
                        .endings = {".zip", ".pkl", ".pt", ".pth", ".safetensors", ".npz", ".png", ".jpg", ".jpeg"},
                        .file_name = {},
                        .places = {},
                        .chosen = add});
}

void App::compare_spectra() {
    const AveragePanelState& state = workspace_.averages;
    constexpr int kMapSide = 96;  // cells that a map is drawn with
    AverageRun run{.sources = state.sources, .map_side = kMapSide};
    run.pictures = {state.pictures, static_cast<std::uint32_t>(state.seed), options_.device,
                    options_.machine.precision};
    spectra_.compare(std::move(run));
}

void App::set_threads(int threads) {
    options_.machine.threads = std::clamp(threads, 0, options_.machine.most_threads);
    last_submitted_.reset();
}

void App::reset_layout() {
    rebuild_layout_ = true;
    change_preferences([](Preferences& p) { p.hidden_panels.clear(); });
}

void App::show_save_dialog() {
    std::string latent = describe_latent(scene().latent);
    std::replace_if(
        latent.begin(), latent.end(), [](unsigned char c) { return !std::isalnum(c) && c != '.'; }, '-');
    file_browser_.show({.purpose = FileBrowser::Purpose::save,
                        .title = "Save the picture",
                        .folder = preferences_.picture_folder,
                        .endings = {".png"},
                        .file_name = fs::path(scene().model.path).stem().string() + "-" + latent + ".png",
                        .places = {},
                        .chosen = [this](const fs::path& path) { save_picture(path); }});
}

void App::save_picture(const fs::path& path) {
    preferences_.picture_folder = path.parent_path().string();
    keep_preferences();
    chores_.add(
        "Saving the picture",
        [path, picture = picture()] { save_png(path, *picture, Overwrite::yes); },  // the dialog has asked
        [this, path] { say("Saved " + path.string()); });
}

void App::keep_preferences() {
    if (options_.configuration_folder.empty() || preferences_ == kept_preferences_) return;
    kept_preferences_ = preferences_;
    try {
        save_preferences(preferences_file(options_.configuration_folder), preferences_);
    } catch (...) {
        notices_.warning(current_failure("Could not keep the preferences").paragraph(), now_s_);
    }
}

}  // namespace afs::gui
