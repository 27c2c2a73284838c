// Pins how long messages stay, and that nothing is said twice.
#include "app/gui/notices.h"

#include <gtest/gtest.h>

#include <cmath>

#include "app/gui/widgets/controls.h"
#include "core/base/log.h"
#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

const Failure kFailure = {ErrorKind::format, "Could not open x.pkl", "it is broken", "Ask for another."};

class NoticesTest : public testing::Test {
  protected:
    void SetUp() override { set_log_level(LogLevel::off); }
    void TearDown() override { set_log_level(LogLevel::warning); }
    Notices notices;
};

TEST_F(NoticesTest, WarningsLeaveAfterSixSecondsAndErrorsStay) {
    notices.error(kFailure, 0.0);
    notices.warning("Careful.", 0.0);
    EXPECT_DOUBLE_EQ(notices.expire(5.9), 6.0);
    EXPECT_EQ(notices.toasts().size(), 2u);
    EXPECT_TRUE(std::isinf(notices.expire(6.0)));
    ASSERT_EQ(notices.toasts().size(), 1u);
    EXPECT_TRUE(notices.toasts()[0].is_error);
    notices.expire(1e6);
    EXPECT_EQ(notices.toasts().size(), 1u);
}

TEST_F(NoticesTest, TheSameIsNotSaidTwice) {
    for (int i = 0; i < 100; ++i) notices.error(kFailure, i);
    EXPECT_EQ(notices.toasts().size(), 1u);
}

TEST_F(NoticesTest, AFloodIsBounded) {
    for (int i = 0; i < 100; ++i) notices.error({ErrorKind::file, "Failure " + std::to_string(i), "", ""}, i);
    EXPECT_LE(notices.toasts().size(), 8u);
    EXPECT_EQ(notices.toasts().back().failure.what, "Failure 99");
}

TEST_F(NoticesTest, TheMessageOfTheMomentPasses) {
    notices.say("Saved.", 1.0);
    EXPECT_DOUBLE_EQ(notices.expire(2.0), 7.0);
    EXPECT_EQ(notices.message(), "Saved.");
    notices.expire(7.0);
    EXPECT_EQ(notices.message(), "");
}

class Wrapping : public testing::Test {
  protected:
    // What becomes of a text in lines of the width of `sample`.
    std::string wrapped(const std::string& text, const char* sample) {
        std::string lines;
        ui.frame([&] { lines = wrap_to_width(text, ImGui::CalcTextSize(sample).x + 0.5f); });
        return lines;
    }
    test::UiHarness ui;
};

TEST_F(Wrapping, BreaksAtSpacesAndNeverInsideTheEndingOfAFile) {
    EXPECT_EQ(wrapped("one two", "one two"), "one two");
    EXPECT_EQ(wrapped("one two", "one t"), "one\ntwo");
    EXPECT_EQ(wrapped("open a.safetensors", "open a.safetens"), "open\na.safetensors");
    EXPECT_EQ(wrapped("a\nb", "aaaa"), "a\nb");
}

TEST_F(Wrapping, BreaksPathsBehindSlashesThenHyphensThenAnywhere) {
    EXPECT_EQ(wrapped("/home/somebody/model.pkl", "/home/somebody/mod"), "/home/somebody/\nmodel.pkl");
    EXPECT_EQ(wrapped("ffhq-512.pkl", "ffhq-512"), "ffhq-\n512.pkl");
    EXPECT_EQ(wrapped("mmmm", "mm"), "mm\nmm");
    EXPECT_EQ(wrapped("\u00e4\u00e4", "."), "\u00e4\n\u00e4");  // whole characters, however narrow
}

}  // namespace
}  // namespace afs::gui
