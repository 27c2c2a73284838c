// Pins how long messages stay, and that nothing is said twice.
#include "app/gui/notices.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/base/log.h"

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

}  // namespace
}  // namespace afs::gui
