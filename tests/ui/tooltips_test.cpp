// Every value of every panel says what it means and what its default is.
#include <gtest/gtest.h>

#include <map>

#include "app/gui/layout.h"
#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

bool is_value(const Control& control) {
    return control.kind == ControlKind::number || control.kind == ControlKind::toggle;
}

TEST(Tooltips, SayWhatEveryValueMeansAndItsDefault) {
    test::AppHarness h({}, 1600, 2600);
    std::map<std::string, std::string> help;
    // Of each kind of network, in each mode of the canvas: what one lacks the other has.
    for (const char* path : {"/m/plain.pkl", "/m/stylegan2.pkl", "/m/conditional.pkl"}) {
        h.open(path);
        for (const CanvasMode mode :
             {CanvasMode::picture, CanvasMode::layer, CanvasMode::sheet, CanvasMode::equivariance}) {
            h.app->edit([&](Scene& s) {
                s.canvas = mode;
                s.layer_view.layer = s.model.path.find("stylegan2") == std::string::npos ? "L3_60_64" : "output";
                s.mix = {{1, 3, {2}, 0.5}};
            });
            for (const char* panel : dock::kOptional) {
                if (!h.app->panel_visible(panel)) h.app->toggle_panel(panel);
                h.frames();
                for (const Control& control : h.ui.context.registry.controls())
                    if (is_value(control)) help[control.name] = control.help;
            }
        }
    }
    EXPECT_GE(help.size(), 15u);
    for (const auto& [name, text] : help) {
        const std::size_t line = text.find('\n');
        ASSERT_NE(line, std::string::npos) << name << " has no tooltip";
        EXPECT_GT(line, 0u) << name << " does not say what it means";
        EXPECT_NE(text.find("efault"), std::string::npos) << name << " does not name its default: " << text;
    }
}

}  // namespace
}  // namespace afs::gui
