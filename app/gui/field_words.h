// The fields of a scene in the words of the panels: "transform.rotate_deg" is Rotate, in degrees. Pure.
#pragma once

#include <string>
#include <string_view>

#include "core/scene/timeline.h"

namespace afs::gui {

struct FieldWords {
    std::string name;       // "Rotate"
    std::string group;      // "Transform"
    const char* unit = "";  // "°"
    int decimals = 2;
};

[[nodiscard]] FieldWords field_words(std::string_view path);

// "37.0°", "seed 42", "on".
[[nodiscard]] std::string value_words(const FieldValue& value, const FieldWords& words);

[[nodiscard]] const char* easing_words(Easing easing);  // "Circular"

}  // namespace afs::gui
