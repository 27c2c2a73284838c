// The presets of films as menus and the Timeline offer them. Pure.
#pragma once

#include <span>

namespace afs::gui {

struct FilmPreset {
    const char* word;  // for `view --do preset=...`
    const char* name;
    const char* tooltip;
    bool moves_picture = false;  // needs a network whose input can be transformed
};
[[nodiscard]] std::span<const FilmPreset> film_presets();

}  // namespace afs::gui
