// Pins what each panel edits, that it draws in every state, and that nothing is cut off.
#include <gtest/gtest.h>

#include <set>

#include "core/base/log.h"
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

TEST(TruncationPanel, EditsNoiseOnlyWhereThereIsNoise) {
    test::AppHarness h;
    h.open("/m/stylegan2.pkl");
    h.click("Truncation and noise/Noise/Random");
    EXPECT_EQ(h.app->scene().noise.mode, SceneNoise::random);
    h.frames(2);
    h.click("Truncation and noise/Noise seed");
    h.key(ImGuiMod_Ctrl | ImGuiKey_A);
    h.type("9");
    h.key(ImGuiKey_Enter);
    EXPECT_EQ(h.app->scene().noise.seed, 9u);
    h.click("Truncation and noise/Animate noise");
    h.frames(60);
    EXPECT_GT(h.app->scene().noise.frame, 5);
    h.open("/m/t.pkl");
    EXPECT_FALSE(h.control("Truncation and noise/Noise/Random").enabled);
}

TEST(ModelPanel, ChoosesAClassOfAConditionalNetwork) {
    test::AppHarness h;
    h.open("/m/conditional.pkl");
    h.click("Model/Class/Index");
    h.type("12");
    h.key(ImGuiKey_Enter);
    EXPECT_FALSE(h.app->scene().latent.class_index);
    EXPECT_NE(h.app->workspace().class_problem, "");
    h.click("Model/Class/Index");
    h.key(ImGuiMod_Ctrl | ImGuiKey_A);
    h.type("7");
    h.key(ImGuiKey_Enter);
    EXPECT_EQ(h.app->scene().latent.class_index, 7);
    h.click("Model/Class/By seed");
    EXPECT_FALSE(h.app->scene().latent.class_index);
    h.open("/m/t.pkl");
    EXPECT_FALSE(h.control("Model/Class/By seed").enabled);
}

TEST(TransformPanel, MotionMovesAndReset) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    h.click("Transform/Turn");
    h.frames(60);
    EXPECT_NEAR(h.app->scene().transform.rotate_deg, 30.0, 3.0);
    h.click("Transform/Turn");
    h.click("Transform/Whole pixels");
    EXPECT_TRUE(h.app->scene().transform.round_to_pixel);
    h.click("Transform/Reset transform");
    EXPECT_DOUBLE_EQ(h.app->scene().transform.rotate_deg, 0.0);
    EXPECT_TRUE(h.app->scene().transform.round_to_pixel);  // a manner, not a position
}

TEST(LayersPanel, ShowsWhatIsClicked) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    EXPECT_FALSE(h.control("Layers/Gain").enabled);
    h.click("Layers/L5_76_64");
    EXPECT_EQ(h.app->scene().canvas, CanvasMode::layer);
    EXPECT_EQ(h.source.requests.back().scene.layer_view.layer, "L5_76_64");
    EXPECT_TRUE(h.control("Layers/Gain").enabled);
    h.click("Layers/Show/Single");
    EXPECT_EQ(h.app->scene().layer_view.channels, 1);
    h.drag("Layers/Channel", {2000, 0});
    EXPECT_EQ(h.app->scene().layer_view.base_channel, 63);
    h.click("Layers/Normalise");
    EXPECT_FALSE(h.app->scene().layer_view.normalize);
    h.click("Layers/output");
    EXPECT_LE(h.app->scene().layer_view.base_channel, 2);  // the output has three channels
    h.click("Layers/Reset");
    EXPECT_EQ(h.app->scene().layer_view, LayerView{});
}

TEST(Sections, StayClosedUntilOpened) {
    const test::TemporaryFolder folder;
    {
        test::AppHarness h({.configuration_folder = folder.path()});
        EXPECT_TRUE(h.has("Latent/Plane"));
        h.click("Latent");
        EXPECT_FALSE(h.has("Latent/Plane"));
    }
    test::AppHarness h({.configuration_folder = folder.path()});
    EXPECT_FALSE(h.has("Latent/Plane"));
    h.click("Latent");
    EXPECT_TRUE(h.has("Latent/Plane"));
}

TEST(HelpPage, ListsTheKeys) {
    test::AppHarness h;
    h.key(ImGuiKey_F1);
    EXPECT_TRUE(h.app->dialog_visible());
    h.key(ImGuiKey_F1);
    EXPECT_FALSE(h.app->dialog_visible());
}

// Every panel in every state, at both ends of the scale: it draws, its controls have distinct names, and none sticks
// out of its window to the side.
struct State {
    const char* name;
    const char* model;
    bool loading, failing;
};
class EveryState : public testing::TestWithParam<std::tuple<State, float>> {};
TEST_P(EveryState, DrawsWithoutNoticesAndCutsNothingOff) {
    set_log_level(LogLevel::off);
    const auto& [state, scale] = GetParam();
    test::AppHarness h({}, 1600 * scale, 1000 * scale, scale);
    if (state.model[0]) h.open(state.model);
    if (state.loading) {
        h.source.polls_to_load = 1'000'000;
        h.open("/m/slow.pkl");
    }
    if (state.failing) {
        h.source.fail_drawing = Failure{ErrorKind::memory, "Could not draw", "memory", ""};
        h.app->edit([](Scene& s) { s.truncation.psi = 0.3; });
    }
    h.frames(5);
    EXPECT_EQ(h.app->notices().toasts().size(), state.failing ? 1u : 0u);
    std::set<std::string> names;
    for (const Control& c : h.ui.context.registry.controls()) {
        EXPECT_TRUE(names.insert(c.name).second) << c.name << " is there twice";
        if (!c.visible) continue;
        EXPECT_GE(c.max.x - c.min.x, 8 * scale) << c.name;
        EXPECT_LE(c.max.x, 1600 * scale + 1) << c.name;
    }
    EXPECT_GT(names.size(), 25u);
    set_log_level(LogLevel::warning);
}
INSTANTIATE_TEST_SUITE_P(Panels, EveryState,
                         testing::Combine(testing::Values(State{"NoModel", "", false, false},
                                                          State{"Loading", "", true, false},
                                                          State{"LoadingOverAModel", "/m/t.pkl", true, false},
                                                          State{"AliasFree", "/m/t.pkl", false, false},
                                                          State{"StyleGAN2", "/m/stylegan2.pkl", false, false},
                                                          State{"Conditional", "/m/conditional.pkl", false, false},
                                                          State{"Failing", "/m/t.pkl", false, true}),
                                          testing::Values(0.75f, 1.0f, 2.0f)),
                         [](const auto& c) {
                             return std::string(std::get<0>(c.param).name) +
                                    std::to_string(static_cast<int>(std::get<1>(c.param) * 100));
                         });

}  // namespace
}  // namespace afs::gui
