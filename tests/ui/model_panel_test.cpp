// Pins the Model panel.
#include <gtest/gtest.h>

#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

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

}  // namespace
}  // namespace afs::gui
