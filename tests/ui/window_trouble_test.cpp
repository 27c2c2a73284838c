// Pins what the real window does when things go wrong: a bad file, a generator that fails, one that is slow, a screen
// of many dots.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "app/gui/app.h"
#include "core/base/log.h"
#include "tests/ui/fake_frame_source.h"
#include "tests/ui/window_fixture.h"
// Last: it defines macros named None, Bool and Status.
#include <X11/Xatom.h>
#include <X11/Xlib.h>

namespace afs {
namespace {

using gui::WindowLoop;
using test::WindowHand;

// Computes one picture for as long as the test wants.
class HeldSource final : public FrameSource {
  public:
    std::uint64_t submit(FrameRequest request) override { return inner_.submit(std::move(request)); }
    std::optional<FrameResult> poll() override { return inner_.poll(); }
    std::optional<Activity> activity() const override {
        return inner_.answers ? inner_.activity() : Activity{"rendering", 0.5, false, 1.0};
    }
    void cancel_loading() override { inner_.cancel_loading(); }
    void hold() { inner_.answers = false; }
    void let_go() {
        inner_.answers = true;
        inner_.answer_now();
    }
    [[nodiscard]] const std::vector<FrameRequest>& requests() const { return inner_.requests; }

  private:
    test::FakeFrameSource inner_;
};

TEST(WindowTrouble, ABadFileIsExplainedAndChangesNothing) {
    set_log_level(LogLevel::off);
    const test::TemporaryFolder folder;
    WindowLoop loop(test::with_real_generator(folder, "t-32.pkl"));
    WindowHand hand(loop);
    const Scene before = loop.app().scene();
    const Image picture = *loop.app().picture();
    loop.app().drop_files({test::golden_path("nets/bad/billion_laughs.pkl").string()});
    test::settle(loop);
    ASSERT_EQ(loop.app().notices().toasts().size(), 1u);
    const Failure said = loop.app().notices().toasts()[0].failure;
    EXPECT_NE(said.what.find("billion_laughs.pkl"), std::string::npos) << said.paragraph();
    EXPECT_FALSE(said.why.empty());
    EXPECT_EQ(loop.app().scene(), before);
    EXPECT_EQ(*loop.app().picture(), picture);
    hand.click("Panel/Notice 1");  // was read
    EXPECT_TRUE(loop.app().notices().toasts().empty());
    hand.type_value("Truncation and noise/Psi", "0.5");  // and everything goes on
    EXPECT_EQ(loop.app().scene().truncation.psi, 0.5);
    EXPECT_NE(*loop.app().picture(), picture);
    set_log_level(LogLevel::warning);
}

TEST(WindowTrouble, AGeneratorThatFailsLeavesTheLastPictureAndSaysWhy) {
    set_log_level(LogLevel::off);
    const test::TemporaryFolder folder;
    WindowOptions options = test::with_fake_generator(folder);
    test::FakeFrameSource* source = nullptr;
    options.make_source = [&](const auto&) {
        auto made = std::make_unique<test::FakeFrameSource>();
        source = made.get();
        return made;
    };
    WindowLoop loop(options);
    WindowHand hand(loop);
    const Image picture = *loop.app().picture();
    source->fail_drawing = Failure{ErrorKind::memory, "Could not draw", "there is no memory", "Close something."};
    hand.type_value("Truncation and noise/Psi", "0.5");
    EXPECT_EQ(loop.app().scene().truncation.psi, 0.5);
    EXPECT_EQ(*loop.app().picture(), picture);
    ASSERT_EQ(loop.app().notices().toasts().size(), 1u);
    EXPECT_EQ(loop.app().notices().toasts()[0].failure, *source->fail_drawing);
    source->fail_drawing.reset();
    hand.key("ctrl+z");
    hand.key("ctrl+shift+z");
    EXPECT_EQ(loop.app().info().shown->scene, loop.app().scene());
}

// No time is measured: the picture comes only after the hand has arrived, so a window that waited for it would never
// get there.
TEST(WindowTrouble, ASlowGeneratorDoesNotHoldTheHand) {
    const test::TemporaryFolder folder;
    WindowOptions options = test::with_fake_generator(folder);
    HeldSource* source = nullptr;
    options.make_source = [&](const auto&) {
        auto made = std::make_unique<HeldSource>();
        source = made.get();
        return made;
    };
    WindowLoop loop(options);
    WindowHand hand(loop);
    const gui::CanvasArea at = loop.app().workspace().canvas.view.picture_on_screen();
    const int x = static_cast<int>((at.min.x + at.max.x) / 2), y = static_cast<int>((at.min.y + at.max.y) / 2);
    std::string moves = "mousemove " + std::to_string(x) + " " + std::to_string(y) + " mousedown 1";
    for (int i = 1; i <= 40; ++i)
        moves += " mousemove " + std::to_string(x + 2 * i) + " " + std::to_string(y) + " sleep 0.05";
    source->hold();
    const std::uint64_t pictures = loop.app().pictures_shown();
    const std::size_t requests = source->requests().size();
    const int frames = loop.report().frames;
    ASSERT_TRUE(test::while_stepping(loop, moves + " mouseup 1"));
    EXPECT_EQ(loop.app().pictures_shown(), pictures);
    EXPECT_NEAR(loop.app().scene().transform.translate_x, 80 / at.width(), 1 / at.width());
    const std::size_t asked = source->requests().size() - requests;
    EXPECT_GE(asked, 8u);  // even where frames are slow: the hand took two seconds
    EXPECT_LE(asked, static_cast<std::size_t>(loop.report().frames - frames));  // at most once a frame
    EXPECT_EQ(source->requests().back().scene, loop.app().scene());
    source->let_go();
    test::settle(loop);
    EXPECT_EQ(loop.app().info().shown->scene, loop.app().scene());  // the newest request was answered
    RecordProperty("longest_frame_ms", static_cast<int>(loop.report().longest_frame_ms));
}

// The old model follows the hand while a large file is read; both ends are seen.
TEST(WindowTrouble, ASlowFileShowsItsProgressAndTheOldModelGoesOnMoving) {
    const test::TemporaryFolder folder;
    WindowOptions options = test::with_fake_generator(folder);
    test::FakeFrameSource* source = nullptr;
    options.make_source = [&](const auto&) {
        auto made = std::make_unique<test::FakeFrameSource>();
        source = made.get();
        return made;
    };
    WindowLoop loop(options);
    WindowHand hand(loop);
    gui::App& app = loop.app();
    const gui::CanvasArea at = app.workspace().canvas.view.picture_on_screen();
    const std::string x = std::to_string(static_cast<int>((at.min.x + at.max.x) / 2)),
                      y = std::to_string(static_cast<int>((at.min.y + at.max.y) / 2)),
                      drag = "mousemove " + x + " " + y + " mousedown 1 mousemove_relative 20 0 sleep 0.1 " +
                             "mousemove_relative 20 0 sleep 0.4 mouseup 1";
    for (const bool cancel : {true, false}) {
        const Scene before = app.scene();
        source->polls_to_load = 1 << 20;
        app.open_model("/m/large.pkl");
        const Image picture = *app.picture();
        ASSERT_TRUE(test::while_stepping(loop, drag));
        ASSERT_EQ(app.info().opening, "/m/large.pkl");
        ASSERT_TRUE(app.info().activity);
        EXPECT_TRUE(app.info().activity->loading);
        EXPECT_EQ(app.scene().model, before.model);
        EXPECT_NEAR(app.scene().transform.translate_x - before.transform.translate_x, 40 / at.width(), 1 / at.width());
        EXPECT_NE(*app.picture(), picture);  // it follows
        EXPECT_EQ(app.info().shown->scene.transform, app.scene().transform);
        loop.save_screenshot(folder / (cancel ? "loading.png" : "loading-again.png"), false);
        if (cancel) {
            hand.click("Model/Cancel");
            EXPECT_EQ(app.scene().model, before.model);
            EXPECT_TRUE(app.notices().toasts().empty());  // what was asked for needs no explaining
        } else {
            source->finish_loading();
            test::settle(loop);
            EXPECT_EQ(app.scene().model.path, "/m/large.pkl");
            EXPECT_EQ(app.info().network->model.path, "/m/large.pkl");
            EXPECT_EQ(app.scene().transform, app.info().shown->scene.transform);
        }
        EXPECT_TRUE(app.info().opening.empty());
    }
}

// The screen says what it is, as a desktop does.
class DotsPerInch {
  public:
    explicit DotsPerInch(const std::string& dpi) {
        const std::string text = "Xft.dpi:\t" + dpi + "\n";
        XChangeProperty(display_, DefaultRootWindow(display_), XA_RESOURCE_MANAGER, XA_STRING, 8, PropModeReplace,
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
        XSync(display_, False);
    }
    ~DotsPerInch() {
        XDeleteProperty(display_, DefaultRootWindow(display_), XA_RESOURCE_MANAGER);
        XCloseDisplay(display_);
    }
    DotsPerInch(const DotsPerInch&) = delete;
    DotsPerInch& operator=(const DotsPerInch&) = delete;

  private:
    Display* display_ = XOpenDisplay(nullptr);
};

TEST(WindowTrouble, AScreenOfManyDotsHasLargeControlsThatWork) {
    const test::TemporaryFolder folder;
    WindowOptions options = test::with_fake_generator(folder);
    options.width = 1600;
    options.height = 1000;
    const auto height = [](WindowHand& hand) {
        const gui::Control psi = hand.find("Truncation and noise/Psi");
        return psi.max.y - psi.min.y;
    };
    float at_once = 0;
    {
        WindowLoop loop(options);
        WindowHand hand(loop);
        at_once = height(hand);
    }
    const DotsPerInch twice("192");
    WindowLoop loop(options);
    WindowHand hand(loop);
    EXPECT_NEAR(height(hand), 2 * at_once, 2.0f);
    hand.type_value("Truncation and noise/Psi", "0.25");
    EXPECT_EQ(loop.app().scene().truncation.psi, 0.25);
    hand.click("Layers/input");
    EXPECT_EQ(loop.app().scene().canvas, CanvasMode::layer);
}

}  // namespace
}  // namespace afs
