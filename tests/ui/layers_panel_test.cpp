// Pins the list of layers and how one is shown.
#include <gtest/gtest.h>

#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

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

// The Spectrum mode stays while layers are chosen; its panel edits the scene.
TEST(SpectrumPanel, EditsTheSpectrumOfTheChosenLayer) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    h.app->run(ActionId::show_spectrum);
    h.click("Layers/L5_76_64");
    EXPECT_EQ(h.app->scene().canvas, CanvasMode::spectrum);
    EXPECT_EQ(h.source.requests.back().scene.layer_view.layer, "L5_76_64");
    h.app->run(ActionId::toggle_panel, "Layers");  // the tab before it
    h.frames(3);
    h.click("Spectrum/Colours/Magma");
    EXPECT_EQ(h.app->scene().spectrum.colours, SpectrumColours::magma);
    h.click("Spectrum/All channels");
    EXPECT_FALSE(h.app->scene().spectrum.all_channels);
    h.drag("Spectrum/Range", {2000, 0});
    EXPECT_EQ(h.app->scene().spectrum.range_db, 150);
    h.click("Spectrum/Logarithmic");
    EXPECT_TRUE(h.app->workspace().spectrum.logarithmic);
    h.app->run(ActionId::show_picture);
    h.frames(3);
    EXPECT_FALSE(h.control("Spectrum/Range").enabled);
}

TEST(LayersPanel, AllChannelsAreAMosaic) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    h.click("Layers/L5_76_64");
    h.click("Layers/Show/All");
    EXPECT_TRUE(h.app->scene().layer_view.mosaic);
    EXPECT_FALSE(h.control("Layers/Channel").enabled);
    EXPECT_EQ(h.app->history().undo_name(), "All channels");
    h.click("Layers/Show/Single");
    EXPECT_FALSE(h.app->scene().layer_view.mosaic);
    EXPECT_EQ(h.app->scene().layer_view.channels, 1);
}

TEST(LayersPanel, TheArrowKeysWalk) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    h.click("Layers/L5_76_64");
    const std::size_t entries = h.app->history().entries().size();
    h.key(ImGuiKey_DownArrow);
    h.key(ImGuiKey_DownArrow);
    EXPECT_EQ(h.app->scene().layer_view.layer, "L7_92_64");
    h.key(ImGuiKey_RightArrow);
    h.key(ImGuiKey_RightArrow);
    h.key(ImGuiKey_LeftArrow);
    EXPECT_EQ(h.app->scene().layer_view.base_channel, 1);
    EXPECT_EQ(h.app->scene().layer_view.layer, "L7_92_64");
    EXPECT_EQ(h.app->history().entries().size(), entries + 2);  // quick steps of one kind are one entry
    h.key(ImGuiKey_UpArrow);
    EXPECT_EQ(h.app->scene().layer_view.layer, "L6_84_64");
}

// Pins that nothing of the panel is out of reach where there is little room for it.
TEST(LayersPanel, ScrollsWhereItIsTooLow) {
    test::AppHarness h({}, 1600, 760, 2.0f);
    h.open("/m/t.pkl");
    const auto gain = [&] { return h.control("Layers/Gain"); };
    const float before = gain().min.y;
    h.wheel(gain().centre(), -3);
    h.frames(10);
    EXPECT_LT(gain().min.y, before - 20);
}

}  // namespace
}  // namespace afs::gui
