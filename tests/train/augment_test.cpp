// Pins SPEC 14: every augmentation at recorded quantiles and with recorded draws, their gradients, and the controller
// (tests/golden/augment.safetensors; tolerances are about five times what float32 differs from float64 there).
#include "core/train/augment.h"

#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/base/error.h"
#include "core/train/augment_filters.h"
#include "tests/model/tensors.h"
#include "tests/train/replayed_draws.h"

namespace afs {
namespace {

using test::golden_tensor;
using test::GoldenFile;
using test::max_abs;
using test::max_difference;

AugmentOptions options_of(const Json& multipliers) {
    AugmentOptions o;
    const std::map<std::string, double AugmentOptions::*> members = {{"xflip", &AugmentOptions::xflip},
                                                                     {"rotate90", &AugmentOptions::rotate90},
                                                                     {"xint", &AugmentOptions::integer_shift},
                                                                     {"scale", &AugmentOptions::scale},
                                                                     {"rotate", &AugmentOptions::rotate},
                                                                     {"aniso", &AugmentOptions::aniso},
                                                                     {"xfrac", &AugmentOptions::fractional_shift},
                                                                     {"brightness", &AugmentOptions::brightness},
                                                                     {"contrast", &AugmentOptions::contrast},
                                                                     {"lumaflip", &AugmentOptions::luma_flip},
                                                                     {"hue", &AugmentOptions::hue},
                                                                     {"saturation", &AugmentOptions::saturation},
                                                                     {"imgfilter", &AugmentOptions::image_filter},
                                                                     {"noise", &AugmentOptions::noise},
                                                                     {"cutout", &AugmentOptions::cutout}};
    for (const auto& [name, value] : multipliers.items()) o.*members.at(name) = value.get<double>();
    return o;
}

class RecordedAugmentations : public testing::Test {
  protected:
    // "rgb[0:1]": of the case "inputs".
    [[nodiscard]] Tensor input(const std::string& text) const {
        const auto bracket = text.find('[');
        Tensor t = golden_tensor(file_, "inputs/" + text.substr(0, bracket));
        if (bracket == std::string::npos) return t;
        const auto colon = text.find(':');
        const auto begin = std::stoi(text.substr(bracket + 1)), end = std::stoi(text.substr(colon + 1));
        return t.slice(0, begin, end).clone();
    }
    [[nodiscard]] Tensor tensor(const std::string& name) const { return golden_tensor(file_, name); }

    void check(const std::string& name) {
        SCOPED_TRACE(name);
        const Json& p = file_.parameters(name);
        test::ReplayedDraws draws;
        std::optional<AugmentAt> quantile;
        if (p["debug_percentile"].is_number()) {
            quantile = AugmentAt{p["debug_percentile"].get<double>()};
            if (file_.has(name + "/input_noise")) draws.add("normal", tensor(name + "/input_noise"));
        } else {
            for (std::size_t i = 0; i < p["draws"].size(); ++i)
                draws.add(p["draws"][i]["kind"], tensor(name + fmt::format("/input_draw_{:02}", i)));
        }
        const Tensor x = input(p["input"]).requires_grad_(true);
        AugmentTrace trace;
        const Tensor y = augment(x, options_of(p["multipliers"]), p["p"].get<double>(), draws, quantile, &trace);
        EXPECT_TRUE(draws.finished());
        EXPECT_LE(max_difference(y.detach(), tensor(name + "/expect_y")), 5e-5);
        if (file_.has(name + "/expect_grad_x")) {
            const Tensor loss = (y * input(p["upstream"])).sum();
            const Tensor grad = torch::autograd::grad({loss}, {x})[0];
            EXPECT_LE(max_difference(grad, tensor(name + "/expect_grad_x")), 1.5e-4);
        }
        if (file_.has(name + "/expect_G_inv")) {
            EXPECT_LE(max_difference(trace.inverse_geometry, tensor(name + "/expect_G_inv")), 1e-5);
            const std::vector<double> margin = file_.values(name + "/expect_margin");
            bool same = true;
            for (std::size_t i = 0; i < 4; ++i) {
                EXPECT_NEAR(trace.margin[i], margin[i], 1);  // rounded up: a hair's breadth may decide
                same = same && trace.margin[i] == static_cast<int>(margin[i]);
            }
            if (same) {
                EXPECT_LE(max_difference(trace.sampling, tensor(name + "/expect_sampling_matrix")), 1e-5);
            }
            compared_ += same;
        }
        if (file_.has(name + "/expect_C")) {
            EXPECT_LE(max_difference(trace.colour, tensor(name + "/expect_C")), 5e-6);
        }
        if (file_.has(name + "/expect_band_gain")) {
            EXPECT_LE(max_difference(trace.band_gains, tensor(name + "/expect_band_gain")), 5e-6);
        }
        ++checked_;
    }

    GoldenFile file_{"augment.safetensors"};
    int checked_ = 0, compared_ = 0;
};

TEST_F(RecordedAugmentations, AtQuantilesGiveTheRecordedPicturesAndGradients) {
    for (const auto& [name, p] : file_.cases().items())
        if (p.contains("debug_percentile") && p["debug_percentile"].is_number()) check(name);
    EXPECT_EQ(checked_, 119);
    EXPECT_GT(compared_, 50);
}

TEST_F(RecordedAugmentations, WithRecordedDrawsGiveTheRecordedPicturesAndGradients) {
    for (const std::string& name : file_.case_names("draws_")) check(name);
    EXPECT_EQ(checked_, 6);
    EXPECT_EQ(compared_, 6);
}

TEST_F(RecordedAugmentations, FilterWithTheRecordedWavelets) {
    EXPECT_LE(max_difference(symlet(2), tensor("filters/expect_sym2")), 1e-15);
    EXPECT_LE(max_difference(symlet(6), tensor("filters/expect_sym6")), 1e-15);
    EXPECT_LE(max_difference(band_filters(), tensor("filters/expect_Hz_fbank")), 1e-7);  // rounded to float32 there
    // Orthogonal to their own even shifts, with the stated number of vanishing moments: what makes them symlets.
    for (const int n : {2, 6}) {
        const Tensor low = symlet(n), high = low * at::tensor({1, -1}).repeat({n});
        for (int shift = 0; shift < n; ++shift)
            EXPECT_NEAR((low.slice(0, 2 * shift) * low.slice(0, 0, 2 * (n - shift))).sum().item<double>(), shift == 0,
                        1e-10);
        for (int power = 0; power < n; ++power)
            EXPECT_NEAR((high * at::arange(2 * n, at::kDouble).pow(power)).sum().item<double>(), 0, 1e-5);
    }
    const Tensor sum = band_filters().sum(0);  // as exact as tables of these wavelets are: some twelve digits
    EXPECT_NEAR(sum[21].item<double>(), 1, 1e-11);
    EXPECT_NEAR(sum.abs().sum().item<double>(), 1, 1e-11);
}

TEST_F(RecordedAugmentations, AreControlledAsRecorded) {
    for (const std::string& name : file_.case_names("ada_")) {
        SCOPED_TRACE(name);
        const Json& c = file_.parameters(name);
        const AdaController ada{c["target"], c["interval"], c["kimg"]};
        float p = c["p0"].get<float>();
        const std::vector<double> means = file_.values(name + "/input_sign_means"),
                                  want = file_.values(name + "/expect_p");
        ASSERT_EQ(means.size(), want.size());
        for (std::size_t i = 0; i < means.size(); ++i) {
            p = adjusted_p(p, means[i], ada, c["batch"]);
            EXPECT_NEAR(p, want[i], 1e-7);
        }
    }
}

// R1 differentiates a gradient through the augmentations: LibTorch's bilinear sampler has no second order of its own.
TEST(Augment, HasGradientsOfSecondOrder) {
    SeededRandom random(4);
    AugmentOptions o = bgc_augmentations();
    o.image_filter = o.noise = o.cutout = 1;
    SeededRandom inputs(9);
    const Tensor x = inputs.normal({2, 3, 24, 24}).requires_grad_(true), v = inputs.normal({2, 3, 24, 24});
    const Tensor state = random.state();
    const auto penalty = [&](const Tensor& at_x) {
        random.set_state(state);
        const Tensor y = augment(at_x, o, 0.8, random);
        return torch::autograd::grad({y.pow(3).sum()}, {at_x}, {}, true, true)[0];
    };
    const Tensor slopes = penalty(x);
    const Tensor second = torch::autograd::grad({(slopes * v).sum()}, {x})[0];
    // Along one direction d: the derivative of <slopes, v>, which is quadratic in x, by central differences.
    const Tensor d = inputs.normal(x.sizes());
    const double h = 1e-2;
    const auto along = [&](double step) {
        const Tensor moved = (x.detach() + step * d).requires_grad_(true);
        return (penalty(moved).detach().to(at::kDouble) * v).sum().item<double>();
    };
    const double numeric = (along(h) - along(-h)) / (2 * h);
    EXPECT_NEAR((second * d).sum().item<double>(), numeric, 2e-3 * std::abs(numeric) + 1e-2);
}

TEST(Augment, DrawsTheSameNumbersWhateverTheStrength) {
    SeededRandom weak(1), strong(1);
    SeededRandom inputs(2);
    const Tensor x = inputs.uniform({2, 3, 16, 16}) * 2 - 1;
    const Tensor unchanged = augment(x, bgc_augmentations(), 0.0, weak);
    (void)augment(x, bgc_augmentations(), 1.0, strong);
    EXPECT_TRUE(at::equal(weak.state(), strong.state()));
    EXPECT_LE(max_difference(unchanged, x), 0.7);  // resampled all the same, which no filter does perfectly
    EXPECT_GT(max_difference(unchanged, x), 0.0);
}

TEST(Augment, RefusesPicturesItCannotChange) {
    SeededRandom random(1);
    EXPECT_THROW((void)augment(at::zeros({1, 2, 32, 32}), bgc_augmentations(), 1, random), Error);
    AugmentOptions bands;
    bands.image_filter = 1;
    EXPECT_THROW((void)augment(at::zeros({1, 3, 16, 16}), bands, 1, random), Error);
}

}  // namespace
}  // namespace afs
