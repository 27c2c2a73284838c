// A scene over time. The timeline joins it with the film work; until then a document is its base scene.
#pragma once

#include "core/scene/scene.h"

namespace afs {

struct Document {
    Scene base;
    bool operator==(const Document&) const = default;
};

// The scene at `time_s` seconds.
[[nodiscard]] inline const Scene& evaluate(const Document& document, double /*time_s*/) { return document.base; }

}  // namespace afs
