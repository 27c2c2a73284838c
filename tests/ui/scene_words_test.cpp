// Pins the words of the undo list.
#include "app/gui/scene_words.h"

#include <gtest/gtest.h>

namespace afs::gui {
namespace {

template <class Change> std::string words(Change change) {
    Scene before, after;
    change(after);
    return describe_change(before, after);
}

TEST(SceneWords, SayWhatChanged) {
    EXPECT_EQ(words([](Scene& s) { s.transform.rotate_deg = 37; }), "Rotate to 37.0\u00b0");
    EXPECT_EQ(words([](Scene& s) { s.transform.translate_x = -0.5; }), "Move to \u22120.500, 0.000");
    EXPECT_EQ(words([](Scene& s) { s.truncation.psi = 0.7; }), "Truncation 0.70");
    EXPECT_EQ(words([](Scene& s) { s.truncation.cutoff = 8; }), "Truncate 8 layers");
    EXPECT_EQ(words([](Scene& s) { s.latent.source = LatentPlane{42, 0}; }), "Go to seed 42");
    EXPECT_EQ(words([](Scene& s) { s.latent.source = LatentPlane{1.5, 0.25}; }), "Walk to 1.50, 0.25");
    EXPECT_EQ(words([](Scene& s) { s.model.path = "/a/b/ffhq.pkl"; }), "Open ffhq.pkl");
    EXPECT_EQ(words([](Scene& s) { s.noise.mode = SceneNoise::none; }), "Noise off");
    EXPECT_EQ(words([](Scene& s) { s.layer_view.layer = "L3_52_512"; }), "Show layer L3_52_512");
    EXPECT_EQ(words([](Scene& s) { s.canvas = CanvasMode::layer; }), "Show a layer");
    EXPECT_EQ(words([](Scene& s) { s.layer_view.gain_db = -6; }), "Gain \u22126.0 dB");
    EXPECT_EQ(words([](Scene& s) { s.latent.class_index = 3; }), "Class 3");
    EXPECT_EQ(words([](Scene& s) { s.untransform = true; }), "Untransform the picture");
    EXPECT_EQ(words([](Scene& s) { s.canvas = CanvasMode::equivariance; }), "Show equivariance");
    EXPECT_EQ(words([](Scene&) {}), "");
}

// The words of choices stand in the order of their values.
TEST(SceneWords, SayWhatEquivarianceCompares) {
    const auto of = [](auto change) { return words([&](Scene& s) { change(s.equivariance); }); };
    using V = EquivarianceView;
    EXPECT_EQ(of([](V& v) { v.operation = EquivarianceOperation::translation_int; }),
              "Compare a shift by whole pixels");
    EXPECT_EQ(of([](V& v) { v.operation = EquivarianceOperation::rotation; }), "Compare a turn");
    EXPECT_EQ(of([](V& v) { v.shown = EquivarianceShown::reference; }), "Show the reference");
    EXPECT_EQ(of([](V& v) { v.shown = EquivarianceShown::wipe; }), "Wipe between both");
    EXPECT_EQ(of([](V& v) { v.shown = EquivarianceShown::grid; }), "Show all four");
    EXPECT_EQ(of([](V& v) { v.shown = EquivarianceShown::strip; }), "Show the pixel strip");
    EXPECT_EQ(of([](V& v) { v.wipe = 0.25; }), "Divider at 0.25");
    EXPECT_EQ(of([](V& v) { v.rotate_deg = 45; }), "Turn by 45.0\u00b0");
    EXPECT_EQ(of([](V& v) { v.strip_seed = 9; }), "Strip towards seed 9");
}

TEST(SceneWords, NameAResetAsOne) {
    Scene before, after;
    before.transform = {.translate_x = 0.1, .translate_y = 0.2, .rotate_deg = 30};
    EXPECT_EQ(describe_change(before, after), "Reset transform");
}

TEST(SceneWords, SayWhatHappenedToABlend) {
    const auto blend_words = [](auto change) {
        Scene before, after;
        before.latent.source = after.latent.source = LatentSeeds{{{1, 0.25}, {2, 0.75}}};
        change(after);
        return describe_change(before, after);
    };
    const auto seeds = [](Scene & s) -> auto& { return std::get<LatentSeeds>(s.latent.source).seeds; };
    EXPECT_EQ(blend_words([&](Scene& s) { seeds(s)[1].weight = 0.5; }), "Weight 0.50 of seed 2");
    EXPECT_EQ(blend_words([&](Scene& s) { seeds(s)[0].seed = 9; }), "Seed 9 in the blend");
    EXPECT_EQ(blend_words([&](Scene& s) { seeds(s).push_back({7, 1.0}); }), "Blend in seed 7");
    EXPECT_EQ(blend_words([&](Scene& s) { seeds(s).pop_back(); }), "Take a seed out of the blend");
    EXPECT_EQ(blend_words([&](Scene& s) { std::swap(seeds(s)[0], seeds(s)[1]); }), "Order of the blend");
    EXPECT_EQ(blend_words([&](Scene& s) { s.latent.source = LatentPlane{5, 0}; }), "Go to seed 5");
    EXPECT_EQ(blend_words([&](Scene& s) { s.latent.source = LatentZ{{1.0f}}; }), "Use z from a file");
    EXPECT_EQ(words([](Scene& s) { s.latent.source = LatentSeeds{{{1, 0.5}, {2, 0.5}}}; }), "Blend 2 seeds");
}

TEST(SceneWords, SayWhatAMixingSourceDid) {
    const auto mix_words = [](auto change) {
        Scene before, after;
        before.mix = {{.id = 1, .seed = 5, .layers = {1}}, {.id = 2, .seed = 6, .layers = {}}};
        after = before;
        change(after.mix);
        return describe_change(before, after);
    };
    EXPECT_EQ(mix_words([](auto& mix) { mix.push_back({.id = 3, .seed = 9, .layers = {}}); }), "Mix in seed 9");
    EXPECT_EQ(mix_words([](auto& mix) { mix.erase(mix.begin()); }), "Remove a mixing source");
    EXPECT_EQ(mix_words([](auto& mix) { mix.clear(); }), "Remove all mixing");
    EXPECT_EQ(mix_words([](auto& mix) { mix[1].layers = {3, 4}; }), "Mix 2 layers of seed 6");
    EXPECT_EQ(mix_words([](auto& mix) { mix[0].weight = 0.5; }), "Mixing weight 0.50");
    EXPECT_EQ(mix_words([](auto& mix) { mix[0].enabled = false; }), "Leave out seed 5");
    EXPECT_EQ(mix_words([](auto& mix) { std::swap(mix[0], mix[1]); }), "Style mixing");
}

TEST(SceneWords, JoinSeveralChanges) {
    EXPECT_EQ(words([](Scene& s) { s.transform.rotate_deg = 1, s.transform.scale = 2; }),
              "Rotate to 1.0\u00b0, Scale to 2.000");
    EXPECT_EQ(words([](Scene& s) { s.transform.rotate_deg = 1, s.transform.scale = 2, s.truncation.psi = 0; }),
              "Truncation 0.00 and 2 more");
}

TEST(SceneWords, EveryFieldOfASceneHasWords) {
    // A field without words would be an undo entry that says nothing.
    EXPECT_NE(words([](Scene& s) { s.mix.push_back({}); }), "");
    EXPECT_NE(words([](Scene& s) { s.noise.seed = 3; }), "");
    EXPECT_NE(words([](Scene& s) { s.noise.frame = 3; }), "");
    EXPECT_NE(words([](Scene& s) { s.transform.shear = 3; }), "");
    EXPECT_NE(words([](Scene& s) { s.transform.round_to_pixel = true; }), "");
    EXPECT_NE(words([](Scene& s) { s.layer_view.base_channel = 3; }), "");
    EXPECT_NE(words([](Scene& s) { s.layer_view.channels = 1; }), "");
    EXPECT_NE(words([](Scene& s) { s.layer_view.normalize = false; }), "");
    EXPECT_NE(words([](Scene& s) { s.latent.source = LatentSeeds{}; }), "");
    EXPECT_NE(words([](Scene& s) { s.latent.source = LatentW{}; }), "");
    EXPECT_NE(words([](Scene& s) { s.latent.source = LatentZ{}; }), "");
    EXPECT_NE(words([](Scene& s) { s.latent.class_weights = {{1, 0.5}}; }), "");
    EXPECT_NE(words([](Scene& s) { s.latent.interpolation = Interpolation::slerp; }), "");
    EXPECT_NE(words([](Scene& s) { s.transform.matrix = kIdentity3; }), "");
    EXPECT_NE(words([](Scene& s) { s.layer_view.mosaic = true; }), "");
    EXPECT_NE(words([](Scene& s) { s.sheet.first_seed = 1; }), "");
    EXPECT_NE(words([](Scene& s) { s.sheet.columns = 1; }), "");
    EXPECT_NE(words([](Scene& s) { s.sheet.rows = 1; }), "");
    EXPECT_NE(words([](Scene& s) { s.canvas = CanvasMode::sheet; }), "");
    EXPECT_NE(words([](Scene& s) { s.model.which = "G"; }), "");
}

}  // namespace
}  // namespace afs::gui
