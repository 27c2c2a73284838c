// Pins the window's logic: what is asked of the generator and when, how models are opened, what undo means while things
// move, and that the window sleeps.
#include "app/gui/app.h"

#include <gtest/gtest.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "core/base/log.h"
#include "tests/support/paths.h"
#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

const LatentPlane& plane(const App& app) { return std::get<LatentPlane>(app.scene().latent.source); }

struct QuietLog {
    QuietLog() { set_log_level(LogLevel::off); }
    ~QuietLog() { set_log_level(LogLevel::warning); }
};

TEST(App, AsksOncePerSceneAndShowsTheAnswer) {
    test::AppHarness h;
    EXPECT_TRUE(h.source.requests.empty());  // no model: nothing to ask
    h.open("/m/t.pkl");
    EXPECT_EQ(h.source.requests.size(), 1u);
    h.frames(20);
    EXPECT_EQ(h.source.requests.size(), 1u);
    h.app->edit([](Scene& s) { s.truncation.psi = 0.5; });
    h.frames(3);
    EXPECT_EQ(h.source.requests.size(), 2u);
    EXPECT_EQ(h.source.requests.back().scene, h.app->scene());
    EXPECT_EQ(h.app->pictures_shown(), 2u);
}

TEST(App, AnInputIsAskedForWithinItsOwnFrame) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    const ImVec2 from = h.control("Canvas/Picture area").centre();
    h.move_to(from);
    h.press();
    const std::size_t before = h.source.requests.size();
    h.move_to({from.x + 30, from.y});  // one frame
    EXPECT_EQ(h.source.requests.size(), before + 1);
    h.release();
}

TEST(App, NeverWaitsForTheGenerator) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    h.source.answers = false;
    h.drag("Transform/Rotate", {40, 0});
    EXPECT_GT(h.app->scene().transform.rotate_deg, 1.0);
    EXPECT_EQ(h.app->pictures_shown(), 1u);  // the old one stays
    EXPECT_FALSE(h.app->steady());
    h.source.answer_now();
    h.frames(1);
    EXPECT_EQ(h.app->pictures_shown(), 2u);
    EXPECT_EQ(h.app->info().shown->scene, h.app->scene());  // the newest, not every one
    EXPECT_TRUE(h.app->steady());
}

TEST(App, AFailedFrameKeepsThePictureAndTells) {
    const QuietLog quiet;
    test::AppHarness h;
    h.open("/m/t.pkl");
    const auto before = h.app->picture();
    h.source.fail_drawing = Failure{ErrorKind::memory, "Could not draw the picture", "there is not enough memory", ""};
    h.drag("Truncation and noise/Psi", {-40, 0});
    EXPECT_EQ(h.app->picture(), before);
    EXPECT_EQ(h.app->notices().toasts().size(), 1u);  // said once, though many frames failed
    h.source.fail_drawing.reset();
    h.drag("Truncation and noise/Psi", {-20, 0});
    EXPECT_NE(h.app->picture(), before);
}

TEST(App, OpensAnotherModelWithTheSameLatentAndTransform) {
    test::AppHarness h;
    h.open("/m/one.pkl");
    h.app->edit([](Scene& s) {
        s.latent.source = LatentPlane{3.5, 1.25};
        s.transform.rotate_deg = 20;
    });
    Scene before = h.app->scene();
    h.open("/m/two.pkl");
    EXPECT_EQ(h.app->scene().model.path, "/m/two.pkl");
    EXPECT_NE(h.app->scene().model.sha256, "");
    before.model = h.app->scene().model;
    EXPECT_EQ(h.app->scene(), before);
    EXPECT_EQ(h.app->history().undo_name(), "Open two.pkl");
    h.key(ImGuiMod_Ctrl | ImGuiKey_Z);
    EXPECT_EQ(h.app->scene().model.path, "/m/one.pkl");
    EXPECT_EQ(h.app->info().network->model.path, "/m/one.pkl");
}

TEST(App, TheOldModelMovesWhileAnotherLoads) {
    test::AppHarness h;
    h.open("/m/one.pkl");
    h.source.polls_to_load = 1000;
    h.open("/m/slow.pkl");
    EXPECT_EQ(h.app->scene().model.path, "/m/one.pkl");  // not before it is there
    const auto pictures = h.app->pictures_shown();
    h.drag("Transform/Rotate", {40, 0});
    EXPECT_GT(h.app->pictures_shown(), pictures);
    EXPECT_TRUE(h.has("Model/Cancel"));
    h.click("Model/Cancel");
    EXPECT_EQ(h.app->scene().model.path, "/m/one.pkl");
    EXPECT_GT(h.app->scene().transform.rotate_deg, 1.0);
    EXPECT_TRUE(h.app->notices().toasts().empty());
    EXPECT_FALSE(h.has("Model/Cancel"));
}

TEST(App, ABrokenFileLeavesTheSceneAsItWas) {
    const QuietLog quiet;
    test::AppHarness h;
    h.open("/m/one.pkl");
    const Scene before = h.app->scene();
    const std::size_t entries = h.app->history().entries().size();
    h.source.broken = {"/m/bad.pkl"};
    h.open("/m/bad.pkl");
    EXPECT_EQ(h.app->scene(), before);
    EXPECT_EQ(h.app->history().entries().size(), entries);
    ASSERT_EQ(h.app->notices().toasts().size(), 1u);
    EXPECT_EQ(h.app->notices().toasts()[0].failure.what, "Could not open bad.pkl");
    EXPECT_TRUE(h.app->opening_failed());
    EXPECT_EQ(h.app->preferences().recent_files, std::vector<std::string>{"/m/one.pkl"});
    h.drag("Transform/Rotate", {40, 0});  // and everything goes on
    EXPECT_EQ(h.app->info().shown->scene, h.app->scene());
    // Mended meanwhile: it is asked for again.
    h.source.broken.clear();
    h.open("/m/bad.pkl");
    EXPECT_EQ(h.app->scene().model.path, "/m/bad.pkl");
}

TEST(App, AnErrorStaysUntilItIsClicked) {
    const QuietLog quiet;
    test::AppHarness h({}, 1600, 1000);
    h.source.broken = {"/m/bad.pkl"};
    h.open("/m/bad.pkl");
    h.ui.pass_time(100);
    h.frames(3);
    ASSERT_EQ(h.app->notices().toasts().size(), 1u);
    const ImGuiWindow* toast = ImGui::FindWindowByName("##notice0");
    ASSERT_TRUE(toast);
    h.click_at(toast->Rect().GetCenter());
    EXPECT_TRUE(h.app->notices().toasts().empty());
}

TEST(App, AModelWithoutTheShownLayerShowsItsOutput) {
    test::AppHarness h;
    h.open("/m/one.pkl");
    h.app->edit([](Scene& s) {
        s.canvas = CanvasMode::layer;
        s.layer_view.layer = "gone";
        s.latent.class_index = 7;
    });
    h.open("/m/two.pkl");
    EXPECT_EQ(h.app->scene().layer_view.layer, "output");
    EXPECT_FALSE(h.app->scene().latent.class_index);
}

TEST(App, FirstStartMovesAndMotionIsOneUndoEntry) {
    test::AppHarness h({.model_path = "/m/demo.safetensors", .in_motion = true});
    h.frames(200);
    EXPECT_GT(std::hypot(plane(*h.app).x, plane(*h.app).y), 0.3);
    EXPECT_NE(h.app->scene().transform.translate_x, 0.0);
    EXPECT_GT(h.app->pictures_shown(), 100u);
    EXPECT_EQ(h.app->history().entries().size(), 2u);  // the model, the motion
}

TEST(App, AnEditDuringMotionIsItsOwnEntryAndUndoRestsTheMotion) {
    test::AppHarness h({.model_path = "/m/demo.safetensors", .in_motion = true});
    h.frames(30);
    h.drag("Truncation and noise/Psi", {-40, 0});
    h.frames(30);
    ASSERT_EQ(h.app->history().entries().size(), 3u);
    EXPECT_LT(h.app->scene().truncation.psi, 1.0);
    h.key(ImGuiMod_Ctrl | ImGuiKey_Z);
    EXPECT_DOUBLE_EQ(h.app->scene().truncation.psi, 1.0);
    EXPECT_FALSE(h.app->workspace().animations.any());
    const Scene rested = h.app->scene();
    h.frames(30);
    EXPECT_EQ(h.app->scene(), rested);
    // Started again, the motion has an entry of its own.
    h.key(ImGuiKey_Space);
    h.frames(30);
    EXPECT_EQ(h.app->history().undo_name(), "Motion");
    EXPECT_EQ(h.app->history().entries().size(), 3u);
}

TEST(App, SleepsWhenNothingChanges) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    h.ui.pass_time(20);
    h.frames(1);
    h.ui.pass_time(20);
    h.frames(1);
    EXPECT_TRUE(std::isinf(h.app->seconds_to_next_frame(h.ui.now())));
    h.app->run(ActionId::animate);
    EXPECT_DOUBLE_EQ(h.app->seconds_to_next_frame(h.ui.now()), 0.0);
    // While an answer is due the answer wakes the window.
    h.source.answers = false;
    h.frames(2);
    EXPECT_GE(h.app->seconds_to_next_frame(h.ui.now()), 0.05);
}

TEST(App, RecentFilesAreKept) {
    const test::TemporaryFolder folder;
    {
        test::AppHarness h({.configuration_folder = folder.path()});
        h.open("/m/one.pkl");
        h.open("/m/two.pkl");
        h.app->run(ActionId::scale_up);
    }
    test::AppHarness h({.configuration_folder = folder.path()});
    EXPECT_EQ(h.app->preferences().recent_files, (std::vector<std::string>{"/m/two.pkl", "/m/one.pkl"}));
    EXPECT_DOUBLE_EQ(h.app->interface_scale(), 1.125);
    h.click("Model/Recent\u2026");
    h.click("Model/Recent/one.pkl");
    EXPECT_EQ(h.app->scene().model.path, "/m/one.pkl");
}

TEST(App, DroppedFilesOpen) {
    test::AppHarness h;
    h.app->drop_files({"/m/dropped.pkl"});
    h.frames(3);
    EXPECT_EQ(h.app->scene().model.path, "/m/dropped.pkl");
    h.app->drop_files({});
    h.frames(1);
}

TEST(App, OpeningTheOpenModelSaysSo) {
    test::AppHarness h;
    h.open("/m/one.pkl");
    const std::size_t requests = h.source.requests.size();
    h.open("/m/one.pkl");
    EXPECT_EQ(h.source.requests.size(), requests);
    EXPECT_TRUE(h.app->steady());
    EXPECT_NE(h.app->notices().message().find("open already"), std::string::npos);
}

}  // namespace
}  // namespace afs::gui
