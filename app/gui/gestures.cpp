#include "app/gui/gestures.h"

#include <imgui_internal.h>

#include "app/gui/ui_context.h"

namespace afs::gui {

std::uint64_t Gestures::now() {
    const ImGuiContext& g = *ImGui::GetCurrentContext();
    // The frame of the release still belongs to the gesture: buttons act in it.
    const ImGuiID held = g.ActiveId ? g.ActiveId : g.ActiveIdPreviousFrame;
    const bool pressed_again = g.ActiveId && g.ActiveIdIsJustActivated;
    if (held && (held != held_ || pressed_again)) current_ = fresh();
    held_ = held;
    if (held) return current_;

    const UiContext& context = ui();
    const bool stepped_now = context.stepped_id != 0 && context.stepped_at_s == g.Time;
    if (!stepped_now) return fresh();
    if (context.stepped_id != stepped_ || g.Time - stepped_at_s_ > kStepSeconds) step_gesture_ = fresh();
    stepped_ = context.stepped_id;
    stepped_at_s_ = g.Time;
    return step_gesture_;
}

}  // namespace afs::gui
