// Pins what the canvas tells about the place under the cursor.
#include "app/gui/readout.h"

#include <gtest/gtest.h>

namespace afs::gui {
namespace {

FrameResult picture(int width, int height, int channels) {
    FrameResult shown;
    Image image{.width = width, .height = height, .channels = channels, .pixels = {}};
    for (int i = 0; i < width * height * channels; ++i) image.pixels.push_back(static_cast<std::uint8_t>(i));
    shown.image = std::make_shared<const Image>(std::move(image));
    return shown;
}

TEST(Readout, APictureTellsItsColours) {
    const FrameResult shown = picture(4, 3, 4);
    EXPECT_EQ(readout(shown, 2, 1), "x    2 y    1    24  25  26");
    EXPECT_EQ(pixel_values(shown, 2, 1), (std::vector<std::string>{"24", "25", "26"}));
    EXPECT_EQ(readout(picture(4, 3, 1), 3, 2), "x    3 y    2    11");
}

TEST(Readout, ALayerTellsTheValuesOfItsChannels) {
    FrameResult shown = picture(2, 2, 4);
    shown.scene.canvas = CanvasMode::layer;
    shown.values = std::make_shared<const ShownValues>(
        ShownValues{5, 3, 2, 2, {0, 0.25f, 0, 0, 0, -12.5f, 0, 0, 0, 1234.5f, 0, 0}});
    EXPECT_EQ(readout(shown, 1, 0), "x    1 y    0   [5]   0.250 [6]  \u221212.50 [7]    1234");
    EXPECT_EQ(pixel_values(shown, 1, 0), (std::vector<std::string>{"0.250", "\u221212.50", "1234"}));
}

TEST(Readout, ValuesOfAnotherSizeAreNotReadBeyondTheirEnd) {
    // The network has no such layer: the picture is shown instead, with no values of that layer.
    FrameResult shown = picture(8, 8, 4);
    shown.values = std::make_shared<const ShownValues>(ShownValues{0, 1, 2, 2, {1, 2, 3, 4}});
    EXPECT_EQ(pixel_values(shown, 7, 7), (std::vector<std::string>{"252", "253", "254"}));
}

TEST(Readout, AMosaicTellsTheChannelAndItsPixel) {
    FrameResult shown = picture(11, 11, 4);
    shown.scene.canvas = CanvasMode::layer;
    shown.grid = PictureGrid{
        .count = 3, .columns = 2, .rows = 2, .cell_width = 5, .cell_height = 5, .gap_px = 1, .reduction = 4};
    EXPECT_EQ(readout(shown, 7, 2), "channel 1   x    4 y    8");
    EXPECT_EQ(readout(shown, 5, 2), "");  // on the gap
    EXPECT_EQ(readout(shown, 7, 7), "");  // there is no fourth
    EXPECT_EQ(pixel_values(shown, 0, 0).size(), 1u);
}

TEST(Readout, ASheetTellsTheSeed) {
    FrameResult shown = picture(11, 11, 4);
    shown.scene.canvas = CanvasMode::sheet;
    shown.scene.sheet.first_seed = 4294967294u;
    shown.grid = PictureGrid{
        .count = 4, .columns = 2, .rows = 2, .cell_width = 5, .cell_height = 5, .gap_px = 1, .reduction = 1};
    EXPECT_EQ(readout(shown, 1, 2), "seed 4294967294   x    1 y    2");
    EXPECT_EQ(readout(shown, 7, 8), "seed 1   x    1 y    2");  // seeds begin again behind the last
}

}  // namespace
}  // namespace afs::gui
