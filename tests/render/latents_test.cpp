// Seeds, files, classes and the sphere to w (SPEC 1, 2).
#include "core/render/latents.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/base/random_state.h"
#include "core/render/renderer.h"
#include "core/scene/spherical.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using ::testing::HasSubstr;

OpenNetwork& network(const std::string& name) {
    static std::map<std::string, std::shared_ptr<OpenNetwork>> open;
    auto& found = open[name];
    if (!found) found = open_network({test::golden_path("nets/" + name).string(), "G_ema", {}}, {});
    return *found;
}

ResolvedLatent resolve(const Scene& scene, const std::string& net = "t-32.pkl") {
    const at::NoGradGuard no_grad;
    return resolve_latent(scene, *network(net).generator, network(net).latents);
}

Tensor mapped(const std::string& net, const std::vector<float>& z, const std::vector<float>& label = {}) {
    const at::NoGradGuard no_grad;
    return network(net).generator->map(at::tensor(z).unsqueeze(0),
                                       label.empty() ? Tensor() : at::tensor(label).unsqueeze(0));
}

Scene of_seeds(std::vector<SeedWeight> seeds) {
    Scene scene;
    scene.latent.source = LatentSeeds{std::move(seeds)};
    return scene;
}

std::string why(const std::function<void()>& what) {
    try {
        what();
    } catch (const Error& e) {
        return e.what();
    }
    return "accepted";
}

// A generator keeps what depends on ws alone as long as it is given the same tensor.
TEST(ResolveLatent, GivesTheSameTensorsUntilLatentTruncationOrMixingChange) {
    Scene scene = of_seeds({{3, 0.25}, {4, 0.75}});
    scene.truncation.psi = 0.7;
    scene.mix = {{.seed = 9, .layers = {2, 3}}};
    Tensor last;
    const auto expect_new = [&](bool expected) {
        const Tensor ws = resolve(scene).ws;
        EXPECT_EQ(!ws.is_same(last), expected);
        OpenNetwork& open = network("t-32.pkl");
        LatentCache fresh;
        const at::NoGradGuard no_grad;
        EXPECT_TRUE(at::equal(ws, resolve_latent(scene, *open.generator, fresh).ws));
        last = ws;
    };
    expect_new(true);
    expect_new(false);
    scene.transform.translate_x = 0.3;  // what is not of the latent
    scene.canvas = CanvasMode::layer;
    expect_new(false);
    scene.truncation.psi = 0.5;
    expect_new(true);
    scene.mix.front().weight = 0.5;
    expect_new(true);
    scene.latent.source = LatentSeeds{{{5, 1.0}}};
    expect_new(true);
    expect_new(false);
}

TEST(ResolveLatent, OnTheSphereMapsTheMeanOfTheSeeds) {
    Scene scene = of_seeds({{3, 0.25}, {4, 0.75}});
    scene.latent.interpolation = Interpolation::slerp;
    const auto z = spherical_mean({latent_from_seed(3, 32), latent_from_seed(4, 32)}, {0.25, 0.75});
    EXPECT_TRUE(at::equal(resolve(scene).w.squeeze(1), mapped("t-32.pkl", z)));
    scene.latent.interpolation = Interpolation::linear;
    EXPECT_FALSE(at::allclose(resolve(scene).w.squeeze(1), mapped("t-32.pkl", z)));
}

TEST(ResolveLatent, OnTheSphereMeetsTheSeedsThemselves) {
    Scene scene;
    scene.latent.interpolation = Interpolation::slerp;
    scene.latent.source = LatentPlane{3.0, 0.0};
    EXPECT_TRUE(at::equal(resolve(scene).w, resolve(of_seeds({{3, 1.0}})).w));
    scene.latent.source = LatentPlane{3.0 + 1e-7, 0.0};
    EXPECT_TRUE(at::allclose(resolve(scene).w, resolve(of_seeds({{3, 1.0}})).w, 1e-4, 1e-5));
    scene.latent.source = LatentSeeds{{{3, 0.4}}};  // a share of one is the whole
    EXPECT_TRUE(at::equal(resolve(scene).w, resolve(of_seeds({{3, 1.0}})).w));
}

TEST(ResolveLatent, TakesAZFromAFile) {
    Scene scene;
    scene.latent.source = LatentZ{latent_from_seed(9, 32)};
    EXPECT_TRUE(at::equal(resolve(scene).w, resolve(of_seeds({{9, 1.0}})).w));
    scene.latent.source = LatentZ{latent_from_seed(9, 33)};
    EXPECT_THAT(why([&] { (void)resolve(scene); }), ::testing::AllOf(HasSubstr("33"), HasSubstr("32")));
}

TEST(ResolveLatent, AWOfAnotherWidthIsSaidWithBothWidths) {
    Scene scene;
    scene.latent.source = LatentW{1, 512, std::vector<float>(512)};
    EXPECT_THAT(why([&] { (void)resolve(scene); }), ::testing::AllOf(HasSubstr("512"), HasSubstr("32")));
}

// What panels save as W gives the same picture under the same truncation and mixing; what they save as W+ does without.
TEST(ResolveLatent, SavedWAndSavedWsGiveTheSamePictureAgain) {
    Scene scene = of_seeds({{3, 0.5}, {4, 0.75}});
    scene.truncation = {0.7, 5};
    scene.mix = {{1, 8, {0, 3, 9}, 0.5}};
    FrameRequest request;
    request.scene = scene;
    const FrameResult frame = render_frame(request, network("t-32.pkl"));
    ASSERT_TRUE(frame.w && frame.ws);
    EXPECT_EQ(frame.w->num_ws, 1);
    EXPECT_EQ(frame.ws->num_ws, 16);
    request.scene.latent.source = *frame.w;
    EXPECT_EQ(*render_frame(request, network("t-32.pkl")).image, *frame.image);
    request.scene = {};
    request.scene.latent.source = *frame.ws;
    EXPECT_EQ(*render_frame(request, network("t-32.pkl")).image, *frame.image);
}

TEST(ResolveLatent, TellsTheDistanceFromTheAverage) {
    Scene scene = of_seeds({{3, 1.0}});
    const LatentDistance plain = resolve(scene).distance;
    EXPECT_GT(plain.before, 0.0);
    EXPECT_EQ(plain.before, plain.after);
    scene.truncation.psi = 0.5;
    const LatentDistance half = resolve(scene).distance;
    EXPECT_NEAR(half.before, plain.before, 1e-6 * plain.before);
    EXPECT_NEAR(half.after, 0.5 * plain.before, 1e-5 * plain.before);
    scene.truncation.psi = 0.0;
    EXPECT_EQ(resolve(scene).distance.after, 0.0);
    scene.truncation.cutoff = 4;  // 12 of 16 copies stay
    EXPECT_NEAR(resolve(scene).distance.after, std::sqrt(12.0 / 16.0) * plain.before, 1e-5 * plain.before);
}

TEST(ClassWeights, AreTheSumOfOneHotLabels) {
    const std::string net = "t-64-cond.pkl";
    const auto& config = network(net).generator->config();
    const auto z = latent_from_seed(6, config.z_dim);
    Scene scene = of_seeds({{6, 1.0}});
    scene.latent.class_weights = {{1, 0.25}, {4, 0.5}, {1, 0.5}};
    EXPECT_TRUE(at::equal(resolve(scene, net).w.squeeze(1), mapped(net, z, {0, 0.75f, 0, 0, 0.5f})));
    scene.latent.class_index = 2;  // does not apply beside weights
    EXPECT_TRUE(at::equal(resolve(scene, net).w.squeeze(1), mapped(net, z, {0, 0.75f, 0, 0, 0.5f})));
    scene.latent.class_weights.clear();
    EXPECT_TRUE(at::equal(resolve(scene, net).w.squeeze(1), mapped(net, z, {0, 0, 1, 0, 0})));
    scene.latent.class_weights = {{2, 1.0}};
    scene.latent.class_index.reset();
    EXPECT_TRUE(at::equal(resolve(scene, net).w.squeeze(1), mapped(net, z, {0, 0, 1, 0, 0})));
    scene.latent.class_weights = {{5, 1.0}};
    EXPECT_THAT(why([&] { (void)resolve(scene, net); }), HasSubstr("class 5"));
}

TEST(ClassWeights, FollowTheSharesOfSeedsOnTheSphere) {
    const std::string net = "t-64-cond.pkl";
    const auto& config = network(net).generator->config();
    std::uint32_t other = 1;
    while (class_from_seed(other, config.z_dim, config.c_dim) == class_from_seed(0, config.z_dim, config.c_dim))
        ++other;
    Scene scene = of_seeds({{0, 1.0}, {other, 3.0}});
    scene.latent.interpolation = Interpolation::slerp;
    std::vector<float> label(5);
    label[static_cast<std::size_t>(class_from_seed(0, config.z_dim, config.c_dim))] = 0.25f;
    label[static_cast<std::size_t>(class_from_seed(other, config.z_dim, config.c_dim))] = 0.75f;
    const auto z = spherical_mean({latent_from_seed(0, config.z_dim), latent_from_seed(other, config.z_dim)}, {1, 3});
    EXPECT_TRUE(at::equal(resolve(scene, net).w.squeeze(1), mapped(net, z, label)));
}

TEST(ResolveLatent, RefusesNegativeSharesInWords) {
    Scene scene = of_seeds({{1, 1.0}, {2, -0.5}});
    EXPECT_EQ(why([&] { (void)resolve(scene); }), "accepted") << "linear weights may be negative";
    scene.latent.interpolation = Interpolation::slerp;
    EXPECT_THAT(why([&] { (void)resolve(scene); }), HasSubstr("negative"));
}

TEST(LatentCache, ForgetsWithoutLosingItsWay) {
    const Generator& generator = *network("t-32.pkl").generator;
    LatentCache cache;
    const at::NoGradGuard no_grad;
    const Tensor first = cache.w(generator, 0, {}).clone();
    for (std::uint32_t seed = 0; seed < 4200; ++seed) (void)cache.w(generator, seed, {});
    EXPECT_TRUE(at::equal(cache.w(generator, 0, {}), first));
}

}  // namespace
}  // namespace afs
