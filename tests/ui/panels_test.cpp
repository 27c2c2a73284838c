// Pins that every panel draws in every state, and that nothing is cut off; what each one edits is in its own test.
#include <gtest/gtest.h>

#include <set>

#include "core/base/log.h"
#include "tests/support/paths.h"
#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

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
