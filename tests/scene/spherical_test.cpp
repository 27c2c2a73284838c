// Blending along the sphere: slerp for two, the weighted mean of the sphere for more.
#include "core/scene/spherical.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/base/error.h"
#include "core/base/random_state.h"

namespace afs {
namespace {

using Point = std::vector<float>;

double dot(const Point& a, const Point& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
    return sum;
}
double angle(const Point& a, const Point& b) {
    return std::acos(std::clamp(dot(a, b) / std::sqrt(dot(a, a) * dot(b, b)), -1.0, 1.0));
}
void expect_near(const Point& got, const Point& expected, double tolerance) {
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], tolerance) << i;
}

TEST(SphericalMean, OfTwoPointsIsTheTextbooksSlerp) {
    const Point a = latent_from_seed(3, 512), b = latent_from_seed(4, 512);
    const double omega = angle(a, b);
    for (const double t : {0.1, 0.25, 0.5, 0.9}) {
        const Point got = spherical_mean({a, b}, {1 - t, t});
        EXPECT_NEAR(angle(a, got), t * omega, 1e-6);  // float32 rounds the point itself
        EXPECT_NEAR(angle(b, got), (1 - t) * omega, 1e-6);
        const double length = (1 - t) * std::sqrt(dot(a, a)) + t * std::sqrt(dot(b, b));
        EXPECT_NEAR(std::sqrt(dot(got, got)), length, 1e-4);
        // The formula, for directions: sin((1-t)w)/sin w a + sin(t w)/sin w b.
        Point formula(512);
        for (std::size_t i = 0; i < 512; ++i)
            formula[i] = static_cast<float>(length / std::sin(omega) *
                                            (std::sin((1 - t) * omega) * a[i] / std::sqrt(dot(a, a)) +
                                             std::sin(t * omega) * b[i] / std::sqrt(dot(b, b))));
        expect_near(got, formula, 2e-6);
    }
}

TEST(SphericalMean, OfOnePointIsThatPointBitForBit) {
    const Point a = latent_from_seed(3, 64), b = latent_from_seed(4, 64);
    EXPECT_EQ(spherical_mean({a}, {0.3}), a);
    EXPECT_EQ(spherical_mean({a, b}, {0.0, 2.0}), b);
}

// What makes it the mean: seen from it, the pulls of the points cancel.
TEST(SphericalMean, OfManyPointsBalancesTheirPulls) {
    std::vector<Point> points;
    std::vector<double> weights = {0.1, 3, 1.5, 0.7, 2};
    for (std::uint32_t seed = 0; seed < 5; ++seed) points.push_back(latent_from_seed(seed, 256));
    Point mean = spherical_mean(points, weights);
    const double length = std::sqrt(dot(mean, mean));
    double largest = 0.0;
    for (std::size_t i = 0; i < mean.size(); ++i) {
        double pull = 0.0;
        for (std::size_t k = 0; k < points.size(); ++k) {
            const double theta = angle(mean, points[k]);
            pull += weights[k] * theta / std::sin(theta) *
                    (points[k][i] / std::sqrt(dot(points[k], points[k])) - std::cos(theta) * mean[i] / length);
        }
        largest = std::max(largest, std::abs(pull));
    }
    EXPECT_LT(largest, 1e-6);
    std::reverse(points.begin(), points.end());
    std::reverse(weights.begin(), weights.end());
    expect_near(spherical_mean(points, weights), mean, 1e-6);
}

TEST(SphericalMean, SharesAreWhatCounts) {
    const Point a = latent_from_seed(1, 64), b = latent_from_seed(2, 64);
    expect_near(spherical_mean({a, b}, {1, 3}), spherical_mean({a, b}, {0.25, 0.75}), 1e-6);
}

// On a circle four equal points of a quarter turn have the middle of their arc as mean.
TEST(SphericalMean, OfAnArcIsItsMiddle) {
    std::vector<Point> points;
    for (int i = 0; i < 4; ++i) {
        const double a = 0.3 + 0.4 * i;
        points.push_back({static_cast<float>(2 * std::cos(a)), static_cast<float>(2 * std::sin(a))});
    }
    const double middle = 0.3 + 0.6;
    expect_near(spherical_mean(points, {1, 1, 1, 1}),
                {static_cast<float>(2 * std::cos(middle)), static_cast<float>(2 * std::sin(middle))}, 1e-6);
}

TEST(SphericalMean, AnswersForOppositeAndEqualPointsToo) {
    const Point a = {1, 2, 3}, opposite = {-1, -2, -3};
    EXPECT_EQ(spherical_mean({a, opposite}, {1, 1}), a);
    expect_near(spherical_mean({a, a}, {1, 5}), a, 1e-6);
    expect_near(spherical_mean({{2.0f}, {-1.0f}}, {1, 3}), {-1.25f}, 1e-6);  // one dimension: two directions
    for (const float x : spherical_mean({{0, 0}, {1, 0}}, {1, 1})) EXPECT_TRUE(std::isfinite(x));
}

TEST(SphericalMean, RefusesWeightsThatAreNoShares) {
    EXPECT_THROW((void)spherical_mean({{1, 0}, {0, 1}}, {1, -0.5}), Error);
    EXPECT_THROW((void)spherical_mean({{1, 0}, {0, 1}}, {0, 0}), Error);
    EXPECT_THROW((void)spherical_mean({{1, 0}, {0, 1}}, {1, std::nan("")}), Error);
    EXPECT_THROW((void)spherical_mean({}, {}), Error);
}

TEST(LatentZ, IsKnownForSeedsFilesAndTheSphereOnly) {
    Latent latent;
    latent.source = LatentPlane{42, 0};
    EXPECT_EQ(latent_z(latent, 16), latent_from_seed(42, 16));
    latent.source = LatentPlane{42.5, 0.25};
    EXPECT_EQ(latent_z(latent, 16), std::nullopt);
    latent.interpolation = Interpolation::slerp;
    ASSERT_TRUE(latent_z(latent, 16));
    // The plane is continuous: a cell's edge is the same from both sides.
    latent.source = LatentPlane{42.5, 1.0};
    const auto on_edge = *latent_z(latent, 16);
    latent.source = LatentPlane{42.5, 1.0 - 1e-9};
    expect_near(*latent_z(latent, 16), on_edge, 1e-6);
    latent.source = LatentZ{{1, 2, 3}};
    EXPECT_EQ(latent_z(latent, 16), (Point{1, 2, 3}));
    latent.source = LatentW{1, 2, {1, 2}};
    EXPECT_EQ(latent_z(latent, 16), std::nullopt);
    latent.source = LatentSeeds{{}};
    EXPECT_EQ(latent_z(latent, 16), std::nullopt);
}

}  // namespace
}  // namespace afs
