// Pins sessions in the window: saved and opened whole, kept without being asked, found again at the next start; and
// that a bad one changes nothing.
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

#include "core/base/log.h"
#include "core/formats/picture.h"
#include "core/scene/scene_json.h"
#include "core/scene/session.h"
#include "tests/support/paths.h"
#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

class SessionsTest : public testing::Test {
  protected:
    SessionsTest() {
        set_log_level(LogLevel::off);
        // The fake generator needs no network in the file; the session looks for the file itself.
        std::ofstream(folder_ / "t.pkl") << "a network";
        std::ofstream(folder_ / "u.pkl") << "another";
    }
    ~SessionsTest() override { set_log_level(LogLevel::warning); }
    [[nodiscard]] AppOptions options(bool reopen = false) const {
        AppOptions o;
        o.configuration_folder = folder_ / "config";
        o.reopen_last = reopen;
        o.demo_path = reopen ? (folder_ / "u.pkl").string() : "";
        return o;
    }
    [[nodiscard]] std::string model() const { return (folder_ / "t.pkl").string(); }
    // A scene that differs from the default in many places.
    static void change(Scene& s) {
        s.latent.source = LatentPlane{12.5, 3.25};
        s.truncation.psi = 0.5;
        s.transform.rotate_deg = 37;
        s.mix = {{.id = 1, .seed = 9, .layers = {2, 3}, .weight = 0.5}};
        s.canvas = CanvasMode::layer;
        s.layer_view.layer = "L3_60_64";
    }
    static Scene fresh(const ModelRef& model) {
        Scene scene;
        scene.model = model;
        return scene;
    }
    void type_into_browser(test::AppHarness& h, const std::string& name) {
        ASSERT_TRUE(h.app->file_browser().visible());
        h.click("File browser/Name");
        h.key(ImGuiMod_Ctrl | ImGuiKey_A);
        h.type(name);
        h.key(ImGuiKey_Enter);
        h.frames(4);
    }
    const test::TemporaryFolder folder_;
};

TEST_F(SessionsTest, RoundTripBySaveAsAndOpen) {
    test::AppHarness h(options());
    h.open(model());
    h.app->edit(change);
    h.frames(3);
    const Scene saved = h.app->scene();
    const Image picture = *h.app->picture();
    h.key(ImGuiMod_Ctrl | ImGuiMod_Shift | ImGuiKey_S);
    type_into_browser(h, (folder_ / "a.json").string());
    ASSERT_TRUE(std::filesystem::exists(folder_ / "a.json"));
    EXPECT_FALSE(h.app->session_changed());
    h.app->edit([](Scene& s) { s = fresh(s.model); });
    h.frames(3);
    EXPECT_TRUE(h.app->session_changed());
    h.app->open_session((folder_ / "a.json").string());
    h.frames(4);
    EXPECT_EQ(h.app->scene(), saved);
    EXPECT_EQ(*h.app->picture(), picture);
    EXPECT_EQ(h.app->history().undo_name(), "Open session a.json");
    h.key(ImGuiMod_Ctrl | ImGuiKey_Z);
    EXPECT_EQ(h.app->scene(), fresh(saved.model));
}

TEST_F(SessionsTest, SaveKnowsWhereItBelongs) {
    test::AppHarness h(options());
    h.open(model());
    h.key(ImGuiMod_Ctrl | ImGuiKey_S);  // never saved: asks
    type_into_browser(h, (folder_ / "b").string());
    ASSERT_TRUE(std::filesystem::exists(folder_ / "b.json"));
    EXPECT_EQ(h.app->title(), "b.json \u2013 Alias-Free Studio");
    h.app->edit(change);
    h.frames(2);
    EXPECT_EQ(h.app->title(), "b.json \u2022 \u2013 Alias-Free Studio");
    h.key(ImGuiMod_Ctrl | ImGuiKey_S);
    EXPECT_FALSE(h.app->file_browser().visible());
    EXPECT_FALSE(h.app->session_changed());
    EXPECT_EQ(load_session(folder_ / "b.json").document.base, h.app->scene());
    EXPECT_EQ(h.app->preferences().recent_sessions, std::vector<std::string>{(folder_ / "b.json").string()});
}

TEST_F(SessionsTest, EverythingIsThereAgainAfterAStart) {
    Scene left;
    {
        test::AppHarness h(options(true));  // the first start: the demo
        h.frames(4);
        EXPECT_EQ(h.app->scene().model.path, (folder_ / "u.pkl").string());
        EXPECT_TRUE(h.app->workspace().animations.any());
        h.app->run(ActionId::animate);
        h.open(model());
        h.app->edit(change);
        left = h.app->scene();
        h.app->quit();
        EXPECT_TRUE(h.app->wants_quit());
    }
    test::AppHarness h(options(true));
    h.frames(4);
    EXPECT_EQ(h.app->scene(), left);
    EXPECT_FALSE(h.app->workspace().animations.any());
    EXPECT_FALSE(h.app->history().can_undo());
    EXPECT_EQ(h.app->title(), "t.pkl \u2013 Alias-Free Studio");
}

TEST_F(SessionsTest, ACrashCostsSeconds) {
    Scene left;
    {
        test::AppHarness h(options());
        h.open(model());
        h.app->edit(change);
        left = h.app->scene();
        h.ui.pass_time(Autosave::kEverySeconds);
        // The thread that wrote the last one wakes the window; here frames are asked for until it has.
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        const auto kept = [&] { return load_session(last_session_file(folder_ / "config")).document.base == left; };
        do h.frames(1);
        while (!std::filesystem::exists(last_session_file(folder_ / "config")) ||
               (!kept() && std::chrono::steady_clock::now() < deadline));
        // No quit: the program ends here.
    }
    EXPECT_EQ(load_session(last_session_file(folder_ / "config")).document.base, left);
}

TEST_F(SessionsTest, TheNamedSessionGoesOnUnderItsName) {
    {
        test::AppHarness h(options(true));
        h.open(model());
        h.key(ImGuiMod_Ctrl | ImGuiKey_S);
        type_into_browser(h, (folder_ / "c.json").string());
        h.app->edit(change);
        h.app->quit();
    }
    {
        test::AppHarness h(options(true));
        h.frames(4);
        EXPECT_EQ(h.app->title(), "c.json \u2022 \u2013 Alias-Free Studio");  // the edit came after saving
        h.key(ImGuiMod_Ctrl | ImGuiKey_S);
        h.app->quit();
    }
    {
        test::AppHarness h(options(true));
        h.frames(4);
        EXPECT_EQ(h.app->title(), "c.json \u2013 Alias-Free Studio");
        h.app->quit();
    }
    std::filesystem::remove(folder_ / "c.json");
    test::AppHarness h(options(true));
    h.frames(4);
    EXPECT_EQ(h.app->title(), "t.pkl \u2013 Alias-Free Studio");
}

TEST_F(SessionsTest, ReopeningCanBeSwitchedOff) {
    {
        test::AppHarness h(options(true));
        h.open(model());
        h.app->run(ActionId::reopen_session);
        h.app->quit();
    }
    test::AppHarness h(options(true));
    h.frames(4);
    EXPECT_EQ(h.app->scene().model.path, (folder_ / "u.pkl").string());
}

TEST_F(SessionsTest, BadFilesSayWhyAndChangeNothing) {
    test::AppHarness h(options());
    h.open(model());
    h.app->edit(change);
    h.frames(2);
    const Scene before = h.app->scene();
    const std::size_t entries = h.app->history().entries().size();
    struct Case {
        const char* text;
        const char* said;
    };
    const Case cases[] = {
        {R"({"format": "afstudio-session", "version": 99})", "99"},
        {"{\n \"format\": \"afstudio-session\",\n \"version\": 1,\n \"scene\": {\"truncation\": {\"psi\": oops}}}",
         "line 4"},
        {R"({"format": "afstudio-session", "version": 1, "scene": {"truncation": {"psi": "much"}}})", "psi"},
        {R"({"format": "afstudio-session", "version": 1, "scene": {"latent": {"source": "seeds", "seeds": [{"seed": -4}]}}})",
         "-4"},
        {R"({"something": "else"})", "session"},
        {R"({"format": "afstudio-session", "version": 1})", "model"},
    };
    for (const Case& c : cases) {
        std::ofstream(folder_ / "bad.json", std::ios::trunc) << c.text;
        h.app->drop_files({(folder_ / "bad.json").string()});
        h.frames(3);
        ASSERT_EQ(h.app->notices().toasts().size(), 1u) << c.text;
        const std::string said = h.app->notices().toasts()[0].failure.paragraph();
        EXPECT_NE(said.find("bad.json"), std::string::npos) << said;
        EXPECT_NE(said.find(c.said), std::string::npos) << said;
        EXPECT_EQ(h.app->scene(), before);
        EXPECT_EQ(h.app->history().entries().size(), entries);
        h.click("Panel/Notice 1");  // was read
        EXPECT_TRUE(h.app->notices().toasts().empty());
    }
}

TEST_F(SessionsTest, AMovedModelIsAskedFor) {
    {
        test::AppHarness h(options());
        h.open(model());
        h.app->edit(change);
        save_session(folder_ / "d.json", Document{h.app->scene(), {}, nullptr}, Overwrite::no);
    }
    std::filesystem::create_directory(folder_ / "elsewhere");
    std::filesystem::rename(model(), folder_ / "elsewhere" / "moved.pkl");
    test::AppHarness h(options());
    h.open((folder_ / "u.pkl").string());
    const Scene before = h.app->scene();
    h.app->open_session((folder_ / "d.json").string());
    h.frames(4);
    EXPECT_EQ(h.app->scene(), before);
    ASSERT_EQ(h.app->notices().toasts().size(), 1u);
    EXPECT_NE(h.app->notices().toasts()[0].failure.what.find("t.pkl"), std::string::npos);
    h.click("Notice/Say where it is\u2026");
    EXPECT_TRUE(h.app->notices().toasts().empty());
    type_into_browser(h, (folder_ / "elsewhere" / "moved.pkl").string());
    EXPECT_EQ(h.app->scene().model.path, (folder_ / "elsewhere" / "moved.pkl").string());
    EXPECT_EQ(h.app->scene().transform.rotate_deg, 37);
}

TEST_F(SessionsTest, ALastSessionWithoutItsModelIsNotLost) {
    {
        test::AppHarness h(options(true));
        h.open(model());
        h.app->edit(change);
        h.app->quit();
    }
    const Document left = load_session(last_session_file(folder_ / "config")).document;
    std::filesystem::remove(model());
    test::AppHarness h(options(true));
    h.frames(4);
    EXPECT_TRUE(h.has("Notice/Say where it is\u2026"));
    EXPECT_TRUE(h.app->scene().model.path.empty());
    h.open((folder_ / "u.pkl").string());  // goes on with something else
    h.app->quit();
    EXPECT_EQ(load_session(folder_ / "config" / "last-session-not-opened.json").document.base.transform,
              left.base.transform);
}

TEST_F(SessionsTest, ABrokenLastSessionOpensTheDemoAndIsKept) {
    std::filesystem::create_directory(folder_ / "config");
    std::ofstream(last_session_file(folder_ / "config")) << "{ broken";
    test::AppHarness h(options(true));
    h.frames(4);
    EXPECT_EQ(h.app->scene().model.path, (folder_ / "u.pkl").string());
    ASSERT_EQ(h.app->notices().toasts().size(), 1u);
    EXPECT_NE(h.app->notices().toasts()[0].failure.what_to_do.find("last-session-not-opened.json"), std::string::npos);
    EXPECT_EQ(read_text_file(folder_ / "config" / "last-session-not-opened.json"), "{ broken");
}

TEST_F(SessionsTest, AnotherFileOfTheSameNameIsMentioned) {
    Document d;
    d.base.model = {model(), "G_ema", "ffffffffffffffffffffffffffffffff"};
    save_session(folder_ / "e.json", d, Overwrite::no);
    test::AppHarness h(options());
    h.app->open_session((folder_ / "e.json").string());
    h.frames(4);
    EXPECT_EQ(h.app->scene().model.path, model());
    ASSERT_EQ(h.app->notices().toasts().size(), 1u);
    EXPECT_NE(h.app->notices().toasts()[0].failure.what.find("SHA-256"), std::string::npos);
}

TEST_F(SessionsTest, AModelThatCannotBeOpenedLeavesTheSceneAsItWas) {
    Document d;
    d.base.model.path = model();
    change(d.base);
    save_session(folder_ / "f.json", d, Overwrite::no);
    test::AppHarness h(options());
    h.open((folder_ / "u.pkl").string());
    const Scene before = h.app->scene();
    h.source.broken = {model()};
    h.app->open_session((folder_ / "f.json").string());
    h.frames(4);
    EXPECT_EQ(h.app->scene(), before);
    EXPECT_EQ(h.app->notices().toasts().size(), 1u);
    EXPECT_EQ(h.app->info().shown->scene, before);
}

TEST_F(SessionsTest, QuittingAsksOnlyWhereWorkWouldBeLost) {
    std::ofstream(folder_ / "config") << "a file where the folder should be";
    test::AppHarness h(options());
    h.open(model());
    h.app->edit(change);
    h.frames(2);
    h.key(ImGuiMod_Ctrl | ImGuiKey_Q);
    EXPECT_FALSE(h.app->wants_quit());
    ASSERT_TRUE(h.has("Quit/Stay"));
    h.click("Quit/Stay");
    EXPECT_FALSE(h.app->dialog_visible());
    EXPECT_FALSE(h.app->wants_quit());
    h.key(ImGuiMod_Ctrl | ImGuiKey_Q);
    h.click("Quit/Quit anyway");
    EXPECT_TRUE(h.app->wants_quit());
}

TEST_F(SessionsTest, DroppedFilesOpenByTheirKind) {
    test::AppHarness h(options());
    h.app->drop_files({model(), (folder_ / "u.pkl").string()});
    h.frames(4);
    EXPECT_EQ(h.app->scene().model.path, model());
    EXPECT_EQ(h.app->notices().toasts().size(), 1u);  // the first of several
    const Image image{.width = 1, .height = 1, .channels = 3, .pixels = {1, 2, 3}};
    write_file(folder_ / "x.png", encode_png(image), Overwrite::no);
    h.app->drop_files({(folder_ / "x.png").string()});
    h.frames(3);
    ASSERT_EQ(h.app->notices().toasts().size(), 2u);
    EXPECT_NE(h.app->notices().toasts()[1].failure.why.find("picture"), std::string::npos);
    h.app->drop_files({folder_.path().string()});
    EXPECT_TRUE(h.app->file_browser().visible());
}

// A W from a file lies inside the scene, where no option reaches it.
TEST_F(SessionsTest, ACopiedCommandNamesASessionWhereFlagsCannotSayTheScene) {
    test::AppHarness h(options());
    h.open(model());
    h.app->edit([](Scene& s) { s.latent.source = LatentW{1, 2, {0.5f, -1.0f}}; });
    h.frames();
    h.key(ImGuiMod_Ctrl | ImGuiKey_C);
    const std::string command = ImGui::GetClipboardText(), start = "afstudio images --session ";
    ASSERT_TRUE(command.starts_with(start)) << command;
    const Session copied = load_session(command.substr(start.size()));
    EXPECT_TRUE(copied.document.base == h.app->scene());
}

}  // namespace
}  // namespace afs::gui
