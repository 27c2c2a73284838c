#include "tests/ui/window_fixture.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "app/gui/app.h"
#include "app/gui/ui_context.h"
#include "core/render/render_service.h"
#include "tests/ui/fake_frame_source.h"

namespace afs::test {

WindowOptions with_real_generator(const TemporaryFolder& folder, const std::string& net) {
    WindowOptions options;
    options.model_path = golden_path("nets/" + net).string();
    options.width = 1280;
    options.height = 800;
    options.configuration_folder = folder.path();
    options.device_label = "cpu";
    options.make_source = [](std::function<void()> wake) { return std::make_unique<RenderService>(std::move(wake)); };
    return options;
}

WindowOptions with_fake_generator(const TemporaryFolder& folder) {
    WindowOptions options = with_real_generator(folder, "");
    options.model_path = "/m/t.pkl";
    options.make_source = [](const auto&) { return std::make_unique<FakeFrameSource>(); };
    return options;
}

void settle(gui::WindowLoop& loop) {
    loop.draw_always(true);
    for (int calm = 0; calm < 4;) {
        ASSERT_TRUE(loop.step());
        calm = loop.app().steady() && loop.app().picture() ? calm + 1 : 0;
    }
    loop.draw_always(false);
}

bool while_stepping(gui::WindowLoop& loop, const std::string& xdotool) {
    int code = -1;
    const bool open = while_stepping(loop, [&] { code = std::system(("xdotool " + xdotool).c_str()); });
    EXPECT_EQ(code, 0) << xdotool;
    return open;
}

bool while_stepping(gui::WindowLoop& loop, const std::function<void()>& work) {
    std::atomic<bool> done = false;
    std::jthread worker([&] {
        work();
        done = true;
    });
    loop.draw_always(true);
    bool open = true;
    while (!done && open) open = loop.step();
    worker.join();
    for (int i = 0; i < 10 && open; ++i) open = loop.step();  // the last events are on their way
    loop.draw_always(false);
    return open;
}

WindowHand::WindowHand(gui::WindowLoop& loop) : loop_(loop) {
    gui::ui().registry.set_on(true);
    settle(loop_);
}
WindowHand::~WindowHand() { gui::ui().registry.set_on(false); }

void WindowHand::hand(const std::string& xdotool) {
    if (!while_stepping(loop_, xdotool)) throw std::runtime_error("the window closed after: " + xdotool);
    settle(loop_);
}

gui::Control WindowHand::find(const std::string& name) {
    const auto in_sight = [&]() -> const gui::Control* {
        const gui::Control* found = gui::ui().registry.find(name);
        return found && found->visible ? found : nullptr;
    };
    for (const int button : {0, 5, 4})  // as it is, then down to the end, then up
        for (int i = 0; i < (button ? 12 : 1); ++i) {
            if (const gui::Control* found = in_sight()) return *found;
            // The sections of the left dock scroll together; a place reaches beyond the window where they do.
            const gui::Control* panel = gui::ui().registry.find("Panel/Model");
            if (!panel) panel = gui::ui().registry.find("Panel/Transform");
            if (!button || !panel) continue;
            hand(fmt::format("mousemove {} {} click --repeat 3 --delay 20 {}", static_cast<int>(panel->min.x) + 3,
                             static_cast<int>(ImGui::GetIO().DisplaySize.y * 0.4f), button));
        }
    std::string known;
    for (const gui::Control& c : gui::ui().registry.controls())
        if (c.visible) known += "\n  " + c.name;
    throw std::runtime_error("no control \"" + name + "\" among" + known);
}

void WindowHand::click(const std::string& name) { click_at(find(name).centre()); }

// The pause keeps two clicks of a test from being a double-click.
void WindowHand::click_at(ImVec2 at) {
    hand(fmt::format("mousemove {} {} sleep 0.35 click 1", static_cast<int>(at.x), static_cast<int>(at.y)));
}

// The hand rests before it lets go: no fling.
void WindowHand::drag(ImVec2 from, ImVec2 by) {
    std::string moves =
        fmt::format("mousemove {} {} sleep 0.35 mousedown 1", static_cast<int>(from.x), static_cast<int>(from.y));
    for (int i = 1; i <= 6; ++i)
        moves += fmt::format(" mousemove {} {} sleep 0.03", static_cast<int>(from.x + by.x * static_cast<float>(i) / 6),
                             static_cast<int>(from.y + by.y * static_cast<float>(i) / 6));
    hand(moves + " sleep 0.4 mouseup 1");
}

void WindowHand::key(const std::string& keys) { hand("key --delay 60 " + keys); }

void WindowHand::type(const std::string& text) {
    key("ctrl+a");
    hand("type --delay 40 '" + text + "'");
    key("Return");
}

void WindowHand::type_value(const std::string& name, const std::string& text) {
    const ImVec2 at = find(name).centre();
    hand(fmt::format("mousemove {} {} sleep 0.35 keydown ctrl sleep 0.1 click 1 sleep 0.1 keyup ctrl",
                     static_cast<int>(at.x), static_cast<int>(at.y)));
    type(text);
}

}  // namespace afs::test
