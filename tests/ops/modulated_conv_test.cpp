// SPEC 6.3, 11, 12: modulated convolutions and convolution with resampling.
#include "core/ops/modulated_conv.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/ops/reference/reference.h"
#include "core/ops/upfirdn2d.h"
#include "tests/ops/ops_testing.h"

namespace afs::test {
namespace {

class Conv2dResample : public OnEveryDevice {};
AFS_ON_EVERY_DEVICE(Conv2dResample);
class ModulatedConv : public OnEveryDevice {};
AFS_ON_EVERY_DEVICE(ModulatedConv);
class ModulatedConv2 : public OnEveryDevice {};
AFS_ON_EVERY_DEVICE(ModulatedConv2);
class ModulatedConv3 : public OnEveryDevice {};
AFS_ON_EVERY_DEVICE(ModulatedConv3);

// README-forward: 3e-6 forward and first order (measured 5e-7), 1e-5 second order (measured 3e-6).
constexpr Tolerances kConvolution{3e-6, 3e-6, 1e-5};

Tensor resample_filter(const Json& parameters) {
    const auto taps = parameters.at("resample_taps").get<std::vector<double>>();
    return setup_filter(taps);
}

TEST_P(ModulatedConv3, MatchesRecordedValuesAndTwoOrdersOfGradients) {
    expect_recorded("modconv3_", kConvolution, [](const Json& p, const CaseInputs& in) {
        return modulated_conv3(in("x"), in("w"), in("s"), p.at("demodulate").get<bool>(), in("input_gain"));
    });
}

TEST_P(ModulatedConv2, MatchesRecordedValuesAndTwoOrdersOfGradients) {
    expect_recorded("modconv2_", kConvolution, [](const Json& p, const CaseInputs& in) {
        return modulated_conv2(in("x"), in("w"), in("s"), in("noise"),
                               {.up = p.at("up").get<int>(),
                                .demodulate = p.at("demodulate").get<bool>(),
                                .resample_filter = resample_filter(p)});
    });
}

TEST_P(Conv2dResample, MatchesRecordedValuesAndTwoOrdersOfGradients) {
    expect_recorded("conv_resample_", kConvolution, [](const Json& p, const CaseInputs& in) {
        return conv2d_resample(in("x"), in("w"), resample_filter(p), p.at("up").get<int>(), p.at("down").get<int>(),
                               p.at("padding").get<int>());
    });
}

// Both ways of scaling (weights for one sample with few weights, activations otherwise) against weights modulated
// sample by sample.
TEST_P(ModulatedConv3, AgreesWithModulatedWeightsOverAGrid) {
    for (const std::int64_t batch : {1, 3})
        for (const std::int64_t side : {3, 12})  // 3: more weights than activations
            for (const std::int64_t kernel : {1, 3, 4})
                for (const bool demodulate : {true, false})
                    for (const int gain_dims : {-1, 0, 1, 2}) {
                        const std::int64_t cin = 4, cout = 6;
                        std::vector<Tensor> inputs{normal({batch, cin, side, side + 1}, 1),
                                                   normal({cout, cin, kernel, kernel}, 2),
                                                   normal({batch, cin}, 3) + 1.0, normal({cout}, 4)};
                        if (gain_dims == 0) inputs.push_back(normal({}, 5));
                        if (gain_dims == 1) inputs.push_back(normal({cin}, 5));
                        if (gain_dims == 2) inputs.push_back(normal({batch, cin}, 5));
                        const auto gain = [&](std::span<const Tensor> in) { return gain_dims < 0 ? Tensor() : in[4]; };
                        expect_same_operator(
                            fmt::format("batch {} side {} kernel {} demodulate {} gain dims {}", batch, side, kernel,
                                        demodulate, gain_dims),
                            [&](std::span<const Tensor> in) {
                                return modulated_conv3(in[0], in[1], in[2], demodulate, gain(in), in[3]);
                            },
                            [&](std::span<const Tensor> in) {
                                return reference::modulated_conv3(in[0], in[1], in[2], demodulate, gain(in), in[3]);
                            },
                            inputs, 1e-5);
                    }
}

TEST_P(ModulatedConv, GradientsAreThoseOfItsDifferences) {
    const Tensor filter = setup_filter(std::array{1.0, 3.0, 3.0, 1.0});
    for (const std::int64_t batch : {1, 3}) {
        const std::vector<Tensor> inputs{normal({batch, 4, 6, 5}, 1), normal({5, 4, 3, 3}, 2),
                                         normal({batch, 4}, 3) + 1.0, normal({}, 4)};
        expect_numeric_gradients(
            "alias-free",
            [](std::span<const Tensor> in) { return modulated_conv3(in[0], in[1], in[2], true, in[3].exp()); }, inputs);
        expect_numeric_gradients(
            "StyleGAN2",
            [&](std::span<const Tensor> in) {
                return modulated_conv2(in[0], in[1], in[2], in[3], {.up = 2, .resample_filter = filter});
            },
            inputs);
    }
}

TEST_P(ModulatedConv3, APreparedKernelChangesNothing) {
    for (const std::int64_t batch : {1, 2})
        for (const bool demodulate : {true, false}) {
            const Tensor w = normal({6, 4, 3, 3}, 2);
            const ModulatedKernel wide(w), narrow(w.to(at::kFloat));
            expect_same_operator(
                fmt::format("batch {} demodulate {}", batch, demodulate),
                [&](std::span<const Tensor> in) {
                    return modulated_conv3(in[0], in[0].scalar_type() == at::kDouble ? wide : narrow, in[1],
                                           demodulate);
                },
                [&](std::span<const Tensor> in) { return reference::modulated_conv3(in[0], w, in[1], demodulate); },
                {normal({batch, 4, 9, 8}, 1), normal({batch, 4}, 3)}, 1e-5);
        }
}

TEST_P(ModulatedConv2, AgreesWithModulatedWeightsOverAGrid) {
    const Tensor filters[] = {setup_filter(std::array{1.0, 3.0, 3.0, 1.0}), normal({6}, 9).to(at::kFloat),
                              normal({5}, 9).to(at::kFloat), Tensor()};
    for (const std::int64_t batch : {1, 3})
        for (const std::int64_t side : {2, 9})
            for (const std::int64_t kernel : {1, 3, 5})
                for (const int up : {1, 2})
                    for (const bool demodulate : {true, false})
                        for (const Tensor& filter : filters) {
                            const ModulatedConv2Spec spec{
                                .up = up, .demodulate = demodulate, .resample_filter = filter};
                            expect_same_operator(
                                fmt::format("batch {} side {} kernel {} up {} demodulate {} taps {}", batch, side,
                                            kernel, up, demodulate, filter.defined() ? filter.size(0) : 0),
                                [&](std::span<const Tensor> in) {
                                    return modulated_conv2(in[0], in[1], in[2], in[3], spec);
                                },
                                [&](std::span<const Tensor> in) {
                                    return reference::modulated_conv2(in[0], in[1], in[2], in[3], spec);
                                },
                                {normal({batch, 4, side, side + 1}, 1), normal({5, 4, kernel, kernel}, 2),
                                 normal({batch, 4}, 3) + 1.0, normal({side * up, (side + 1) * up}, 4)},
                                1e-5);
                        }
}

// What inference runs: kernels put into order once, pictures whose size and type change from call to call.
TEST_P(ModulatedConv, KeptKernelsGiveTheSameForEverySizeAndType) {
    const at::NoGradGuard no_grad;
    const Tensor filter = setup_filter(std::array{1.0, 3.0, 3.0, 1.0});
    for (const std::int64_t kernel : {1, 3}) {
        const Tensor w = normal({48, 40, kernel, kernel}, 2).to(at::kFloat);
        const ModulatedKernel kept3(w);
        const ModulatedKernel2 kept2(w, at::kFloat, true), kept_rgb(w, at::kFloat, false),
            kept_narrow(w, at::kBFloat16, true);
        for (const std::int64_t side : {3, 8, 3, 21})
            for (const std::int64_t batch : {1, 2})
                for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
                    SCOPED_TRACE(
                        fmt::format("kernel {} side {} batch {} type {}", kernel, side, batch, static_cast<int>(type)));
                    const double tolerance = type == at::kFloat ? 1e-5 : 4e-2;
                    const Tensor x = normal({batch, 40, side, side + 1}, 1).to(type);
                    const Tensor styles = normal({batch, 40}, 3).to(at::kFloat) + 1.0;
                    const Tensor wide = x.to(at::kDouble);
                    EXPECT_NEAR_RELATIVE(
                        modulated_conv3(x, kept3, styles, true),
                        reference::modulated_conv3(wide, w.to(at::kDouble), styles.to(at::kDouble), true), tolerance);
                    for (const int up : {1, 2})
                        for (const bool demodulate : {true, false}) {
                            const ModulatedConv2Spec spec{
                                .up = up, .demodulate = demodulate, .resample_filter = filter};
                            const ModulatedKernel2& kept = !demodulate          ? kept_rgb
                                                           : type == at::kFloat ? kept2
                                                                                : kept_narrow;
                            const Convolved2 got =
                                convolve2(x, kept, modulation2(kept, styles, type, demodulate), spec);
                            const Tensor y = got.scale.defined() ? got.y * got.scale.unsqueeze(2).unsqueeze(3) : got.y;
                            EXPECT_NEAR_RELATIVE(
                                y,
                                reference::modulated_conv2(wide, w.to(at::kDouble), styles.to(at::kDouble), {}, spec),
                                tolerance);
                        }
                }
    }
}

// The mean of s^2 is over the whole batch (SPEC 6.3), but demodulation cancels it: a sample alone and in a batch differ
// by the 1e-8 only.
TEST_P(ModulatedConv3, ABatchHardlyChangesASample) {
    const Tensor x = normal({4, 8, 9, 9}, 1).to(at::kFloat), w = normal({6, 8, 3, 3}, 2).to(at::kFloat);
    const Tensor s = (normal({4, 8}, 3) * at::tensor({0.5, 1.0, 2.0, 4.0}, at::kDouble).to(test_device()).view({4, 1}))
                         .to(at::kFloat);
    const Tensor together = modulated_conv3(x, w, s, true);
    for (std::int64_t n = 0; n < 4; ++n)
        EXPECT_NEAR_RELATIVE(together.narrow(0, n, 1), modulated_conv3(x.narrow(0, n, 1), w, s.narrow(0, n, 1), true),
                             3e-6);
}

TEST_P(ModulatedConv3, TakesAnyStrides) {
    const Tensor whole = normal({2, 8, 12, 11}, 7).to(at::kFloat);
    const Tensor w = normal({5, 4, 3, 3}, 8).to(at::kFloat), s = normal({2, 4}, 9).to(at::kFloat);
    for (const Tensor& x : {whole.narrow(1, 2, 4), whole.narrow(1, 0, 4).transpose(2, 3), whole.slice(1, 0, 8, 2),
                            whole.narrow(1, 0, 4).contiguous(at::MemoryFormat::ChannelsLast)})
        EXPECT_NEAR_RELATIVE(modulated_conv3(x, w, s, true),
                             reference::modulated_conv3(x.clone(at::MemoryFormat::Contiguous), w, s, true), 3e-6);
}

TEST_P(ModulatedConv3, AnEmptyBatchHasAnEmptyResultOfTheRightShape) {
    EXPECT_EQ(modulated_conv3(at::zeros({0, 4, 6, 5}), at::zeros({5, 4, 3, 3}), at::zeros({0, 4}), true).sizes(),
              (at::IntArrayRef{0, 5, 8, 7}));
    EXPECT_EQ(
        modulated_conv2(at::zeros({0, 4, 6, 5}), at::zeros({5, 4, 3, 3}), at::zeros({0, 4}), {}, {.up = 2}).sizes(),
        (at::IntArrayRef{0, 5, 12, 10}));
    EXPECT_EQ(conv2d_resample(at::zeros({0, 4, 8, 8}), at::zeros({5, 4, 3, 3}), {}, 1, 2, 1).sizes(),
              (at::IntArrayRef{0, 5, 4, 4}));
}

// Styles and kernels far from 1, as trained networks have them: in half precision the sums must neither overflow
// (65504) nor vanish. SPEC 6.3, 11; tolerance: a few roundings to 11 (8) bits in a sum of 2304 products.
TEST_P(ModulatedConv, HalfPrecisionSurvivesLargeAndSmallStyles) {
    for (const auto& [type, tolerance] : {std::pair{at::kHalf, 1e-2}, std::pair{at::kBFloat16, 6e-2}})
        for (const double scale : {1e-4, 1.0, 3e3})
            for (const std::int64_t batch : {1, 2}) {
                SCOPED_TRACE(fmt::format("scale {} batch {}", scale, batch));
                const Tensor x = (normal({batch, 256, 6, 6}, 1) * 3.0).to(type),
                             w = (normal({8, 256, 3, 3}, 2) * scale).to(at::kFloat);
                const Tensor s = (normal({batch, 256}, 3) * scale).to(at::kFloat);
                const Tensor y3 = modulated_conv3(x, w, s, true);
                EXPECT_EQ(y3.scalar_type(), type);
                EXPECT_NEAR_RELATIVE(
                    y3, reference::modulated_conv3(x.to(at::kDouble), w.to(at::kDouble), s.to(at::kDouble), true),
                    tolerance);
                if (scale < 1.0)
                    continue;  // here StyleGAN2's 1e-8 is not small against the weights; the prescaling changes it
                const Tensor y2 = modulated_conv2(x, w, s, {}, {});
                EXPECT_EQ(y2.scalar_type(), type);
                EXPECT_NEAR_RELATIVE(
                    y2, reference::modulated_conv2(x.to(at::kDouble), w.to(at::kDouble), s.to(at::kDouble), {}, {}),
                    tolerance);
            }
}

// SPEC 6.3 by a kernel for half precision, whose channels are padded: what the padding brings is 0, and the rest is the
// operator. Tolerance: as above.
TEST_P(ModulatedConv3, AKernelForHalfPrecisionIsPaddedAndGivesTheSame) {
    for (const auto& [type, tolerance] : {std::pair{at::kHalf, 1e-2}, std::pair{at::kBFloat16, 6e-2}})
        for (const double scale : {1e-4, 1.0, 3e3})
            for (const std::int64_t outputs : {3, 13, 16}) {
                SCOPED_TRACE(fmt::format("scale {} outputs {}", scale, outputs));
                const bool demodulate = outputs > 3;
                if (!demodulate && scale != 1.0) continue;  // ToRGB's styles are not normalised: they have to be sane
                const Tensor x = normal({2, 91, 6, 6}, 1) * 3.0, s = (normal({2, 91}, 3) * scale).to(at::kFloat);
                const Tensor w = (normal({outputs, 91, 3, 3}, 2) * scale).to(at::kFloat);
                const ModulatedKernel kernel = half_kernel(w, type, demodulate);
                const std::int64_t padded_outputs = outputs < 8 ? outputs : 16;
                EXPECT_EQ(kernel.weight.sizes(), (at::IntArrayRef{padded_outputs, 96, 3, 3}));
                EXPECT_EQ(kernel.weight.scalar_type(), type);
                const Modulation scales = modulation3(kernel, s, demodulate);
                const Tensor padded = at::constant_pad_nd(x, {0, 0, 0, 0, 0, 5});
                const Tensor scaled = (padded * scales.before.unsqueeze(2).unsqueeze(3)).to(type);
                Tensor y = convolve3(scaled, kernel).to(at::kFloat);
                EXPECT_EQ(y.narrow(1, outputs, padded_outputs - outputs).count_nonzero().item<int>(), 0);
                if (demodulate) y = y * scales.after.unsqueeze(2).unsqueeze(3);
                EXPECT_NEAR_RELATIVE(y.narrow(1, 0, outputs),
                                     reference::modulated_conv3(x, w.to(at::kDouble), s.to(at::kDouble), demodulate),
                                     tolerance);
            }
}

TEST_P(ModulatedConv, NamesABadArgument) {
    using ::testing::HasSubstr;
    const Tensor x = at::zeros({2, 4, 6, 6}), w = at::zeros({5, 4, 3, 3}), s = at::zeros({2, 4});
    EXPECT_THAT(refusal([&] { (void)modulated_conv3(x[0], w, s, true); }), HasSubstr("x is [4, 6, 6] float32"));
    EXPECT_THAT(refusal([&] { (void)modulated_conv3(x, w.narrow(1, 0, 3), s, true); }),
                HasSubstr("weight is [5, 3, 3, 3] float32, but must be [Cout, 4, k, k]"));
    EXPECT_THAT(refusal([&] { (void)modulated_conv3(x, w, s.t(), true); }), HasSubstr("styles is [4, 2] float32"));
    EXPECT_THAT(refusal([&] { (void)modulated_conv3(x, w, s, true, at::zeros({5})); }),
                HasSubstr("input_gain is [5] float32"));
    EXPECT_THAT(refusal([&] { (void)modulated_conv3(x, w, s, true, {}, at::zeros({4})); }), HasSubstr("bias is [4]"));
    EXPECT_THAT(refusal([&] { (void)modulated_conv2(x, w, s, at::zeros({5, 5}), {}); }), HasSubstr("noise is [5, 5]"));
    EXPECT_THAT(refusal([&] { (void)modulated_conv2(x, w, s, {}, {.up = 3}); }), HasSubstr("up is 3"));
    EXPECT_THAT(refusal([&] {
                    (void)modulated_conv2(x, at::zeros({5, 4, 2, 2}), s, {}, {});
                }),
                HasSubstr("must be odd"));
    EXPECT_THAT(refusal([&] { (void)conv2d_resample(x, w, {}, 2, 2, 1); }), HasSubstr("up is 2 and down is 2"));
    EXPECT_THAT(refusal([&] { (void)conv2d_resample(x, w, {}, 1, 1, -1); }), HasSubstr("padding is -1"));
    EXPECT_THAT(refusal([&] {
                    (void)conv2d_resample(x, at::zeros({5, 4, 9, 9}), {}, 1, 1, 0);
                }),
                HasSubstr("leaves no room"));
}

}  // namespace
}  // namespace afs::test
