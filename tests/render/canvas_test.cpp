// What the canvas shows besides the picture: mosaics, contact sheets, free matrices; and what a frame tells of itself.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/render/contact_sheet.h"
#include "core/render/renderer.h"
#include "core/render/tensor_image.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using ::testing::HasSubstr;

OpenNetwork& network() {
    static const auto open = open_network({test::golden_path("nets/t-32.pkl").string(), "G_ema", {}}, {});
    return *open;
}

FrameResult frame_of(const Scene& scene) {
    FrameRequest request;
    request.scene = scene;
    FrameResult frame = render_frame(request, network());
    EXPECT_FALSE(frame.failure) << frame.failure->paragraph();
    return frame;
}

// The part of an image that a cell is.
Image cell_of(const Image& image, const PictureGrid& grid, int cell) {
    Image part{grid.cell_width, grid.cell_height, image.channels, {}};
    const int left = cell % grid.columns * (grid.cell_width + grid.gap_px);
    const int top = cell / grid.columns * (grid.cell_height + grid.gap_px);
    for (int y = 0; y < part.height; ++y) {
        const auto start = image.pixels.begin() + ((top + y) * image.width + left) * image.channels;
        part.pixels.insert(part.pixels.end(), start, start + part.width * image.channels);
    }
    return part;
}

TEST(Grid, IsAboutSquareAndBounded) {
    const PictureGrid small = plan_grid(13, 0, 52, 52, 2);
    EXPECT_EQ(small.columns, 4);
    EXPECT_EQ(small.rows, 4);
    EXPECT_EQ(small.reduction, 1);
    const PictureGrid large = plan_grid(81, 0, 1044, 1044, 2);
    EXPECT_EQ(large.columns, 9);
    EXPECT_EQ(large.reduction, 3);
    EXPECT_EQ(large.cell_width, 348);
    const PictureGrid huge = plan_grid(1 << 20, 0, 64, 64, 0);
    EXPECT_LE(huge.columns * huge.cell_width, kLargestGrid);
    const PictureGrid wide = plan_grid(48, 16, 1024, 1024, 4);
    EXPECT_EQ(wide.cell_width, 256);
    EXPECT_EQ(plan_grid(2, 16, 8, 8, 0).columns, 2);
}

TEST(Grid, FindsTheCellUnderAPixel) {
    const PictureGrid grid = plan_grid(5, 3, 10, 8, 2);
    EXPECT_EQ(grid.cell_at(0, 0), 0);
    EXPECT_EQ(grid.cell_at(9, 7), 0);
    EXPECT_EQ(grid.cell_at(10, 0), std::nullopt) << "the gap";
    EXPECT_EQ(grid.cell_at(12, 0), 1);
    EXPECT_EQ(grid.cell_at(12, 10), 4);
    EXPECT_EQ(grid.cell_at(24, 10), std::nullopt) << "after the last";
    EXPECT_EQ(grid.cell_at(36, 0), std::nullopt) << "to the right";
    EXPECT_EQ(grid.cell_at(-1, 0), std::nullopt);
}

TEST(Mosaic, ShowsEveryChannelAsItIsShownAlone) {
    Scene scene;
    scene.canvas = CanvasMode::layer;
    scene.layer_view = {.layer = "L5_52_13", .gain_db = -3.0, .mosaic = true};
    const FrameResult frame = frame_of(scene);
    ASSERT_TRUE(frame.grid);
    EXPECT_EQ(frame.grid->count, 13);
    EXPECT_EQ(frame.grid->cell_width, 52);
    EXPECT_EQ(frame.image->width, 4 * 52 + 3 * frame.grid->gap_px);
    scene.layer_view.mosaic = false;
    scene.layer_view.channels = 1;
    for (const int channel : {0, 5, 12}) {
        scene.layer_view.base_channel = channel;
        const Image alone = *frame_of(scene).image, in_mosaic = cell_of(*frame.image, *frame.grid, channel);
        ASSERT_EQ(alone.pixels.size(), in_mosaic.pixels.size());
        // x * (1 / max) in another order of rounding: single steps at truncation.
        for (std::size_t i = 0; i < alone.pixels.size(); ++i) ASSERT_NEAR(alone.pixels[i], in_mosaic.pixels[i], 1) << i;
    }
    const Image empty = cell_of(*frame.image, *frame.grid, 15);
    EXPECT_EQ(*std::max_element(empty.pixels.begin(), empty.pixels.end() - 1), 255) << "alpha";
    for (std::size_t i = 0; i < empty.pixels.size(); ++i) ASSERT_EQ(empty.pixels[i], i % 4 == 3 ? 255 : 0);
}

TEST(Mosaic, FiguresAreThoseOfAllChannels) {
    Scene scene;
    scene.canvas = CanvasMode::layer;
    scene.layer_view = {.layer = "L5_52_13", .mosaic = true};
    const TensorStats stats = *frame_of(scene).stats;
    EXPECT_EQ(stats.mean_all, stats.mean_shown);
    EXPECT_EQ(stats.std_all, stats.std_shown);
    EXPECT_EQ(stats.max_abs_all, stats.max_abs_shown);
    EXPECT_GT(stats.max_abs_all, 0.0);
}

TEST(Mosaic, OfManyLargeChannelsIsReducedByMeans) {
    const Tensor x = at::rand({100, 1000, 500});
    const auto [image, grid] = to_mosaic(x, {.mosaic = true});
    EXPECT_EQ(grid.reduction, 3);
    EXPECT_LE(std::max(image.width, image.height), kLargestGrid + 9 * grid.gap_px);
    const float mean = x[37].slice(0, 3, 6).slice(1, 6, 9).mean().item<float>();
    const Image cell = cell_of(image, grid, 37);
    EXPECT_NEAR(cell.pixels[(static_cast<std::size_t>(cell.width) + 2) * 4], mean * 127.5 + 128, 1.0);
}

TEST(Mosaic, OfOneChannelIsThatChannel) {
    const Tensor x = at::rand({1, 1, 5, 7});
    const auto [image, grid] = to_mosaic(x, {.mosaic = true});
    EXPECT_EQ(image, to_image(x));
    EXPECT_EQ(grid.count, 1);
}

TEST(Sheet, CellsAreThePicturesOfTheirSeeds) {
    Scene scene;
    scene.canvas = CanvasMode::sheet;
    scene.sheet = {4294967295u, 3, 2};  // the second cell is seed 0
    scene.truncation.psi = 0.8;
    scene.transform.rotate_deg = 10;
    const FrameResult frame = frame_of(scene);
    ASSERT_TRUE(frame.grid);
    EXPECT_TRUE(frame.complete);
    EXPECT_EQ(frame.grid->columns, 3);
    EXPECT_EQ(frame.grid->rows, 2);
    Scene one = scene;
    one.canvas = CanvasMode::picture;
    const std::uint32_t seeds[] = {4294967295u, 0, 1, 2, 3, 4};
    for (int cell = 0; cell < 6; ++cell) {
        one.latent.source = LatentSeeds{{{seeds[cell], 1.0}}};
        EXPECT_EQ(cell_of(*frame.image, *frame.grid, cell), *frame_of(one).image) << cell;
    }
}

TEST(Sheet, ScrollingDrawsOnlyWhatIsNewAndGivesTheSamePixels) {
    const auto fresh = open_network({test::golden_path("nets/t-32.pkl").string(), "G_ema", {}}, {});
    Scene scene;
    scene.canvas = CanvasMode::sheet;
    scene.sheet = {500, 4, 3};
    (void)render_picture(scene, *fresh);
    const double whole_ms = render_picture(scene, *fresh).timing.synthesis_ms;
    EXPECT_EQ(whole_ms, 0.0) << "nothing is drawn twice";
    scene.sheet.first_seed = 504;
    const RenderedPicture scrolled = render_picture(scene, *fresh);
    EXPECT_EQ(*scrolled.image, *frame_of(scene).image);
}

TEST(Sheet, AStopEndsItBetweenLayers) {
    std::stop_source stop;
    stop.request_stop();
    FrameRequest request;
    request.scene.canvas = CanvasMode::sheet;
    request.scene.sheet = {1000, 4, 4};
    EXPECT_THROW((void)render_frame(request, network(), stop.get_token()), Error);
}

TEST(Matrix, ReplacesThePartsAndMovesAsTheyDo) {
    Scene parts;
    parts.transform = {.translate_x = 0.1, .translate_y = -0.2, .rotate_deg = 33, .scale = 1.25, .shear = 0.3};
    Scene free = parts;
    free.transform.matrix = picture_matrix(parts.transform, 32);
    free.transform.rotate_deg = 5;  // kept, without effect
    EXPECT_EQ(*frame_of(parts).image, *frame_of(free).image);
}

TEST(Matrix, WithoutAnInverseIsReportedAndNeverFatal) {
    const Image plain = *frame_of({}).image;
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (const Matrix3& singular : {Matrix3{}, Matrix3{1, 2, 0, 2, 4, 0, 0, 0, 1}, Matrix3{1, 0, 0, 0, 1, 0, 0, 0, 0},
                                    Matrix3{nan, 0, 0, 0, 1, 0, 0, 0, 1}}) {
        Scene scene;
        scene.transform.matrix = singular;
        const FrameResult frame = frame_of(scene);
        ASSERT_EQ(frame.notes.size(), 1u);
        EXPECT_THAT(frame.notes[0], HasSubstr("no inverse"));
        EXPECT_EQ(*frame.image, plain);
    }
}

TEST(Frame, MeasuresEveryModuleWhenAsked) {
    FrameRequest request;
    request.layer_times = true;
    const FrameResult frame = render_frame(request, network());
    ASSERT_EQ(frame.layer_ms.size(), frame.network->layers.size());
    double sum = 0.0;
    for (std::size_t i = 0; i < frame.layer_ms.size(); ++i) {
        EXPECT_EQ(frame.layer_ms[i].name, frame.network->layers[i].name);
        EXPECT_GE(frame.layer_ms[i].ms, 0.0);
        sum += frame.layer_ms[i].ms;
    }
    EXPECT_LE(sum, frame.timing.synthesis_ms);
    EXPECT_GT(sum, 0.5 * frame.timing.synthesis_ms);
    EXPECT_LE(frame.timing.map_ms + frame.timing.synthesis_ms + frame.timing.convert_ms, frame.timing.total_ms);
    request.layer_times = false;
    EXPECT_TRUE(render_frame(request, network()).layer_ms.empty());
}

TEST(Frame, SaysWhenTheFileIsNotTheOneOfTheScene) {
    FrameRequest request;
    request.scene.model = network().info->model;
    EXPECT_TRUE(render_frame(request, network()).notes.empty());
    request.scene.model.sha256 = std::string(64, '0');
    const auto notes = render_frame(request, network()).notes;
    ASSERT_EQ(notes.size(), 1u);
    EXPECT_THAT(notes[0], HasSubstr("t-32.pkl is not the file"));
}

TEST(Frame, AZWithoutAClassOnAConditionalNetworkSaysWhichIsUsed) {
    const auto open = open_network({test::golden_path("nets/t-64-cond.pkl").string(), "G_ema", {}}, {});
    FrameRequest request;
    request.scene.latent.source = LatentZ{std::vector<float>(static_cast<std::size_t>(open->info->z_dim), 0.5f)};
    const FrameResult frame = render_frame(request, *open);
    ASSERT_EQ(frame.notes.size(), 1u);
    EXPECT_THAT(frame.notes[0], HasSubstr("class 0"));
    request.scene.latent.class_index = 0;
    EXPECT_EQ(*render_frame(request, *open).image, *frame.image);
}

TEST(Thumbnail, IsTheSeedsPictureReduced) {
    Scene scene;
    scene.truncation.psi = 0.7;
    scene.transform.rotate_deg = 45;  // thumbnails stay upright
    const Thumbnail small = render_thumbnail(scene, 12, 16, network());
    EXPECT_EQ(small.seed, 12u);
    EXPECT_EQ(small.image->width, 16);
    EXPECT_TRUE(small.scene == thumbnail_scene(scene, 12));
    EXPECT_EQ(*render_thumbnail(scene, 12, 32, network()).image, *frame_of(thumbnail_scene(scene, 12)).image);
}

TEST(LayerView, BringsTheValuesThatACursorReads) {
    Scene scene;
    scene.canvas = CanvasMode::layer;
    scene.layer_view.layer = network().info->layers[2].name;
    scene.layer_view.base_channel = 1'000'000;  // beyond the last: the last three are shown
    const FrameResult frame = frame_of(scene);
    ASSERT_TRUE(frame.values);
    const ShownValues& v = *frame.values;
    EXPECT_EQ(v.channels, 3);
    EXPECT_EQ(v.base_channel, network().info->layers[2].channels - 3);
    EXPECT_EQ(v.width, frame.image->width);
    EXPECT_EQ(v.height, frame.image->height);
    ASSERT_EQ(v.values.size(), static_cast<std::size_t>(3 * v.width * v.height));
    // The statistics of what is shown are made from the same tensor, before gain and normalisation.
    const float largest = *std::max_element(v.values.begin(), v.values.end(),
                                            [](float a, float b) { return std::fabs(a) < std::fabs(b); });
    EXPECT_EQ(std::fabs(largest), static_cast<float>(frame.stats->max_abs_shown));
    scene.layer_view.mosaic = true;
    EXPECT_FALSE(frame_of(scene).values);
    scene.canvas = CanvasMode::picture;
    EXPECT_FALSE(frame_of(scene).values);
}

}  // namespace
}  // namespace afs
