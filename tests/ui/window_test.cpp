// Pins the real window, drawn by OpenGL on a virtual display: a file is opened by the real generator, the mouse and the
// keyboard of the X server move the picture, and the window quits. Run under xvfb-run (tests/ui/CMakeLists.txt).
#include "app/gui/window.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <set>
#include <thread>

#include "app/gui/app.h"
#include "app/gui/clipboard_image.h"
#include "app/gui/ui_context.h"
#include "core/base/log.h"
#include "core/formats/picture.h"
#include "tests/support/paths.h"
#include "tests/ui/fake_frame_source.h"
#include "tests/ui/window_fixture.h"
// Last: it defines macros named None, Bool and Status.
#include <X11/Xatom.h>
#include <X11/Xlib.h>

namespace afs {
namespace {

using gui::WindowLoop;
using test::settle;
using test::while_stepping;
using test::with_fake_generator;
using test::with_real_generator;

TEST(Window, OpensAFileFollowsTheHandAndQuits) {
    const test::TemporaryFolder folder;
    WindowLoop loop(with_real_generator(folder, "t-32.pkl"));
    gui::ui().registry.set_on(true);
    settle(loop);
    gui::App& app = loop.app();
    ASSERT_EQ(app.picture()->width, 32);
    const Image before = *app.picture();
    loop.save_screenshot(folder / "before.png", false);

    const gui::CanvasArea at = app.workspace().canvas.view.picture_on_screen();
    const int x = static_cast<int>((at.min.x + at.max.x) / 2), y = static_cast<int>((at.min.y + at.max.y) / 2);
    ASSERT_TRUE(
        while_stepping(loop, fmt::format("mousemove {} {} mousedown 1 mousemove {} {} mousemove {} {} mouseup 1", x, y,
                                         x + 40, y - 10, x + 80, y - 20)));
    settle(loop);
    EXPECT_NEAR(app.scene().transform.translate_x, 80 / at.width(), 1 / at.width());
    EXPECT_NEAR(app.scene().transform.translate_y, -20 / at.height(), 1 / at.height());
    EXPECT_EQ(app.history().entries().size(), 2u);
    EXPECT_NE(*app.picture(), before);
    loop.save_screenshot(folder / "after.png", false);
    const Image window_before = decode_picture(MappedFile(folder / "before.png").bytes(), "test"),
                window_after = decode_picture(MappedFile(folder / "after.png").bytes(), "test");
    EXPECT_EQ(window_after.width, 1280);
    EXPECT_NE(window_before, window_after);

    // A click on a layer shows it; undo brings the picture back; Ctrl+Q quits.
    const gui::Control* layer = gui::ui().registry.find("Layers/input");
    ASSERT_TRUE(layer && layer->visible);
    ASSERT_TRUE(while_stepping(loop, fmt::format("mousemove {} {} click 1", static_cast<int>(layer->centre().x),
                                                 static_cast<int>(layer->centre().y))));
    settle(loop);
    EXPECT_EQ(app.scene().canvas, CanvasMode::layer);
    EXPECT_GT(app.picture()->width, 32);  // margins included
    ASSERT_TRUE(while_stepping(loop, "key ctrl+z sleep 0.1 key ctrl+z"));
    settle(loop);
    EXPECT_EQ(app.history().position(), 0u);
    EXPECT_EQ(app.scene().transform, Transform{});
    EXPECT_EQ(*app.picture(), before);  // equal scenes give equal pixels
    EXPECT_FALSE(while_stepping(loop, "key ctrl+q"));
}

TEST(Window, WheelZoomsUntilPixelsShow) {
    const test::TemporaryFolder folder;
    WindowLoop loop(with_real_generator(folder, "t-32.pkl"));
    settle(loop);
    const double zoom = loop.app().workspace().canvas.view.zoom();
    const gui::Point p = loop.app().workspace().canvas.view.to_screen({0.5, 0.5});
    ASSERT_TRUE(while_stepping(loop, fmt::format("mousemove {} {} click --repeat 5 --delay 30 4", static_cast<int>(p.x),
                                                 static_cast<int>(p.y))));
    EXPECT_GT(loop.app().workspace().canvas.view.zoom(), 2.0 * zoom);
    EXPECT_TRUE(loop.step());
}

TEST(Window, ClosesWhileTheGeneratorWorks) {
    const test::TemporaryFolder folder;
    for (int frames = 0; frames < 4; ++frames) {
        WindowLoop loop(with_real_generator(folder, "r-64.pkl"));
        loop.draw_always(true);
        for (int i = 0; i < frames; ++i) EXPECT_TRUE(loop.step());
    }
}

TEST(Window, ADemoMovesAndShowsManyPictures) {
    const test::TemporaryFolder folder;
    WindowOptions options = with_real_generator(folder, "t-32.pkl");
    options.demo_path = std::exchange(options.model_path, "");
    WindowLoop loop(options);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (loop.report().pictures < 10 && std::chrono::steady_clock::now() < deadline) ASSERT_TRUE(loop.step());
    EXPECT_GE(loop.report().pictures, 10u);
    EXPECT_NE(loop.app().scene().latent, Latent{});
    EXPECT_NE(loop.app().scene().transform, Transform{});
}

TEST(Window, SleepsWhenIdle) {
    const test::TemporaryFolder folder;
    WindowOptions options = with_fake_generator(folder);
    std::function<void()> wake;
    options.make_source = [&](std::function<void()> given) {
        wake = std::move(given);
        return std::make_unique<test::FakeFrameSource>();
    };
    WindowLoop loop(options);
    settle(loop);
    // The messages of the start leave, the rates fall to rest.
    while (loop.app().seconds_to_next_frame(loop.app().info().now_s) < 100) ASSERT_TRUE(loop.step());
    std::atomic<bool> done = false;
    std::jthread alarm([&] {
        std::this_thread::sleep_for(std::chrono::seconds(3));
        done = true;
        wake();
    });
    const int frames = loop.report().frames;
    const std::clock_t cpu = std::clock();
    while (!done) ASSERT_TRUE(loop.step());
    const double busy = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC / 3.0;
    EXPECT_LT(busy, 0.04) << "of a core";  // the aim is 2 %; the frame that ends the test is counted, too
    EXPECT_LE(loop.report().frames - frames, 2);
    RecordProperty("idle_percent_of_a_core", fmt::format("{:.2f}", busy * 100));
}

TEST(Window, ScreenshotIsTheWindowAndNeverReplacesUnasked) {
    const test::TemporaryFolder folder;
    WindowOptions options = with_real_generator(folder, "t-64-cond.pkl");
    options.screenshot = folder / "shot.png";
    EXPECT_EQ(run_window(options), 0);
    const Image shot = decode_picture(MappedFile(options.screenshot).bytes(), "test");
    EXPECT_EQ(shot.width, 1280);
    EXPECT_EQ(shot.height, 800);
    const std::set<std::uint8_t> levels(shot.pixels.begin(), shot.pixels.end());
    EXPECT_GT(levels.size(), 100u);  // a picture is in it
    EXPECT_THROW((void)run_window(options), Error);
    options.overwrite_screenshot = true;
    EXPECT_EQ(run_window(options), 0);
    const Image again = decode_picture(MappedFile(options.screenshot).bytes(), "test");
    // The same scene, the same pixels in the canvas; measured times stand elsewhere in the window.
    int differing = 0;
    for (int y = 200; y < 500; ++y)
        for (int x = 450; x < 800; ++x)
            for (int c = 0; c < 3; ++c) {
                const auto at = static_cast<std::size_t>((y * 1280 + x) * 3 + c);
                differing += shot.pixels[at] != again.pixels[at] ? 1 : 0;
            }
    EXPECT_EQ(differing, 0);
}

TEST(Window, AFileThatCannotBeOpenedIsAFailureForScripts) {
    set_log_level(LogLevel::off);
    const test::TemporaryFolder folder;
    WindowOptions options = with_real_generator(folder, "none.pkl");
    options.screenshot = folder / "shot.png";
    EXPECT_EQ(run_window(options), 1);
    EXPECT_TRUE(std::filesystem::exists(options.screenshot));  // the window with its notice
    set_log_level(LogLevel::warning);
}

TEST(Window, FramesAreCounted) {
    const test::TemporaryFolder folder;
    WindowOptions options = with_fake_generator(folder);
    options.frames = 12;
    options.font_scale = 2.0;
    WindowReport report;
    EXPECT_EQ(run_window(options, &report), 0);
    EXPECT_EQ(report.frames, 12);
    EXPECT_GE(report.pictures, 1u);
    EXPECT_GT(report.longest_start_frame_ms, 0.0);
    EXPECT_GT(report.longest_frame_ms, 0.0);
}

TEST(Window, FramesBeforeTheFirstPictureAreTheStarts) {
    const test::TemporaryFolder folder;
    WindowOptions options = with_fake_generator(folder);
    test::FakeFrameSource* source = nullptr;
    options.make_source = [&](const auto&) {
        auto made = std::make_unique<test::FakeFrameSource>();
        made->answers = false;
        source = made.get();
        return made;
    };
    WindowLoop loop(options);
    loop.draw_always(true);
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(loop.step());
    EXPECT_GT(loop.report().longest_start_frame_ms, 0.0);
    EXPECT_EQ(loop.report().longest_frame_ms, 0.0);
    source->answers = true;
    source->answer_now();
    ASSERT_TRUE(loop.step());  // brings the picture
    EXPECT_EQ(loop.report().longest_frame_ms, 0.0);
    const double start = loop.report().longest_start_frame_ms;
    ASSERT_TRUE(loop.step());
    EXPECT_GT(loop.report().longest_frame_ms, 0.0);
    EXPECT_EQ(loop.report().longest_start_frame_ms, start);
}

TEST(Window, TheLayoutIsKept) {
    const test::TemporaryFolder folder;
    {
        WindowLoop loop(with_fake_generator(folder));
        settle(loop);
    }
    EXPECT_TRUE(std::filesystem::exists(folder / "layout.ini"));
    WindowLoop loop(with_fake_generator(folder));  // and read again
    settle(loop);
}

TEST(Window, WithoutADisplayItSaysSo) {
    const std::string display = std::getenv("DISPLAY") ? std::getenv("DISPLAY") : "";
    setenv("DISPLAY", ":987", 1);
    const test::TemporaryFolder folder;
    try {
        WindowLoop loop(with_fake_generator(folder));
        ADD_FAILURE() << "a window without a display";
    } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::device);
        EXPECT_NE(e.why().find("display"), std::string::npos) << e.what();
    }
    setenv("DISPLAY", display.c_str(), 1);
}

TEST(Clipboard, ServesThePictureToOtherPrograms) {
    const Image image{.width = 2, .height = 1, .channels = 3, .pixels = {255, 0, 0, 0, 0, 255}};
    gui::ClipboardImage clipboard;
    clipboard.offer(encode_png(Image{.width = 1, .height = 1, .channels = 3, .pixels = {1, 2, 3}}));
    clipboard.offer(encode_png(image));  // replaces the first

    Display* display = XOpenDisplay(nullptr);
    ASSERT_TRUE(display);
    const ::Window window = XCreateSimpleWindow(display, DefaultRootWindow(display), 0, 0, 1, 1, 0, 0, 0);
    const Atom png = XInternAtom(display, "image/png", False), property = XInternAtom(display, "AFS_TEST", False);
    XConvertSelection(display, XInternAtom(display, "CLIPBOARD", False), png, property, window, CurrentTime);
    XEvent event;
    do XNextEvent(display, &event);
    while (event.type != SelectionNotify);
    ASSERT_EQ(event.xselection.property, property);
    Atom type = 0;
    int format = 0;
    unsigned long count = 0, rest = 0;
    unsigned char* data = nullptr;
    XGetWindowProperty(display, window, property, 0, 1 << 20, True, AnyPropertyType, &type, &format, &count, &rest,
                       &data);
    EXPECT_EQ(type, png);
    EXPECT_EQ(decode_picture({reinterpret_cast<const std::byte*>(data), count}, "test"), image);
    XFree(data);
    XDestroyWindow(display, window);
    XCloseDisplay(display);
}

}  // namespace
}  // namespace afs
