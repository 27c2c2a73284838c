// The explorer's state to pixels (SPEC 2, 8), against recorded views of nets/t-32.pkl: the same path that the window
// and `images` take.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "core/render/renderer.h"
#include "core/render/tensor_image.h"
#include "tests/support/golden.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

const RenderOptions kExact{Precision::fp32};

OpenNetwork& recorded_network() {
    static const auto open = open_network({test::golden_path("nets/t-32.pkl").string(), "G_ema", {}}, {});
    return *open;
}

Scene scene_of(const Json& p) {
    Scene scene;
    scene.model.path = "nets/t-32.pkl";
    LatentSeeds seeds;
    seeds.seeds.clear();
    for (const Json& seed : p["w0_seeds"]) seeds.seeds.push_back({seed[0].get<std::uint32_t>(), seed[1].get<double>()});
    scene.latent.source = seeds;
    scene.truncation = {p["trunc_psi"].get<double>(), p["trunc_cutoff"].get<int>()};
    if (p.contains("stylemix_idx"))
        scene.mix = {{1, p["stylemix_seed"].get<std::uint32_t>(), p["stylemix_idx"].get<std::vector<int>>(), 1.0}};
    if (p.contains("input_transform")) {
        const auto m = p["input_transform"].get<std::vector<std::vector<double>>>();
        scene.transform = {.translate_x = m[0][2],
                           .translate_y = m[1][2],
                           .rotate_deg = std::atan2(m[0][1], m[0][0]) * 180.0 / std::numbers::pi};
    }
    scene.untransform = p.value("untransform", false);
    if (p.contains("layer_name")) {
        scene.canvas = CanvasMode::layer;
        scene.layer_view = {p["layer_name"].get<std::string>(), p.value("base_channel", 0), p.value("sel_channels", 3),
                            p.value("img_normalize", false), p.value("img_scale_db", 0.0)};
    }
    return scene;
}

// SPEC 8: decibels and colours of the recorded spectra, through the scene.
class RecordedSpectrumView : public testing::TestWithParam<std::string> {};

TEST_P(RecordedSpectrumView, GivesTheSameDecibelsAndColours) {
    const test::GoldenFile golden("view.safetensors");
    const Json& p = golden.parameters(GetParam());
    FrameRequest request;
    request.scene = scene_of(p);
    request.scene.canvas = CanvasMode::spectrum;
    request.scene.spectrum.beta = p.value("fft_beta", 8.0);
    request.scene.spectrum.range_db = p.value("fft_range_db", 50.0);
    request.scene.spectrum.all_channels = p.value("fft_all", true);
    const FrameResult frame = render_frame(request, recorded_network());
    ASSERT_FALSE(frame.failure) << frame.failure->paragraph();
    ASSERT_TRUE(frame.spectrum);
    const auto want = golden.values(GetParam() + "/expect_spectrum_db");
    const auto index = golden.values(GetParam() + "/expect_cmap_index"), base = golden.values("viridis/expect_lut256");
    ASSERT_EQ(frame.spectrum->db.size(), want.size());
    for (std::size_t i = 0; i < want.size(); ++i) {
        // What the official float32 result differs from float64 by grows as the power falls.
        const double tolerance = want[i] > -40 ? 0.02 : want[i] > -60 ? 0.1 : 1e9;
        ASSERT_NEAR(frame.spectrum->db[i], want[i], tolerance) << i;
        if (want[i] <= -40) continue;
        bool found = false;
        for (int off = -1; off <= 1; ++off) {
            const double entry = std::clamp(index[i] + off, 0.0, 1023.0);
            const auto b = static_cast<std::size_t>(std::min(std::floor(entry / 1023 * 256), 255.0)) * 3;
            const std::uint8_t* const pixel = frame.image->pixels.data() + i * 4;
            found |= pixel[0] == base[b] && pixel[1] == base[b + 1] && pixel[2] == base[b + 2];
        }
        ASSERT_TRUE(found) << i;
    }
}
INSTANTIATE_TEST_SUITE_P(Golden, RecordedSpectrumView,
                         testing::ValuesIn(test::GoldenFile("view.safetensors").case_names("fft_")),
                         [](const auto& c) { return c.param; });

TEST(SpectrumView, KnowsTheLimitsOfItsLayer) {
    FrameRequest request;
    request.scene.model.path = "nets/t-32.pkl";
    request.scene.canvas = CanvasMode::spectrum;
    request.scene.layer_view.layer = "L9_52_13";
    const FrameResult frame = render_frame(request, recorded_network());
    ASSERT_TRUE(frame.spectrum);
    const LayerSpec& row = *recorded_network().generator->schedule().find("L9_52_13");
    EXPECT_DOUBLE_EQ(frame.spectrum->nyquist, row.out_rate / 2);
    EXPECT_EQ(frame.spectrum->up_filter_db.size(), frame.spectrum->frequency.size());
    ASSERT_TRUE(frame.spectrum->beyond_cutoff && frame.spectrum->beyond_band);
    EXPECT_GT(*frame.spectrum->beyond_cutoff, 0.0);
    EXPECT_LT(*frame.spectrum->beyond_cutoff, 0.5);  // an alias-free layer keeps most of its energy below its cutoff
    request.scene.layer_view.layer = "nowhere";
    const FrameResult other = render_frame(request, recorded_network());
    ASSERT_TRUE(other.spectrum);
    EXPECT_EQ(other.notes.size(), 1u);
    EXPECT_EQ(other.spectrum->width, 32);
}

class RecordedView : public testing::TestWithParam<std::string> {};

TEST_P(RecordedView, GivesTheSamePixelsAndFigures) {
    const test::GoldenFile golden("view.safetensors");
    const Json& p = golden.parameters(GetParam());
    FrameRequest request;
    request.scene = scene_of(p);
    const FrameResult frame = render_frame(request, recorded_network());
    ASSERT_FALSE(frame.failure) << frame.failure->paragraph();

    const TensorData& expect = golden.tensor(GetParam() + "/expect_u8");  // [H, W, channels]
    ASSERT_EQ(frame.image->height, expect.shape[0]);
    ASSERT_EQ(frame.image->width, expect.shape[1]);
    const auto values = to_doubles(expect);
    int differing = 0;
    const auto channels = static_cast<std::size_t>(expect.shape[2]);  // 1: recorded before it was repeated to three
    for (std::size_t pixel = 0; pixel < values.size() / channels; ++pixel)
        for (std::size_t k = 0; k < channels; ++k) {
            const int difference =
                std::abs(frame.image->pixels[pixel * 4 + k] - static_cast<int>(values[pixel * channels + k]));
            ASSERT_LE(difference, 1) << "pixel " << pixel << " channel " << k;
            differing += difference;
        }
    // Truncation to u8 turns float rounding into single steps; the recording allows them on 2 % of the values.
    EXPECT_LE(differing, static_cast<int>(values.size()) / 50);

    const auto stats = to_doubles(golden.tensor(GetParam() + "/expect_stats"));
    const double got[] = {frame.stats->mean_all,  frame.stats->mean_shown,  frame.stats->std_all,
                          frame.stats->std_shown, frame.stats->max_abs_all, frame.stats->max_abs_shown};
    for (std::size_t i = 0; i < 6; ++i)
        EXPECT_NEAR(got[i], stats[i], 1e-4 * std::max(std::abs(stats[i]), 0.1)) << "figure " << i;

    if (golden.has(GetParam() + "/expect_w")) {
        const auto w = to_doubles(golden.tensor(GetParam() + "/expect_w"));
        const Tensor ws = render_tensors(request.scene, recorded_network(), kExact).latent.ws.contiguous();
        for (std::size_t i = 0; i < w.size(); ++i) ASSERT_NEAR(ws.const_data_ptr<float>()[i], w[i], 1e-5) << i;
    }
}

INSTANTIATE_TEST_SUITE_P(View, RecordedView,
                         testing::Values("plain", "blend4_trunc", "blend2_cutoff_mix", "weights_not_one", "transform",
                                         "layer_rgb3", "layer_one_norm", "layer_clip_base", "untransform",
                                         "layer_input_untransform"),
                         [](const auto& test) { return test.param; });

TEST(ToImage, ClampsAndTruncatesAsRecorded) {
    const test::GoldenFile golden("view.safetensors");
    const auto x = to_tensor(golden.tensor("u8_edges/input_x")).flatten();
    const auto expect = to_doubles(golden.tensor("u8_edges/expect_u8"));
    const Image image = to_image(x.reshape({1, 1, 1, -1}));
    for (std::size_t i = 0; i < expect.size(); ++i)
        EXPECT_EQ(image.pixels[i * 4], static_cast<int>(expect[i])) << x[static_cast<std::int64_t>(i)];
}

TEST(ToImage, ShowsNaNAsBlackAndTakesStridedTensors) {
    const Tensor x = at::full({1, 3, 2, 4}, std::nan(""), at::kFloat);
    EXPECT_EQ(to_image(x).pixels[0], 0);
    const Tensor ramp = at::linspace(-1, 1, 2 * 4 * 3, at::kFloat).reshape({1, 2, 4, 3}).permute({0, 3, 1, 2});
    EXPECT_EQ(to_image(ramp), to_image(ramp.contiguous()));
}

TEST(RenderTensors, EqualScenesGiveEqualPixelsAndNoiseIsTheScenes) {
    const auto open = open_network({test::golden_path("nets/sg2-32.pkl").string(), "G_ema", {}}, {});
    Scene scene;
    scene.noise = {SceneNoise::random, 3, 0};
    const Tensor first = render_tensors(scene, *open, kExact).picture;
    at::manual_seed(99);  // a global generator's state must not matter
    EXPECT_TRUE(at::equal(first, render_tensors(scene, *open, kExact).picture));
    scene.noise.frame = 1;
    EXPECT_FALSE(at::equal(first, render_tensors(scene, *open, kExact).picture));
}

TEST(RenderTensors, NamesAnUnknownLayerAndTheKnownOnes) {
    try {
        (void)render_tensors({}, recorded_network(), kExact, "L99");
        FAIL() << "an unknown layer was accepted";
    } catch (const Error& e) {
        EXPECT_NE(e.why().find("L0_36_13"), std::string::npos);
    }
}

TEST(RenderFrame, ReportsASingularTransformAndShowsThePictureWithoutIt) {
    FrameRequest request;
    const FrameResult plain = render_frame(request, recorded_network());
    request.scene.transform.scale = 0.0;
    const FrameResult frame = render_frame(request, recorded_network());
    ASSERT_EQ(frame.notes.size(), 1u);
    EXPECT_EQ(*frame.image, *plain.image);
}

TEST(RenderFrame, ShowsThePictureWhereANetworkLacksTheLayer) {
    FrameRequest request;
    request.scene.canvas = CanvasMode::layer;
    request.scene.layer_view.layer = "b8.conv0";
    const FrameResult frame = render_frame(request, recorded_network());
    EXPECT_EQ(frame.image->width, 32);
    ASSERT_EQ(frame.notes.size(), 1u);
}

TEST(ResolveWs, TakesInlineWAndRefusesAnotherShape) {
    OpenNetwork& open = recorded_network();
    Scene scene;
    scene.latent.source = LatentSeeds{{{5, 1.0}}};
    const Tensor ws = render_tensors(scene, open, kExact).latent.ws.contiguous();
    LatentW inline_w{16, 32, {ws.const_data_ptr<float>(), ws.const_data_ptr<float>() + ws.numel()}};
    scene.latent.source = inline_w;
    EXPECT_TRUE(at::equal(render_tensors(scene, open, kExact).latent.ws, ws)) << "bit for bit";
    inline_w.w_dim = 31;
    scene.latent.source = inline_w;
    EXPECT_THROW((void)render_tensors(scene, open, kExact), Error);
}

TEST(ResolveWs, RefusesAClassThatTheNetworkDoesNotHave) {
    const auto open = open_network({test::golden_path("nets/t-64-cond.pkl").string(), "G_ema", {}}, {});
    Scene scene;
    scene.latent.class_index = 5;  // it has 0 to 4
    EXPECT_THROW((void)render_tensors(scene, *open, kExact), Error);
    scene.latent.class_index = 4;
    EXPECT_NO_THROW((void)render_tensors(scene, *open, kExact));
}

}  // namespace
}  // namespace afs
