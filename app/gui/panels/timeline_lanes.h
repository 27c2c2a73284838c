// The part of the Timeline that is time: the ruler, a lane a track with its keys, the playhead; and what the mouse does
// there. Edits go to workspace.edit. UI thread only.
#pragma once

#include <imgui.h>

#include <string>
#include <vector>

#include "app/gui/workspace.h"

namespace afs::gui {

// Opened by a right click on a key, which TimelineState::pressed_key then is; it is among the selected ones.
inline constexpr const char* kKeyMenu = "key menu";

inline constexpr float kLaneHeight = 24.0f, kCurveHeight = 96.0f, kRulerHeight = 22.0f;  // at 100 %

// Where a moment lies on the screen.
struct TimeAxis {
    float left = 0.0f, width = 1.0f;
    double from_s = 0.0, span_s = 1.0;
    [[nodiscard]] float x(double time_s) const { return left + static_cast<float>((time_s - from_s) / span_s) * width; }
    [[nodiscard]] double time(float x_px) const { return from_s + static_cast<double>((x_px - left) / width) * span_s; }
};
[[nodiscard]] TimeAxis time_axis(const TimelineState& state, const Timeline& timeline, float left, float width);

[[nodiscard]] float lane_height(const TimelineState& state, const afs::Track& track);

// At the cursor, as wide as the axis.
void draw_ruler(const Document& document, TimelineState& state, const TimeAxis& axis);
// Result: the id of the lanes, among the controls.
ImGuiID draw_lanes(const Document& document, Workspace& workspace, const TimeAxis& axis);
// Over both.
void draw_playhead(const Document& document, const TimelineState& state, const TimeAxis& axis, float top, float bottom);

// "Key", "3 keys".
[[nodiscard]] std::string keys_in_words(std::size_t count);

}  // namespace afs::gui
