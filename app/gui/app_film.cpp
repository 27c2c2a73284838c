// How App plays and edits the film: the playhead, keys, presets.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "app/gui/app.h"
#include "app/gui/field_words.h"
#include "app/gui/film_choices.h"
#include "app/gui/layout.h"
#include "app/gui/ui_context.h"
#include "core/scene/film_presets.h"
#include "core/scene/spherical.h"
#include "core/scene/timeline_edit.h"

namespace afs::gui {
namespace {

constexpr double kLongestStep = 0.25;  // a stall must not become a jump

constexpr FilmPreset kPresets[] = {
    {"circle", "Circle", "The picture goes once round a circle, a tenth of its side in radius.", true},
    {"turn", "Full turn", "The picture turns once about its centre, counter-clockwise.", true},
    {"pulse", "Zoom pulse", "The picture grows by half and shrinks again.", true},
    {"loop", "Loop of seeds", "Smoothly through four seeds, from the present one on, and back."},
    {"random-walk", "Random walk", "Smoothly through eight seeds drawn at random, and back. Again: others."},
    {"psi", "Psi sweep", "Truncation from 1 to 0, the average picture, and back."},
    {"layers", "Layer walk", "From the network's input to its picture, one layer after the other."},
    {"equivariance", "Equivariance demo",
     "Output, reference and their differences side by side while the picture goes round a circle.", true},
};

std::vector<std::string> layers_of(const NetworkInfo& network) {
    std::vector<std::string> layers;
    for (const LayerInfo& layer : network.layers) layers.push_back(layer.name);
    return layers;
}

}  // namespace

std::span<const FilmPreset> film_presets() { return kPresets; }

std::vector<Choice> film_preset_choices() {
    std::vector<Choice> choices;
    for (const FilmPreset& preset : kPresets) choices.push_back({preset.name, preset.word});
    return choices;
}

const Scene& App::scene() const {
    const std::shared_ptr<const Document>& now = document();
    if (now->timeline.tracks.empty()) return now->base;
    if (evaluated_of_ != now || evaluated_at_s_ != playhead_s()) {
        evaluated_of_ = now;
        evaluated_at_s_ = playhead_s();
        evaluated_ = evaluate(*now, evaluated_at_s_);
    }
    return evaluated_;
}

// --- Playing --------------------------------------------------------------------------------------------------------

void App::play_or_rest() {
    TimelineState& state = workspace_.timeline;
    if (film().tracks.empty() && !state.playing) {
        toggle_motion();
        return;
    }
    state.playing = !state.playing;
    state.carry_s = 0.0;
    // At the end of a film that does not loop, playing begins anew.
    if (state.playing && !film().loop && state.frame >= film().frame_count() - 1) state.frame = 0;
}

void App::play(double seconds) {
    TimelineState& state = workspace_.timeline;
    const std::int64_t count = film().frame_count();
    state.frame = std::clamp<std::int64_t>(state.frame, 0, count - 1);  // undo may have made the film shorter
    if (film().tracks.empty()) state.playing = false;
    if (!state.playing || !shown_) return;
    const double frame_s = 1.0 / film().frame_rate();
    state.carry_s += std::clamp(seconds, 0.0, kLongestStep);
    std::int64_t frames = 0;
    if (state.every_frame) {
        if (state.carry_s >= frame_s && last_id_ <= answered_id_) frames = 1;
        if (frames) state.carry_s = std::min(state.carry_s - frame_s, frame_s);
    } else {
        frames = static_cast<std::int64_t>(std::floor(state.carry_s / frame_s));
        state.carry_s -= static_cast<double>(frames) * frame_s;
    }
    std::int64_t frame = state.frame + frames;
    if (frame >= count && film().loop) frame %= count;
    if (frame >= count) {
        frame = count - 1;
        state.playing = false;
    }
    state.frame = frame;
}

double App::seconds_to_next_frame_of_film() const {
    const TimelineState& state = workspace_.timeline;
    if (!state.playing) return std::numeric_limits<double>::infinity();
    const double due = std::max(1.0 / film().frame_rate() - state.carry_s, 0.0);
    // The answer wakes the window.
    return state.every_frame && last_id_ > answered_id_ ? std::max(due, 0.1) : due;
}

void App::go_to_frame(std::int64_t frame) {
    TimelineState& state = workspace_.timeline;
    state.playing = false;
    const std::int64_t count = film().frame_count();
    // A loop has no end to stop at.
    if (film().loop && (frame == -1 || frame == count)) frame = frame < 0 ? count - 1 : 0;
    state.frame = std::clamp<std::int64_t>(frame, 0, count - 1);
    showing_a_ = false;
}

// --- Editing --------------------------------------------------------------------------------------------------------

void App::edit_document(const std::string& name, Document document) {
    history_.commit(name, std::move(document), gestures_.fresh());
    showing_a_ = false;
}

void App::toggle_loop() {
    Document next = history_.current();
    next.timeline.loop = !next.timeline.loop;
    edit_document(next.timeline.loop ? "Loop the film" : "Film without a loop", std::move(next));
}

void App::add_keys(const std::string& path) {
    const std::vector<std::string> paths = path.empty() ? ui().fields.under_hand() : std::vector<std::string>{path};
    Document next = history_.current();
    std::string name;
    for (const std::string& each : paths)
        if (const auto field = find_field(scene(), each)) {
            next.timeline = with_key(std::move(next.timeline), each, field->value, playhead_s());
            const FieldWords words = field_words(each);
            name += (name.empty() ? "Key of " : ", ") + words.name;
        }
    if (name.empty()) {
        say("Point at a number, a switch or the picture, and press K.");
        return;
    }
    name += fmt::format(" at {:.2f} s", playhead_s());
    say(name);
    const bool first = film().tracks.empty();
    edit_document(name, std::move(next));
    if (first && !panel_visible(dock::kTimeline)) toggle_panel(dock::kTimeline);
    if (first) workspace_.timeline.come_to_front = true;
}

void App::toggle_key(const std::string& path) {
    const afs::Track* track = find_track(film(), path);
    if (!track || !key_near(film(), *track, playhead_s())) {
        add_keys(path);
        return;
    }
    // The field stays as it is seen; with its last key the track ends.
    const auto field = find_field(scene(), path);
    Document next = history_.current();
    next.timeline = without_key(std::move(next.timeline), path, playhead_s());
    if (field && !find_track(next.timeline, path)) set_field(next.base, path, field->value);
    edit_document(fmt::format("Remove the key of {} at {:.2f} s", field_words(path).name, playhead_s()),
                  std::move(next));
}

void App::put_preset(const std::string& word) {
    const auto preset =
        std::find_if(std::begin(kPresets), std::end(kPresets), [&](const auto& p) { return p.word == word; });
    if (preset == std::end(kPresets) || !info_.network) return;
    if (preset->moves_picture && !info_.transformable()) {
        say(why_not_transformable(info_));
        return;
    }
    Document next = history_.current();
    const double duration_s = next.timeline.duration_s;
    const std::vector<SeedWeight> seeds_now = latent_seeds(scene().latent);
    const std::uint32_t seed = seeds_now.empty() ? 0 : seeds_now.front().seed;
    if (word == "circle") next = circle(std::move(next), 0.1);
    if (word == "turn") next = turns(std::move(next), 1);
    if (word == "pulse") next = zoom_pulse(std::move(next), 1.5);
    if (word == "loop")
        next =
            walk_through_seeds(std::move(next), {seed, seed + 1, seed + 2, seed + 3}, duration_s / 4, SeedPath::cubic);
    if (word == "random-walk") next = random_walk(std::move(next), 8, options_.random_seed());
    if (word == "psi") next = psi_sweep(std::move(next), 0.0);
    if (word == "layers") next = layer_walk(std::move(next), layers_of(*info_.network));
    if (word == "equivariance") next = equivariance_demo(std::move(next), 0.1);
    edit_document(std::string("Film: ") + preset->name, std::move(next));
    // What moves by itself would only fight with the film.
    if (workspace_.animations.any()) toggle_motion();
    workspace_.timeline.frame = 0;
    workspace_.timeline.selected.clear();
    if (!panel_visible(dock::kTimeline)) toggle_panel(dock::kTimeline);
    workspace_.timeline.come_to_front = true;
    say(std::string(preset->name) + ": Space plays it.");
}

// What is seen stays.
void App::clear_film() {
    Document next = with_scene(history_.current(), scene());
    next.timeline.tracks.clear();
    edit_document("Remove all tracks", std::move(next));
    workspace_.timeline.playing = false;
    workspace_.timeline.selected.clear();
}

}  // namespace afs::gui
