// Pins SPEC 12: discriminators of every architecture against the recorded logits, gradients and R1 gradients
// (tests/golden/disc.safetensors; its README says how far float32 results differ from float64 ones).
#include "core/model/discriminator.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gmock/gmock.h>
#include <torch/csrc/autograd/autograd.h>

#include <filesystem>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/model/native_metadata.h"
#include "core/model/network_file.h"
#include "core/ops/plain_operators.h"
#include "tests/model/tensors.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using test::golden_tensor;
using test::GoldenFile;
using test::max_abs;
using test::max_difference;

DiscriminatorConfig config_of(const Json& p) {
    DiscriminatorConfig config;
    config.c_dim = p["c_dim"];
    config.img_resolution = p["img_resolution"];
    config.img_channels = p["img_channels"];
    config.channel_base = p["channel_base"];
    config.channel_max = p["channel_max"];
    config.conv_clamp = p["conv_clamp"].get<double>();
    config.architecture = p["architecture"] == "skip"   ? SkipArchitecture::skip
                          : p["architecture"] == "orig" ? SkipArchitecture::orig
                                                        : SkipArchitecture::resnet;
    config.cmap_dim = p["cmap_dim"].is_number() ? p["cmap_dim"].get<int>() : 0;
    config.freeze_layers = p["freeze_layers"];
    config.mbstd_group_size = p["mbstd_group_size"];
    config.mbstd_num_channels = p["mbstd_num_channels"];
    return config;
}

std::shared_ptr<Discriminator> recorded_net(const GoldenFile& file, const std::string& name,
                                            const DiscriminatorConfig& config) {
    std::vector<Tensor> tensors;
    for (const TensorPlan& plan : plan_tensors(config))
        tensors.push_back(golden_tensor(file, name + "/state_" + plan.name));
    return Discriminator::from_tensors(config, std::move(tensors));
}

std::vector<Tensor> learning(const Discriminator& d) {
    std::vector<Tensor> result;
    for (const Discriminator::State& entry : d.state()) {
        if (!entry.parameter) continue;
        Tensor tensor = entry.tensor;
        result.push_back(tensor.requires_grad_(true));
    }
    return result;
}

class RecordedRuns : public testing::TestWithParam<const char*> {
  protected:
    RecordedRuns()
        : file_("disc.safetensors"),
          net_(file_.parameters(GetParam())),
          d_(recorded_net(file_, GetParam(), config_of(net_))) {}

    [[nodiscard]] std::vector<std::string> runs() const {
        std::vector<std::string> names;
        for (const auto& [name, p] : file_.cases().items())
            if (p["kind"] == "run" && p["net"] == GetParam()) names.push_back(name);
        return names;
    }
    [[nodiscard]] Tensor tensor(const std::string& name) const { return golden_tensor(file_, name); }
    // Of a gradient that may be absent.
    static double norm(const Tensor& gradient) {
        return gradient.defined() ? gradient.to(at::kDouble).norm().item<double>() : 0.0;
    }

    void expect_gradients(const std::string& run, const std::string& prefix, const std::vector<std::string>& names,
                          const std::vector<Tensor>& gradients, double norm_weights, double norm_biases,
                          double max_weights, double max_biases) const {
        const std::vector<double> norms = file_.values(run + "/expect_" + prefix + "_norms");
        ASSERT_EQ(norms.size(), names.size());
        for (std::size_t i = 0; i < names.size(); ++i) {
            SCOPED_TRACE(prefix + " of " + names[i]);
            const bool bias = names[i].ends_with(".bias");
            EXPECT_NEAR(norm(gradients[i]), norms[i], (bias ? norm_biases : norm_weights) * norms[i]);
            const std::string full = run + "/expect_" + prefix + "_" + names[i];
            if (!file_.has(full)) continue;
            const Tensor want = tensor(full);
            EXPECT_LE(max_difference(gradients[i], want), (bias ? max_biases : max_weights) * max_abs(want));
        }
    }

    GoldenFile file_;
    Json net_;
    std::shared_ptr<Discriminator> d_;
};

TEST_P(RecordedRuns, HaveTheRecordedParameters) {
    std::vector<std::string> trainable;
    std::int64_t count = 0;
    for (const Discriminator::State& entry : d_->state()) {
        if (entry.parameter) trainable.push_back(entry.name);
        if (entry.parameter) count += entry.tensor.numel();
    }
    EXPECT_EQ(Json(trainable), net_["trainable"]);  // frozen layers are no parameters
    EXPECT_EQ(count, net_["param_count"].get<std::int64_t>());
    std::size_t stored = 0;
    for (const std::string& name : file_.tensor_names())
        stored += name.starts_with(std::string(GetParam()) + "/state_");
    EXPECT_EQ(stored, d_->state().size());
}

TEST_P(RecordedRuns, GiveTheRecordedLogitsAndGradients) {
    const std::vector<Tensor> parameters = learning(*d_);
    ASSERT_FALSE(runs().empty());
    for (const std::string& run : runs()) {
        SCOPED_TRACE(run);
        const Json& p = file_.parameters(run);
        const auto names = p["grad_norm_names"].get<std::vector<std::string>>();
        const Tensor x = tensor(run + "/input_x").requires_grad_(true), c = tensor(run + "/input_c");
        const Tensor logits = (*d_)(x, c);
        const Tensor want = tensor(run + "/expect_logits");
        EXPECT_LE(max_difference(logits, want), 1e-5 * max_abs(want));

        std::vector<Tensor> inputs = parameters;
        inputs.push_back(x);
        std::vector<Tensor> gradients =
            torch::autograd::grad({(logits * tensor(run + "/input_upstream")).sum()}, inputs);
        const Tensor grad_x = gradients.back();
        gradients.pop_back();
        const Tensor want_x = tensor(run + "/expect_grad_x");
        EXPECT_LE(max_difference(grad_x.narrow(0, 0, p["grad_x_samples"].get<int>()), want_x), 1e-5 * max_abs(want_x));
        expect_gradients(run, "grad", names, gradients, 5e-5, 5e-5, 1e-4, 1e-4);
    }
}

TEST_P(RecordedRuns, GiveTheRecordedR1PenaltyAndItsGradients) {
    const std::vector<Tensor> parameters = learning(*d_);
    for (const std::string& run : runs()) {
        SCOPED_TRACE(run);
        const Json& p = file_.parameters(run);
        const auto names = p["grad_norm_names"].get<std::vector<std::string>>();
        const Tensor x = tensor(run + "/input_x").requires_grad_(true), c = tensor(run + "/input_c");
        const Tensor grad_x = torch::autograd::grad({(*d_)(x, c).sum()}, {x}, {}, true, /*create_graph=*/true)[0];
        const Tensor want_x = tensor(run + "/expect_r1_grad_x");
        EXPECT_LE(max_difference(grad_x.detach().narrow(0, 0, p["grad_x_samples"].get<int>()), want_x),
                  1e-5 * max_abs(want_x));
        const Tensor penalty = grad_x.square().sum({1, 2, 3}), want = tensor(run + "/expect_r1_penalty");
        EXPECT_LE(max_difference(penalty.detach(), want), 1e-5 * max_abs(want));
        const Tensor loss = penalty.mean() * (p["r1_gamma"].get<double>() / 2);
        const std::vector<Tensor> gradients =
            torch::autograd::grad({loss}, parameters, {}, {}, false, /*allow_unused=*/true);
        expect_gradients(run, "r1_grad", names, gradients, 1e-4, 2e-3, 1e-3, 4e-3);
        // What the optimiser must not see (SPEC 13): these do not touch the pictures' gradient at all.
        for (std::size_t i = 0; i < names.size(); ++i) {
            const bool absent = names[i] == "b4.out.bias" || names[i] == "b4.conv.bias" || names[i] == "b4.fc.bias";
            EXPECT_EQ(gradients[i].defined(), !absent) << names[i];
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Discriminator, RecordedRuns,
                         testing::Values("d0", "d5", "dfreeze", "dclamp", "dskip", "dorig"),
                         [](const auto& net) { return std::string(net.param); });

// Pins SPEC 17: the discriminators of official snapshots, old and new.
TEST(DiscriminatorFile, OfSnapshotsJudgesAsRecorded) {
    int judged = 0;
    for (const char* name :
         {"t-32", "t-64-cond", "r-32", "r-64", "sg2-32", "sg2-64-cond", "sg2-16-resnet", "sg2-16-orig"}) {
        SCOPED_TRACE(name);
        const GoldenFile numbers(std::string("nets/") + name + ".safetensors");
        if (!numbers.cases().contains("disc")) continue;
        const NetworkArchive archive = read_network_archive(test::golden_path(std::string("nets/") + name + ".pkl"));
        const NetworkRecord* record = archive.find("D");
        ASSERT_NE(record, nullptr);
        std::vector<std::string> warnings;
        const auto d = build_discriminator(*record, find_discriminator_config(*record, {}, "test"), "test", warnings);
        EXPECT_THAT(warnings, testing::IsEmpty());
        const Tensor x = golden_tensor(numbers, "img_seed0/expect_image");
        const Tensor pictures = at::cat({x, x.flip({3}), x * 0.5, at::full_like(x, 0.1)});
        const Tensor want = golden_tensor(numbers, "disc/expect_logits");
        const at::NoGradGuard no_gradient;
        const Tensor logits = (*d)(pictures, test::golden_tensor_or_none(numbers, "disc/input_c"));
        EXPECT_LE(max_difference(logits, want), 1e-4 * std::max(1.0, max_abs(want)));
        ++judged;
    }
    EXPECT_GE(judged, 4);
}

TEST(DiscriminatorFile, OfOurOwnKeepsConfigurationAndBits) {
    DiscriminatorConfig config;
    config.c_dim = 3;
    config.img_resolution = 16;
    config.channel_base = 128;
    config.channel_max = 8;
    config.conv_clamp.reset();
    config.freeze_layers = 2;
    config.cmap_dim = 5;
    const auto d = Discriminator::create(config, 7);
    const std::filesystem::path path = std::filesystem::temp_directory_path() / "afs-discriminator-test.safetensors";
    save_networks(path, {.networks = {saved_network("D", *d)}, .training_set_kwargs = {}, .texts = {}}, Overwrite::yes);
    const NetworkArchive archive = read_network_archive(path);
    const Json native = native_entry(read_native_metadata(archive.metadata, "test"), "D");
    std::vector<std::string> warnings;
    const NetworkRecord& record = *archive.find("D");
    const DiscriminatorConfig read = find_discriminator_config(record, native, "test");
    EXPECT_EQ(read, config);
    const auto again = build_discriminator(record, read, "test", warnings);
    EXPECT_THAT(warnings, testing::IsEmpty());
    ASSERT_EQ(again->state().size(), d->state().size());
    for (std::size_t i = 0; i < d->state().size(); ++i)
        EXPECT_TRUE(test::same_bits(again->state()[i].tensor, d->state()[i].tensor)) << d->state()[i].name;
    std::filesystem::remove(path);
}

TEST(DiscriminatorInitialisation, HasTheRecordedStatistics) {
    const Json recorded = parse_json(read_text_file(test::golden_path("nets/train-init.json")), "train-init.json");
    int nets = 0;
    for (const auto& [key, net] : recorded.items()) {
        if (!key.starts_with("D")) continue;
        SCOPED_TRACE(key);
        ++nets;
        DiscriminatorConfig config;
        config.c_dim = net["config"].value("c_dim", 0);
        config.img_resolution = net["config"].value("img_resolution", 32);
        config.channel_base = net["config"]["channel_base"];
        config.channel_max = net["config"]["channel_max"];
        const auto d = Discriminator::create(config, 5);
        for (const Json& want : net["tensors"]) {
            const Tensor t = d->tensor(want["name"]);
            ASSERT_TRUE(t.defined()) << want["name"];
            ASSERT_EQ(Json(t.sizes().vec()), want["shape"]) << want["name"];
            const double want_std = want["std"];
            if (want["kind"] != "parameter") continue;
            if (want_std == 0) {
                EXPECT_EQ(max_abs(t), std::abs(want["max"].get<double>())) << want["name"];
            } else if (t.numel() >= 100) {  // 5 standard deviations of the estimate, for each of the two samples
                EXPECT_NEAR(t.std(/*unbiased=*/false).item<double>(), want_std,
                            want_std * 10 / std::sqrt(2.0 * static_cast<double>(t.numel())))
                    << want["name"];
            }
        }
    }
    EXPECT_GT(nets, 0);
}

TEST(Discriminator, RefusesWhatItCannotJudge) {
    DiscriminatorConfig config;
    config.img_resolution = 16;
    config.channel_base = 64;
    config.channel_max = 8;
    const auto d = Discriminator::create(config);
    EXPECT_THROW((void)(*d)(at::zeros({4, 3, 8, 8})), Error);
    EXPECT_THROW((void)(*d)(at::zeros({6, 3, 16, 16})), Error);  // no multiple of the group
    EXPECT_NO_THROW((void)(*d)(at::zeros({2, 3, 16, 16})));      // a smaller batch is one group
    config.mbstd_num_channels = 3;
    EXPECT_THROW((void)Discriminator::create(config), Error);
    config = {};
    config.img_resolution = 48;
    EXPECT_THROW((void)Discriminator::create(config), Error);
}

// The one-pass kernels against LibTorch's operators: gradients of both orders.
TEST(Discriminator, LearnsTheSameThroughKernelsAndPlainOperators) {
    DiscriminatorConfig config;
    config.img_resolution = 32;
    config.channel_base = 256;
    config.channel_max = 16;
    const auto d = Discriminator::create(config, 3);
    const std::vector<Tensor> parameters = learning(*d);
    const at::Generator random = at::make_generator<at::CPUGeneratorImpl>(1);
    const Tensor x = at::randn({4, 3, 32, 32}, random, at::kFloat).requires_grad_(true);
    const auto gradients = [&] {
        const Tensor grad_x = torch::autograd::grad({(*d)(x).sum()}, {x}, {}, true, true)[0];
        return torch::autograd::grad({grad_x.square().sum()}, parameters, {}, {}, false, true);
    };
    const std::vector<Tensor> fused = gradients();
    const PlainOperators plain;
    const std::vector<Tensor> reference = gradients();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (!fused[i].defined()) continue;
        // As far as R1 gradients of biases go astray by rounding (4e-3 of the largest in the recorded cases).
        EXPECT_LE(max_difference(fused[i], reference[i]), 4e-3 * max_abs(reference[i])) << i;
    }
}

}  // namespace
}  // namespace afs
