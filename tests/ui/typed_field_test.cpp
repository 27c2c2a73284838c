// Pins fields of whole numbers: a double-click goes back to the default, two clicks do not.
#include "app/gui/widgets/typed_field.h"

#include <gtest/gtest.h>

#include "tests/ui/harness.h"

namespace afs {
namespace {

class TypedField : public testing::Test {
  protected:
    void frame() {
        h_.frame([&] {
            h_.context.registry.begin_frame();
            ImGui::SetNextWindowPos({0, 0});
            ImGui::SetNextWindowSize({400, 200});
            ImGui::Begin("fields");
            seed_taken_ = gui::seed_field("Seed", seed, {.reset = 7}) || seed_taken_;
            gui::index_field("Class", index, 10, "class");
            ImGui::End();
        });
    }
    void click(const char* name) {
        const ImVec2 at = h_.context.registry.find(name)->centre();
        ImGuiIO& io = ImGui::GetIO();
        io.AddMousePosEvent(at.x, at.y);
        frame();
        for (const bool down : {true, false}) {
            io.AddMouseButtonEvent(0, down);
            frame();
        }
    }

    test::UiHarness h_{400, 200};
    std::uint32_t seed = 42;
    int index = 3;
    bool seed_taken_ = false;
};

TEST_F(TypedField, ADoubleClickResets) {
    frame();
    frame();
    click("Seed");
    EXPECT_EQ(seed, 42u);
    click("Seed");
    EXPECT_EQ(seed, 7u);
    EXPECT_TRUE(seed_taken_);
    h_.pass_time(1.0);
    click("Class");
    click("Class");
    EXPECT_EQ(index, 0);
    for (int i = 0; i < 3; ++i) frame();
    EXPECT_EQ(seed, 7u);  // the text that was being edited does not come back
    EXPECT_EQ(index, 0);
}

TEST_F(TypedField, TwoClicksDoNot) {
    frame();
    frame();
    for (int i = 0; i < 2; ++i) {
        click("Seed");
        h_.pass_time(1.0);
    }
    EXPECT_EQ(seed, 42u);
}

}  // namespace
}  // namespace afs
