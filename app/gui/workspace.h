// What panels keep between frames beside the scene: motion, texts being typed, the view of the canvas. Belongs to the
// window; nothing of it changes a picture by itself.
#pragma once

#include <imgui.h>

#include <deque>
#include <string>
#include <vector>

#include "app/gui/animation.h"
#include "app/gui/canvas_view.h"

namespace afs::gui {

struct LatentPanelState {
    std::deque<Point> path;  // walked lately, plane coordinates
    Point velocity;          // of the hand, seeds per second
    bool moved = false;      // since the button went down
};

struct MixingPanelState {
    int newest_id = 0;  // of a source, so that the id of one that was removed does not come back
};

struct CanvasState {
    CanvasView view;
    ImGuiID id = 0;  // of the picture, among the controls
    enum class Drag { none, undecided, translate, rotate, pan } drag = Drag::none;
    Point pressed_at, last;
};

struct LogPanelState {
    std::string filter;
    std::size_t seen = 0;
};

struct Workspace {
    Animations animations;
    LatentPanelState latent;
    MixingPanelState mixing;
    CanvasState canvas;
    LogPanelState log;
    std::size_t history_shown = 0;  // the entry that the list was scrolled to
    std::string class_text, class_problem;
};

}  // namespace afs::gui
