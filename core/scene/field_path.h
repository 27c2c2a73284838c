// The fields of a scene by their key paths, as sessions and timelines name them. Torch-free; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/scene/timeline.h"

namespace afs {

enum class FieldKind { number, whole, flag, word, text, optional_whole, matrix, latent };

struct SceneField {
    std::string path;  // "transform.rotate_deg"
    FieldKind kind = FieldKind::number;
    double low = 0.0, high = 0.0;         // of numbers, both included
    std::vector<std::string_view> words;  // of a word: those that there are
    bool blends = false;                  // false: keys hold their value until the next one
    FieldValue value;                     // in that scene
};

// Every field that a track may move, in the order of session files. The model is none of them, and of lists only those
// whose elements have ids are.
[[nodiscard]] std::vector<SceneField> fields_of(const Scene& scene);
[[nodiscard]] std::optional<SceneField> find_field(const Scene& scene, std::string_view path);

// Why the field cannot have that value, in words that follow its name ("is 7, not one of constant, random, none");
// empty: it can. Whole numbers are numbers, too.
[[nodiscard]] std::string why_not(const SceneField& field, const FieldValue& value);

// Numbers beyond the field's range become its nearest. Returns false, and changes nothing, where the scene has no such
// field or the value is of another kind.
bool set_field(Scene& scene, std::string_view path, const FieldValue& value);

// What a track with keys makes of the field at a moment.
[[nodiscard]] FieldValue value_at(const Timeline& timeline, const Track& track, const SceneField& field, double time_s);

// Where the numbers and switches of this very scene lie in memory, with their paths, by growing address: controls that
// edit one find the field's name by it. Valid until the scene's lists change.
[[nodiscard]] std::vector<std::pair<const void*, std::string>> field_places(const Scene& scene);

// Whether the unit of the field is degrees.
[[nodiscard]] bool is_angle(std::string_view path);

}  // namespace afs
