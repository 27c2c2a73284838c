#include "core/scene/timeline_edit.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/error.h"

namespace afs {
namespace {

Track* track_of(Timeline& timeline, std::string_view path) {
    return const_cast<Track*>(find_track(std::as_const(timeline), path));
}

bool earlier(const TimelineKey& a, const TimelineKey& b) { return a.time_s < b.time_s; }

// Keeps the order of times, each once.
void put(std::vector<TimelineKey>& keys, TimelineKey key) {
    const auto at = std::lower_bound(keys.begin(), keys.end(), key, earlier);
    if (at != keys.end() && at->time_s == key.time_s)
        *at = std::move(key);
    else
        keys.insert(at, std::move(key));
}

Track& track_for(Timeline& timeline, const std::string& path) {
    if (Track* known = track_of(timeline, path)) return *known;
    int id = 1;
    for (const Track& track : timeline.tracks) id = std::max(id, track.id + 1);
    timeline.tracks.push_back({id, path, true, {}});
    return timeline.tracks.back();
}

void drop_empty_tracks(Timeline& timeline) {
    std::erase_if(timeline.tracks, [](const Track& track) { return track.keys.empty(); });
}

}  // namespace

const Track* find_track(const Timeline& timeline, std::string_view path) {
    for (const Track& track : timeline.tracks)
        if (track.path == path) return &track;
    return nullptr;
}

const Track* find_track(const Timeline& timeline, int id) {
    for (const Track& track : timeline.tracks)
        if (track.id == id) return &track;
    return nullptr;
}

const TimelineKey* find_key(const Timeline& timeline, const KeyRef& wanted) {
    const Track* track = find_track(timeline, wanted.track);
    if (!track) return nullptr;
    for (const TimelineKey& key : track->keys)
        if (key.time_s == wanted.time_s) return &key;
    return nullptr;
}

const TimelineKey* key_near(const Timeline& timeline, const Track& track, double time_s) {
    const TimelineKey* nearest = nullptr;
    for (const TimelineKey& key : track.keys)
        if (!nearest || std::abs(key.time_s - time_s) < std::abs(nearest->time_s - time_s)) nearest = &key;
    return nearest && std::abs(nearest->time_s - time_s) < 0.4999 / timeline.frame_rate() ? nearest : nullptr;
}

std::int64_t nearest_frame(const Timeline& timeline, double time_s) {
    const double frame = std::clamp(time_s, 0.0, timeline.duration_s) * timeline.frame_rate();
    return std::min<std::int64_t>(std::llround(frame), timeline.frame_count() - 1);
}

Timeline with_key(Timeline timeline, const std::string& path, const FieldValue& value, double time_s) {
    Track& track = track_for(timeline, path);
    track.enabled = true;
    TimelineKey key{std::clamp(time_s, 0.0, timeline.duration_s), value, Easing::linear};
    if (const TimelineKey* near = key_near(timeline, track, time_s)) {
        key.easing = near->easing;
        const double replaced = near->time_s;
        std::erase_if(track.keys, [&](const TimelineKey& k) { return k.time_s == replaced; });
    } else {
        for (const TimelineKey& before : track.keys)
            if (before.time_s < time_s || &before == &track.keys.front()) key.easing = before.easing;
    }
    put(track.keys, std::move(key));
    return timeline;
}

Timeline without_key(Timeline timeline, const std::string& path, double time_s) {
    const Track* track = find_track(timeline, path);
    const TimelineKey* near = track ? key_near(timeline, *track, time_s) : nullptr;
    if (!near) return timeline;
    const std::vector<KeyRef> key = {{track->id, near->time_s}};
    return without_keys(std::move(timeline), key);
}

Timeline without_keys(Timeline timeline, const std::vector<KeyRef>& keys) {
    for (Track& track : timeline.tracks)
        std::erase_if(track.keys, [&](const TimelineKey& key) {
            return std::find(keys.begin(), keys.end(), KeyRef{track.id, key.time_s}) != keys.end();
        });
    drop_empty_tracks(timeline);
    return timeline;
}

MovedKeys move_keys(const Timeline& timeline, const std::vector<KeyRef>& keys, double by_s, bool copy) {
    double first = timeline.duration_s, last = 0.0;
    for (const KeyRef& key : keys) {
        first = std::min(first, key.time_s);
        last = std::max(last, key.time_s);
    }
    if (keys.empty()) return {timeline, {}};
    by_s = std::clamp(by_s, -first, timeline.duration_s - last);
    MovedKeys moved{timeline, {}};
    if (!copy)
        for (Track& track : moved.timeline.tracks)
            std::erase_if(track.keys, [&](const TimelineKey& key) {
                return std::find(keys.begin(), keys.end(), KeyRef{track.id, key.time_s}) != keys.end();
            });
    for (const KeyRef& ref : keys) {
        const TimelineKey* key = find_key(timeline, ref);
        if (!key) continue;
        TimelineKey landed = *key;
        // Rounding must not put a key a hair outside of the film.
        landed.time_s = std::clamp(ref.time_s + by_s, 0.0, timeline.duration_s);
        moved.keys.push_back({ref.track, landed.time_s});
        for (Track& track : moved.timeline.tracks)
            if (track.id == ref.track) put(track.keys, landed);
    }
    return moved;
}

Timeline with_easing(Timeline timeline, const std::vector<KeyRef>& keys, Easing easing) {
    for (Track& track : timeline.tracks)
        for (TimelineKey& key : track.keys)
            if (std::find(keys.begin(), keys.end(), KeyRef{track.id, key.time_s}) != keys.end()) key.easing = easing;
    return timeline;
}

std::vector<CopiedKey> copy_keys(const Timeline& timeline, const std::vector<KeyRef>& keys) {
    std::vector<CopiedKey> copied;
    double first = timeline.duration_s;
    for (const KeyRef& ref : keys) {
        const Track* track = find_track(timeline, ref.track);
        const TimelineKey* key = find_key(timeline, ref);
        if (!track || !key) continue;
        copied.push_back({track->path, *key});
        first = std::min(first, key->time_s);
    }
    for (CopiedKey& key : copied) key.key.time_s -= first;
    return copied;
}

MovedKeys paste_keys(const Document& document, const std::vector<CopiedKey>& keys, double time_s) {
    MovedKeys pasted{document.timeline, {}};
    for (const CopiedKey& copied : keys) {
        const auto field = find_field(document.base, copied.path);
        const double at = time_s + copied.key.time_s;
        if (!field || at > pasted.timeline.duration_s + 1e-9 || !why_not(*field, copied.key.value).empty()) continue;
        Track& track = track_for(pasted.timeline, copied.path);
        TimelineKey key = copied.key;
        key.time_s = std::min(at, pasted.timeline.duration_s);
        pasted.keys.push_back({track.id, key.time_s});
        put(track.keys, std::move(key));
    }
    return pasted;
}

Timeline with_length(Timeline timeline, double duration_s, bool stretch) {
    duration_s = std::clamp(duration_s, 1.0 / timeline.frame_rate(), Timeline::kLongestS);
    const double ratio = duration_s / timeline.duration_s;
    if (stretch) {
        for (Track& track : timeline.tracks)
            for (TimelineKey& key : track.keys)
                // What lies on the end stays there, to the last bit.
                key.time_s = key.time_s == timeline.duration_s ? duration_s : std::min(key.time_s * ratio, duration_s);
    } else {
        for (const Track& track : timeline.tracks)
            if (!track.keys.empty()) duration_s = std::max(duration_s, track.keys.back().time_s);
    }
    timeline.duration_s = duration_s;
    return timeline;
}

Timeline with_rate(Timeline timeline, double rate) {
    rate = std::clamp(rate, 1.0, 240.0);
    // The rates of television: 24000/1001 is written 23.976 or 23.98.
    for (const int whole : {24, 30, 60, 120}) {
        const double ntsc = whole * 1000.0 / 1001.0;
        if (std::abs(rate - ntsc) < 0.006 && std::abs(rate - ntsc) < std::abs(rate - whole)) {
            timeline.fps = whole * 1000;
            timeline.fps_divisor = 1001;
            return timeline;
        }
    }
    const auto thousandths = static_cast<int>(std::lround(rate * 1000));
    const int common = std::gcd(thousandths, 1000);
    timeline.fps = thousandths / common;
    timeline.fps_divisor = 1000 / common;
    return timeline;
}

Document edit_at(const Document& document, const Scene& edited, double time_s, Keyed keyed) {
    Document result = with_scene(document, edited);
    if (document.timeline.tracks.empty()) return result;
    const Scene shown = evaluate(document, time_s);
    for (const Track& track : document.timeline.tracks) {
        const auto in_base = find_field(document.base, track.path);
        if (!track.enabled || track.keys.empty() || !in_base) continue;
        const auto before = find_field(shown, track.path), after = find_field(edited, track.path);
        if (!before || !after) continue;  // another kind of latent: the base has it, and the panel says so
        // Of two tracks one of which holds the other's field (a latent and its x) the inner one was set last.
        set_field(result.base, track.path, in_base->value);
        if (before->value != after->value && keyed == Keyed::get_a_key)
            result.timeline = with_key(std::move(result.timeline), track.path, after->value, time_s);
    }
    return result;
}

std::vector<double> track_curve(const Document& document, const Track& track, double from_s, double to_s, int count) {
    const auto number_of = [](const FieldValue& value) -> std::optional<double> {
        if (const auto* real = std::get_if<double>(&value)) return *real;
        if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
        return std::nullopt;
    };
    const auto field = find_field(document.base, track.path);
    if (!field || track.keys.empty() || count < 2) return {};
    for (const TimelineKey& key : track.keys)
        if (!number_of(key.value)) return {};
    std::vector<double> curve;
    for (int i = 0; i < count; ++i)
        curve.push_back(
            *number_of(value_at(document.timeline, track, *field, from_s + (to_s - from_s) * i / (count - 1))));
    return curve;
}

}  // namespace afs
