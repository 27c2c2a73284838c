// SPEC 7: upfirdn2d, its conveniences, setup_filter.
#include "core/ops/upfirdn2d.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <array>
#include <string>

#include "core/ops/argument_checks.h"
#include "core/ops/reference/reference.h"
#include "tests/ops/ops_testing.h"

namespace afs::test {
namespace {

class Upfirdn2d : public OnEveryDevice {};
AFS_ON_EVERY_DEVICE(Upfirdn2d);

// README-forward: 1e-6 relative, measured 3e-7.
constexpr Tolerances kUpfirdn{1e-6, 1e-6, 1e-6};

Factor2d factor(const Json& parameters, const char* name, int absent) {
    if (!parameters.contains(name)) return {absent, absent};
    const Json& value = parameters.at(name);
    if (value.is_array()) return {value[0].get<int>(), value[1].get<int>()};
    return {value.get<int>(), value.get<int>()};
}

Padding2d padding(const Json& parameters) {
    if (!parameters.contains("padding")) return {};
    const Json& p = parameters.at("padding");
    if (p.is_number()) return {p.get<int>(), p.get<int>(), p.get<int>(), p.get<int>()};
    return {p[0].get<int>(), p[1].get<int>(), p[2].get<int>(), p[3].get<int>()};
}

bool flip(const Json& parameters) { return parameters.value("flip", parameters.value("flip_filter", false)); }

TEST_P(Upfirdn2d, MatchesRecordedValuesAndTwoOrdersOfGradients) {
    expect_recorded("upfirdn2d_", kUpfirdn, [](const Json& p, const CaseInputs& in) {
        return upfirdn2d(in("x"), in("f"), factor(p, "up", 1), factor(p, "down", 1), padding(p), p.value("gain", 1.0),
                         flip(p));
    });
}

TEST(Upsample2d, MatchesRecordedValuesAndTwoOrdersOfGradients) {
    expect_recorded("upsample2d_", kUpfirdn, [](const Json& p, const CaseInputs& in) {
        return upsample2d(in("x"), in("f"), factor(p, "up", 2), padding(p), p.value("gain", 1.0), flip(p));
    });
}

TEST(Downsample2d, MatchesRecordedValuesAndTwoOrdersOfGradients) {
    expect_recorded("downsample2d_", kUpfirdn, [](const Json& p, const CaseInputs& in) {
        return downsample2d(in("x"), in("f"), factor(p, "down", 2), padding(p), p.value("gain", 1.0), flip(p));
    });
}

TEST(Filter2d, MatchesRecordedValuesAndTwoOrdersOfGradients) {
    expect_recorded("filter2d_", kUpfirdn, [](const Json& p, const CaseInputs& in) {
        return filter2d(in("x"), in("f"), padding(p), p.value("gain", 1.0), flip(p));
    });
}

struct GridCase {
    std::vector<std::int64_t> shape;
    std::vector<std::int64_t> taps;  // [n] or [h, w]; empty: no filter
    Factor2d up, down;
    Padding2d padding;
    bool flip = false;
    double gain = 1.0;
};

std::string name_of(const GridCase& c) {
    const auto list = [](const std::vector<std::int64_t>& values) {
        std::string text;
        for (const auto value : values) text += (text.empty() ? "" : "x") + std::to_string(value);
        return text;
    };
    return fmt::format("x {} taps {} up {},{} down {},{} padding {},{},{},{} flip {} gain {}", list(c.shape),
                       list(c.taps), c.up.x, c.up.y, c.down.x, c.down.y, c.padding.x0, c.padding.x1, c.padding.y0,
                       c.padding.y1, c.flip, c.gain);
}

std::vector<GridCase> grid() {
    std::vector<GridCase> cases;
    // Every pair of factors up to 4, with paddings that keep, crop, and are uneven.
    for (int up = 1; up <= 4; ++up)
        for (int down = 1; down <= 4; ++down)
            for (const Padding2d& padding : {Padding2d{5, 6, 4, 7}, Padding2d{-2, 1, 0, -3}, Padding2d{0, 0, 0, 0}})
                cases.push_back({{1, 2, 9, 10}, {6}, {up, up}, {down, down}, padding, up % 2 == 0, 1.0 + up});
    cases.insert(
        cases.end(),
        {
            {{2, 3, 7, 9}, {5}, {2, 3}, {3, 1}, {4, 2, 3, 3}, false, 2.0},       // different factors along x and y
            {{2, 3, 7, 9}, {4, 3}, {1, 2}, {2, 1}, {2, 1, 1, 2}, true, 1.0},     // neither pure up nor pure down
            {{1, 1, 6, 6}, {12, 12}, {1, 1}, {2, 2}, {5, 6, 5, 6}, false, 1.0},  // a radial filter's shape, one channel
            {{1, 5, 12, 12}, {24}, {4, 4}, {1, 1}, {-6, -9, -6, -9}, false, 16.0},     // T's upsampling layers
            {{1, 5, 8, 8}, {12}, {2, 2}, {1, 1}, {9, 8, 9, 8}, false, 4.0},            // T's other layers
            {{1, 2, 18, 18}, {12}, {2, 2}, {1, 1}, {-11, -12, -11, -12}, false, 4.0},  // T's last layer
            {{1, 2, 6, 7}, {3}, {1, 1}, {1, 1}, {40, 2, 0, 35}, false, 1.0},           // padding far beyond the filter
            {{1, 2, 6, 7}, {3}, {2, 2}, {1, 1}, {40, 2, 0, 35}, false, 1.0},
            {{1, 2, 30, 31}, {4}, {2, 2}, {1, 1}, {-41, 2, 3, -37}, false, 1.0},  // crops far beyond the filter
            {{1, 2, 30, 31}, {4}, {1, 1}, {2, 2}, {-21, 2, 3, -17}, false, 1.0},
            {{1, 2, 5, 5}, {3}, {1, 1}, {1, 1}, {-7, 12, 0, 0}, false, 1.0},  // the whole picture cropped away
            {{1, 2, 5, 5}, {3}, {3, 3}, {1, 1}, {-17, 22, 0, 0}, false, 1.0},
            {{1, 2, 5, 5}, {3}, {3, 3}, {2, 2}, {-17, 22, 0, 0}, false, 1.0},
            {{1, 2, 5, 6}, {1}, {3, 2}, {2, 1}, {1, 2, 2, 1}, false, 1.0},  // fewer taps than phases
            {{1, 2, 5, 6}, {}, {3, 2}, {1, 1}, {0, 0, 0, 0}, false, 1.0},   // no filter
            {{1, 2, 5, 6}, {}, {1, 1}, {2, 3}, {1, 0, 0, 1}, false, 3.0},
            {{1, 2, 5, 6}, {}, {1, 1}, {1, 1}, {2, -1, -2, 1}, false, 1.0},
            {{3, 17, 5, 4}, {7}, {5, 1}, {1, 5}, {9, 8, 7, 6}, true, 1.0},
        });
    return cases;
}

Tensor taps_of(const GridCase& c) { return c.taps.empty() ? Tensor() : normal(c.taps, 77).to(at::kFloat); }

// Two forms of one sum of at most a few hundred products; float32 differs by its rounding.
TEST_P(Upfirdn2d, AgreesWithZeroInsertionOverAGridInBothOrdersOfGradients) {
    for (const GridCase& c : grid()) {
        const Tensor f = taps_of(c);
        expect_same_operator(
            name_of(c),
            [&](std::span<const Tensor> in) { return upfirdn2d(in[0], f, c.up, c.down, c.padding, c.gain, c.flip); },
            [&](std::span<const Tensor> in) {
                return reference::upfirdn2d(in[0], f, c.up, c.down, c.padding, c.gain, c.flip);
            },
            {normal(c.shape, 5)}, 2e-6);
    }
}

TEST(Upfirdn2dOnCpu, GradientsAreThoseOfItsDifferences) {
    for (const GridCase& c : grid()) {
        const Tensor f = taps_of(c);
        expect_numeric_gradients(name_of(c),
                                 [&](std::span<const Tensor> in) {
                                     return upfirdn2d(in[0].tanh(), f, c.up, c.down, c.padding, c.gain, c.flip);
                                 },
                                 {normal(c.shape, 5)});
    }
}

TEST_P(Upfirdn2d, TakesAnyStrides) {
    const Tensor f = normal({12}, 3).to(at::kFloat);
    const Tensor whole = normal({3, 8, 20, 22}, 4).to(at::kFloat);
    const std::vector<std::pair<const char*, Tensor>> views = {
        {"channels last", whole.contiguous(at::MemoryFormat::ChannelsLast)},
        {"transposed", whole.transpose(2, 3)},
        {"every second sample", whole.slice(2, 0, 20, 2).slice(3, 1, 22, 2)},
        {"some channels", whole.narrow(1, 2, 3)},
        {"expanded", whole.narrow(0, 0, 1).expand({3, 8, 20, 22})}};
    for (const auto& [name, x] : views) {
        SCOPED_TRACE(name);
        const Tensor plain = x.clone(at::MemoryFormat::Contiguous);
        for (const auto& [up, down] : {std::pair{2, 1}, std::pair{1, 2}, std::pair{3, 2}}) {
            const Factor2d u{up, up}, d{down, down};
            EXPECT_NEAR_RELATIVE(upfirdn2d(x, f, u, d, {9, 8, 7, 6}),
                                 reference::upfirdn2d(plain, f, u, d, {9, 8, 7, 6}), 2e-6);
        }
    }
}

// LibTorch 2.11 takes the gaps of such a view for samples (core/ops/fir.cpp).
TEST(Upfirdn2dOnCpu, CropsPicturesOfOneChannelInEveryLayout) {
    const Tensor x = at::arange(11 * 19, at::kFloat).sin().view({1, 1, 11, 19}),
                 f = at::arange(81, at::kFloat).view({9, 9});
    const Tensor expected = reference::upfirdn2d(x.to(at::kDouble), f, {}, {4, 1}, {3, -10, 4, 5});
    for (const Tensor& other :
         {x, x.transpose(2, 3).contiguous().transpose(2, 3), at::stack({x, x}, -1).select(-1, 1)}) {
        ASSERT_TRUE(at::equal(other, x));
        EXPECT_NEAR_RELATIVE(upfirdn2d(other, f, {}, {4, 1}, {3, -10, 4, 5}), expected, 1e-6);
        EXPECT_NEAR_RELATIVE(upfirdn2d(other, f, {3, 3}, {2, 2}, {3, -10, 4, -5}),
                             reference::upfirdn2d(x.to(at::kDouble), f, {3, 3}, {2, 2}, {3, -10, 4, -5}), 1e-6);
    }
}

TEST(Upfirdn2dOnCpu, AnEmptyBatchHasAnEmptyResultOfTheRightShape) {
    const Tensor x = at::zeros({0, 3, 8, 8}).requires_grad_();
    const Tensor y = upfirdn2d(x, at::ones({4}), {2, 2}, {1, 1}, {2, 1, 2, 1});
    EXPECT_EQ(y.sizes(), (at::IntArrayRef{0, 3, 16, 16}));
    y.sum().backward();
    EXPECT_EQ(x.grad().sizes(), x.sizes());
}

// The result's type is the input's, and its precision is what that type allows (8 and 11 bits of mantissa).
TEST_P(Upfirdn2d, WorksInHalfPrecision) {
    const Tensor f = setup_filter(std::array{1.0, 3.0, 3.0, 1.0}), x = normal({1, 4, 9, 8}, 6).to(at::kFloat);
    const Tensor expected = reference::upfirdn2d(x, f, {2, 2}, {1, 1}, {2, 1, 2, 1}, 4.0);
    for (const auto& [type, tolerance] : {std::pair{at::kBFloat16, 2e-2}, std::pair{at::kHalf, 3e-3}}) {
        const Tensor y = upfirdn2d(x.to(type), f, {2, 2}, {1, 1}, {2, 1, 2, 1}, 4.0);
        EXPECT_EQ(y.scalar_type(), type);
        EXPECT_NEAR_RELATIVE(y, expected, tolerance);
    }
}

TEST(Upfirdn2dOnCpu, NamesABadArgument) {
    using ::testing::HasSubstr;
    const Tensor x = at::zeros({1, 2, 4, 4}), f = at::ones({4});
    EXPECT_THAT(refusal([&] { (void)upfirdn2d(x[0], f, {}, {}, {}); }), HasSubstr("x is [2, 4, 4] float32"));
    EXPECT_THAT(refusal([&] { (void)upfirdn2d(x.to(at::kInt), f, {}, {}, {}); }), HasSubstr("x is [1, 2, 4, 4]"));
    EXPECT_THAT(refusal([&] { (void)upfirdn2d({}, f, {}, {}, {}); }), HasSubstr("x is undefined"));
    EXPECT_THAT(refusal([&] {
                    (void)upfirdn2d(x, at::ones({2, 2, 2}), {}, {}, {});
                }),
                HasSubstr("filter is [2, 2, 2] float32"));
    EXPECT_THAT(refusal([&] { (void)upfirdn2d(x, at::ones({0}), {}, {}, {}); }), HasSubstr("filter is [0] float32"));
    EXPECT_THAT(refusal([&] { (void)upfirdn2d(x, f, {0, 1}, {}, {}); }), HasSubstr("up is 0 along x and 1 along y"));
    EXPECT_THAT(refusal([&] { (void)upfirdn2d(x, f, {}, {1, -2}, {}); }), HasSubstr("down is 1 along x and -2"));
    EXPECT_THAT(refusal([&] { (void)upfirdn2d(x, f, {}, {}, {-1, -1, 0, 0}); }), HasSubstr("leaves no room"));
    EXPECT_THAT(refusal([&] { (void)downsample2d(x, f, {2, 0}); }), HasSubstr("Could not compute downsample2d"));
}

TEST(SetupFilter, MatchesRecordedFilters) {
    const GoldenFile golden("filters.safetensors");
    const std::vector<std::string> names = golden.case_names("setup_");
    ASSERT_FALSE(names.empty());
    for (const std::string& name : names) {
        SCOPED_TRACE(name);
        const Json& p = golden.parameters(name);
        Tensor taps;
        if (const Json& list = p.at("taps"); list.is_number()) {
            taps = at::full({1}, list.get<double>(), at::kDouble);
        } else if (!list.is_null()) {
            std::vector<double> values;
            const bool rows = list[0].is_array();
            for (const auto& entry : list)
                for (const auto& tap : rows ? entry : Json::array({entry})) values.push_back(tap.get<double>());
            taps = at::tensor(values, at::kDouble);
            if (rows) taps = taps.view({static_cast<std::int64_t>(list.size()), -1});
        }
        std::optional<bool> separable;
        if (p.contains("separable") && !p.at("separable").is_null()) separable = p.at("separable").get<bool>();
        const Tensor got = setup_filter(taps, separable, p.value("normalize", true), p.value("flip_filter", false),
                                        p.value("gain", 1.0));
        const Tensor expected = to_tensor(golden.tensor(name + "/expect_filter"));
        EXPECT_EQ(got.scalar_type(), at::kFloat);
        ASSERT_EQ(got.sizes(), expected.sizes());
        EXPECT_LE((got - expected).abs().max().item<double>(), 1e-7);  // rounded to float32 once
    }
}

TEST(SetupFilter, NamesABadArgument) {
    using ::testing::HasSubstr;
    EXPECT_THAT(refusal([] { (void)setup_filter(std::span<const double>{}); }), HasSubstr("taps is [0]"));
    EXPECT_THAT(refusal([] { (void)setup_filter(std::array{1.0, -1.0}); }), HasSubstr("taps sum to 0"));
    EXPECT_THAT(refusal([] { (void)setup_filter(at::ones({2, 2}), true); }), HasSubstr("cannot be made separable"));
}

}  // namespace
}  // namespace afs::test
