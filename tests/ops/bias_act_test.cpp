// SPEC 7: bias_act.
#include "core/ops/bias_act.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <numbers>
#include <string>

#include "core/ops/reference/reference.h"
#include "tests/ops/ops_testing.h"

namespace afs::test {
namespace {

class BiasAct : public OnEveryDevice {};
AFS_ON_EVERY_DEVICE(BiasAct);

std::optional<double> optional_number(const Json& parameters, const char* name) {
    if (!parameters.contains(name) || parameters.at(name).is_null()) return {};
    return parameters.at(name).get<double>();
}

// README-forward: 1e-6 relative, measured 5e-7.
TEST_P(BiasAct, MatchesRecordedValuesAndTwoOrdersOfGradients) {
    expect_recorded("bias_act_", {1e-6, 1e-6, 1e-6}, [](const Json& p, const CaseInputs& in) {
        return bias_act(in("x"), in("b"),
                        {.activation = parse_activation(p.at("act").get<std::string>()),
                         .alpha = optional_number(p, "alpha"),
                         .gain = optional_number(p, "gain"),
                         .clamp = optional_number(p, "clamp"),
                         .dim = p.value("dim", 1)});
    });
}

constexpr Activation kAll[] = {Activation::linear, Activation::relu,     Activation::lrelu,
                               Activation::tanh,   Activation::sigmoid,  Activation::elu,
                               Activation::selu,   Activation::softplus, Activation::swish};

TEST_P(BiasAct, AgreesWithItsFormulaForEveryActivation) {
    for (const Activation activation : kAll)
        for (const std::optional<double> clamp : {std::optional<double>{}, std::optional<double>{0.7}})
            for (const int dim : {0, 1, 3}) {
                const BiasActSpec spec{.activation = activation, .alpha = 0.3, .gain = 1.3, .clamp = clamp, .dim = dim};
                expect_same_operator(
                    fmt::format("activation {} clamp {} dim {}", static_cast<int>(activation), clamp.value_or(-1), dim),
                    [&](std::span<const Tensor> in) { return bias_act(in[0], in[1], spec); },
                    [&](std::span<const Tensor> in) { return reference::bias_act(in[0], in[1], spec); },
                    {normal({3, 4, 5, 6}, 1), normal({dim == 0   ? 3
                                                      : dim == 1 ? 4
                                                                 : 6},
                                                     2)},
                    3e-6);
            }
}

TEST(BiasActOnCpu, DefaultGainsAreOneOrRootTwo) {
    for (const Activation activation : kAll) {
        const bool rooted =
            activation == Activation::relu || activation == Activation::lrelu || activation == Activation::swish;
        EXPECT_DOUBLE_EQ(default_gain(activation), rooted ? std::numbers::sqrt2 : 1.0);
    }
}

TEST(BiasActOnCpu, AnEmptyInputHasAnEmptyResult) {
    EXPECT_EQ(bias_act(at::zeros({0, 4}), at::zeros({4}), {.activation = Activation::lrelu}).sizes(),
              (at::IntArrayRef{0, 4}));
}

TEST_P(BiasAct, KeepsTheTypeOfX) {
    for (const at::ScalarType type : {at::kHalf, at::kBFloat16, at::kDouble}) {
        const Tensor x = normal({2, 3}, 9).to(type), b = normal({3}, 8).to(at::kFloat);
        const Tensor y = bias_act(x, b, {.activation = Activation::swish});
        EXPECT_EQ(y.scalar_type(), type);
        EXPECT_NEAR_RELATIVE(y, reference::bias_act(x.to(at::kDouble), b, {.activation = Activation::swish}), 3e-2);
    }
}

TEST(BiasActOnCpu, NamesABadArgument) {
    using ::testing::HasSubstr;
    const Tensor x = at::zeros({2, 3});
    EXPECT_THAT(refusal([&] { (void)bias_act(x, at::zeros({4}), {}); }), HasSubstr("bias is [4] float32"));
    EXPECT_THAT(refusal([&] { (void)bias_act(x, at::zeros({3}), {.dim = 2}); }), HasSubstr("dim is 2"));
    EXPECT_THAT(refusal([&] { (void)bias_act(x, {}, {.clamp = -1.0}); }), HasSubstr("clamp is -1"));
    EXPECT_THAT(refusal([&] { (void)bias_act(x.to(at::kLong), {}, {}); }), HasSubstr("x is [2, 3]"));
    EXPECT_THAT(refusal([] { (void)parse_activation("gelu"); }), HasSubstr("linear, relu, lrelu"));
}

}  // namespace
}  // namespace afs::test
