// Drives the window's logic without a window: ImGui frames with a given clock, mouse and keyboard, and controls found
// by their names.
#pragma once

#include <imgui.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "app/gui/app.h"
#include "app/gui/input_order.h"
#include "app/gui/ui_context.h"
#include "tests/ui/fake_frame_source.h"

namespace afs::test {

// An ImGui context with our fonts and theme, and no backend.
class UiHarness {
  public:
    explicit UiHarness(float width = 1600, float height = 1000, float scale = 1.0f);
    ~UiHarness();
    UiHarness(const UiHarness&) = delete;
    UiHarness& operator=(const UiHarness&) = delete;

    // One frame, 1/60 s later, and what was passed besides.
    void frame(const std::function<void()>& draw);
    [[nodiscard]] double now() const { return now_s_; }
    void pass_time(double seconds) { now_s_ += seconds; }

    gui::UiContext context;

  private:
    gui::InputOrder input_order_;
    double now_s_ = 1.0, last_frame_s_ = 1.0;
};

// The whole App over a fake source.
class AppHarness {
  public:
    // So high that no panel's control is scrolled out of sight.
    explicit AppHarness(gui::AppOptions options = {}, float width = 1600, float height = 1800, float scale = 1.0f);
    ~AppHarness();

    void frames(int count = 3);
    void open(const std::string& path);  // and waits until it stands

    // Throws where there is no visible control of that name.
    [[nodiscard]] gui::Control control(const std::string& name);
    [[nodiscard]] bool has(const std::string& name);

    void move_to(ImVec2 at);
    void press(int button = 0);
    void release(int button = 0);
    void click(const std::string& name);
    void click_at(ImVec2 at, int button = 0);
    void double_click(const std::string& name);
    void drag(ImVec2 from, ImVec2 to, int steps = 8);
    void drag(const std::string& name, ImVec2 by, int steps = 8);
    void wheel(ImVec2 at, float clicks);
    void key(ImGuiKeyChord chord);  // pressed and released
    void hold(ImGuiKey modifier, bool down);
    void type(const std::string& text);

    FakeFrameSource source;
    UiHarness ui;
    std::optional<gui::App> app;
};

}  // namespace afs::test
