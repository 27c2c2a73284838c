// Pins the Log panel: it lists what passes the filters, and copies just that.
#include <gtest/gtest.h>

#include "core/base/log.h"
#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

std::string copied(test::AppHarness& h) {
    h.click("Log/Copy");
    return ImGui::GetClipboardText();
}

TEST(LogPanel, CopiesTheLinesThatAreListed) {
    set_log_level(LogLevel::off);
    log_line(LogLevel::info, "an apple fell");
    log_line(LogLevel::warning, "a pear is soft");
    log_line(LogLevel::error, "the APPLE tree is gone");
    set_log_level(LogLevel::warning);
    test::AppHarness h;
    h.app->run(ActionId::toggle_panel, "Timeline");  // the tabs before it
    h.app->run(ActionId::toggle_panel, "Performance");
    h.frames(4);
    std::string all = copied(h);
    EXPECT_NE(all.find("an apple fell"), std::string::npos);
    EXPECT_NE(all.find("pear"), std::string::npos);
    h.click("Log/Filter");
    h.type("Apple");
    all = copied(h);
    EXPECT_NE(all.find("an apple fell"), std::string::npos);
    EXPECT_NE(all.find("tree"), std::string::npos);
    EXPECT_EQ(all.find("pear"), std::string::npos);
    h.click("Log/Errors");
    all = copied(h);
    EXPECT_EQ(all.find("fell"), std::string::npos);
    EXPECT_NE(all.find("tree"), std::string::npos);
}

}  // namespace
}  // namespace afs::gui
