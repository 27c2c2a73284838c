// SPEC 7: bias_act.
#include "core/ops/bias_act.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>
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

// The one-pass kernel: every storage, planes and channels-last, rows shorter and longer than a register and than a
// task.
TEST(BiasActOnCpu, ScaleAndNoiseGoWithEveryLayoutAndType) {
    struct Shape {
        std::int64_t n, c, h, w;
    };
    for (const auto [n, c, h, w] : {Shape{1, 1, 1, 1}, Shape{2, 3, 5, 7}, Shape{1, 16, 4, 4}, Shape{3, 17, 2, 3},
                                    Shape{2, 40, 9, 1}, Shape{1, 3, 160, 130}, Shape{2, 70, 33, 31}})
        for (const at::ScalarType type : {at::kFloat, at::kHalf, at::kBFloat16, at::kDouble})
            for (const bool last : {false, true})
                for (const int what : {0, 1, 2, 3, 4}) {
                    SCOPED_TRACE(fmt::format("[{}, {}, {}, {}] type {} channels-last {} what {}", n, c, h, w,
                                             static_cast<int>(type), last, what));
                    Tensor x = normal({n, c, h, w}, 1).to(type);
                    if (last) x = x.contiguous(at::MemoryFormat::ChannelsLast);
                    BiasActSpec spec{.activation = kAll[what % 3],
                                     .clamp = what == 4 ? std::nullopt : std::optional(1.5)};
                    if (what != 1) spec.scale = normal({n, c}, 2).to(at::kFloat);
                    if (what == 0) spec.noise = normal({h, w}, 3).to(at::kFloat);
                    if (what == 1 || what == 4) spec.noise = normal({n, 1, h, w}, 3).to(at::kFloat);
                    if (what == 3) spec.noise = normal({1, 1, h, w}, 3).to(at::kFloat);
                    const Tensor bias = what == 2 ? Tensor() : normal({c}, 4).to(at::kFloat);
                    const Tensor y = bias_act(x, bias, spec);
                    EXPECT_EQ(y.scalar_type(), type);
                    const double tolerance = type == at::kFloat || type == at::kDouble ? 2e-6 : 2e-2;
                    EXPECT_NEAR_RELATIVE(y, reference::bias_act(x.to(at::kDouble), bias, spec), tolerance);
                }
}

TEST(BiasActOnCpu, NotANumberStaysAndInfinityIsBent) {
    const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
    const Tensor x = at::tensor({nan, inf, -inf, -1.0F}).view({1, 4});
    for (const at::ScalarType type : {at::kFloat, at::kHalf, at::kBFloat16}) {
        const Tensor relu = bias_act(x.to(type), {}, {.activation = Activation::relu, .gain = 2.0}).to(at::kFloat);
        EXPECT_TRUE(std::isnan(relu[0][0].item<float>()));
        EXPECT_EQ(relu[0][1].item<float>(), inf);
        EXPECT_EQ(relu[0][2].item<float>(), 0.0F);
        EXPECT_EQ(relu[0][3].item<float>(), 0.0F);
        const Tensor lrelu =
            bias_act(x.to(type), {}, {.activation = Activation::lrelu, .gain = 2.0, .clamp = 3.0}).to(at::kFloat);
        EXPECT_TRUE(std::isnan(lrelu[0][0].item<float>()));
        EXPECT_EQ(lrelu[0][1].item<float>(), 3.0F);
        EXPECT_EQ(lrelu[0][2].item<float>(), -3.0F);
    }
}

TEST(BiasActOnCpu, NamesABadArgument) {
    using ::testing::HasSubstr;
    const Tensor x = at::zeros({2, 3});
    EXPECT_THAT(refusal([&] { (void)bias_act(x, at::zeros({4}), {}); }), HasSubstr("bias is [4] float32"));
    EXPECT_THAT(refusal([&] { (void)bias_act(x, at::zeros({3}), {.dim = 2}); }), HasSubstr("dim is 2"));
    EXPECT_THAT(refusal([&] { (void)bias_act(x, {}, {.clamp = -1.0}); }), HasSubstr("clamp is -1"));
    EXPECT_THAT(refusal([&] { (void)bias_act(x.to(at::kLong), {}, {}); }), HasSubstr("x is [2, 3]"));
    const Tensor picture = at::zeros({2, 3, 4, 5});
    EXPECT_THAT(refusal([&] { (void)bias_act(picture, {}, {.scale = at::zeros({3})}); }), HasSubstr("scale is [3]"));
    EXPECT_THAT(refusal([&] {
                    (void)bias_act(picture, {}, {.noise = at::zeros({3, 5})});
                }),
                HasSubstr("noise is [3, 5] float32, but must broadcast to [2, 1, 4, 5]"));
    EXPECT_THAT(refusal([&] {
                    (void)bias_act(picture, {}, {.dim = 2, .noise = at::zeros({4, 5})});
                }),
                HasSubstr("dim is 2"));
    EXPECT_THAT(refusal([] { (void)parse_activation("gelu"); }), HasSubstr("linear, relu, lrelu"));
}

}  // namespace
}  // namespace afs::test
