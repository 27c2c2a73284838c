// A film as a value: which fields of the scene move, and how. Belongs to the document; evaluate() (document.h) makes
// the scene of a moment from it. Torch-free; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/scene/scene.h"

namespace afs {

// What one field of a scene holds. monostate: a field that may be nothing, and is.
using FieldValue = std::variant<std::monostate, bool, std::int64_t, double, std::string, Matrix3, Latent>;

// How a key's value becomes the next one's, u going from 0 to 1 between them. Fields that cannot be blended (words,
// switches, seeds) hold whatever is chosen.
enum class Easing {
    hold,      // stays, then jumps
    linear,    // u
    smooth,    // 3u^2 - 2u^3: rests at both ends
    cubic,     // a cubic through the neighbouring keys, too: continuous speed (Catmull-Rom, any spacing)
    circular,  // angles: the shorter way round, evenly; others: (1 - cos pi u) / 2, so that keys at the four extremes
               // of two fields make an exact circle
};

struct TimelineKey {
    double time_s = 0.0;
    FieldValue value;
    Easing easing = Easing::linear;  // towards the next key
    bool operator==(const TimelineKey&) const = default;
};

// One field over time. `path` is the field's key path in a session, below "scene": "transform.rotate_deg", "latent.x",
// "mix[id=3].weight"; "latent" is the whole latent.
struct Track {
    int id = 0;  // stable
    std::string path;
    bool enabled = true;
    std::vector<TimelineKey> keys;  // times grow; each once
    bool operator==(const Track&) const = default;
};

struct Timeline {
    static constexpr double kLongestS = 24.0 * 3600.0;
    double duration_s = 4.0;
    int fps = 30, fps_divisor = 1;  // frames a second: fps / fps_divisor
    // The frame after the last is the first: after its last key a track goes on to its first one.
    bool loop = true;
    std::vector<Track> tracks;
    bool operator==(const Timeline&) const = default;

    [[nodiscard]] double frame_rate() const { return static_cast<double>(fps) / fps_divisor; }
    [[nodiscard]] std::int64_t frame_count() const;  // at least 1
    [[nodiscard]] double time_of(std::int64_t frame) const { return static_cast<double>(frame) / frame_rate(); }
};

// The share of each key of a track in its value at a moment; shares add up to 1, cubic ones may be negative. Empty for
// a track without keys. Angles on their shorter way round are not made of shares: see value_at.
struct KeyShare {
    std::size_t key = 0;
    double share = 0.0;
};
[[nodiscard]] std::vector<KeyShare> key_shares(const Timeline& timeline, const Track& track, double time_s);

}  // namespace afs
