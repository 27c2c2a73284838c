// Pins SPEC 3 against the recorded cases. Tolerance 2e-4 absolute: the sine's argument grows to tens of turns, which
// float32 rounds (measured 4e-5); gradients 2e-4 of their largest value.
#include "core/model/fourier_input.h"

#include <torch/csrc/autograd/autograd.h>

#include "core/base/matrix3.h"
#include "tests/model/tensors.h"

namespace afs {
namespace {

using test::golden_tensor;
using test::GoldenFile;

struct Inputs {
    Tensor w, weight, affine_weight, affine_bias, freqs, phases;
    Matrix3 transform{};

    Inputs(const GoldenFile& file, const std::string& name) {
        w = golden_tensor(file, name + "/input_w");
        weight = golden_tensor(file, name + "/input_weight");
        affine_weight = golden_tensor(file, name + "/input_affine_weight");
        affine_bias = golden_tensor(file, name + "/input_affine_bias");
        freqs = golden_tensor(file, name + "/input_freqs");
        phases = golden_tensor(file, name + "/input_phases");
        const auto values = file.values(name + "/input_transform");
        std::ranges::copy(values, transform.begin());
    }

    [[nodiscard]] Tensor run(const Json& p, at::ScalarType type = at::kFloat) const {
        const TensorLookup lookup = [&](const std::string& name) {
            const Tensor& found = name == "input.weight"          ? weight
                                  : name == "input.affine.weight" ? affine_weight
                                  : name == "input.affine.bias"   ? affine_bias
                                  : name == "input.freqs"         ? freqs
                                                                  : phases;
            return found.to(type);
        };
        return FourierInput(p["size"], p["sampling_rate"], p["bandwidth"], lookup, "input")(w.to(type), transform);
    }
};

TEST(FourierInput, DrawsTheRecordedFeatures) {
    const GoldenFile file("input.safetensors");
    ASSERT_GT(file.case_names().size(), 15u);
    for (const std::string& name : file.case_names()) {
        SCOPED_TRACE(name);
        const Json& p = file.parameters(name);
        const int step = p["output_step"];
        const Tensor y = Inputs(file, name).run(p);
        EXPECT_LT(test::max_difference(y.slice(2, 0, c10::nullopt, step).slice(3, 0, c10::nullopt, step),
                                       golden_tensor(file, name + "/expect_y")),
                  2e-4);
    }
}

TEST(FourierInput, HasTheRecordedGradients) {
    const GoldenFile file("input.safetensors");
    int cases = 0;
    for (const std::string& name : file.case_names()) {
        if (!file.has(name + "/input_dy")) continue;
        SCOPED_TRACE(name);
        Inputs in(file, name);
        const std::vector<std::pair<const char*, Tensor>> wanted = {
            {"w", in.w}, {"weight", in.weight}, {"affine_weight", in.affine_weight}, {"affine_bias", in.affine_bias}};
        std::vector<Tensor> variables;
        for (const auto& [key, tensor] : wanted) variables.push_back(tensor.requires_grad_(true));
        const Tensor y = in.run(file.parameters(name));
        const auto gradients = torch::autograd::grad({y}, variables, {golden_tensor(file, name + "/input_dy")});
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            const Tensor want = golden_tensor(file, name + "/expect_grad_" + wanted[i].first);
            EXPECT_LT(test::max_difference(gradients[i], want), 2e-4 * std::max(1e-3, test::max_abs(want)))
                << wanted[i].first;
        }
        ++cases;
    }
    EXPECT_GT(cases, 2);
}

TEST(FourierInput, KeepsItsDigitsWhereTheLearnedRotationAlmostVanishes) {
    const GoldenFile file("input.safetensors");
    const std::string name = "c0_translate";
    Inputs in(file, name);
    in.affine_weight.mul_(1e-3);
    in.affine_bias.copy_(at::tensor({0.01f, -0.02f, 0.4f, 0.1f}));  // divided by 0.022: a shift of some 18 pictures
    const Json& p = file.parameters(name);
    // Float32 sines of reduced arguments, and one float32 matrix product of 4 channels.
    EXPECT_LT(test::max_difference(in.run(p), in.run(p, at::kDouble)), 5e-6);
}

TEST(FourierInput, MovesWithTheUsersTransform) {
    // Shifting by whole samples must shift the features by whole samples: 4 samples of 16 are a quarter of the side.
    const GoldenFile file("input.safetensors");
    const std::string name = "c0_identity";
    Inputs in(file, name);
    const Tensor still = in.run(file.parameters(name));
    Matrix3 user = kIdentity3;
    user[2] = 0.25;  // to the right
    in.transform = *inverse(user);
    // The learned transform turns the features about the centre first, so compare where none is learned.
    in.affine_weight.zero_();
    in.affine_bias.copy_(at::tensor({1.0f, 0.0f, 0.0f, 0.0f}));
    const Tensor moved = in.run(file.parameters(name));
    in.transform = kIdentity3;
    const Tensor plain = in.run(file.parameters(name));
    EXPECT_EQ(still.sizes(), plain.sizes());
    EXPECT_LT(test::max_difference(moved.slice(3, 4), plain.slice(3, 0, plain.size(3) - 4)), 1e-4);
}

}  // namespace
}  // namespace afs
