// How often the window draws itself. Any thread; no GL.
#pragma once

#include <string_view>

namespace afs::gui {

// Whether OpenGL of that name (GL_RENDERER) computes its pixels on the CPU, whose cores the generator wants, too.
[[nodiscard]] bool draws_on_cpu(std::string_view renderer);

struct FramePace {
    double refresh_hz = 60.0;  // of the display
    bool drawn_on_cpu = false;

    // Seconds from the beginning of a frame that took `frame_s` until the next may begin. A window that draws on the
    // cores where the picture is computed leaves them to it half of the time; it still follows the hand 20 times a
    // second.
    [[nodiscard]] double shortest_s(double frame_s, bool generator_works) const;
};

}  // namespace afs::gui
