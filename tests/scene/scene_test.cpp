#include "core/scene/scene.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace afs {
namespace {

void expect_matrix(const Matrix3& got, const Matrix3& expected, double tolerance = 1e-15) {
    for (std::size_t i = 0; i < 9; ++i) EXPECT_NEAR(got[i], expected[i], tolerance) << "element " << i;
}

// Pins SPEC 3: x right, y down, positive angles turn the picture counter-clockwise as seen.
TEST(PictureMatrix, FollowsTheConventionsOfTheSpecification) {
    const double a = 0.5;
    const Transform t{.translate_x = 0.1, .translate_y = -0.06, .rotate_deg = a * 180.0 / std::numbers::pi};
    expect_matrix(picture_matrix(t, 32), {std::cos(a), std::sin(a), 0.1, -std::sin(a), std::cos(a), -0.06, 0, 0, 1});
    expect_matrix(picture_matrix({.scale = 2.0, .shear = 0.5}, 32), {2, 1, 0, 0, 2, 0, 0, 0, 1});
}

TEST(PictureMatrix, QuarterTurnsAreExactHoweverMany) {
    EXPECT_EQ(picture_matrix({.rotate_deg = 90.0 + 3600.0}, 32), (Matrix3{0, 1, 0, -1, 0, 0, 0, 0, 1}));
    EXPECT_EQ(picture_matrix({.rotate_deg = 720.0}, 32), kIdentity3);
}

TEST(PictureMatrix, RoundsTheTranslationToWholePixels) {
    const Matrix3 m = picture_matrix({.translate_x = 0.1, .translate_y = -0.26, .round_to_pixel = true}, 32);
    EXPECT_EQ(m[2], 3.0 / 32.0);
    EXPECT_EQ(m[5], -8.0 / 32.0);
}

TEST(NetworkTransform, IsTheInverseAndIdentityWhereThereIsNone) {
    const Transform t{.translate_x = 0.3, .rotate_deg = 30.0, .scale = 1.5, .shear = 0.2};
    const auto network = network_transform(t, 64);
    EXPECT_FALSE(network.singular);
    expect_matrix(multiply(network.matrix, picture_matrix(t, 64)), kIdentity3, 1e-14);
    const auto none = network_transform({.scale = 0.0}, 64);
    EXPECT_TRUE(none.singular);
    EXPECT_EQ(none.matrix, kIdentity3);
}

// Pins SPEC 1: the plane blends the seeds floor(x) + i + 100 (floor(y) + j).
TEST(PlaneSeeds, BlendBilinearly) {
    const auto seeds = plane_seeds({10.3, 1.25});
    ASSERT_EQ(seeds.size(), 4u);
    EXPECT_EQ(seeds[0].seed, 110u);
    EXPECT_EQ(seeds[3].seed, 211u);
    EXPECT_NEAR(seeds[0].weight, 0.7 * 0.75, 1e-12);
    EXPECT_NEAR(seeds[1].weight, 0.3 * 0.75, 1e-12);
    EXPECT_NEAR(seeds[2].weight, 0.7 * 0.25, 1e-12);
    EXPECT_NEAR(seeds[3].weight, 0.3 * 0.25, 1e-12);
}

TEST(PlaneSeeds, OfAWholePointIsThatSeedAlone) {
    const auto seeds = plane_seeds({42.0, 0.0});
    ASSERT_EQ(seeds.size(), 1u);
    EXPECT_EQ(seeds[0], (SeedWeight{42, 1.0}));
}

TEST(PlaneSeeds, AreMaskedTo32BitsHoweverFarTheWalk) {
    EXPECT_EQ(plane_seeds({-1.0, 0.0})[0].seed, 4294967295u);
    EXPECT_EQ(plane_seeds({4294967296.0 + 5.0, 0.0})[0].seed, 5u);
    EXPECT_EQ(plane_seeds({1e300, -1e300}).empty(), false);
}

}  // namespace
}  // namespace afs
