#include "app/gui/frame_pace.h"

#include <algorithm>

namespace afs::gui {

bool draws_on_cpu(std::string_view renderer) {
    for (const char* name : {"llvmpipe", "softpipe", "SwiftShader", "Software Rasterizer"})
        if (renderer.find(name) != std::string_view::npos) return true;
    return false;
}

double FramePace::shortest_s(double frame_s, bool generator_works) const {
    constexpr double kShare = 2.0, kSlowestS = 1.0 / 20;
    const double display = 0.9 / refresh_hz;  // where swapping does not wait for the screen
    if (!drawn_on_cpu || !generator_works) return display;
    return std::max(display, std::min(kShare * frame_s, kSlowestS));
}

}  // namespace afs::gui
