// What every generator promises beyond the recorded networks: initialisation, batches, noise, number formats,
// gradients, cancelling, unusual options.
#include "core/model/generator.h"

#include <c10/core/InferenceMode.h>
#include <gmock/gmock.h>
#include <torch/csrc/autograd/autograd.h>

#include <map>
#include <thread>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/model/init_network.h"
#include "core/model/presets.h"
#include "tests/model/tensors.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using testing::HasSubstr;

GeneratorConfig small(const char* cfg, int resolution = 32) {
    GeneratorConfig config = preset_config(cfg, resolution, 512, 12);
    config.z_dim = config.w_dim = 16;
    return config;
}

Tensor some_ws(const Generator& generator, int count, std::uint64_t seed) {
    at::manual_seed(seed);
    const Tensor w = generator.map(at::randn({count, generator.config().z_dim}), {});
    return truncate_and_broadcast(w, generator.w_avg(), generator.num_ws(), 1.0);
}

class Families : public testing::TestWithParam<const char*> {};

TEST_P(Families, AreTheSameFromTheSameSeedAndOthersFromAnother) {
    const auto a = Generator::create(small(GetParam()), 7), b = Generator::create(small(GetParam()), 7),
               c = Generator::create(small(GetParam()), 8);
    at::randn({3});  // the global generator has no say
    for (std::size_t i = 0; i < a->state().size(); ++i)
        EXPECT_TRUE(test::same_bits(a->state()[i].tensor, b->state()[i].tensor)) << a->state()[i].name;
    EXPECT_FALSE(at::equal(a->tensor("mapping.fc0.weight"), c->tensor("mapping.fc0.weight")));
}

TEST_P(Families, DrawFiniteColourfulPicturesWhenMadeLively) {
    const auto g = init_network(small(GetParam(), 64), 3), again = init_network(small(GetParam(), 64), 3);
    const c10::InferenceMode inference;
    const Tensor ws = some_ws(*g, 6, 1);
    double total = 0, beyond = 0;
    for (int i = 0; i < 6; ++i) {
        const Tensor picture = g->synthesize(ws.narrow(0, i, 1));
        EXPECT_TRUE(at::equal(picture, again->synthesize(ws.narrow(0, i, 1))));
        ASSERT_TRUE(picture.isfinite().all().item<bool>());
        total += picture.std().item<double>() / 6;
        beyond += (picture.abs() > 1).to(at::kFloat).mean().item<double>() / 6;
    }
    // The pictures of 16 latents together have 0.5; a part of that is the colour by which single ones differ.
    EXPECT_GT(total, 0.25);
    EXPECT_LT(total, 0.65);
    EXPECT_LT(beyond, 0.2);  // few values beyond the range
    EXPECT_GT(g->w_avg().abs().max().item<double>(), 0);
}

TEST_P(Families, TakeOneLatentAtATimeOrManyWithAlmostEqualPictures) {
    const auto g = init_network(small(GetParam()), 5);
    const c10::InferenceMode inference;
    const Tensor ws = some_ws(*g, 3, 2);
    // Alias-free styles are normalised over the whole batch (SPEC 6.3), so equal latents are the fair comparison.
    const Tensor same = ws.narrow(0, 1, 1);
    const Tensor one = g->synthesize(same), three = g->synthesize(same.expand({3, -1, -1}));
    for (int i = 0; i < 3; ++i) EXPECT_LT(test::max_difference(three.narrow(0, i, 1), one), 1e-4);
    EXPECT_EQ(g->synthesize(ws).size(0), 3);
}

// Layers hand on their successor's scales only while nobody looks at them.
TEST_P(Families, DrawTheSamePictureToTheBitWhenALayerIsLookedAt) {
    const auto g = init_network(small(GetParam()), 5);
    const at::NoGradGuard no_grad;
    const Tensor ws = some_ws(*g, 2, 2);
    SynthesisOptions looked_at;
    int seen = 0;
    looked_at.on_layer = [&](const std::string&, const Tensor&) { ++seen; };
    EXPECT_TRUE(at::equal(g->synthesize(ws), g->synthesize(ws, looked_at)));
    EXPECT_GT(seen, 2);
}

// What is kept of the weights and of w must not outlive them.
TEST_P(Families, FollowTheirWeightsAndLatents) {
    const auto g = init_network(small(GetParam()), 5);
    const at::NoGradGuard no_grad;
    const Tensor ws = some_ws(*g, 2, 2);
    const Tensor first = g->synthesize(ws.narrow(0, 0, 1));
    EXPECT_FALSE(at::equal(g->synthesize(ws.narrow(0, 1, 1)), first));
    EXPECT_TRUE(at::equal(g->synthesize(ws.narrow(0, 0, 1)), first));
    for (const auto& entry : g->state())
        if (entry.name.ends_with(".affine.bias")) {
            Tensor bias = entry.tensor;
            bias.add_(0.5);
            const Tensor changed = g->synthesize(ws.narrow(0, 0, 1));
            EXPECT_FALSE(at::equal(changed, first)) << entry.name;
            bias.sub_(0.5);
        }
}

TEST_P(Families, RunInBf16OnAProcessorWhenAsked) {
    const auto g = init_network(small(GetParam()), 5);
    const c10::InferenceMode inference;
    const Tensor ws = some_ws(*g, 1, 2);
    SynthesisOptions options;
    bool half_seen = false;
    options.precision = Precision::bf16;
    options.on_layer = [&](const std::string& name, const Tensor& x) {
        if (const LayerSpec* spec = g->schedule().find(name)) {
            EXPECT_EQ(x.scalar_type(), spec->half_precision ? at::kBFloat16 : at::kFloat) << name;
            half_seen |= spec->half_precision;
        }
    };
    const Tensor picture = g->synthesize(ws, options);
    EXPECT_EQ(picture.scalar_type(), at::kFloat);
    EXPECT_TRUE(half_seen);
    // bfloat16 keeps 8 bits; a score of layers add up to a few per cent of the range.
    EXPECT_LT(test::max_difference(picture, g->synthesize(ws)), 0.25);
    options.on_layer = {};
    options.precision = Precision::fp16;
    EXPECT_THROW((void)g->synthesize(ws, options), Error);
    for (const Precision exact : {Precision::fp32, Precision::tf32, Precision::automatic}) {
        options.precision = exact;  // a processor has no TF32
        EXPECT_TRUE(at::equal(g->synthesize(ws, options), g->synthesize(ws)));
    }
}

// In half precision a layer leaves with the next one's scale and with padded channels: who looks at it sees neither,
// and looking changes nothing.
TEST_P(Families, ShowTheirLayersInHalfPrecisionWithoutChangingThePicture) {
    const auto g = init_network(small(GetParam()), 5);
    const c10::InferenceMode inference;
    const Tensor ws = some_ws(*g, 2, 2);
    std::map<std::string, Tensor> exact, half;
    SynthesisOptions options;
    options.on_layer = [&](const std::string& name, const Tensor& x) { exact[name] = x.clone(); };
    (void)g->synthesize(ws, options);
    options.precision = Precision::bf16;
    options.on_layer = [&](const std::string& name, const Tensor& x) { half[name] = x.clone(); };
    const Tensor looked_at = g->synthesize(ws, options);
    options.on_layer = {};
    EXPECT_TRUE(at::equal(g->synthesize(ws, options), looked_at));
    ASSERT_EQ(half.size(), exact.size());
    for (const auto& [name, x] : exact) {
        ASSERT_EQ(half[name].sizes(), x.sizes()) << name;
        EXPECT_LT(test::max_difference(half[name].to(at::kFloat), x) / x.abs().max().item<double>(), 0.1) << name;
    }
}

TEST_P(Families, CanBeDifferentiatedInEveryParameterAndLatent) {
    const auto g = init_network(small(GetParam(), 16), 5);
    std::vector<Tensor> variables;
    for (const Generator::State& entry : g->state()) {
        EXPECT_FALSE(entry.tensor.requires_grad());  // nobody asked yet
        Tensor tensor = entry.tensor;
        if (entry.parameter) variables.push_back(tensor.requires_grad_(true));
    }
    at::manual_seed(1);
    const Tensor z = at::randn({2, g->config().z_dim}).requires_grad_(true);
    variables.push_back(z);
    const Tensor ws = truncate_and_broadcast(g->map(z, {}), g->w_avg(), g->num_ws(), 0.7);
    const auto gradients = torch::autograd::grad({g->synthesize(ws).square().sum()}, variables, {}, c10::nullopt,
                                                 /*create_graph=*/false, /*allow_unused=*/true);
    for (std::size_t i = 0; i < gradients.size(); ++i) {
        ASSERT_TRUE(gradients[i].defined()) << i;
        EXPECT_TRUE(gradients[i].isfinite().all().item<bool>());
        EXPECT_GT(gradients[i].abs().max().item<double>(), 0) << i;
    }
}

TEST_P(Families, StopBetweenLayers) {
    const auto g = Generator::create(small(GetParam()), 5);
    const c10::InferenceMode inference;
    std::stop_source source;
    SynthesisOptions options;
    options.stop = source.get_token();
    int layers = 0;
    options.on_layer = [&](const std::string&, const Tensor&) {
        if (++layers == 3) source.request_stop();
    };
    try {
        (void)g->synthesize(some_ws(*g, 1, 1), options);
        FAIL() << "it was not stopped";
    } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::cancelled);
    }
    EXPECT_EQ(layers, 3);
}

TEST_P(Families, RefuseWrongShapesInWords) {
    const auto g = Generator::create(small(GetParam()), 5);
    const auto message = [&](const std::function<void()>& act) -> std::string {
        try {
            act();
        } catch (const Error& e) {
            EXPECT_EQ(e.kind(), ErrorKind::argument);
            return e.what();
        }
        return {};
    };
    EXPECT_THAT(message([&] { (void)g->synthesize(at::zeros({1, 3, 16})); }), HasSubstr("[1, 3, 16]"));
    EXPECT_THAT(message([&] { (void)g->synthesize({}); }), HasSubstr("absent"));
    EXPECT_THAT(message([&] { (void)g->map(at::zeros({2, 15}), {}); }), HasSubstr("[2, 15]"));
    GeneratorConfig conditional = small(GetParam());
    conditional.c_dim = 4;
    const auto h = Generator::create(conditional, 1);
    EXPECT_THAT(message([&] { (void)h->map(at::zeros({2, 16}), {}); }), HasSubstr("class"));
    EXPECT_THAT(message([&] { (void)h->map(at::zeros({2, 16}), at::zeros({1, 4})); }), HasSubstr("[1, 4]"));
}

TEST_P(Families, ACloneIsEqualAndSharesNothing) {
    const auto g = init_network(small(GetParam()), 5);
    const auto clone = g->clone_to({});
    const Tensor ws = some_ws(*g, 1, 1);
    EXPECT_TRUE(at::equal(g->synthesize(ws), clone->synthesize(ws)));
    clone->tensor("mapping.w_avg").fill_(9);
    EXPECT_NE(g->w_avg()[0].item<float>(), 9);
}

INSTANTIATE_TEST_SUITE_P(All, Families, testing::Values("stylegan3-t", "stylegan3-r", "stylegan2"));

TEST(Initialisation, FollowsTheOfficialRules) {
    const Json recorded = parse_json(read_text_file(test::golden_path("nets/train-init.json")), "train-init.json");
    for (const auto& [key, cfg] : {std::pair("T-32", "stylegan3-t"), std::pair("SG2-32", "stylegan2")}) {
        const Json& options = recorded[key]["config"];
        GeneratorConfig config = preset_config(cfg, 32, options["channel_base"].get<int>(), 512);
        config.c_dim = options.value("c_dim", 0);
        const auto g = Generator::create(config, 11);
        EXPECT_EQ(
            std::ranges::count(g->state(), true, &Generator::State::parameter),
            std::ranges::count_if(recorded[key]["tensors"], [](const Json& t) { return t["kind"] == "parameter"; }));
        for (const Json& want : recorded[key]["tensors"]) {
            SCOPED_TRACE(want["name"].get<std::string>());
            const Tensor t = g->tensor(want["name"]);
            ASSERT_TRUE(t.defined());
            ASSERT_EQ(Json(t.sizes().vec()), want["shape"]);
            const double std = t.std(/*unbiased=*/false).item<double>(), want_std = want["std"];
            if (want_std == 0) {
                EXPECT_EQ(t.min().item<double>(), want["min"].get<double>());
                EXPECT_EQ(t.max().item<double>(), want["max"].get<double>());
            } else if (want["kind"] == "parameter" && t.numel() >= 100) {
                // 5 standard deviations of the estimate, for each of the two samples.
                EXPECT_NEAR(std, want_std, want_std * 10 / std::sqrt(2.0 * static_cast<double>(t.numel())));
            } else if (t.numel() < 100 && want["kind"] == "parameter" && t.dim() == 1) {
                EXPECT_NEAR(std, want_std, 1e-5);  // the Fourier affine's (1, 0, 0, 0)
            }
        }
    }
}

TEST(Initialisation, SpreadsFrequenciesEvenlyOverTheDisc) {
    GeneratorConfig config = preset_config("stylegan3-t", 32);
    const auto g = Generator::create(config, 1);
    const Tensor radius = g->tensor("synthesis.input.freqs").norm(2, {1}) / g->schedule().input_bandwidth;
    EXPECT_LE(radius.max().item<double>(), 1 + 1e-5);
    // P(radius < x) = x^2; 512 samples estimate a probability to 0.022, so 0.11 is five times that.
    for (const double x : {0.3, 0.5, 0.7, 0.9})
        EXPECT_NEAR((radius < x).to(at::kFloat).mean().item<double>(), x * x, 0.11);
    const Tensor phases = g->tensor("synthesis.input.phases");
    EXPECT_LE(phases.abs().max().item<double>(), 0.5);
    EXPECT_NEAR(phases.std().item<double>(), std::sqrt(1.0 / 12), 0.05);
}

TEST(Noise, DependsOnItsSeedAlone) {
    const auto g = init_network(small("stylegan2"), 5);
    const Tensor ws = some_ws(*g, 1, 1);
    const auto draw = [&](NoiseMode mode, std::uint64_t seed) {
        const c10::InferenceMode inference;
        SynthesisOptions options;
        options.noise_mode = mode;
        options.noise_seed = seed;
        return g->synthesize(ws, options);
    };
    const Tensor a = draw(NoiseMode::random, 1);
    at::randn({5});
    Tensor elsewhere;
    std::thread([&] { elsewhere = draw(NoiseMode::random, 1); }).join();
    EXPECT_TRUE(at::equal(a, elsewhere));
    EXPECT_FALSE(at::equal(a, draw(NoiseMode::random, 2)));
    EXPECT_FALSE(at::equal(a, draw(NoiseMode::constant, 1)));
    EXPECT_FALSE(at::equal(draw(NoiseMode::none, 1), draw(NoiseMode::constant, 1)));
    EXPECT_TRUE(at::equal(draw(NoiseMode::constant, 1), draw(NoiseMode::constant, 2)));
}

TEST(Generator, RunsConfigurationsThatNobodyTrained) {
    const c10::InferenceMode inference;
    GeneratorConfig odd = small("stylegan3-t", 64);
    odd.num_layers = 7;
    odd.num_critical = 3;
    odd.margin_size = 3;
    odd.filter_size = 5;  // odd taps after doubling: 10 and 20
    odd.lrelu_upsampling = 3;
    odd.conv_kernel = 5;
    odd.output_scale = 1.5;
    odd.conv_clamp.reset();
    odd.img_channels = 4;
    odd.z_dim = 5;
    odd.mapping_layers = 1;
    odd.use_radial_filters = true;
    GeneratorConfig unfiltered = small("stylegan3-t");
    unfiltered.lrelu_upsampling = 1;  // layers that keep their rate have no filter at all
    GeneratorConfig plain = small("stylegan2");
    plain.use_noise = false;
    plain.architecture = SkipArchitecture::orig;
    plain.resample_filter = {1, 4, 6, 4, 1, 0};
    plain.img_resolution = 8;
    GeneratorConfig tiny = small("stylegan2");
    tiny.img_resolution = 4;
    GeneratorConfig long_filter = small("stylegan2");
    long_filter.resample_filter = {1, 2, 3, 4, 4, 3, 2, 1};  // eight taps stay separable
    for (const GeneratorConfig& config : {odd, unfiltered, plain, tiny, long_filter}) {
        SCOPED_TRACE(to_json(config).dump());
        const auto g = init_network(config, 1);
        const Tensor picture = g->synthesize(some_ws(*g, 2, 1));
        EXPECT_EQ(picture.sizes(),
                  at::IntArrayRef({2, config.img_channels, config.img_resolution, config.img_resolution}));
        EXPECT_TRUE(picture.isfinite().all().item<bool>());
        EXPECT_GT(picture.std().item<double>(), 0.1);
    }
}

TEST(Truncation, PullsTheFirstCopiesOnly) {
    const Tensor w = at::tensor({1.0f, 3.0f}).view({1, 2}), average = at::tensor({0.0f, 1.0f});
    const Tensor ws = truncate_and_broadcast(w, average, 4, 0.5, 2);
    EXPECT_TRUE(at::equal(ws[0][0], at::tensor({0.5f, 2.0f})));
    EXPECT_TRUE(at::equal(ws[0][1], ws[0][0]));
    EXPECT_TRUE(at::equal(ws[0][2], w[0]));
    EXPECT_TRUE(at::equal(truncate_and_broadcast(w, average, 4, 0.5, 0), w.unsqueeze(1).expand({1, 4, 2})));
    EXPECT_TRUE(at::equal(truncate_and_broadcast(w, average, 4, 0.5, 99), truncate_and_broadcast(w, average, 4, 0.5)));
}

TEST(Presets, AreTheOfficialOnes) {
    const GeneratorConfig r = preset_config("stylegan3-r", 256, 16384);
    EXPECT_EQ(r.channel_base, 32768);
    EXPECT_EQ(r.channel_max, 1024);
    EXPECT_EQ(count_parameters(r), 15779565);
    EXPECT_EQ(count_parameters(preset_config("stylegan3-t", 512)), 24873519);
    EXPECT_EQ(preset_config("stylegan2", 256).mapping_layers, 8);
    EXPECT_THROW((void)preset_config("stylegan4", 256), Error);
    EXPECT_THROW((void)preset_config("stylegan3-t", 100), Error);
    EXPECT_THROW((void)preset_config("stylegan3-r", 256, 2147483647), Error);
    EXPECT_THROW((void)preset_config("stylegan3-t", 256, -1), Error);
}

}  // namespace
}  // namespace afs
