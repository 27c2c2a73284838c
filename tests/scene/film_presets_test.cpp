// Pins the tracks that presets put: they loop without a seam and replace each other.
#include "core/scene/film_presets.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace afs {
namespace {

TEST(FilmPresets, AWalkIsAtEachSeedAtItsTimeAndComesBack) {
    for (const SeedPath path : {SeedPath::linear, SeedPath::cubic, SeedPath::slerp}) {
        const Document film = walk_through_seeds({}, {5, 9, 2}, 0.5, path);
        ASSERT_FALSE(timeline_problem(film));
        EXPECT_DOUBLE_EQ(film.timeline.duration_s, 1.5);
        for (int i = 0; i < 4; ++i) {
            const std::uint32_t seed = std::array{5u, 9u, 2u}[static_cast<std::size_t>(i % 3)];
            EXPECT_EQ(std::get<LatentSeeds>(evaluate(film, 0.5 * i).latent.source).seeds,
                      (std::vector<SeedWeight>{{seed, 1.0}}));
        }
        EXPECT_EQ(std::get<LatentSeeds>(evaluate(film, 1.25).latent.source).seeds.size(),
                  path == SeedPath::cubic ? 3u : 2u);
    }
}

TEST(FilmPresets, OneSeedStands) {
    const Document film = walk_through_seeds({}, {5}, 2.0, SeedPath::cubic);
    EXPECT_TRUE(film.timeline.tracks.empty());
    EXPECT_EQ(evaluate(film, 1.0).latent.source, decltype(Latent::source)(LatentSeeds{{{5, 1.0}}}));
}

TEST(FilmPresets, ACircleGoesRoundTheBaseAndReplacesAnother) {
    Document start;
    start.base.transform.translate_x = 0.25;
    const Document film = circle(circle(start, 0.3), 0.1);
    ASSERT_EQ(film.timeline.tracks.size(), 2u);
    EXPECT_NE(film.timeline.tracks[0].id, film.timeline.tracks[1].id);
    for (int i = 0; i <= 24; ++i) {
        const double angle = 2 * std::numbers::pi * i / 24;
        const Transform t = evaluate(film, film.timeline.duration_s * i / 24).transform;
        EXPECT_NEAR(t.translate_x, 0.25 + 0.1 * std::cos(angle), 1e-12);
        EXPECT_NEAR(t.translate_y, 0.1 * std::sin(angle), 1e-12);
    }
}

TEST(FilmPresets, TurnsAreEven) {
    Document start;
    start.base.transform.rotate_deg = 10;
    const Document film = turns(start, -2);
    for (int i = 0; i < 8; ++i)
        EXPECT_NEAR(evaluate(film, film.timeline.duration_s * i / 8).transform.rotate_deg, 10 - 90.0 * i, 1e-9);
}

TEST(FilmPresets, APulseAndASweepComeBack) {
    const Document film = psi_sweep(zoom_pulse({}, 1.5), -0.5);
    ASSERT_FALSE(timeline_problem(film));
    const double half = film.timeline.duration_s / 2;
    EXPECT_DOUBLE_EQ(evaluate(film, 0).transform.scale, 1.0);
    EXPECT_DOUBLE_EQ(evaluate(film, half).transform.scale, 1.5);
    EXPECT_DOUBLE_EQ(evaluate(film, half).truncation.psi, -0.5);
    EXPECT_DOUBLE_EQ(evaluate(film, 2 * half).truncation.psi, 1.0);
}

TEST(FilmPresets, ARandomWalkBeginsWhereOneIsAndKeepsTheLength) {
    Document start;
    start.base.latent.source = LatentPlane{42, 0};
    const Document film = random_walk(start, 6, 1), again = random_walk(start, 6, 1), other = random_walk(start, 6, 2);
    ASSERT_FALSE(timeline_problem(film));
    EXPECT_EQ(film, again);
    EXPECT_NE(film, other);
    EXPECT_DOUBLE_EQ(film.timeline.duration_s, start.timeline.duration_s);
    ASSERT_EQ(film.timeline.tracks.at(0).keys.size(), 6u);
    EXPECT_EQ(std::get<LatentSeeds>(evaluate(film, 0).latent.source).seeds, (std::vector<SeedWeight>{{42, 1.0}}));
}

TEST(FilmPresets, ALayerWalkShowsEveryLayerForAsLong) {
    const Document film = layer_walk({}, {"input", "L0", "L1", "output"});
    ASSERT_FALSE(timeline_problem(film));
    EXPECT_EQ(film.base.canvas, CanvasMode::layer);
    EXPECT_EQ(evaluate(film, 0.99).layer_view.layer, "input");
    EXPECT_EQ(evaluate(film, 1.0).layer_view.layer, "L0");
    EXPECT_EQ(evaluate(film, 3.9).layer_view.layer, "output");
}

TEST(FilmPresets, TheEquivarianceDemoShowsAllFourWhileItGoesRound) {
    const Document film = equivariance_demo({}, 0.1);
    ASSERT_FALSE(timeline_problem(film));
    const Scene scene = evaluate(film, 0);
    EXPECT_EQ(scene.canvas, CanvasMode::equivariance);
    EXPECT_EQ(scene.equivariance.shown, EquivarianceShown::grid);
    EXPECT_DOUBLE_EQ(scene.transform.translate_x, 0.1);
}

}  // namespace
}  // namespace afs
