// Pins how a document becomes the scene of a moment: keys, easings, seams of loops, latents, and what a session file
// may say of it.
#include "core/scene/timeline.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <numbers>
#include <random>

#include "core/base/error.h"
#include "core/scene/document.h"
#include "core/scene/field_path.h"
#include "core/scene/scene_json.h"
#include "core/scene/spherical.h"
#include "tests/scene/every_field.h"

namespace afs {
namespace {

using ::testing::HasSubstr;

Track track(const std::string& path, std::vector<TimelineKey> keys) { return {1, path, true, std::move(keys)}; }

Document film(std::vector<Track> tracks, bool loop = false, double duration_s = 4.0) {
    Document document;
    document.timeline.loop = loop;
    document.timeline.duration_s = duration_s;
    for (std::size_t i = 0; i < tracks.size(); ++i) tracks[i].id = static_cast<int>(i) + 1;
    document.timeline.tracks = std::move(tracks);
    return document;
}

Latent seed(std::uint32_t s) {
    Latent latent;
    latent.source = LatentSeeds{{{s, 1.0}}};
    return latent;
}

double psi(const Document& document, double t) { return evaluate(document, t).truncation.psi; }

TEST(FieldPath, EveryFieldIsReadSetAndOfItsOwn) {
    const Scene changed = test::changed_scene(test::SourceKind::plane);
    const auto fields = fields_of(changed);
    EXPECT_GT(fields.size(), 50u);
    for (const SceneField& field : fields) {
        Scene scene = changed;
        EXPECT_EQ(find_field(scene, field.path)->value, field.value) << field.path;
        EXPECT_EQ(why_not(field, field.value), "") << field.path;
        ASSERT_TRUE(set_field(scene, field.path, field.value)) << field.path;
        EXPECT_EQ(scene, changed) << field.path;
        // Another value of its kind changes it, and nothing else.
        FieldValue other = field.value;
        if (auto* number = std::get_if<double>(&other)) *number = (*number - field.low) / 2 + field.low;
        if (auto* whole = std::get_if<std::int64_t>(&other))
            *whole = field.path.ends_with(".channels")                ? (*whole == 1 ? 3 : 1)
                     : *whole == static_cast<std::int64_t>(field.low) ? *whole + 1
                                                                      : *whole - 1;
        if (auto* flag = std::get_if<bool>(&other)) *flag = !*flag;
        if (auto* text = std::get_if<std::string>(&other))
            *text = field.words.empty() ? *text + "2" : std::string(field.words[field.words.front() == *text ? 1 : 0]);
        if (auto* matrix = std::get_if<Matrix3>(&other)) (*matrix)[4] = 0.5;
        if (auto* latent = std::get_if<Latent>(&other)) *latent = seed(8);
        ASSERT_TRUE(set_field(scene, field.path, other)) << field.path;
        EXPECT_NE(scene, changed) << field.path;
        EXPECT_EQ(find_field(scene, field.path)->value, other) << field.path;
        ASSERT_TRUE(set_field(scene, field.path, field.value));
        EXPECT_EQ(scene, changed) << field.path;
    }
}

TEST(FieldPath, ElementsAreFoundByTheirIds) {
    Scene scene = test::changed_scene(test::SourceKind::plane);
    ASSERT_TRUE(set_field(scene, "mix[id=3].weight", 0.125));
    EXPECT_EQ(scene.mix[1].weight, 0.125);
    EXPECT_FALSE(set_field(scene, "mix[id=4].weight", 0.125));
    EXPECT_FALSE(set_field(scene, "mix[0].weight", 0.125));
    EXPECT_FALSE(set_field(scene, "model.path", std::string("/x")));
    EXPECT_FALSE(set_field(scene, "", 1.0));
}

TEST(FieldPath, NumbersComeIntoTheirRangeAndOtherKindsAreRefused) {
    Scene scene;
    ASSERT_TRUE(set_field(scene, "spectrum.beta", 1e9));
    EXPECT_EQ(scene.spectrum.beta, 100.0);
    ASSERT_TRUE(set_field(scene, "layer_view.base_channel", 2.6));
    EXPECT_EQ(scene.layer_view.base_channel, 3);
    EXPECT_FALSE(set_field(scene, "truncation.psi", std::string("much")));
    EXPECT_FALSE(set_field(scene, "canvas", std::string("cinema")));
    EXPECT_EQ(why_not(*find_field(scene, "canvas"), std::string("cinema")),
              "is \"cinema\", not one of picture, layer, sheet, spectrum, equivariance");
    EXPECT_EQ(why_not(*find_field(scene, "sheet.columns"), 2.5), "is 2.5, not a whole number from 1 to 16");
}

TEST(Timeline, ADocumentWithoutTracksIsItsBase) {
    const Document document{test::changed_scene(test::SourceKind::w), {}, nullptr};
    EXPECT_EQ(evaluate(document, 1.5), document.base);
}

TEST(Timeline, KeysAreReachedExactlyWhateverTheEasing) {
    for (const Easing easing : {Easing::hold, Easing::linear, Easing::smooth, Easing::cubic, Easing::circular})
        for (const bool loop : {false, true}) {
            const Document document =
                film({track("truncation.psi", {{0.5, 0.25, easing}, {1.25, 0.9, easing}, {3.0, -0.5, easing}})}, loop);
            EXPECT_EQ(psi(document, 0.5), 0.25);
            EXPECT_EQ(psi(document, 1.25), 0.9);
            EXPECT_EQ(psi(document, 3.0), -0.5);
        }
}

TEST(Timeline, EasingsAreWhatTheySay) {
    const auto between = [](Easing easing, double u) {
        return psi(film({track("truncation.psi", {{1.0, 2.0, easing}, {3.0, 4.0, easing}})}), 1.0 + 2.0 * u);
    };
    for (const double u : {0.1, 0.25, 0.5, 0.9}) {
        EXPECT_EQ(between(Easing::hold, u), 2.0);
        EXPECT_NEAR(between(Easing::linear, u), 2 + 2 * u, 1e-12);
        EXPECT_NEAR(between(Easing::smooth, u), 2 + 2 * u * u * (3 - 2 * u), 1e-12);
        EXPECT_NEAR(between(Easing::circular, u), 3 - std::cos(std::numbers::pi * u), 1e-12);
        EXPECT_NEAR(between(Easing::cubic, u), 2 + 2 * u, 1e-12);  // two keys have one line through them
    }
    EXPECT_EQ(between(Easing::linear, -0.5), 2.0);  // before the first and after the last it rests
    EXPECT_EQ(between(Easing::linear, 1.5), 4.0);
}

// Catmull-Rom reproduces parabolas on even keys, away from the ends.
TEST(Timeline, CubicsFollowAParabolaThroughTheirKeys) {
    std::vector<TimelineKey> keys;
    const auto parabola = [](double t) { return 0.3 * t * t - t + 2; };
    for (int i = 0; i <= 4; ++i) keys.push_back({static_cast<double>(i), parabola(i), Easing::cubic});
    const Document document = film({track("truncation.psi", keys)});
    for (const double t : {1.1, 1.5, 2.0, 2.7}) EXPECT_NEAR(psi(document, t), parabola(t), 1e-12) << t;
}

TEST(Timeline, CubicsHaveNoKinkNotEvenAtTheSeamOfALoop) {
    const std::vector<TimelineKey> open = {
        {0.3, 0.1, Easing::cubic}, {1.1, 0.9, Easing::cubic}, {2.0, 0.4, Easing::cubic}};
    const std::vector<TimelineKey> closed = {
        {0.0, 0.0, Easing::cubic}, {1.0, 0.9, Easing::cubic}, {2.5, 0.4, Easing::cubic}, {4.0, 0.0, Easing::cubic}};
    for (const auto& keys : {open, closed}) {
        const Document document = film({track("truncation.psi", keys)}, true);
        constexpr double h = 1e-6;
        for (const TimelineKey& key : keys) {
            const double left = (psi(document, key.time_s) - psi(document, key.time_s - h)) / h,
                         right = (psi(document, key.time_s + h) - psi(document, key.time_s)) / h;
            EXPECT_NEAR(left, right, 1e-4) << key.time_s;
        }
    }
}

TEST(Timeline, AFullTurnIsEvenAndALoopComesBack) {
    for (const Easing easing : {Easing::linear, Easing::cubic}) {
        const Document document = film(
            {track("transform.rotate_deg", {{0.0, 0.0, easing}, {2.0, 180.0, easing}, {4.0, 360.0, easing}})}, true);
        for (int i = 0; i < 8; ++i) EXPECT_NEAR(evaluate(document, i * 0.5).transform.rotate_deg, 45.0 * i, 1e-9) << i;
        EXPECT_EQ(evaluate(document, 4.0), evaluate(document, 0.0));  // the frame after the last
        EXPECT_EQ(evaluate(document, -1.0), evaluate(document, 3.0));
    }
}

TEST(Timeline, OverTheSeamALoopGoesOnToItsFirstKey) {
    const Document document =
        film({track("truncation.psi", {{1.0, 1.0, Easing::linear}, {3.0, 0.0, Easing::linear}})}, true);
    EXPECT_NEAR(psi(document, 3.5), 0.25, 1e-12);
    EXPECT_NEAR(psi(document, 0.0), 0.5, 1e-12);
    EXPECT_NEAR(psi(document, 0.5), 0.75, 1e-12);
}

TEST(Timeline, CircularAnglesTakeTheShorterWayRound) {
    const Document document =
        film({track("transform.rotate_deg", {{0.0, 350.0, Easing::circular}, {2.0, 10.0, Easing::circular}})});
    EXPECT_NEAR(evaluate(document, 1.0).transform.rotate_deg, 360.0, 1e-9);
    EXPECT_EQ(evaluate(document, 2.0).transform.rotate_deg, 10.0);
}

TEST(Timeline, KeysAtTheExtremesMakeAnExactCircle) {
    constexpr double r = 0.1;
    const Document document =
        film({track("transform.translate_x", {{0.0, r, Easing::circular}, {2.0, -r, Easing::circular}}),
              track("transform.translate_y", {{1.0, r, Easing::circular}, {3.0, -r, Easing::circular}})},
             true);
    for (int i = 0; i < 40; ++i) {
        const Transform t = evaluate(document, i * 0.1).transform;
        EXPECT_NEAR(t.translate_x, r * std::cos(2 * std::numbers::pi * i / 40), 1e-12);
        EXPECT_NEAR(t.translate_y, r * std::sin(2 * std::numbers::pi * i / 40), 1e-12);
    }
}

TEST(Timeline, WhatCannotBeBlendedIsHeld) {
    Document document =
        film({track("layer_view.layer",
                    {{0.0, std::string("L1"), Easing::linear}, {2.0, std::string("L2"), Easing::linear}}),
              track("noise.seed", {{0.0, std::int64_t{1}, Easing::linear}, {2.0, std::int64_t{9}, Easing::linear}}),
              track("noise.frame", {{0.0, std::int64_t{0}, Easing::linear}, {2.0, std::int64_t{9}, Easing::linear}}),
              track("truncation.cutoff",
                    {{0.0, std::monostate{}, Easing::linear}, {2.0, std::int64_t{8}, Easing::linear}})});
    ASSERT_FALSE(timeline_problem(document));
    const Scene scene = evaluate(document, 1.0);
    EXPECT_EQ(scene.layer_view.layer, "L1");
    EXPECT_EQ(scene.noise.seed, 1u);
    EXPECT_EQ(scene.noise.frame, 5);  // whole frames
    EXPECT_EQ(scene.truncation.cutoff, std::nullopt);
    EXPECT_EQ(evaluate(document, 2.0).truncation.cutoff, 8);
    document.timeline.tracks[0].enabled = false;
    EXPECT_EQ(evaluate(document, 2.0).layer_view.layer, document.base.layer_view.layer);
}

TEST(LatentTrack, SeedsInWBecomeWeights) {
    const Document document = film({track("latent", {{0.0, seed(3), Easing::linear}, {2.0, seed(7), Easing::linear}})});
    EXPECT_EQ(evaluate(document, 0.5).latent.source, decltype(Latent::source)(LatentSeeds{{{3, 0.75}, {7, 0.25}}}));
    EXPECT_EQ(evaluate(document, 2.0).latent, seed(7));  // the key itself
}

TEST(LatentTrack, ASplineThroughSeedsHasSharesThatAddUpToOne) {
    std::vector<TimelineKey> keys;
    for (std::uint32_t i = 0; i < 5; ++i) keys.push_back({i * 0.8, seed(10 + i), Easing::cubic});
    const Document document = film({track("latent", keys)}, true);
    for (int i = 0; i < 100; ++i) {
        const auto shares = key_shares(document.timeline, document.timeline.tracks[0], i * 0.04);
        double sum = 0;
        for (const KeyShare& share : shares) sum += share.share;
        EXPECT_NEAR(sum, 1.0, 1e-12);
        EXPECT_LE(shares.size(), 4u);
    }
    EXPECT_EQ(evaluate(document, 4.0), evaluate(document, 0.0));
}

TEST(LatentTrack, OnTheSphereItIsSlerp) {
    Latent a = seed(3), b = seed(7);
    a.interpolation = b.interpolation = Interpolation::slerp;
    const Document document = film({track("latent", {{0.0, a, Easing::linear}, {2.0, b, Easing::linear}})});
    const Latent middle = evaluate(document, 0.5).latent;
    EXPECT_EQ(middle.interpolation, Interpolation::slerp);
    const auto z = *latent_z(middle, 16);
    const auto expected = spherical_mean({*latent_z(a, 16), *latent_z(b, 16)}, {0.75, 0.25});
    for (std::size_t i = 0; i < z.size(); ++i) EXPECT_NEAR(z[i], expected[i], 1e-6);
}

TEST(LatentTrack, ArraysAreBlendedByTheirNumbers) {
    Latent a, b;
    a.source = LatentW{1, 3, {0, 1, 2}};
    b.source = LatentW{1, 3, {4, 1, -2}};
    const Document document = film({track("latent", {{0.0, a, Easing::linear}, {2.0, b, Easing::linear}})});
    EXPECT_EQ(std::get<LatentW>(evaluate(document, 1.0).latent.source).values, (std::vector<float>{2, 1, 0}));
}

TEST(TimelineJson, ComesBackExactlyAndKeepsWhatItDoesNotKnow) {
    Document document = film(
        {track("transform.rotate_deg", {{0.0, 1.0 / 3.0, Easing::circular}, {2.5, 725.0 / 7.0, Easing::hold}}),
         track("latent", {{0.0, test::changed_latent(test::SourceKind::w), Easing::cubic}}),
         track("transform.matrix",
               {{1.0, Matrix3{1, 0, 0.1, 0, 1, 0, 0, 0, 1}, Easing::linear}, {2.0, std::monostate{}, Easing::linear}}),
         track("untransform", {{0.0, true, Easing::linear}}),
         track("canvas", {{0.0, std::string("layer"), Easing::linear}}),
         track("noise.frame", {{0.0, std::int64_t{-12}, Easing::linear}})},
        true, 7.25);
    document.timeline.fps = 30000;
    document.timeline.fps_divisor = 1001;
    document.timeline.tracks[2].enabled = false;
    const auto parse = [](const Json& json) {
        const std::string text = json.dump(2);
        return document_from_json(Json::parse(text), "Could not open x", text);
    };
    const Json json = document_to_json(document);
    EXPECT_TRUE(parse(json) == document) << json.dump(2);
    EXPECT_EQ(parse(json).unknown, nullptr);

    Json later = json;
    later["timeline"]["mood"] = "calm";
    later["timeline"]["tracks"][1]["colour"] = "red";
    later["timeline"]["tracks"][0]["keys"][1]["tension"] = 0.5;
    EXPECT_EQ(document_to_json(parse(later)), later);
}

TEST(TimelineJson, SaysWhatIsWrongAndWhere) {
    const auto why = [](const std::string& tracks, const std::string& rest = "") {
        const std::string text =
            "{\n\"format\": \"afstudio-session\",\n\"version\": 1,\n\"scene\": {},\n\"timeline\": {" + rest +
            "\"duration\": 2,\n\"tracks\": [\n" + tracks + "\n]}\n}\n";
        try {
            (void)document_from_json(Json::parse(text), "Could not open x.json", text);
        } catch (const Error& e) {
            return std::string(e.what());
        }
        return std::string("accepted");
    };
    const std::string key = R"("keys": [{"time": 0, "value": 1}])";
    EXPECT_EQ(why(R"({"id": 1, "path": "truncation.psi", )" + key + "}"), "accepted");
    EXPECT_THAT(why(R"({"id": 1, "path": "truncation.spi", )" + key + "}"),
                HasSubstr("line 7: timeline.tracks[0].path is \"truncation.spi\", which this scene does not have; the "
                          "nearest is truncation.psi"));
    EXPECT_THAT(why(R"({"id": 1, "path": "mix[id=3].weight", )" + key + "}"), HasSubstr("does not have"));
    EXPECT_THAT(why(R"({"id": 1, "path": "truncation.psi", "keys": [{"time": 3, "value": 1}]})"),
                HasSubstr("timeline.tracks[0].keys[0].time is 3 s, outside of the film, which takes 2 s"));
    EXPECT_THAT(
        why(R"({"id": 1, "path": "truncation.psi", "keys": [{"time": 1, "value": 1}, {"time": 1, "value": 2}]})"),
        HasSubstr("keys[1].time is 1 s, not later than the key before"));
    EXPECT_THAT(why(R"({"id": 1, "path": "truncation.psi", "keys": [{"time": 1, "value": "much"}]})"),
                HasSubstr("keys[0].value is \"much\", not a number from"));
    EXPECT_THAT(why(R"({"id": 1, "path": "sheet.columns", "keys": [{"time": 1, "value": 99}]})"),
                HasSubstr("is 99, not a whole number from 1 to 16"));
    EXPECT_THAT(why(R"({"id": 1, "path": "latent", )" + key + R"(}, {"id": 2, "path": "latent.x", )" + key + "}"),
                HasSubstr("value is 1, not a latent"));
    EXPECT_THAT(why(R"({"id": 1, "path": "latent.x", )" + key + R"(}, {"id": 2, "path": "latent.x", )" + key + "}"),
                HasSubstr("tracks[1].path is \"latent.x\", which the track of \"latent.x\" moves already"));
    EXPECT_THAT(why(R"({"id": 1, "path": "latent.x", )" + key + R"(}, {"id": 1, "path": "latent.y", )" + key + "}"),
                HasSubstr("each needs its own"));
    EXPECT_THAT(why(R"({"id": 1, "path": "latent", "keys": [{"time": 0, "value": {"source": "plane", "x": 1, "y": 2}},
                       {"time": 1, "value": {"source": "z", "z_dim": 1, "values": "AAAAAA=="}}]})"),
                HasSubstr("they cannot be blended"));
    EXPECT_THAT(why("", "\"fps\": 0,"), HasSubstr("timeline.fps is 0"));
    EXPECT_THAT(why("", "\"loop\": 1,"), HasSubstr("timeline.loop is 1, not true or false"));
}

}  // namespace
}  // namespace afs
