// Drives the real window on a virtual display with the X server's mouse and keyboard (xdotool), by the names of
// controls.
#pragma once

#include <functional>
#include <string>

#include "app/gui/control_registry.h"
#include "app/gui/window.h"
#include "tests/support/paths.h"

namespace afs::test {

[[nodiscard]] WindowOptions with_real_generator(const TemporaryFolder& folder, const std::string& net);
[[nodiscard]] WindowOptions with_fake_generator(const TemporaryFolder& folder);

// Steps until the newest scene is shown and nothing is under way. The test runner's time limit bounds the wait.
void settle(gui::WindowLoop& loop);

// Runs a command of xdotool while the window goes on. False when the window closed.
bool while_stepping(gui::WindowLoop& loop, const std::string& xdotool);
// The same for any work, on a thread of its own.
bool while_stepping(gui::WindowLoop& loop, const std::function<void()>& work);

// A hand over one window. Every gesture ends when the picture stands.
class WindowHand {
  public:
    explicit WindowHand(gui::WindowLoop& loop);
    ~WindowHand();
    WindowHand(const WindowHand&) = delete;
    WindowHand& operator=(const WindowHand&) = delete;

    // Turns the wheel over its panel until the control is in sight. Throws where it is not found.
    gui::Control find(const std::string& name);
    void click(const std::string& name);
    void click_at(ImVec2 at);
    void drag(ImVec2 from, ImVec2 by);
    void drag(const std::string& name, ImVec2 by) { drag(find(name).centre(), by); }
    void key(const std::string& keys);
    void type(const std::string& text);                                 // over what the focused field held, and Enter
    void type_value(const std::string& name, const std::string& text);  // Ctrl+click

  private:
    void hand(const std::string& xdotool);
    gui::WindowLoop& loop_;
};

}  // namespace afs::test
