// Which edits belong together: everything between pressing and releasing a control is one gesture, so that a drag is
// one undo entry; quickly repeated arrow keys on one control are one, too. UI thread only, inside an ImGui frame.
#pragma once

#include <imgui.h>

#include <cstdint>

namespace afs::gui {

class Gestures {
  public:
    // Call once a frame after every control was drawn. Returns the number of the gesture that this frame's edits belong
    // to; numbers are never 0 and never come back.
    [[nodiscard]] std::uint64_t now();

    [[nodiscard]] std::uint64_t fresh() { return ++last_; }  // for edits that stand alone

  private:
    static constexpr double kStepSeconds = 0.8;

    std::uint64_t last_ = 0, current_ = 0;
    ImGuiID held_ = 0;  // the control that is pressed; 0: none
    ImGuiID stepped_ = 0;
    double stepped_at_s_ = -1.0;
    std::uint64_t step_gesture_ = 0;
};

}  // namespace afs::gui
