// Keeps quick key chords whole. ImGui looks at modifiers once a frame: where Ctrl is let go within the frame in which Z
// was pressed, it sees Z alone, and with slow frames that is how people type. A modifier's release that follows a press
// is therefore held back until the next frame. UI thread only.
#pragma once

#include <imgui.h>
#include <imgui_internal.h>

namespace afs::gui {

class InputOrder {
  public:
    void before_new_frame();  // after the events of the system were taken
    void after_new_frame();
    [[nodiscard]] bool waiting() const { return waiting_; }  // something is left for another frame

  private:
    ImVector<ImGuiInputEvent> held_back_;
    bool waiting_ = false;
};

}  // namespace afs::gui
