// A scene over time. The timeline joins it with the film work; until then a document is its base scene.
#pragma once

#include <memory>
#include <utility>

#include "core/base/json.h"
#include "core/scene/scene.h"

namespace afs {

struct Document {
    Scene base;
    // What its file said in words that this version does not know (core/scene/scene_json.h): saved again. Edits copy
    // the document and change its base (with_scene), so that it stays.
    std::shared_ptr<const Json> unknown;

    bool operator==(const Document& other) const {
        return base == other.base &&
               (unknown == other.unknown || (unknown && other.unknown && *unknown == *other.unknown));
    }
};

// The document with another base scene; the rest stays.
[[nodiscard]] inline Document with_scene(Document document, Scene base) {
    document.base = std::move(base);
    return document;
}

// The scene at `time_s` seconds.
[[nodiscard]] inline const Scene& evaluate(const Document& document, double /*time_s*/) { return document.base; }

}  // namespace afs
