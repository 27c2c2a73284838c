// The Equivariance mode: the same comparison as the metrics', as a picture and a figure.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/analysis/layer_equivariance.h"
#include "core/plot/colour_map.h"
#include "core/render/equivariance_picture.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using ::testing::HasSubstr;
using Shown = EquivarianceShown;

std::shared_ptr<OpenNetwork> opened(const std::string& net) {
    return open_network({test::golden_path("nets/" + net).string(), "G_ema", {}}, {});
}

OpenNetwork& network() {
    static const auto open = opened("r-32.pkl");
    return *open;
}

FrameResult frame_of(const Scene& scene, OpenNetwork& open = network()) {
    FrameRequest request;
    request.scene = scene;
    FrameResult frame = render_frame(request, open);
    EXPECT_FALSE(frame.failure) << frame.failure->paragraph();
    return frame;
}

Scene compared(EquivarianceOperation operation, Shown shown) {
    Scene scene;
    scene.latent.source = LatentSeeds{{{3, 1.0}}};
    scene.canvas = CanvasMode::equivariance;
    scene.equivariance.operation = operation;
    scene.equivariance.shown = shown;
    scene.equivariance.translate_x = 3.0 / 32;
    scene.equivariance.mask = false;
    return scene;
}

std::array<int, 3> pixel(const Image& image, int x, int y) {
    const auto* p = image.pixels.data() + (y * image.width + x) * 4;
    return {p[0], p[1], p[2]};
}

Tensor picture_of(Scene scene, const Transform& transform) {
    scene.canvas = CanvasMode::picture;
    scene.transform = transform;
    return render_tensors(scene, network()).picture;
}

TEST(EquivarianceView, FiguresAreThoseOfTheMetrics) {
    const Scene base = compared(EquivarianceOperation::rotation, Shown::difference);
    const Tensor unmoved = picture_of(base, {});
    const struct {
        EquivarianceOperation operation;
        Transform transform;
        Movement movement;
    } cases[] = {{EquivarianceOperation::translation_int,
                  {.translate_x = 3.0 / 32},
                  {EquivarianceKind::translation_int, 3.0 / 32, 0, 0}},
                 {EquivarianceOperation::translation_frac,
                  {.translate_x = 3.0 / 32},
                  {EquivarianceKind::translation_frac, 3.0 / 32, 0, 0}},
                 {EquivarianceOperation::rotation,
                  {.rotate_deg = 30},
                  {EquivarianceKind::rotation, 0, 0, std::numbers::pi / 6}}};
    for (const auto& c : cases) {
        Scene scene = base;
        scene.equivariance.operation = c.operation;
        const FrameResult frame = frame_of(scene);
        const Comparison want = compare(unmoved, picture_of(base, c.transform), c.movement);
        const SquaredError error = masked_error(want.output, want.reference, want.mask);
        ASSERT_TRUE(frame.equivariance && frame.equivariance->db);
        EXPECT_NEAR(*frame.equivariance->db, equivariance_db(error.sum / error.count), 1e-3);
        EXPECT_FALSE(frame.equivariance->of_layer);
        EXPECT_NEAR(frame.equivariance->compared, want.mask.mean().item<double>(), 1e-9);
        // The Transform panel's movement is the same thing.
        scene.equivariance.operation = EquivarianceOperation::follow;
        scene.transform = c.transform;
        scene.transform.round_to_pixel = c.operation == EquivarianceOperation::translation_int;
        EXPECT_NEAR(*frame_of(scene).equivariance->db, *frame.equivariance->db, 1e-3);
    }
}

TEST(EquivarianceView, OutputIsThePictureOfTheMovedInput) {
    Scene scene = compared(EquivarianceOperation::translation_frac, Shown::output);
    const Image output = *frame_of(scene).image;
    scene.canvas = CanvasMode::picture;
    scene.transform.translate_x = 3.0 / 32;
    EXPECT_EQ(output, *frame_of(scene).image);
}

TEST(EquivarianceView, ComposesEveryPictureFromOutputAndReference) {
    Scene scene = compared(EquivarianceOperation::translation_int, Shown::output);
    const Image output = *frame_of(scene).image;
    scene.equivariance.shown = Shown::reference;
    const Image reference = *frame_of(scene).image;
    EXPECT_NE(output, reference);
    scene.equivariance.shown = Shown::wipe;
    scene.equivariance.wipe = 0.25;
    const Image wipe = *frame_of(scene).image;
    scene.equivariance.shown = Shown::blend;
    scene.equivariance.blend = 1.0;
    EXPECT_EQ(*frame_of(scene).image, reference);
    scene.equivariance.shown = Shown::flicker;
    const FrameResult flicker = frame_of(scene);
    EXPECT_EQ(*flicker.image, output);
    ASSERT_TRUE(flicker.other);
    EXPECT_EQ(*flicker.other, reference);
    scene.equivariance.shown = Shown::absolute;
    scene.equivariance.gain_db = 0;
    const Image absolute = *frame_of(scene).image;
    scene.equivariance.shown = Shown::difference;
    const Image difference = *frame_of(scene).image;
    scene.equivariance.shown = Shown::grid;
    const FrameResult grid = frame_of(scene);
    ASSERT_TRUE(grid.grid);
    EXPECT_EQ(grid.grid->count, 4);
    int blue = 0, red = 0;
    for (int y = 0; y < 32; ++y)
        for (int x = 0; x < 32; ++x) {
            const auto o = pixel(output, x, y), r = pixel(reference, x, y), w = pixel(wipe, x, y);
            ASSERT_EQ(w, x < 8 ? o : r) << x << ", " << y;
            const auto a = pixel(absolute, x, y), d = pixel(difference, x, y);
            int largest = 0;
            for (std::size_t k = 0; k < 3; ++k) {
                if (o[k] == 255 || r[k] == 255 || o[k] == 0 || r[k] == 0) continue;  // clamped: more differs than shows
                ASSERT_NEAR(a[k], std::abs(o[k] - r[k]), 2);
                if (std::abs(o[k] - r[k]) > std::abs(largest)) largest = o[k] - r[k];
            }
            blue += largest < -8 && d[2] > d[0] ? 1 : 0;
            red += largest > 8 && d[0] > d[2] ? 1 : 0;
            const int gap = grid.grid->gap_px;
            ASSERT_EQ(pixel(*grid.image, x, y), o);
            ASSERT_EQ(pixel(*grid.image, 32 + gap + x, y), r);
            ASSERT_EQ(pixel(*grid.image, x, 32 + gap + y), d);
            ASSERT_EQ(pixel(*grid.image, 32 + gap + x, 32 + gap + y), a);
        }
    EXPECT_GT(blue, 0);
    EXPECT_GT(red, 0);
}

// Alone it is drawn in one pass over the picture, among the four by LibTorch's operators.
TEST(EquivarianceView, TheDifferenceAloneIsThatAmongTheFour) {
    for (const bool mask : {false, true})
        for (const double gain_db : {0.0, 20.0, 60.0}) {
            Scene scene = compared(EquivarianceOperation::rotation, Shown::difference);
            scene.equivariance.mask = mask;
            scene.equivariance.gain_db = gain_db;
            const FrameResult alone = frame_of(scene);
            scene.equivariance.shown = Shown::grid;
            const FrameResult four = frame_of(scene);
            ASSERT_TRUE(four.grid);
            ASSERT_EQ(four.grid->reduction, 1);
            const auto found = std::ranges::find(kEquivarianceGrid, Shown::difference);
            const int cell = static_cast<int>(found - std::begin(kEquivarianceGrid));
            const int left = cell % four.grid->columns * (four.grid->cell_width + four.grid->gap_px);
            const int top = cell / four.grid->columns * (four.grid->cell_height + four.grid->gap_px);
            int others = 0;
            for (int y = 0; y < alone.image->height; ++y)
                for (int x = 0; x < alone.image->width; ++x)
                    others += pixel(*alone.image, x, y) != pixel(*four.image, left + x, top + y);
            EXPECT_EQ(others, 0) << "mask " << mask << ", gain " << gain_db;
        }
}

TEST(EquivarianceView, WithoutADifferenceItIsWhiteAndSaysSo) {
    Scene scene = compared(EquivarianceOperation::follow, Shown::difference);
    const FrameResult frame = frame_of(scene);
    ASSERT_TRUE(frame.equivariance->db);
    EXPECT_TRUE(std::isinf(*frame.equivariance->db));
    const Rgb middle = colour_of(ColourMap::diverging, 0, -1, 1);
    EXPECT_EQ(pixel(*frame.image, 7, 9), (std::array<int, 3>{middle.r, middle.g, middle.b}));
}

TEST(EquivarianceView, DimsWhatCannotBeCompared) {
    Scene scene = compared(EquivarianceOperation::translation_int, Shown::reference);
    const Image bare = *frame_of(scene).image;
    scene.equivariance.shown = Shown::output;
    const Image plain = *frame_of(scene).image;
    scene.equivariance.mask = true;
    const Image masked = *frame_of(scene).image;
    for (int x = 0; x < 32; ++x)
        for (std::size_t k = 0; k < 3; ++k) {
            const int was = pixel(plain, x, 16)[k];
            EXPECT_NEAR(pixel(masked, x, 16)[k], x < 3 ? was * 0.3 : was, x < 3 ? 1.0 : 0.0) << x;
        }
    EXPECT_EQ(pixel(bare, 1, 16), (std::array<int, 3>{128, 128, 128})) << "nothing is known of what moved in";
}

TEST(EquivarianceView, ALayerIsMeasuredAgainstItsOwnVariance) {
    Scene scene = compared(EquivarianceOperation::translation_frac, Shown::difference);
    scene.layer_view.layer = "L5_52_13";
    scene.layer_view.channels = 1;
    if (!network().generator->schedule().find("L5_52_13")) scene.layer_view.layer = network().info->layers[6].name;
    const FrameResult frame = frame_of(scene);
    ASSERT_TRUE(frame.equivariance && frame.equivariance->db);
    EXPECT_TRUE(frame.equivariance->of_layer);
    const std::string& layer = scene.layer_view.layer;
    Scene one = scene;
    one.canvas = CanvasMode::picture;
    const Tensor unmoved = render_tensors(one, network(), {}, layer).shown;
    one.transform.translate_x = 3.0 / 32;
    RelativeError error;
    error.add(compare_layer(unmoved, render_tensors(one, network(), {}, layer).shown,
                            {EquivarianceKind::translation_frac, 3.0 / 32, 0, 0},
                            network().generator->schedule().find(layer)->out_rate));
    EXPECT_NEAR(*frame.equivariance->db, error.db().value(), 1e-3);
    EXPECT_EQ(frame.image->width, unmoved.size(3));
}

TEST(EquivarianceView, SaysWhereNothingIsLeftToCompare) {
    Scene scene = compared(EquivarianceOperation::translation_int, Shown::difference);
    scene.equivariance.translate_x = 1.5;
    const FrameResult frame = frame_of(scene);
    EXPECT_FALSE(frame.equivariance->db);
    EXPECT_EQ(frame.equivariance->compared, 0.0);
    ASSERT_EQ(frame.notes.size(), 1u);
    EXPECT_THAT(frame.notes[0], HasSubstr("nothing is left"));
}

TEST(EquivarianceView, AnyAffineMovementIsCompared) {
    Scene scene = compared(EquivarianceOperation::follow, Shown::difference);
    scene.transform = {.translate_x = 0.05, .rotate_deg = 20, .scale = 1.1};
    const FrameResult frame = frame_of(scene);
    ASSERT_TRUE(frame.equivariance->db);
    EXPECT_GT(*frame.equivariance->db, 10.0);
    scene.transform.scale = 0.0;
    const FrameResult singular = frame_of(scene);
    ASSERT_EQ(singular.notes.size(), 1u);
    EXPECT_THAT(singular.notes[0], HasSubstr("no inverse"));
    EXPECT_TRUE(std::isinf(*singular.equivariance->db));
}

// A divider that is dragged draws nothing anew; a transform that moves draws one picture.
TEST(EquivarianceView, KeepsWhatDoesNotChange) {
    Scene scene = compared(EquivarianceOperation::follow, Shown::wipe);
    scene.transform.rotate_deg = 10;
    const FrameResult first = frame_of(scene);
    EXPECT_GT(first.timing.synthesis_ms, 0.0);
    scene.equivariance.wipe = 0.1;
    EXPECT_EQ(frame_of(scene).timing.synthesis_ms, 0.0);
    scene.transform.rotate_deg = 11;
    const FrameResult moved = frame_of(scene);
    network().forget_pictures();
    EXPECT_EQ(*moved.image, *frame_of(scene).image);
    EXPECT_EQ(*moved.equivariance->db, *frame_of(scene).equivariance->db);
}

TEST(EquivarianceView, KeepsNothingLargeForOtherModes) {
    Scene scene = compared(EquivarianceOperation::rotation, Shown::difference);
    (void)frame_of(scene);
    EXPECT_TRUE(network().equivariance->unmoved);
    scene.canvas = CanvasMode::picture;
    (void)frame_of(scene);
    EXPECT_FALSE(network().equivariance->unmoved || network().equivariance->moved ||
                 network().equivariance->comparison);
}

TEST(EquivarianceView, OfAConstantInputSaysSoAndOffersTheStrip) {
    const auto open = opened("sg2-32.pkl");
    const FrameResult frame = frame_of(compared(EquivarianceOperation::rotation, Shown::difference), *open);
    EXPECT_FALSE(frame.equivariance);
    ASSERT_EQ(frame.notes.size(), 1u);
    EXPECT_THAT(frame.notes[0], HasSubstr("strip"));
    EXPECT_EQ(frame.image->width, 32);
}

TEST(PixelStrip, IsAColumnOfEveryPictureOfTheWalk) {
    for (const std::string net : {"r-32.pkl", "sg2-32.pkl"}) {
        const auto open = opened(net);
        Scene scene = compared(EquivarianceOperation::follow, Shown::strip);
        scene.equivariance.strip_steps = 5;
        scene.equivariance.strip_seed = 8;
        scene.equivariance.strip_column = 0.75;
        const Image strip = *frame_of(scene, *open).image;
        EXPECT_EQ(strip.width, 5);
        EXPECT_EQ(strip.height, 32);
        Scene picture = scene;
        picture.canvas = CanvasMode::picture;
        const Image first = *frame_of(picture, *open).image;
        picture.latent.source = LatentSeeds{{{8, 1.0}}};
        const Image last = *frame_of(picture, *open).image;
        for (int y = 0; y < 32; ++y) {
            EXPECT_EQ(pixel(strip, 0, y), pixel(first, 24, y)) << net;
            for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(pixel(strip, 4, y)[k], pixel(last, 24, y)[k], 1) << net;
        }
    }
}

TEST(PixelStrip, GoesOnWhereItWasStopped) {
    const auto open = opened("t-32.pkl");
    Scene scene = compared(EquivarianceOperation::follow, Shown::strip);
    scene.equivariance.strip_steps = 600;
    std::stop_source stop;
    int grown = 0;
    EXPECT_THROW((void)render_strip(scene, *open, {.stop = stop.get_token()},
                                    [&](const GrowingPicture& now) {
                                        EXPECT_GT(now.grown, 0.0);
                                        EXPECT_LT(now.grown, 1.0);
                                        ++grown;
                                        stop.request_stop();
                                    }),
                 Error);
    EXPECT_EQ(grown, 1);
    const int before = open->equivariance->strip->value.columns;
    EXPECT_GT(before, 0);
    EXPECT_LT(before, 600);
    bool told = false;
    (void)render_strip(scene, *open, {}, [&](const GrowingPicture& now) {
        if (!std::exchange(told, true)) {
            EXPECT_GT(now.grown, before / 600.0);
        }
    });
    EXPECT_EQ(open->equivariance->strip->value.columns, 600);
}

}  // namespace
}  // namespace afs
