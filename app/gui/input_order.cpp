#include "app/gui/input_order.h"

namespace afs::gui {
namespace {

bool is_modifier(ImGuiKey key) {
    return (key & ImGuiMod_Mask_) != 0 || (key >= ImGuiKey_LeftCtrl && key <= ImGuiKey_RightSuper);
}

}  // namespace

void InputOrder::before_new_frame() {
    ImVector<ImGuiInputEvent>& queue = ImGui::GetCurrentContext()->InputEventsQueue;
    bool pressed = false;
    int cut = queue.Size;
    for (int i = 0; i < queue.Size && cut == queue.Size; ++i) {
        const ImGuiInputEvent& event = queue[i];
        if (event.Type != ImGuiInputEventType_Key) continue;
        if (!is_modifier(event.Key.Key))
            pressed |= event.Key.Down;
        else if (pressed && !event.Key.Down)
            cut = i;
    }
    held_back_.resize(0);
    for (int i = cut; i < queue.Size; ++i) held_back_.push_back(queue[i]);
    queue.resize(cut);
}

void InputOrder::after_new_frame() {
    ImVector<ImGuiInputEvent>& queue = ImGui::GetCurrentContext()->InputEventsQueue;
    for (const ImGuiInputEvent& event : held_back_) queue.push_back(event);  // behind what ImGui itself left
    held_back_.resize(0);
    waiting_ = !queue.empty();
}

}  // namespace afs::gui
