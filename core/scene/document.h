// A scene over time: what a session file holds, and what undo goes back to. Torch-free; any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/base/json.h"
#include "core/scene/scene.h"
#include "core/scene/timeline.h"

namespace afs {

struct Document {
    Scene base;         // what no track moves
    Timeline timeline;  // without tracks: a still
    // What its file said in words that this version does not know (core/scene/scene_json.h): saved again. Edits copy
    // the document and change its base (with_scene), so that it stays.
    std::shared_ptr<const Json> unknown;

    bool operator==(const Document& other) const {
        return base == other.base && timeline == other.timeline &&
               (unknown == other.unknown || (unknown && other.unknown && *unknown == *other.unknown));
    }
};

// The document with another base scene; the rest stays.
[[nodiscard]] inline Document with_scene(Document document, Scene base) {
    document.base = std::move(base);
    return document;
}

// The scene at `time_s` seconds. Tracks of fields that the base scene does not have move nothing; timeline_problem
// tells of them.
[[nodiscard]] Scene evaluate(const Document& document, double time_s);

// The first thing that is wrong with the timeline: where, as a key path of the session, and what, in words that follow
// it. Nothing: every key can be reached and has a value that its field may have.
struct TimelineProblem {
    std::string where, what;
};
[[nodiscard]] std::optional<TimelineProblem> timeline_problem(const Document& document);

}  // namespace afs
