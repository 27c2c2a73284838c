// Pins walking the plane, the list of seeds, and latents from files.
#include <gtest/gtest.h>

#include <filesystem>

#include "core/base/log.h"
#include "core/base/random_state.h"
#include "core/formats/npy.h"
#include "core/scene/latent_file.h"
#include "tests/support/paths.h"
#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

const LatentPlane& plane(const App& app) { return std::get<LatentPlane>(app.scene().latent.source); }

TEST(LatentPanel, DraggingWalksAndTheMapSticksToTheHand) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    h.drag("Latent/Plane", {-62, 31});  // a cell is 62 px
    EXPECT_NEAR(plane(*h.app).x, 1.0, 1e-6);
    EXPECT_NEAR(plane(*h.app).y, -0.5, 1e-6);
    EXPECT_EQ(h.app->history().entries().size(), 2u);
    EXPECT_FALSE(h.app->workspace().animations.latent.on);
}

TEST(LatentPanel, ClickingASeedGoesThere) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    const ImVec2 centre = h.control("Latent/Plane").centre();
    h.click_at({centre.x + 60, centre.y + 64});  // one to the right, one down
    EXPECT_EQ(plane(*h.app), (LatentPlane{1, 1}));
    EXPECT_EQ(h.app->history().undo_name(), "Go to seed 101");
}

TEST(LatentPanel, AThrowDriftsOn) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    const ImVec2 from = h.control("Latent/Plane").centre();
    h.move_to(from);
    h.press();
    for (int i = 1; i <= 8; ++i) h.move_to({from.x - 6.0f * static_cast<float>(i), from.y});
    h.release();
    EXPECT_TRUE(h.app->workspace().animations.latent.on);
    const double at_release = plane(*h.app).x;
    h.frames(30);
    EXPECT_GT(plane(*h.app).x, at_release + 0.3);
    h.click("Latent/Plane");  // a touch stops it
    EXPECT_FALSE(h.app->workspace().animations.latent.on);
}

TEST(LatentPanel, TypedSeedsAreCheckedInPlace) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    const auto type_seed = [&](const char* text) {
        h.click("Latent/Seed");
        h.key(ImGuiMod_Ctrl | ImGuiKey_A);
        h.type(text);
        h.key(ImGuiKey_Enter);
    };
    type_seed("4294967295");
    EXPECT_EQ(plane(*h.app), (LatentPlane{4294967295.0, 0}));
    for (const char* wrong : {"4294967296", "-1", "1.5", "x"}) {
        type_seed(wrong);
        EXPECT_EQ(plane(*h.app), (LatentPlane{4294967295.0, 0})) << wrong;
        EXPECT_NE(h.ui.context.text.problem, "") << wrong;
    }
    type_seed("42");
    EXPECT_EQ(plane(*h.app), (LatentPlane{42, 0}));
    EXPECT_EQ(h.ui.context.text.problem, "");
}

TEST(LatentPanel, RandomHasUndo) {
    test::AppHarness h({.random_seed = [] { return 777u; }});
    h.open("/m/t.pkl");
    h.click("Latent/Random");
    EXPECT_EQ(plane(*h.app), (LatentPlane{777, 0}));
    h.key(ImGuiMod_Ctrl | ImGuiKey_Z);
    EXPECT_EQ(plane(*h.app), LatentPlane{});
}

class SeedList : public testing::Test {
  protected:
    void SetUp() override {
        h.open("/m/t.pkl");
        h.app->edit([](Scene& s) { s.latent.source = LatentSeeds{{{10, 0.5}, {20, 0.25}, {30, 0.25}}}; });
        h.frames(2);
    }
    std::vector<SeedWeight> seeds() { return std::get<LatentSeeds>(h.app->scene().latent.source).seeds; }
    std::size_t entries() { return h.app->history().entries().size(); }
    test::AppHarness h{{.random_seed = [] { return 77u; }}};
};

TEST_F(SeedList, RowsAreTypedWeighedAddedAndRemoved) {
    h.click("Latent/Seed 2/Seed");
    h.type("21");
    h.key(ImGuiKey_Enter);
    EXPECT_EQ(seeds()[1].seed, 21u);
    h.hold(ImGuiMod_Ctrl, true);
    h.click("Latent/Seed 2/Weight");
    h.hold(ImGuiMod_Ctrl, false);
    h.key(ImGuiMod_Ctrl | ImGuiKey_A);
    h.type("-1/2");
    h.key(ImGuiKey_Enter);
    EXPECT_DOUBLE_EQ(seeds()[1].weight, -0.5);  // linear blends may leave the average the other way
    h.click("Latent/Add a seed");
    ASSERT_EQ(seeds().size(), 4u);
    EXPECT_EQ(seeds()[3].seed, 77u);
    EXPECT_NEAR(seeds()[0].weight + seeds()[1].weight + seeds()[2].weight + seeds()[3].weight, 0.25, 1e-12);
    h.click("Latent/Make the sum 1");
    EXPECT_NEAR(seeds()[0].weight + seeds()[1].weight + seeds()[2].weight + seeds()[3].weight, 1.0, 1e-12);
    EXPECT_FALSE(h.control("Latent/Make the sum 1").enabled);
    for (int left = 4; left > 1; --left) h.click("Latent/Seed 1/Remove");
    EXPECT_EQ(seeds(), (std::vector<SeedWeight>{{77, seeds()[0].weight}}));
    EXPECT_FALSE(h.control("Latent/Seed 1/Remove").enabled);  // one must stay
    for (int step = 0; step < 6; ++step) h.key(ImGuiMod_Ctrl | ImGuiKey_Z);
    EXPECT_EQ(seeds(), (std::vector<SeedWeight>{{10, 0.5}, {21, 0.25}, {30, 0.25}}));
}

TEST_F(SeedList, AGripCarriesARowAsOneStep) {
    const std::size_t before = entries();
    const ImVec2 from = h.control("Latent/Seed 1/Move").centre(), to = h.control("Latent/Seed 3/Move").centre();
    h.drag(from, to);
    EXPECT_EQ(seeds(), (std::vector<SeedWeight>{{20, 0.25}, {30, 0.25}, {10, 0.5}}));
    EXPECT_EQ(entries(), before + 1);
    EXPECT_EQ(h.app->history().undo_name(), "Order of the blend");
    h.drag(to, {from.x, from.y - 200}, 1);  // beyond the end, and too quick for the frames
    EXPECT_EQ(seeds().front().seed, 10u);
}

TEST_F(SeedList, SlerpTakesSharesThatAreNotNegative) {
    h.app->edit([](Scene& s) { std::get<LatentSeeds>(s.latent.source).seeds[0].weight = -1.0; });
    h.frames(2);
    h.click("Latent/Blend/Slerp");
    EXPECT_EQ(h.app->scene().latent.interpolation, Interpolation::slerp);
    EXPECT_DOUBLE_EQ(seeds()[0].weight, 0.0);
    h.drag("Latent/Seed 2/Weight", {-500, 0});
    EXPECT_DOUBLE_EQ(seeds()[1].weight, 0.0);
    h.drag("Latent/Seed 3/Weight", {-500, 0});
    EXPECT_GT(seeds()[2].weight, 0.0);  // somebody keeps a share
    h.click("Latent/Blend/Linear");
    EXPECT_EQ(h.app->scene().latent.interpolation, Interpolation::linear);
}

TEST(LatentSource, FromThePlaneToAListAndBackThePictureStays) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    h.app->edit([](Scene& s) { s.latent.source = LatentPlane{3.25, 0.5}; });
    h.frames(2);
    h.click("Latent/Source/Seeds");
    EXPECT_EQ(std::get<LatentSeeds>(h.app->scene().latent.source).seeds, plane_seeds({3.25, 0.5}));
    EXPECT_FALSE(h.control("Latent/Animate").enabled);  // only a point can drift
    h.click("Latent/Source/Plane");
    EXPECT_EQ(plane(*h.app), (LatentPlane{3.25, 0.5}));
    h.click("Latent/Source/Seeds");
    h.click("Latent/Seed 1/Remove");
    h.click("Latent/Source/Plane");  // another list: to its strongest seed
    EXPECT_EQ(plane(*h.app), (LatentPlane{103, 0}));
}

class LatentFileTest : public testing::Test {
  protected:
    void SetUp() override { h.open("/m/t.pkl"); }
    void wait() {
        while (!h.app->steady()) h.frames(1);
        h.frames(2);
    }
    std::filesystem::path written(const FileLatent& latent, const char* name) {
        write_latent(folder / name, latent, Overwrite::yes);
        return folder / name;
    }
    static LatentW w_of(int num_ws, int w_dim, float value) {
        return {num_ws, w_dim, std::vector<float>(static_cast<std::size_t>(num_ws * w_dim), value)};
    }
    test::TemporaryFolder folder;
    test::AppHarness h;
};

TEST_F(LatentFileTest, LoadsAndUndoes) {
    const LatentW w = w_of(16, 256, 0.25f);
    h.app->load_latent(written(w, "w.npy"), LatentKind::w);
    wait();
    EXPECT_EQ(std::get<LatentW>(h.app->scene().latent.source), w);
    EXPECT_FALSE(h.control("Latent/Blend/Slerp").enabled);
    h.click("Latent/Source/Plane");
    EXPECT_EQ(plane(*h.app), LatentPlane{});
    h.click("Latent/Source/File");  // is remembered
    EXPECT_EQ(std::get<LatentW>(h.app->scene().latent.source), w);
    for (int step = 0; step < 3; ++step) h.key(ImGuiMod_Ctrl | ImGuiKey_Z);
    EXPECT_EQ(plane(*h.app), LatentPlane{});
}

TEST_F(LatentFileTest, AnotherWidthIsRefusedWithBothWidths) {
    set_log_level(LogLevel::off);
    h.app->load_latent(written(w_of(1, 512, 0.0f), "w.npy"), LatentKind::w);
    wait();
    EXPECT_EQ(plane(*h.app), LatentPlane{});
    ASSERT_EQ(h.app->notices().toasts().size(), 1u);
    const std::string said = h.app->notices().toasts()[0].failure.paragraph();
    EXPECT_NE(said.find("512"), std::string::npos) << said;
    EXPECT_NE(said.find("256"), std::string::npos) << said;
    h.app->load_latent(folder / "none.npy", LatentKind::z);
    wait();
    EXPECT_EQ(h.app->notices().toasts().size(), 2u);
    set_log_level(LogLevel::warning);
}

TEST_F(LatentFileTest, AskedForByHandItIsChosenInTheWindow) {
    const LatentZ z{std::vector<float>(256, 0.5f)};
    const auto path = written(z, "z.npz");
    h.click("Latent/Load\u2026");
    h.click("Latent/Z from a file\u2026");
    ASSERT_TRUE(h.app->file_browser().visible());
    h.click("File browser/Name");
    h.type(path.string());
    h.key(ImGuiKey_Enter);
    wait();
    EXPECT_EQ(std::get<LatentZ>(h.app->scene().latent.source), z);
}

TEST_F(LatentFileTest, SavesWhatWasAskedFor) {
    const auto save = [&](const char* item, const std::string& name) {
        h.click("Latent/Save\u2026");
        h.click(std::string("Latent/") + item);
        h.click("File browser/Name");
        h.key(ImGuiMod_Ctrl | ImGuiKey_A);
        h.type((folder / name).string());
        h.key(ImGuiKey_Enter);
        h.frames(2);
        return folder / name;
    };
    h.app->go_to_seed(7);
    h.frames(3);
    const auto z = read_latents(save("Z\u2026", "z.npy"), LatentKind::z);
    ASSERT_EQ(z.size(), 1u);
    EXPECT_EQ(std::get<LatentZ>(z[0]).values, latent_from_seed(7, 256));
    const auto w = read_latents(save("W\u2026", "w.npz"), LatentKind::w);
    EXPECT_EQ(std::get<LatentW>(w.at(0)), *h.app->info().shown->w);
    const auto ws = read_latents(save("W+\u2026", "ws.npy"), LatentKind::w);
    EXPECT_EQ(std::get<LatentW>(ws.at(0)), *h.app->info().shown->ws);
    // Seeds blended in W have no z.
    h.app->edit([](Scene& s) { s.latent.source = LatentPlane{0.5, 0}; });
    h.frames(3);
    h.click("Latent/Save\u2026");
    EXPECT_FALSE(h.control("Latent/Z\u2026").enabled);
}

TEST_F(LatentFileTest, EveryLatentOfAFileCanBeChosen) {
    // [3, 1, 256]: three w.
    std::vector<float> values(3 * 256);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i / 256);
    write_npy(folder / "many.npy", make_tensor_data({3, 1, 256}, values), Overwrite::no);
    h.app->load_latent(folder / "many.npy", std::nullopt);
    wait();
    EXPECT_EQ(std::get<LatentW>(h.app->scene().latent.source).values[0], 0.0f);
    h.drag("Latent/Of the file", {2000, 0});
    EXPECT_EQ(std::get<LatentW>(h.app->scene().latent.source).values[0], 2.0f);
    h.double_click("Latent/Of the file");
    EXPECT_EQ(std::get<LatentW>(h.app->scene().latent.source).values[0], 0.0f);
}

}  // namespace
}  // namespace afs::gui
