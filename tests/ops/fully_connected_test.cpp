// SPEC 2: the fully connected layer with equalised learning rate.
#include "core/ops/fully_connected.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/ops/reference/reference.h"
#include "tests/ops/ops_testing.h"

namespace afs::test {
namespace {

class FullyConnected : public OnEveryDevice {};
AFS_ON_EVERY_DEVICE(FullyConnected);

// README-forward: 1e-6 relative, measured 1e-7.
TEST_P(FullyConnected, MatchesRecordedValuesAndTwoOrdersOfGradients) {
    expect_recorded("fully_connected_", {1e-6, 1e-6, 1e-6}, [](const Json& p, const CaseInputs& in) {
        return fully_connected(in("x"), in("w"), in("b"), p.at("lr_multiplier").get<double>(),
                               parse_activation(p.at("activation").get<std::string>()));
    });
}

TEST_P(FullyConnected, AgreesWithItsFormula) {
    for (const Activation activation : {Activation::linear, Activation::lrelu, Activation::swish})
        for (const double lr_multiplier : {1.0, 0.01}) {
            const auto what = fmt::format("activation {} lr {}", static_cast<int>(activation), lr_multiplier);
            expect_same_operator(
                what,
                [&](std::span<const Tensor> in) {
                    return fully_connected(in[0], in[1], in[2], lr_multiplier, activation);
                },
                [&](std::span<const Tensor> in) {
                    return reference::fully_connected(in[0], in[1], in[2], lr_multiplier, activation);
                },
                {normal({3, 6}, 1), normal({5, 6}, 2), normal({5}, 3)}, 2e-6);
            expect_same_operator(
                what + " without bias",
                [&](std::span<const Tensor> in) {
                    return fully_connected(in[0], in[1], {}, lr_multiplier, activation);
                },
                [&](std::span<const Tensor> in) {
                    return reference::fully_connected(in[0], in[1], {}, lr_multiplier, activation);
                },
                {normal({3, 6}, 1), normal({5, 6}, 2)}, 2e-6);
        }
}

TEST_P(FullyConnected, AnEmptyBatchHasAnEmptyResult) {
    EXPECT_EQ(fully_connected(at::zeros({0, 4}), at::zeros({3, 4}), at::zeros({3})).sizes(), (at::IntArrayRef{0, 3}));
}

TEST_P(FullyConnected, NamesABadArgument) {
    using ::testing::HasSubstr;
    const Tensor x = at::zeros({2, 3}), w = at::zeros({4, 3});
    EXPECT_THAT(refusal([&] { (void)fully_connected(x[0], w, {}); }), HasSubstr("x is [3] float32"));
    EXPECT_THAT(refusal([&] { (void)fully_connected(x, w.t(), {}); }), HasSubstr("weight is [3, 4] float32"));
    EXPECT_THAT(refusal([&] { (void)fully_connected(x, w, at::zeros({3})); }), HasSubstr("bias is [3] float32"));
}

}  // namespace
}  // namespace afs::test
