// How a film is edited: keys are set, moved, copied and removed, the length changes. Each function makes a new document
// or timeline from an old one, so that undo and a drag that begins anew every frame cost nothing. Torch-free; any
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/scene/document.h"
#include "core/scene/field_path.h"

namespace afs {

// A key by its track and its moment.
struct KeyRef {
    int track = 0;  // id
    double time_s = 0.0;
    auto operator<=>(const KeyRef&) const = default;
};

[[nodiscard]] const Track* find_track(const Timeline& timeline, std::string_view path);
[[nodiscard]] const Track* find_track(const Timeline& timeline, int id);
[[nodiscard]] const TimelineKey* find_key(const Timeline& timeline, const KeyRef& key);

// The key that an edit at `time_s` would replace: one less than half a frame away. Null: none.
[[nodiscard]] const TimelineKey* key_near(const Timeline& timeline, const Track& track, double time_s);

// The frame whose moment is nearest; from 0 to the last.
[[nodiscard]] std::int64_t nearest_frame(const Timeline& timeline, double time_s);

// A key at that moment, instead of one that is less than half a frame away. A field without a track gets one; a track
// that was switched off is switched on, or nothing would come of it. The easing is that of the key before.
[[nodiscard]] Timeline with_key(Timeline timeline, const std::string& path, const FieldValue& value, double time_s);

// Without the key near that moment. A track without keys goes, too.
[[nodiscard]] Timeline without_key(Timeline timeline, const std::string& path, double time_s);
[[nodiscard]] Timeline without_keys(Timeline timeline, const std::vector<KeyRef>& keys);

// Keys and what they became, in the same order.
struct MovedKeys {
    Timeline timeline;
    std::vector<KeyRef> keys;
};
// All of them by the same time, as far as the film reaches. A key that another one lands on goes. `copy`: the keys stay
// where they are, and copies move.
[[nodiscard]] MovedKeys move_keys(const Timeline& timeline, const std::vector<KeyRef>& keys, double by_s, bool copy);

[[nodiscard]] Timeline with_easing(Timeline timeline, const std::vector<KeyRef>& keys, Easing easing);

// Keys for another place or another film: times count from the first of them.
struct CopiedKey {
    std::string path;
    TimelineKey key;
};
[[nodiscard]] std::vector<CopiedKey> copy_keys(const Timeline& timeline, const std::vector<KeyRef>& keys);
// The first at `time_s`. Those that would lie behind the end, and those of fields that the scene does not have, are
// left out.
[[nodiscard]] MovedKeys paste_keys(const Document& document, const std::vector<CopiedKey>& keys, double time_s);

// Another length. Keys are stretched with the film, so that a loop stays one; or stay where they are, and the film is
// no shorter than its last key.
[[nodiscard]] Timeline with_length(Timeline timeline, double duration_s, bool stretch);

// Frames a second, as people write them: 23.976 is 24000/1001. From 1 to 240.
[[nodiscard]] Timeline with_rate(Timeline timeline, double rate);

// What an edit of the scene at a moment does. Fields that have a track get a key there; or, for motion that is no
// edit, stay as the track has them. The rest changes the base.
enum class Keyed { get_a_key, stay };
[[nodiscard]] Document edit_at(const Document& document, const Scene& edited, double time_s, Keyed keyed);

// The values of one track as numbers, `count` of them evenly from `from_s` to `to_s`; empty for fields that are no
// numbers.
[[nodiscard]] std::vector<double> track_curve(const Document& document, const Track& track, double from_s, double to_s,
                                              int count);

}  // namespace afs
