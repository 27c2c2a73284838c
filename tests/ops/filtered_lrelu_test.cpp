// SPEC 7: the filtered nonlinearity.
#include "core/ops/filtered_lrelu.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "core/base/log.h"
#include "core/ops/argument_checks.h"
#include "core/ops/device.h"
#include "core/ops/reference/reference.h"
#include "tests/ops/ops_testing.h"

namespace afs::test {
namespace {

class FilteredLrelu : public OnEveryDevice {};
AFS_ON_EVERY_DEVICE(FilteredLrelu);

// README-forward: 3e-6 relative, measured 7e-7; the bias' gradient is a long sum: 1e-5.
TEST_P(FilteredLrelu, MatchesRecordedValuesAndTwoOrdersOfGradients) {
    expect_recorded("filtered_lrelu_", {3e-6, 3e-6, 3e-6, 1e-5}, [](const Json& p, const CaseInputs& in) {
        const Json& around = p.at("padding");
        FilteredLreluSpec spec{
            .up_filter = in("fu"),
            .down_filter = in("fd"),
            .up = p.at("up").get<int>(),
            .down = p.at("down").get<int>(),
            .padding = {around[0].get<int>(), around[1].get<int>(), around[2].get<int>(), around[3].get<int>()},
            .gain = p.at("gain").get<double>(),
            .slope = p.at("slope").get<double>(),
            .clamp = {},
            .flip = p.at("flip").get<bool>()};
        if (!p.at("clamp").is_null()) spec.clamp = p.at("clamp").get<double>();
        return filtered_lrelu(in("x"), in("b"), spec);
    });
}

struct GridCase {
    std::vector<std::int64_t> shape;
    std::vector<std::int64_t> up_taps, down_taps;
    int up, down;
    Padding2d padding;
    double gain, slope;
    std::optional<double> clamp;
    bool flip = false;
};

std::string name_of(const GridCase& c) {
    return fmt::format(
        "x {}x{}x{}x{} up {} ({} taps, {}-D) down {} ({} taps, {}-D) padding {},{},{},{} gain {} slope {} "
        "clamp {} flip {}",
        c.shape[0], c.shape[1], c.shape[2], c.shape[3], c.up, c.up_taps.empty() ? 0 : c.up_taps[0], c.up_taps.size(),
        c.down, c.down_taps.empty() ? 0 : c.down_taps[0], c.down_taps.size(), c.padding.x0, c.padding.x1, c.padding.y0,
        c.padding.y1, c.gain, c.slope, c.clamp.value_or(-1), c.flip);
}

FilteredLreluSpec spec_of(const GridCase& c) {
    const auto taps = [](const std::vector<std::int64_t>& shape, unsigned seed) {
        // Of about unit gain, so that the clamp bites some samples and not all.
        return shape.empty() ? Tensor() : (normal(shape, seed) / 3.0).to(at::kFloat);
    };
    return {.up_filter = taps(c.up_taps, 31),
            .down_filter = taps(c.down_taps, 32),
            .up = c.up,
            .down = c.down,
            .padding = c.padding,
            .gain = c.gain,
            .slope = c.slope,
            .clamp = c.clamp,
            .flip = c.flip};
}

const GridCase kGrid[] = {
    {{1, 5, 8, 8}, {12}, {12}, 2, 2, {9, 8, 9, 8}, 1.41, 0.2, 1.5},        // T: same rate
    {{2, 3, 16, 15}, {24}, {12}, 4, 2, {-6, -9, -6, -9}, 1.41, 0.2, {}},   // T: twice the rate
    {{1, 17, 9, 8}, {12}, {12, 12}, 2, 2, {10, 7, 9, 8}, 1.41, 0.2, 0.8},  // R
    {{1, 2, 16, 16}, {12}, {24}, 2, 4, {11, 10, 11, 10}, 1.41, 0.2, 0.8},  // half the rate
    {{1, 2, 18, 20}, {12}, {12}, 2, 2, {-5, -4, -3, -6}, 2.0, 0.1, 1.0},   // cropping
    {{2, 3, 6, 6}, {}, {}, 1, 1, {0, 0, 0, 0}, 1.0, 1.0, 0.9},             // ToRGB: clamp only
    {{2, 3, 6, 6}, {}, {}, 1, 1, {-1, 2, 1, -2}, 1.41, 0.2, {}},           // no filters, padding
    {{1, 3, 9, 9}, {6, 6}, {8, 8}, 2, 2, {6, 6, 6, 6}, 1.41, 0.2, 2.0},    // both filters two-dimensional
    {{1, 3, 9, 8}, {7}, {5}, 3, 1, {3, 2, 4, 1}, 1.41, 0.0, 1.0, true},    // odd taps and factor, relu, flipped
    {{1, 3, 9, 9}, {5}, {3, 7}, 1, 3, {3, 2, 4, 1}, -0.7, 0.2, 0.5},       // negative gain
    {{1, 3, 5, 5}, {}, {12}, 2, 2, {5, 6, 5, 6}, 1.0, 0.3, 0.7},           // up without a filter
    {{1, 3, 18, 19}, {26}, {11}, 1, 1, {20, 9, 14, 12}, 1.0, 0.2, {}},     // many taps a phase
    {{1, 18, 8, 9}, {31}, {15}, 2, 4, {17, 16, 18, 15}, 1.0, 0.2, 2.0},    // likewise, odd
    {{1, 2, 9, 12}, {32}, {32}, 4, 1, {21, 20, 20, 21}, 1.0, 1.7, {}},     // the most; a slope above 1
    {{2, 3, 6, 70}, {10}, {2}, 1, 2, {4, 5, 4, 5}, 1.0, 0.2, {}},          // more than one tile wide
    {{1, 3, 9, 8}, {13, 9}, {4, 10}, 4, 2, {6, 5, 8, 4}, 1.0, 0.2, 1.0},   // planes that are not square
    {{1, 1, 10, 8}, {33}, {12}, 2, 2, {16, 17, 16, 17}, 1.0, 0.2, {}},     // too many taps for the kernels
};

// Sums of a few hundred products through one kink: samples near it or near the clamp may fall on either side in
// float32, which changes their gradient; the seeds keep clear of that.
TEST_P(FilteredLrelu, AgreesWithZeroInsertionOverAGridInBothOrdersOfGradients) {
    for (const GridCase& c : kGrid) {
        const FilteredLreluSpec spec = spec_of(c);
        expect_same_operator(
            name_of(c), [&](std::span<const Tensor> in) { return filtered_lrelu(in[0], in[1], spec); },
            [&](std::span<const Tensor> in) { return reference::filtered_lrelu(in[0], in[1], spec); },
            {normal(c.shape, 41), normal({c.shape[1]}, 42)}, 1e-5);
        expect_same_operator(
            name_of(c) + " without bias", [&](std::span<const Tensor> in) { return filtered_lrelu(in[0], {}, spec); },
            [&](std::span<const Tensor> in) { return reference::filtered_lrelu(in[0], {}, spec); },
            {normal(c.shape, 43)}, 1e-5);
    }
}

// How modulated convolutions hand on their scales: as if they were products of their own, gradients included.
TEST_P(FilteredLrelu, ScalesWhatItLoadsAndStores) {
    for (const GridCase& c : {kGrid[0], kGrid[1], kGrid[2], kGrid[5], kGrid[8]}) {
        FilteredLreluSpec plain = spec_of(c);
        const std::int64_t n = c.shape[0], channels = c.shape[1];
        const auto wide = [](const Tensor& t) { return t.unsqueeze(2).unsqueeze(3); };
        expect_same_operator(
            name_of(c),
            [&](std::span<const Tensor> in) {
                FilteredLreluSpec spec = plain;
                spec.load_scale = in[2];
                spec.store_scale = in[3];
                return filtered_lrelu(in[0], in[1], spec);
            },
            [&](std::span<const Tensor> in) {
                return reference::filtered_lrelu(in[0] * wide(in[2]), in[1], plain) * wide(in[3]);
            },
            {normal(c.shape, 41), normal({channels}, 42), normal({n, channels}, 44), normal({n, channels}, 45)}, 1e-5);
        const Tensor x = normal(c.shape, 41).to(at::kFloat), load = normal({n, channels}, 44).to(at::kFloat),
                     keep = normal({n, channels}, 45).to(at::kFloat);
        FilteredLreluSpec scaled = plain;
        scaled.load_scale = load;
        scaled.store_scale = keep;
        const at::NoGradGuard no_grad;
        EXPECT_NEAR_RELATIVE(filtered_lrelu(x, {}, scaled),
                             reference::filtered_lrelu(x * wide(load), {}, plain) * wide(keep), 1e-5);
        scaled.load_scale = at::ones({n, channels + 1}, test_device());
        EXPECT_THAT(refusal([&] { (void)filtered_lrelu(x, {}, scaled); }), ::testing::HasSubstr("load_scale is ["));
    }
}

// The step is so small that no sample crosses the kink or the clamp for these seeds.
TEST(FilteredLreluOnCpu, GradientsAreThoseOfItsDifferences) {
    for (const GridCase& c : kGrid) {
        const FilteredLreluSpec spec = spec_of(c);
        expect_numeric_gradients(name_of(c),
                                 [&](std::span<const Tensor> in) { return filtered_lrelu(in[0].tanh(), in[1], spec); },
                                 {normal(c.shape, 41), normal({c.shape[1]}, 42)});
    }
}

TEST_P(FilteredLrelu, TakesAnyStridesAndLeavesItsInputAlone) {
    const Tensor whole = normal({2, 6, 18, 16}, 7).to(at::kFloat);
    const std::vector<std::pair<const char*, Tensor>> views = {
        {"channels last", whole.contiguous(at::MemoryFormat::ChannelsLast)},
        {"transposed", whole.transpose(2, 3)},
        {"some channels", whole.narrow(1, 2, 3)},
        {"some rows", whole.narrow(2, 2, 9)},
        {"expanded", whole.narrow(0, 0, 1).expand({2, 6, 18, 16})}};
    const at::NoGradGuard no_grad;
    for (const auto& [name, x] : views)
        for (const GridCase& c : {kGrid[0], kGrid[5], kGrid[6]}) {
            SCOPED_TRACE(name);
            SCOPED_TRACE(name_of(c));
            const Tensor plain = x.clone(at::MemoryFormat::Contiguous), bias = normal({x.size(1)}, 8).to(at::kFloat);
            const FilteredLreluSpec spec = spec_of(c);
            EXPECT_NEAR_RELATIVE(filtered_lrelu(x, bias, spec), reference::filtered_lrelu(plain, bias, spec), 1e-5);
            EXPECT_NEAR_RELATIVE(filtered_lrelu(x, {}, spec), reference::filtered_lrelu(plain, {}, spec), 1e-5);
            EXPECT_TRUE(at::equal(x, plain));
        }
}

// Convolutions on either side of it keep their layout; kernels take taps from host memory, so networks keep them there.
TEST_P(FilteredLrelu, KeepsChannelsLastAndTakesFiltersFromHostMemory) {
    const GridCase& c = kGrid[2];
    const FilteredLreluSpec spec = spec_of(c);
    FilteredLreluSpec host = spec;
    host.up_filter = spec.up_filter.cpu();
    host.down_filter = spec.down_filter.cpu();
    const at::NoGradGuard no_grad;
    for (const at::ScalarType type : {at::kFloat, at::kHalf, at::kDouble}) {
        const Tensor x = normal(c.shape, 41).to(type).contiguous(at::MemoryFormat::ChannelsLast);
        const Tensor y = filtered_lrelu(x, {}, spec);
        EXPECT_TRUE(type == at::kDouble || y.is_contiguous(at::MemoryFormat::ChannelsLast));
        EXPECT_EQ(y.device(), x.device());
        EXPECT_TRUE(at::equal(filtered_lrelu(x, {}, host), y));
    }
}

// Without gradients a processor works in strips of rows and of channels (several of each here), one thread a strip: the
// result must be that of the whole picture, which is what the path with gradients computes.
TEST(FilteredLreluOnCpu, StripsOfAnyThreadCountMakeTheWholePicture) {
    const GridCase cases[] = {
        {{1, 5, 150, 40}, {12}, {12}, 2, 2, {9, 8, 9, 8}, 1.41, 0.2, 1.5},
        {{2, 40, 60, 300}, {24}, {12, 12}, 4, 2, {-6, -9, -6, -9}, 1.41, 0.2, 1.5},
        {{1, 3, 101, 7}, {7}, {6}, 3, 2, {9, 8, 15, 2}, 1.41, 0.2, {}},
        {{1, 3, 90, 7}, {5}, {9}, 1, 1, {4, 4, 40, 30}, 1.41, 0.2, {}},    // strips that see padding only
        {{1, 3, 200, 7}, {5}, {9}, 2, 1, {4, 4, -80, -90}, 1.41, 0.2, {}}  // rows that no strip needs
    };
    for (const GridCase& c : cases) {
        SCOPED_TRACE(name_of(c));
        const FilteredLreluSpec spec = spec_of(c);
        const Tensor x = normal(c.shape, 51).to(at::kFloat), bias = normal({c.shape[1]}, 52).to(at::kFloat);
        const Tensor whole = filtered_lrelu(x.detach().clone().requires_grad_(), bias, spec).detach();
        for (const int threads : {1, 2, 3}) {
            set_compute_threads(threads);
            {
                const at::NoGradGuard no_grad;
                EXPECT_NEAR_RELATIVE(filtered_lrelu(x, bias, spec), whole, 1e-6) << threads << " threads";
            }
            const c10::InferenceMode inference;
            EXPECT_NEAR_RELATIVE(filtered_lrelu(x, bias, spec), whole, 1e-6) << threads << " threads, inference mode";
        }
        set_compute_threads(1);
    }
}

TEST_P(FilteredLrelu, AnEmptyBatchHasAnEmptyResultOfTheRightShape) {
    const Tensor y =
        filtered_lrelu(at::zeros({0, 5, 8, 8}, test_device()), at::zeros({5}, test_device()), spec_of(kGrid[0]));
    EXPECT_EQ(y.sizes(), (at::IntArrayRef{0, 5, 6, 6}));
}

TEST_P(FilteredLrelu, WorksInHalfPrecision) {
    const FilteredLreluSpec spec = spec_of(kGrid[0]);
    const Tensor x = normal(kGrid[0].shape, 6).to(at::kFloat), b = normal({5}, 3).to(at::kFloat);
    const Tensor expected = reference::filtered_lrelu(x, b, spec);
    for (const auto& [type, tolerance] : {std::pair{at::kBFloat16, 4e-2}, std::pair{at::kHalf, 5e-3}}) {
        const Tensor y = filtered_lrelu(x.to(type), b, spec);
        EXPECT_EQ(y.scalar_type(), type);
        EXPECT_NEAR_RELATIVE(y, expected, tolerance);  // a few roundings to 8 or 11 bits
    }
}

// A NaN in the network must reach the picture, where the user is told of it.
TEST_P(FilteredLrelu, KeepsNan) {
    Tensor x = at::zeros({1, 5, 8, 8}, test_device());
    x[0][2][4][4].fill_(std::numeric_limits<float>::quiet_NaN());
    const at::NoGradGuard no_grad;
    const Tensor y = filtered_lrelu(x, {}, spec_of(kGrid[0]));
    EXPECT_TRUE(y[0][2].isnan().any().item<bool>());
    EXPECT_FALSE(y[0][1].isnan().any().item<bool>());
}

// Padding that takes more samples away than there are and adds others behind: only the bias is left of the picture.
TEST_P(FilteredLrelu, OfAPictureThatIsCroppedAwayIsTheActivationOfZeros) {
    FilteredLreluSpec spec{.up_filter = normal({16, 16}, 1).to(at::kFloat), .padding = {3, 26, 17, -1}};
    for (const at::ScalarType type : {at::kFloat, at::kDouble})
        for (const int down : {1, 2}) {
            spec.down = down;
            const Tensor x = normal({2, 3, 1, 5}, 2).to(type), b = normal({3}, 3).to(type);
            EXPECT_NEAR_RELATIVE(filtered_lrelu(x, b, spec), reference::filtered_lrelu(x, b, spec), 1e-5);
            FilteredLreluSpec unfiltered = spec;
            unfiltered.up_filter = Tensor();
            unfiltered.padding = {6, -9, 22, -4};  // nothing but padding, cropped from the other side
            if (down == 1) {
                EXPECT_EQ(filtered_lrelu(x, {}, unfiltered).count_nonzero().item<int>(), 0);
            }
            unfiltered.padding = {14, -9, 22, -4};
            EXPECT_EQ(filtered_lrelu(x, {}, unfiltered).size(2), (19 + down - 1) / down);
        }
}

// Slower ways are taken in words, once, however often they are taken.
TEST(FilteredLreluOnCpu, SaysOnceThatLibTorchComputesWhatTheKernelsDoNot) {
    const auto said = [](const std::string& operator_name) {
        return std::ranges::count_if(recent_log(), [&](const LogEntry& line) {
            return line.text.starts_with(operator_name + ": ") && line.text.find("LibTorch's") != std::string::npos;
        });
    };
    set_log_level(LogLevel::error);
    const Tensor x = at::zeros({1, 1, 40, 40});
    for (int i = 0; i < 2; ++i) {
        (void)filtered_lrelu(x, {}, {.up_filter = at::ones({33}), .up = 2, .padding = {16, 17, 16, 17}});
        (void)upfirdn2d(x, at::ones({4}), {3, 3}, {}, {});
        (void)upfirdn2d(x, at::ones({4}), {2, 1}, {}, {});
        (void)bias_act(x, {}, {.activation = Activation::tanh});
        (void)bias_act(x, {}, {.gain = -1.0});
    }
    set_log_level(LogLevel::warning);
    EXPECT_EQ(said("filtered_lrelu"), 1);
    EXPECT_EQ(said("upfirdn2d"), 1);
    EXPECT_EQ(said("bias_act"), 1);
}

TEST(FilteredLreluOnCpu, NamesABadArgument) {
    using ::testing::HasSubstr;
    const Tensor x = at::zeros({1, 5, 8, 8});
    const auto with = [&](auto change) {
        FilteredLreluSpec spec = spec_of(kGrid[0]);
        change(spec);
        return refusal([&] { (void)filtered_lrelu(x, {}, spec); });
    };
    EXPECT_THAT(with([](auto& s) { s.up = 0; }), HasSubstr("up is 0"));
    EXPECT_THAT(with([](auto& s) { s.down = -1; }), HasSubstr("down is -1"));
    EXPECT_THAT(with([](auto& s) { s.clamp = -2.0; }), HasSubstr("clamp is -2"));
    EXPECT_THAT(with([](auto& s) { s.slope = -0.1; }), HasSubstr("slope is -0.1"));
    EXPECT_THAT(with([](auto& s) { s.gain = std::numeric_limits<double>::infinity(); }), HasSubstr("gain is inf"));
    EXPECT_THAT(with([](auto& s) { s.up_filter = at::ones({2, 2, 2}); }), HasSubstr("up_filter is [2, 2, 2]"));
    EXPECT_THAT(with([](auto& s) { s.down_filter = at::ones({3}, at::kLong); }), HasSubstr("down_filter is [3]"));
    EXPECT_THAT(with([](auto& s) { s.padding = {-9, -9, 0, 0}; }), HasSubstr("leaves no room"));
    EXPECT_THAT(refusal([&] { (void)filtered_lrelu(x, at::zeros({4}), spec_of(kGrid[0])); }),
                HasSubstr("bias is [4] float32, but must be [5]"));
    EXPECT_THAT(refusal([&] { (void)filtered_lrelu(x[0], {}, spec_of(kGrid[0])); }), HasSubstr("x is [5, 8, 8]"));
}

}  // namespace
}  // namespace afs::test
