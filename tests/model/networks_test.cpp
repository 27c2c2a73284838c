// Pins SPEC 2-6 and 11: whole networks, read from official snapshots, against what the official code made of them
// (tests/golden/README-nets.md says how the numbers were recorded and why the tolerances are what they are).
#include <c10/core/InferenceMode.h>
#include <gmock/gmock.h>

#include "core/base/random_state.h"
#include "core/model/network_file.h"
#include "core/model/tensor_plan.h"
#include "tests/model/tensors.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using test::golden_tensor;
using test::GoldenFile;
using test::max_abs;
using test::max_difference;

struct RecordedNet {
    const char* pickle;
    const char* numbers;
};

void PrintTo(const RecordedNet& net, std::ostream* out) { *out << net.pickle; }

class Networks : public testing::TestWithParam<RecordedNet> {
  protected:
    Networks()
        : numbers_(std::string("nets/") + GetParam().numbers + ".safetensors"),
          network_(NetworkFile::open(test::golden_path(std::string("nets/") + GetParam().pickle + ".pkl"))) {}

    [[nodiscard]] SynthesisOptions options_of(const Json& parameters) const {
        SynthesisOptions options;
        options.noise_mode = parameters["noise_mode"] == "none" ? NoiseMode::none : NoiseMode::constant;
        if (parameters.contains("network_transform") && !parameters["network_transform"].is_null())
            for (std::size_t i = 0; i < 9; ++i)
                options.network_transform[i] = parameters["network_transform"][i / 3][i % 3].get<double>();
        return options;
    }

    GoldenFile numbers_;
    Network network_;
    c10::InferenceMode inference_;
};

TEST_P(Networks, AreReadAsTheyWereWritten) {
    EXPECT_THAT(network_.warnings, testing::IsEmpty());
    EXPECT_EQ(network_.format, "pickle");
    EXPECT_EQ(network_.sha256.size(), 64u);
    if (!numbers_.cases().contains("summary")) return;  // mini has none
    const Json& summary = numbers_.parameters("summary");
    EXPECT_EQ(network_.config.z_dim, summary["z_dim"]);
    EXPECT_EQ(network_.config.w_dim, summary["w_dim"]);
    EXPECT_EQ(network_.config.c_dim, summary["c_dim"]);
    EXPECT_EQ(network_.config.img_resolution, summary["img_resolution"]);
    EXPECT_EQ(network_.config.img_channels, summary["img_channels"]);
    EXPECT_EQ(network_.generator->num_ws(), summary["num_ws"]);
    EXPECT_EQ(count_parameters(network_.config), summary["param_count_G_ema"].get<std::int64_t>());

    std::size_t tensors = 0;
    for (const Generator::State& entry : network_.generator->state()) {
        SCOPED_TRACE(entry.name);
        ++tensors;
        ASSERT_TRUE(summary["shapes"].contains(entry.name));
        EXPECT_EQ(Json(entry.tensor.sizes().vec()), summary["shapes"][entry.name]);
        if (!summary["tensors_sum_sumsq"].contains(entry.name)) continue;
        // Sums of the same float32 values in float64: only the order of addition differs.
        const double sum_of_squares = entry.tensor.to(at::kDouble).square().sum().item<double>();
        const double want = summary["tensors_sum_sumsq"][entry.name][1].get<double>();
        EXPECT_NEAR(sum_of_squares, want, 1e-12 * want);
    }
    EXPECT_EQ(tensors, summary["shapes"].size());
    const auto d = std::ranges::find(network_.others, "D", &OtherNetwork::name);
    ASSERT_NE(d, network_.others.end());
    EXPECT_EQ(d->class_name, "Discriminator");
    EXPECT_EQ(d->num_params, summary["D_param_count"].get<std::int64_t>());
}

TEST_P(Networks, HaveTheFiltersTheirConfigurationDesigns) {
    const Schedule& schedule = network_.generator->schedule();
    for (const TensorPlan& plan : plan_tensors(network_.config, schedule)) {
        if (plan.init != TensorPlan::Init::filter) continue;
        const Tensor stored = network_.generator->tensor(plan.name);
        const Tensor designed = at::tensor(plan.filter, at::kDouble).view(plan.shape);
        EXPECT_LT(max_difference(stored, designed), 2e-7) << plan.name;  // one rounding to float32
    }
}

TEST_P(Networks, MapLatents) {
    for (const std::string& name : numbers_.case_names("map_")) {
        SCOPED_TRACE(name);
        const Json& p = numbers_.parameters(name);
        const Tensor z = golden_tensor(numbers_, name + "/input_z");
        const Tensor w = network_.generator->map(z, test::golden_tensor_or_none(numbers_, name + "/input_c"));
        const int cutoff = p["cutoff"].is_null() ? -1 : p["cutoff"].get<int>();
        const Tensor ws =
            truncate_and_broadcast(w, network_.generator->w_avg(), network_.generator->num_ws(), p["psi"], cutoff);
        const Tensor want = golden_tensor(numbers_, name + "/expect_ws");
        EXPECT_EQ(ws.size(1), network_.generator->num_ws());
        EXPECT_LT(max_difference(ws, want.expand_as(ws)), 1e-5);  // measured 2e-6 between float32 and float64
    }
}

TEST_P(Networks, DrawPictures) {
    int pictures = 0;
    for (const std::string& name : numbers_.case_names("img_")) {
        SCOPED_TRACE(name);
        const Json& p = numbers_.parameters(name);
        const Tensor ws = golden_tensor(numbers_, name + "/input_ws");
        Tensor picture = network_.generator->synthesize(ws, options_of(p));
        EXPECT_EQ(picture.scalar_type(), at::kFloat);
        if (p.contains("only")) picture = picture.narrow(0, p["only"].get<int>(), 1);
        const Tensor want = golden_tensor(numbers_, name + "/expect_image");
        // Transforms turn large sine arguments, which float32 rounds more (measured 1e-5 of the range at worst).
        const double tolerance = p["network_transform"].is_null() ? 1e-4 : 3e-4;
        EXPECT_LT(max_difference(picture, want), tolerance * std::max(1.0, max_abs(want)));
        ++pictures;
    }
    EXPECT_GT(pictures, 0);
}

TEST_P(Networks, ShowEveryLayerInTheExplorersOrder) {
    if (!numbers_.cases().contains("layers")) return;
    const Json& p = numbers_.parameters("layers");
    std::size_t index = 0;
    SynthesisOptions options = options_of(p);
    options.on_layer = [&](const std::string& name, const Tensor& activation) {
        SCOPED_TRACE(name);
        ASSERT_LT(index, p["layers"].size());
        const Json& want = p["layers"][index++];
        EXPECT_EQ(name, want["name"]);
        ASSERT_EQ(Json(activation.sizes().vec()), want["shape"]);
        const Tensor channels = activation[0].flatten(1).to(at::kDouble);
        const Tensor stats =
            at::stack({channels.mean(1), channels.std(1, /*unbiased=*/true), channels.abs().amax(1)}, 1);
        const Tensor want_stats = golden_tensor(numbers_, "layers/expect_stats_" + name);
        const double tolerance = 1e-4 * std::max(1e-3, max_abs(want_stats.select(1, 2)));  // of the layer's max |x|
        EXPECT_LT(max_difference(stats, want_stats), tolerance);
        if (name == "output") return;
        const int step = want["picked_step"];
        const Tensor picked = activation[0][want["picked_channel"].get<int>()]
                                  .slice(0, 0, c10::nullopt, step)
                                  .slice(1, 0, c10::nullopt, step);
        EXPECT_LT(max_difference(picked, golden_tensor(numbers_, "layers/expect_pick_" + name)), tolerance);
    };
    (void)network_.generator->synthesize(golden_tensor(numbers_, "layers/input_ws"), options);
    EXPECT_EQ(index, p["layers"].size());
}

// The way a person comes: a seed, its class, a picture.
TEST_P(Networks, DrawTheSamePictureFromTheSeed) {
    if (network_.config.z_dim < 32 || !numbers_.cases().contains("img_seed0")) return;  // mini's ws is recorded only
    const auto values = latent_from_seed(0, network_.config.z_dim);
    const Tensor z = at::tensor(values).view({1, -1});
    Tensor c;
    if (network_.config.c_dim > 0) {
        c = at::zeros({1, network_.config.c_dim});
        c[0][class_from_seed(0, network_.config.z_dim, network_.config.c_dim)] = 1;
    }
    const Tensor ws = truncate_and_broadcast(network_.generator->map(z, c), network_.generator->w_avg(),
                                             network_.generator->num_ws(), 1.0);
    EXPECT_LT(max_difference(ws, golden_tensor(numbers_, "img_seed0/input_ws")), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Golden, Networks,
                         testing::Values(RecordedNet{"t-32", "t-32"}, RecordedNet{"t-64-cond", "t-64-cond"},
                                         RecordedNet{"r-32", "r-32"}, RecordedNet{"r-64", "r-64"},
                                         RecordedNet{"sg2-32", "sg2-32"}, RecordedNet{"sg2-32-ada", "sg2-32"},
                                         RecordedNet{"sg2-64-cond", "sg2-64-cond"},
                                         RecordedNet{"sg2-16-resnet", "sg2-16-resnet"},
                                         RecordedNet{"sg2-16-orig", "sg2-16-orig"}, RecordedNet{"mini", "mini"}));

}  // namespace
}  // namespace afs
