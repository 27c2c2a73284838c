// Pins how a film is edited: keys are set, moved, copied and removed; an edit of a scene at a moment makes keys.
#include "core/scene/timeline_edit.h"

#include <gtest/gtest.h>

#include "core/scene/film_presets.h"

namespace afs {
namespace {

constexpr const char* kTurn = "transform.rotate_deg";

Document film_of(std::vector<TimelineKey> keys) {
    Document film;
    film.timeline.duration_s = 4.0;
    film.timeline.fps = 10;
    film.timeline.tracks = {{1, kTurn, true, std::move(keys)}};
    return film;
}

std::vector<double> times(const Timeline& timeline, std::string_view path = kTurn) {
    std::vector<double> times;
    for (const TimelineKey& key : find_track(timeline, path)->keys) times.push_back(key.time_s);
    return times;
}

TEST(TimelineEdit, AKeyReplacesOneThatIsLessThanHalfAFrameAway) {
    Timeline t = film_of({{1.0, 10.0, Easing::smooth}, {2.0, 20.0, Easing::hold}}).timeline;
    t = with_key(t, kTurn, 15.0, 1.04);
    EXPECT_EQ(times(t), (std::vector{1.04, 2.0}));
    EXPECT_EQ(t.tracks[0].keys[0].easing, Easing::smooth);
    EXPECT_EQ(std::get<double>(t.tracks[0].keys[0].value), 15.0);
    t = with_key(t, kTurn, 30.0, 3.0);
    EXPECT_EQ(times(t), (std::vector{1.04, 2.0, 3.0}));
    EXPECT_EQ(t.tracks[0].keys[2].easing, Easing::hold);  // as the key before
    t = with_key(t, "truncation.psi", 0.5, 0.0);
    ASSERT_EQ(t.tracks.size(), 2u);
    EXPECT_NE(t.tracks[1].id, t.tracks[0].id);
}

TEST(TimelineEdit, ATrackEndsWithItsLastKey) {
    Timeline t = film_of({{1.0, 10.0}, {2.0, 20.0}}).timeline;
    EXPECT_EQ(without_key(t, kTurn, 1.5), t);
    t = without_key(t, kTurn, 1.0);
    EXPECT_EQ(times(t), (std::vector{2.0}));
    EXPECT_TRUE(without_keys(t, {{1, 2.0}}).tracks.empty());
}

TEST(TimelineEdit, KeysMoveTogetherAsFarAsTheFilmReaches) {
    const Timeline t = film_of({{1.0, 10.0}, {2.0, 20.0}, {3.0, 30.0}}).timeline;
    const MovedKeys moved = move_keys(t, {{1, 1.0}, {1, 2.0}}, 0.5, false);
    EXPECT_EQ(times(moved.timeline), (std::vector{1.5, 2.5, 3.0}));
    EXPECT_EQ(moved.keys, (std::vector<KeyRef>{{1, 1.5}, {1, 2.5}}));
    EXPECT_EQ(times(move_keys(t, {{1, 1.0}, {1, 2.0}}, 100, false).timeline), (std::vector{3.0, 4.0}));  // 30 went
    EXPECT_EQ(times(move_keys(t, {{1, 2.0}}, -100, false).timeline), (std::vector{0.0, 1.0, 3.0}));
    const MovedKeys copied = move_keys(t, {{1, 3.0}}, 1.0, true);
    EXPECT_EQ(times(copied.timeline), (std::vector{1.0, 2.0, 3.0, 4.0}));
    EXPECT_EQ(std::get<double>(copied.timeline.tracks[0].keys[3].value), 30.0);
    EXPECT_EQ(move_keys(t, {}, 1.0, false).timeline, t);
}

TEST(TimelineEdit, KeysArePastedFromTheirFirstOnAndNotBehindTheEnd) {
    Document film = film_of({{1.0, 10.0}, {2.5, 20.0}});
    const auto copied = copy_keys(film.timeline, {{1, 1.0}, {1, 2.5}});
    ASSERT_EQ(copied.size(), 2u);
    EXPECT_EQ(times(paste_keys(film, copied, 2.0).timeline), (std::vector{1.0, 2.0, 2.5, 3.5}));
    EXPECT_EQ(times(paste_keys(film, copied, 3.0).timeline), (std::vector{1.0, 2.5, 3.0}));
    Document other;  // has no such mixing source
    EXPECT_TRUE(paste_keys(other, {{"mix[id=7].weight", {0.0, 1.0}}}, 0.0).timeline.tracks.empty());
}

TEST(TimelineEdit, TheLengthStretchesKeysOrStopsAtTheLast) {
    const Timeline t = film_of({{1.0, 10.0}, {4.0, 20.0}}).timeline;
    EXPECT_EQ(times(with_length(t, 8.0, true)), (std::vector{2.0, 8.0}));
    EXPECT_DOUBLE_EQ(with_length(t, 2.0, false).duration_s, 4.0);
    EXPECT_DOUBLE_EQ(with_length(t, 6.0, false).duration_s, 6.0);
    EXPECT_EQ(times(with_length(t, 6.0, false)), (std::vector{1.0, 4.0}));
    EXPECT_EQ(with_length(t, 0.0, true).frame_count(), 1);
}

TEST(TimelineEdit, RatesAreTakenAsPeopleWriteThem) {
    const auto rate = [](double typed) {
        const Timeline t = with_rate({}, typed);
        return std::pair(t.fps, t.fps_divisor);
    };
    EXPECT_EQ(rate(30), std::pair(30, 1));
    EXPECT_EQ(rate(23.976), std::pair(24000, 1001));
    EXPECT_EQ(rate(29.97), std::pair(30000, 1001));
    EXPECT_EQ(rate(12.5), std::pair(25, 2));
    EXPECT_EQ(rate(1000), std::pair(240, 1));
}

TEST(TimelineEdit, AnEditAtAMomentMakesAKeyWhereThereIsATrackAndElseChangesTheBase) {
    const Document film = film_of({{0.0, 0.0}, {2.0, 90.0}});
    Scene edited = evaluate(film, 1.0);
    EXPECT_DOUBLE_EQ(edited.transform.rotate_deg, 45.0);
    edited.transform.rotate_deg = 60.0;
    edited.truncation.psi = 0.7;
    const Document made = edit_at(film, edited, 1.0, Keyed::get_a_key);
    EXPECT_EQ(evaluate(made, 1.0), edited);
    EXPECT_DOUBLE_EQ(made.base.transform.rotate_deg, 0.0);
    EXPECT_DOUBLE_EQ(made.base.truncation.psi, 0.7);
    EXPECT_EQ(times(made.timeline), (std::vector{0.0, 1.0, 2.0}));
    const Document moved = edit_at(film, edited, 1.0, Keyed::stay);  // motion
    EXPECT_EQ(moved.timeline, film.timeline);
    EXPECT_DOUBLE_EQ(moved.base.truncation.psi, 0.7);
    EXPECT_DOUBLE_EQ(moved.base.transform.rotate_deg, 0.0);
}

TEST(TimelineEdit, WhatATrackShowsIsNoEdit) {
    const Document film = circle(film_of({{0.0, 0.0}, {2.0, 90.0}}), 0.2);
    for (const double t : {0.0, 0.3, 1.7, 3.9}) EXPECT_EQ(edit_at(film, evaluate(film, t), t, Keyed::get_a_key), film);
}

TEST(TimelineEdit, AWholeLatentIsKeyedWhenOneOfItsPartsIsEdited) {
    const Document film = walk_through_seeds({}, {1, 2, 3, 4}, 1.0, SeedPath::linear);
    Scene edited = evaluate(film, 1.0);
    edited.latent.source = LatentPlane{77, 0};
    const Document made = edit_at(film, edited, 1.0, Keyed::get_a_key);
    EXPECT_EQ(std::get<Latent>(made.timeline.tracks[0].keys[1].value).source, edited.latent.source);
    EXPECT_EQ(made.base.latent, film.base.latent);
    EXPECT_FALSE(timeline_problem(made));
}

// A window shows such a document while it is being mended; a film refuses it.
TEST(TimelineEdit, KeysThatCannotBeBlendedHold) {
    Document film = walk_through_seeds({}, {1, 2}, 1.0, SeedPath::linear);
    Latent w;
    w.source = LatentW{1, 3, {1, 2, 3}};
    film.timeline = with_key(film.timeline, "latent", w, 1.0);
    EXPECT_TRUE(timeline_problem(film));
    EXPECT_EQ(evaluate(film, 1.5).latent, w);
    Latent larger;
    larger.source = LatentW{1, 4, {1, 2, 3, 4}};
    film.timeline = with_key(film.timeline, "latent", larger, 0.0);
    EXPECT_EQ(evaluate(film, 0.5).latent, larger);
    EXPECT_EQ(evaluate(film, 1.5).latent, w);
}

TEST(TimelineEdit, ACurveGoesThroughTheKeys) {
    const Document film = film_of({{0.0, 0.0}, {4.0, 90.0}});
    const auto curve = track_curve(film, film.timeline.tracks[0], 0.0, 2.0, 3);
    ASSERT_EQ(curve.size(), 3u);
    EXPECT_DOUBLE_EQ(curve[1], 22.5);
    const Document walk = walk_through_seeds({}, {1, 2}, 1.0, SeedPath::linear);
    EXPECT_TRUE(track_curve(walk, walk.timeline.tracks[0], 0, 1, 3).empty());
}

TEST(FieldPlaces, AreWhereTheFieldsOfThatSceneLie) {
    Scene scene;
    scene.mix.push_back({});
    scene.mix[0].id = 4;
    const auto places = field_places(scene);
    const auto path_of = [&](const void* place) -> std::string {
        for (const auto& [known, path] : places)
            if (known == place) return path;
        return "";
    };
    EXPECT_EQ(path_of(&scene.transform.rotate_deg), "transform.rotate_deg");
    EXPECT_EQ(path_of(&scene.mix[0].weight), "mix[id=4].weight");
    EXPECT_EQ(path_of(&scene.equivariance.strip_steps), "equivariance.strip_steps");
    EXPECT_EQ(path_of(&scene.untransform), "untransform");
    EXPECT_EQ(path_of(&std::get<LatentPlane>(scene.latent.source).y), "latent.y");
}

}  // namespace
}  // namespace afs
