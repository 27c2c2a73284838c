// Every control that a frame drew: its name, place and kind. Tests click controls by name, and a test of random events
// counts what it reached. Costs nothing while it is off.
#pragma once

#include <imgui.h>

#include <string>
#include <string_view>
#include <vector>

namespace afs::gui {

enum class ControlKind { button, toggle, number, text, choice, plane, canvas, row, section, menu, panel };

struct Control {
    std::string name;  // "Transform/Rotate"
    ControlKind kind = ControlKind::button;
    ImVec2 min, max;  // on the screen, clipped to what its window shows
    ImGuiID id = 0;
    bool visible = false;  // some of it is inside its window
    bool enabled = true;
    std::string help = {};  // its tooltip's text

    [[nodiscard]] ImVec2 centre() const { return {(min.x + max.x) / 2, (min.y + max.y) / 2}; }
};

class ControlRegistry {
  public:
    void set_on(bool on) { on_ = on; }
    [[nodiscard]] bool on() const { return on_; }
    void begin_frame();

    void push_scope(std::string_view name) { scopes_.emplace_back(name); }
    void pop_scope() {
        if (!scopes_.empty()) scopes_.pop_back();
    }

    // The item that ImGui was given last.
    void add_last_item(std::string_view label, ControlKind kind);
    // The tooltip of the control that was added last, if that is what ImGui was given last.
    void describe_last_item(std::string_view meaning, std::string_view second_line);
    // A thing that is drawn and that the last item handles the mouse for: a key of the timeline.
    void add_part(std::string_view label, ControlKind kind, ImVec2 min, ImVec2 max);
    // A panel or a page as a whole: no control, but a place that a picture of the window may be cut to.
    void add_panel(std::string_view title, ImVec2 min, ImVec2 max);

    [[nodiscard]] const std::vector<Control>& controls() const { return controls_; }  // of the frame so far
    [[nodiscard]] const Control* find(std::string_view name) const;                   // nullptr: not drawn

  private:
    bool on_ = false;
    std::vector<std::string> scopes_;
    std::vector<Control> controls_;
};

}  // namespace afs::gui
