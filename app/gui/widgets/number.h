// A number as a slider with its default marked. Drag moves it (Alt: ten times finer), double-click resets, Ctrl+click
// types ("1/8", "pi/4", "45"), the left and right arrow keys step, the context menu resets and copies. Changed values
// are bright, defaults quiet.
#pragma once

#include <optional>

namespace afs::gui {

struct NumberSpec {
    double min = 0.0, max = 1.0;  // of the slider
    double reset = 0.0;           // the default
    const char* unit = "";        // "°", "px", "dB"
    int decimals = 2;
    double step = 0.01;        // of an arrow key (Shift: ten times)
    bool unbounded = false;    // typing and dragging may leave the slider's range
    bool logarithmic = false;  // min > 0
    bool angle = false;        // degrees; a typed number with pi is taken as radians
    const char* tooltip = "";
    std::optional<double> origin = {};  // where the filled part of the track begins; nothing: at the default
    bool plain = false;                 // only the figure, where a track would be too short to read it
    bool labelled = true;               // false: no row label; the caller has placed the cursor
    float width = 0.0f;                 // 0: the rest of the row
};

bool number(const char* label, double& value, const NumberSpec& spec);

struct WholeNumberSpec {
    int min = 0, max = 10;
    int reset = 0;
    const char* unit = "";
    const char* tooltip = "";
    bool labelled = true;
    float width = 0.0f;  // as in NumberSpec
};
bool whole_number(const char* label, int& value, const WholeNumberSpec& spec);

}  // namespace afs::gui
