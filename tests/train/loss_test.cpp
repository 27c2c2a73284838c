// Pins SPEC 13: every phase's loss, what it reports, and its gradients, on the recorded networks
// (tests/golden/loss.safetensors; tolerances as its README argues them).
#include "core/train/loss.h"

#include <gmock/gmock.h>

#include "core/train/adam.h"
#include "core/train/blur.h"
#include "tests/model/tensors.h"
#include "tests/train/recorded_networks.h"
#include "tests/train/replayed_draws.h"

namespace afs {
namespace {

using test::golden_tensor;
using test::GoldenFile;
using test::max_abs;
using test::max_difference;

Phase phase_of(const std::string& name) {
    for (const Phase phase : {Phase::g_main, Phase::g_reg, Phase::g_both, Phase::d_main, Phase::d_reg, Phase::d_both})
        if (phase_name(phase) == name) return phase;
    throw std::runtime_error("no phase " + name);
}

LossOptions options_of(const Json& given) {
    LossOptions o;
    o.r1_gamma = given["r1_gamma"];
    o.style_mixing_probability = given.value("style_mixing_prob", 0.0);
    o.pl_weight = given.value("pl_weight", 0.0);
    o.pl_batch_shrink = given.value("pl_batch_shrink", 2);
    o.pl_decay = given.value("pl_decay", 0.01);
    o.blur_init_sigma = given.value("blur_init_sigma", 0.0);
    o.blur_fade_kimg = given.value("blur_fade_kimg", 0.0);
    return o;
}

const GoldenFile& losses() {
    static const GoldenFile file("loss.safetensors");
    return file;
}
const GoldenFile& alias_free_nets() {
    static const GoldenFile file("nets/train-t-32.safetensors");
    return file;
}

std::vector<std::string> phase_cases() {
    std::vector<std::string> names;
    for (const auto& [name, p] : losses().cases().items())
        if (p["kind"] == "phase") names.push_back(name);
    return names;
}

class RecordedPhases : public testing::TestWithParam<std::string> {
  protected:
    RecordedPhases() {
        const GoldenFile& nets = p_["net_file"] == "this" ? file_ : alias_free_nets();
        g_ = test::recorded_generator(nets, p_["net_G"]);
        d_ = test::recorded_discriminator(nets, p_["net_D"]);
    }

    [[nodiscard]] std::string key(const std::string& name) const { return GetParam() + "/" + name; }
    [[nodiscard]] Tensor tensor(const std::string& name) const { return golden_tensor(file_, key(name)); }
    [[nodiscard]] Tensor tensor_or_none(const std::string& name) const {
        return test::golden_tensor_or_none(file_, key(name));
    }

    // In the order in which a loss asks: style mixing, noise of each layer, direction in picture space.
    void prepare_draws() {
        if (file_.has(key("input_z_mix"))) {
            const int num_ws = g_->num_ws(), cutoff = p_["mix_cutoff"];
            draws_.add("uniform", at::scalar_tensor(0.0));  // it happens
            draws_.add("uniform", at::scalar_tensor((cutoff - 0.5) / (num_ws - 1)));
            draws_.add("normal", tensor("input_z_mix"));
        }
        if (p_.contains("noise_layers"))
            for (const Json& layer : p_["noise_layers"])
                draws_.add("normal", tensor("input_noise_" + layer.get<std::string>()));
        if (file_.has(key("input_pl_noise_unscaled"))) draws_.add("normal", tensor("input_pl_noise_unscaled"));
    }

    const GoldenFile& file_ = losses();
    const Json& p_ = file_.parameters(GetParam());
    std::shared_ptr<Generator> g_;
    std::shared_ptr<Discriminator> d_;
    test::ReplayedDraws draws_;
};

TEST_P(RecordedPhases, ReportAndLearnWhatWasRecorded) {
    const Phase phase = phase_of(p_["phase"]);
    prepare_draws();
    std::map<std::string, Tensor> parameters;
    const auto learn = [&](const auto& network) {
        for (const auto& entry : network.state())
            if (entry.parameter) parameters[entry.name] = Tensor(entry.tensor).requires_grad_(true);
    };
    trains_generator(phase) ? learn(*g_) : learn(*d_);

    Loss loss(options_of(p_["loss"]), g_, d_, {}, draws_);
    if (p_.contains("pl_mean_before")) loss.pl_mean().fill_(p_["pl_mean_before"].get<double>());
    std::map<std::string, std::vector<Tensor>> reported;
    const Chunk chunk{tensor_or_none("input_real"), tensor_or_none("input_real_c"), tensor("input_z"),
                      tensor("input_c")};
    loss.accumulate_gradients(phase, chunk, p_["gain"].get<double>(), p_["cur_nimg"].get<double>(), 0,
                              [&](std::string_view name, const Tensor& values) {
                                  reported[std::string(name)].push_back(values.detach().flatten());
                              });
    EXPECT_TRUE(draws_.finished());

    std::size_t expected = 0;
    for (const std::string& name : file_.tensor_names()) {
        if (!name.starts_with(key("expect_Loss."))) continue;
        std::string official = name.substr(key("expect_").size());
        std::ranges::replace(official, '.', '/');
        SCOPED_TRACE(official);
        ASSERT_TRUE(reported.contains(official));
        const Tensor got = at::cat(reported[official]), want = golden_tensor(file_, name);
        EXPECT_LE(max_difference(got, want), 1e-5 + 1e-5 * max_abs(want));
        ++expected;
    }
    EXPECT_EQ(expected, reported.size());

    const std::vector<double> norms = file_.values(key("expect_grad_norms"));
    const auto names = p_["grad_names"].get<std::vector<std::string>>();
    ASSERT_EQ(names.size(), norms.size());
    std::vector<std::string> absent;
    for (std::size_t i = 0; i < names.size(); ++i) {
        SCOPED_TRACE(names[i]);
        ASSERT_TRUE(parameters.contains(names[i]));
        const Tensor gradient = parameters[names[i]].grad();
        if (!gradient.defined()) absent.push_back(names[i]);
        const bool affine = names[i].starts_with("synthesis.input.affine.");
        const double norm = gradient.defined() ? gradient.to(at::kDouble).norm().item<double>() : 0.0;
        EXPECT_NEAR(norm, norms[i], (affine ? 5e-4 : 1e-4) * norms[i]);
        if (!file_.has(key("expect_grad_" + names[i]))) continue;
        const Tensor want = tensor("expect_grad_" + names[i]);
        EXPECT_LE(max_difference(gradient, want), (affine ? 1e-3 : 1e-4) * max_abs(want));
    }
    // What is exactly zero in the recording is absent with kernels of one's own (SPEC 13).
    auto want_absent = p_["grad_absent"].get<std::vector<std::string>>();
    for (const Json& name : p_["grad_zero"]) want_absent.push_back(name);
    EXPECT_THAT(absent, testing::UnorderedElementsAreArray(want_absent));

    for (const auto& entry : g_->state())
        if (const Tensor want = tensor_or_none("expect_G_" + entry.name); want.defined()) {
            EXPECT_LE(max_difference(entry.tensor, want), 1e-5 * max_abs(want)) << entry.name;
        }
    if (const Tensor want = tensor_or_none("expect_w_avg"); want.defined()) {
        EXPECT_LE(max_difference(g_->w_avg(), want), 1e-5 * max_abs(want));
    }
    if (const Tensor want = tensor_or_none("expect_pl_mean"); want.defined()) {
        EXPECT_LE(max_difference(loss.pl_mean(), want), 1e-5 + 1e-5 * max_abs(want));
    }
    if (p_.contains("sigma") && p_.contains("radius")) {
        const double sigma =
            blur_sigma(p_["loss"]["blur_init_sigma"], p_["loss"]["blur_fade_kimg"], p_["cur_nimg"].get<double>());
        EXPECT_NEAR(sigma, p_["sigma"].get<double>(), 1e-12);
        const Tensor taps = blur_taps(sigma), want = tensor_or_none("expect_taps");
        ASSERT_EQ(taps.defined(), want.defined());
        if (want.defined()) {
            EXPECT_LE(max_difference(taps, want), 1e-7);
        }
        if (const Tensor blurred = tensor_or_none("expect_blurred_real"); blurred.defined()) {
            EXPECT_LE(max_difference(blur_pictures(tensor("input_real"), sigma), blurred), 1e-5);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Losses, RecordedPhases, testing::ValuesIn(phase_cases()),
                         [](const auto& recorded) { return recorded.param; });

TEST(Losses, OfTheGeneratorLeaveItsAveragesAlone) {
    const auto g = test::recorded_generator(alias_free_nets(), "G");
    const auto d = test::recorded_discriminator(alias_free_nets(), "D");
    const auto before = g->clone_to({});
    for (const auto& entry : g->state())
        if (entry.parameter) Tensor(entry.tensor).requires_grad_(true);
    SeededRandom random(1);
    Loss loss({}, g, d, {}, random);
    loss.accumulate_gradients(Phase::g_both, {{}, {}, random.normal({4, 32}), {}}, 1, 0, 0, [](auto, const auto&) {});
    for (std::size_t i = 0; i < g->state().size(); ++i)
        EXPECT_TRUE(at::equal(g->state()[i].tensor, before->state()[i].tensor)) << g->state()[i].name;
}

// A penalty of weight 0 must not run: it keeps its place in the schedule and does nothing.
TEST(Losses, WithoutGammaRegulariseNothing) {
    const auto g = test::recorded_generator(alias_free_nets(), "G");
    const auto d = test::recorded_discriminator(alias_free_nets(), "D");
    for (const auto& entry : d->state())
        if (entry.parameter) Tensor(entry.tensor).requires_grad_(true);
    SeededRandom random(1);
    LossOptions options;
    options.r1_gamma = 0;
    Loss loss(options, g, d, {}, random);
    int reports = 0;
    loss.accumulate_gradients(Phase::d_reg, {random.normal({4, 3, 32, 32}), {}, random.normal({4, 32}), {}}, 16, 0, 0,
                              [&](auto, const auto&) { ++reports; });
    EXPECT_EQ(reports, 0);
    for (const auto& entry : d->state()) EXPECT_FALSE(entry.tensor.grad().defined());
}

TEST(Gradients, AreCleanedAsRecorded) {
    const Tensor x = golden_tensor(losses(), "nan_to_num/input_x");
    sanitise_gradient(x);
    EXPECT_TRUE(at::equal(x, golden_tensor(losses(), "nan_to_num/expect_y")));
}

}  // namespace
}  // namespace afs
