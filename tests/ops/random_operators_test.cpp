// Operators on cases that nobody thought of, against their plain twins. Inputs are small whole numbers, taps -1, 0 and
// 1, slopes and gains powers of two: float32 adds them up without rounding, so results must be EQUAL, at bends and
// clamps, too, and a missed sample or a wrong sign cannot hide in a tolerance.
//
// AFS_RANDOM_CASES says how many of each operator (default 250), AFS_RANDOM_SEED where to begin (default 1). A failure
// names its case's number: AFS_RANDOM_CASES=1 AFS_RANDOM_SEED=<number> repeats it.
#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>

#include "core/base/error.h"
#include "core/base/log.h"
#include "core/ops/reference/reference.h"
#include "core/ops/upfirdn2d.h"
#include "tests/kernels/instruction_sets.h"

namespace afs::test {
namespace {

int number_from(const char* variable, int otherwise) {
    const char* const text = std::getenv(variable);
    return text == nullptr ? otherwise : std::max(1, std::atoi(text));
}

// Between the values that occur, eighths, and exact in bfloat16: where a value equals the clamp it may count as
// clamped.
constexpr std::initializer_list<double> kClamps{1.0078125, 4.03125, 13.0625};

class Dice {
  public:
    explicit Dice(int seed) : engine_(static_cast<unsigned>(seed)) {}
    int from(int lo, int hi) { return std::uniform_int_distribution<int>(lo, hi)(engine_); }
    bool once_in(int n) { return from(1, n) == 1; }
    template <class T> T one_of(std::initializer_list<T> list) {
        return list.begin()[from(0, static_cast<int>(list.size()) - 1)];
    }
    // Whole numbers from -most to most; float64.
    at::Tensor whole(at::IntArrayRef shape, int most) {
        at::Tensor t = at::empty(shape, at::kDouble);
        double* const values = t.mutable_data_ptr<double>();
        for (std::int64_t i = 0; i < t.numel(); ++i) values[i] = from(-most, most);
        return t;
    }
    // -1, 0 and 1; some are symmetric along every axis, and some of those along the diagonal, as radial ones are.
    at::Tensor taps() {
        if (once_in(8)) return {};
        if (once_in(2)) {
            at::Tensor f = whole({once_in(12) ? from(33, 36) : from(1, 32)}, 1);
            return (once_in(2) ? at::sign(f + f.flip({0})) : f).to(at::kFloat);
        }
        const int h = from(1, 12), w = once_in(2) ? h : once_in(8) ? from(1, 34) : from(1, 14);
        at::Tensor f = whole({h, w}, 1);
        if (once_in(2)) f = at::sign(f + f.flip({0}) + f.flip({1}) + f.flip({0, 1}));
        if (h == w && once_in(2)) f = at::sign(f + f.t());
        return f.to(at::kFloat).contiguous();
    }
    // The values of t in another place in memory, or with other strides.
    at::Tensor laid_out(const at::Tensor& t) {
        if (t.dim() != 4 || t.numel() == 0) return t.clone();
        switch (from(0, 4)) {
            case 0: return t.contiguous(at::MemoryFormat::ChannelsLast);
            case 1: {  // in the middle of something larger
                at::Tensor more =
                    at::full({t.size(0) + 1, t.size(1) + 2, t.size(2) + 2, t.size(3) + 3}, 77.0, t.options());
                at::Tensor part = more.narrow(0, 1, t.size(0))
                                      .narrow(1, 1, t.size(1))
                                      .narrow(2, 2, t.size(2))
                                      .narrow(3, 1, t.size(3));
                part.copy_(t);
                return part;
            }
            case 2: return t.transpose(2, 3).contiguous().transpose(2, 3);
            case 3: {  // every second sample
                at::Tensor more = at::full({t.size(0), t.size(1), t.size(2), 2 * t.size(3)}, -5.0, t.options());
                at::Tensor part = more.slice(3, 0, std::nullopt, 2);
                part.copy_(t);
                return part;
            }
            default: return t.clone(at::MemoryFormat::Contiguous);
        }
    }

  private:
    std::mt19937 engine_;
};

std::string shape_of(const at::Tensor& t) {
    return t.defined() ? fmt::format("{}", fmt::join(t.sizes().vec(), "x")) : "none";
}

struct Outcome {
    std::string refusal;  // an argument was refused
    at::Tensor y;
    std::vector<at::Tensor> gradients;  // of x, of the bias if there is one, of second order if it was asked for
};

// Results equal up to the rounding of their type.
void expect_equal(const at::Tensor& got, const at::Tensor& expected, const std::string& what) {
    ASSERT_EQ(got.sizes(), expected.sizes()) << what;
    const at::Tensor rounded = expected.to(got.scalar_type()).to(at::kDouble), values = got.to(at::kDouble);
    if (at::equal(values, rounded)) return;
    const at::Tensor apart = (values - rounded).abs();
    ADD_FAILURE() << what << ": " << (apart > 0).sum().item<std::int64_t>() << " of " << got.numel()
                  << " values differ, by at most " << apart.max().item<double>();
}

// op: of x and a bias that may be undefined. With gradients: of sum(y dy); with `second`, that of the sum of x's with
// respect to dy, too.
template <class Op>
Outcome outcome_of(const Op& op, at::Tensor x, at::Tensor bias, const at::Tensor& dy_like, bool gradients,
                   bool second) {
    Outcome result;
    try {
        if (gradients) {
            x = x.detach().requires_grad_();
            if (bias.defined()) bias = bias.detach().requires_grad_();
        }
        const at::AutoGradMode recording(gradients);
        at::Tensor y = op(x, bias);
        result.y = y.detach();
        if (!gradients || y.numel() == 0) return result;
        at::Tensor dy = dy_like.narrow(2, 0, y.size(2))
                            .narrow(3, 0, y.size(3))
                            .narrow(1, 0, y.size(1))
                            .to(y.scalar_type())
                            .contiguous();
        if (second) dy.requires_grad_();
        std::vector<at::Tensor> inputs{x};
        if (bias.defined()) inputs.push_back(bias);
        const auto first = torch::autograd::grad({y}, inputs, {dy}, /*retain_graph=*/true, /*create_graph=*/second);
        for (const at::Tensor& g : first) result.gradients.push_back(g.detach());
        if (second)
            result.gradients.push_back(torch::autograd::grad({first[0]}, {dy}, {at::ones_like(first[0])})[0].detach());
    } catch (const Error& error) {
        result.refusal = error.what();
    }
    return result;
}

void compare(const Outcome& got, const Outcome& expected, std::int64_t least_side, const std::string& what) {
    SCOPED_TRACE(what);
    // The twins check nothing: where they have no samples, the operators refuse.
    if (least_side < 1) {
        EXPECT_NE(got.refusal, "");
        return;
    }
    ASSERT_EQ(got.refusal, "");
    expect_equal(got.y, expected.y, "result");
    ASSERT_EQ(got.gradients.size(), expected.gradients.size());
    for (std::size_t i = 0; i < got.gradients.size(); ++i) {
        // A bias' gradient is the sum of x's, which half precision may have rounded.
        const at::Tensor whole = expected.gradients[0].to(got.y.scalar_type()).to(at::kDouble);
        if (i == 1 && got.gradients[1].dim() == 1 && !at::equal(whole, expected.gradients[0])) continue;
        expect_equal(got.gradients[i], expected.gradients[i], fmt::format("gradient {}", i));
    }
}

class RandomOperators : public ::testing::Test {
  protected:
    void SetUp() override { set_log_level(LogLevel::error); }  // what goes to LibTorch is said once: not here
    void TearDown() override {
        set_log_level(LogLevel::warning);
        hwy::SetSupportedTargetsForTest(0);
    }

    // Each case by one of the processor's instruction sets.
    template <class Body> static void for_each_case(const Body& body) {
        const auto sets = kernels::test::instruction_sets();
        const int first = number_from("AFS_RANDOM_SEED", 1), count = number_from("AFS_RANDOM_CASES", 250);
        for (int seed = first; seed < first + count && !HasFailure(); ++seed) {
            Dice dice(seed);
            hwy::SetSupportedTargetsForTest(sets[static_cast<std::size_t>(seed) % sets.size()]);
            SCOPED_TRACE(
                fmt::format("case {}, {}", seed, hwy::TargetName(sets[static_cast<std::size_t>(seed) % sets.size()])));
            body(dice);
        }
    }
};

std::int64_t side_of(std::int64_t in, std::int64_t taps, int up, int down, int lo, int hi) {
    const std::int64_t span = in * up + lo + hi - taps + down;
    return span < 0 ? 0 : span / down;
}
std::int64_t taps_along(const at::Tensor& f, int dim) { return f.defined() ? f.size(f.dim() == 2 ? dim : 0) : 1; }

// Half precision comes by way of LibTorch's operators where the kernels do not take a case; those round between passes.
bool exact_in(at::ScalarType type, std::initializer_list<at::Tensor> filters, std::initializer_list<int> factors) {
    if (type == at::kFloat || type == at::kDouble) return true;
    for (const at::Tensor& f : filters)
        if (f.defined() && (f.size(0) > 32 || f.size(-1) > 32)) return false;
    return std::ranges::none_of(factors, [](int factor) { return factor == 3; });
}

TEST_F(RandomOperators, FilteredLrelu) {
    for_each_case([](Dice& dice) {
        const bool gradients = dice.once_in(2), scaled = dice.once_in(3);
        FilteredLreluSpec spec;
        spec.up = dice.once_in(15) ? 3 : dice.one_of({1, 2, 4});
        spec.down = dice.once_in(15) ? 3 : dice.one_of({1, 2, 4});
        spec.up_filter = dice.taps();
        spec.down_filter = dice.taps();
        const int reach = dice.once_in(4) ? 40 : 12;
        spec.padding = {dice.from(-reach, reach), dice.from(-reach, reach), dice.from(-reach, reach),
                        dice.from(-reach, reach)};
        spec.gain = dice.one_of({1.0, 2.0, 0.5, -1.0, -2.0});
        spec.slope = dice.one_of({0.25, 0.5, 0.0, 1.0, 2.0});
        if (dice.once_in(2)) spec.clamp = dice.one_of(kClamps);
        spec.flip = dice.once_in(2);
        const std::int64_t n = dice.from(1, 3), c = dice.once_in(5) ? dice.from(17, 40) : dice.from(1, 16);
        const std::int64_t h = dice.from(1, dice.once_in(4) ? 40 : 14), w = dice.from(1, dice.once_in(4) ? 70 : 14);
        at::ScalarType type = dice.one_of({at::kFloat, at::kFloat, at::kHalf, at::kBFloat16, at::kDouble});
        // Scales beside gradients are LibTorch's products, which round in half precision.
        if (!exact_in(type, {spec.up_filter, spec.down_filter}, {spec.up, spec.down}) || (gradients && scaled) ||
            (!spec.up_filter.defined() && !spec.down_filter.defined()))
            type = at::kFloat;
        const at::Tensor x = dice.whole({n, c, h, w}, 2), bias = dice.once_in(3) ? at::Tensor() : dice.whole({c}, 1);
        if (scaled && dice.once_in(2)) spec.load_scale = dice.whole({n, c}, 2).to(at::kFloat);
        if (scaled) spec.store_scale = dice.whole({n, c}, 1).to(at::kFloat);
        const std::int64_t up_h =
            side_of(h, taps_along(spec.up_filter, 0), spec.up, 1, spec.padding.y0, spec.padding.y1);
        const std::int64_t up_w =
            side_of(w, taps_along(spec.up_filter, 1), spec.up, 1, spec.padding.x0, spec.padding.x1);
        const std::int64_t out_h = up_h < 1 ? 0 : side_of(up_h, taps_along(spec.down_filter, 0), 1, spec.down, 0, 0);
        const std::int64_t out_w = up_w < 1 ? 0 : side_of(up_w, taps_along(spec.down_filter, 1), 1, spec.down, 0, 0);
        const std::string what = fmt::format(
            "filtered_lrelu {} {}, up {} by {}, down {} by {}, padding {} {} {} {}, gain {}, slope {}, clamp {}, "
            "flip {}, bias {}, scales {} {}, gradients {}",
            at::toString(type), shape_of(x), spec.up, shape_of(spec.up_filter), spec.down, shape_of(spec.down_filter),
            spec.padding.x0, spec.padding.x1, spec.padding.y0, spec.padding.y1, spec.gain, spec.slope,
            spec.clamp.value_or(-1), spec.flip, bias.defined(), spec.load_scale.defined(), spec.store_scale.defined(),
            gradients);

        const at::Tensor dy = dice.whole({n, c, std::max<std::int64_t>(out_h, 1), std::max<std::int64_t>(out_w, 1)}, 1);
        const bool second = gradients && dice.once_in(3);
        const at::Tensor mine = dice.laid_out(x.to(type));
        const Outcome got =
            outcome_of([&](const at::Tensor& p, const at::Tensor& b) { return filtered_lrelu(p, b, spec); }, mine,
                       bias.defined() ? bias.to(at::kFloat) : bias, dy, gradients, second);
        Outcome expected;
        if (std::min(out_h, out_w) >= 1) {
            const auto scale = [](const at::Tensor& s) { return s.to(at::kDouble).unsqueeze(2).unsqueeze(3); };
            expected = outcome_of(
                [&](const at::Tensor& p, const at::Tensor& b) {
                    const at::Tensor loaded = spec.load_scale.defined() ? p * scale(spec.load_scale) : p;
                    const at::Tensor y = reference::filtered_lrelu(loaded, b, spec);
                    return spec.store_scale.defined() ? y * scale(spec.store_scale) : y;
                },
                x, bias, dy, gradients, second);
        }
        compare(got, expected, std::min(out_h, out_w), what);
    });
}

TEST_F(RandomOperators, Upfirdn2d) {
    for_each_case([](Dice& dice) {
        const bool gradients = dice.once_in(2);
        const auto factor = [&] { return dice.once_in(12) ? 3 : dice.one_of({1, 1, 2, 4}); };
        Factor2d up{factor(), 1}, down{factor(), 1};
        up.y = dice.once_in(6) ? factor() : up.x;
        down.y = dice.once_in(6) ? factor() : down.x;
        const at::Tensor f = dice.taps();
        const int reach = dice.once_in(4) ? 40 : 10;
        const Padding2d padding{dice.from(-reach, reach), dice.from(-reach, reach), dice.from(-reach, reach),
                                dice.from(-reach, reach)};
        const double gain = dice.one_of({1.0, 4.0, 0.5, -2.0, 0.0});
        const bool flip = dice.once_in(2);
        const std::int64_t n = dice.from(1, 3), c = dice.once_in(5) ? dice.from(17, 40) : dice.from(1, 16);
        const std::int64_t h = dice.from(1, dice.once_in(4) ? 40 : 14), w = dice.from(1, dice.once_in(4) ? 70 : 14);
        at::ScalarType type = dice.one_of({at::kFloat, at::kFloat, at::kHalf, at::kBFloat16, at::kDouble});
        if (!exact_in(type, {f}, {up.x, up.y, down.x, down.y}) || up.x != up.y || down.x != down.y) type = at::kFloat;
        const at::Tensor x = dice.whole({n, c, h, w}, 3);
        const std::int64_t out_h = side_of(h, taps_along(f, 0), up.y, down.y, padding.y0, padding.y1);
        const std::int64_t out_w = side_of(w, taps_along(f, 1), up.x, down.x, padding.x0, padding.x1);
        const std::string what = fmt::format(
            "upfirdn2d {} {}, up {} {}, down {} {}, by {}, padding {} {} {} {}, gain {}, flip {}, gradients {}",
            at::toString(type), shape_of(x), up.x, up.y, down.x, down.y, shape_of(f), padding.x0, padding.x1,
            padding.y0, padding.y1, gain, flip, gradients);
        const at::Tensor dy = dice.whole({n, c, std::max<std::int64_t>(out_h, 1), std::max<std::int64_t>(out_w, 1)}, 2);
        const bool second = gradients && dice.once_in(3);
        const Outcome got = outcome_of(
            [&](const at::Tensor& p, const at::Tensor&) { return upfirdn2d(p, f, up, down, padding, gain, flip); },
            dice.laid_out(x.to(type)), {}, dy, gradients, second);
        Outcome expected;
        if (std::min(out_h, out_w) >= 1)
            expected =
                outcome_of([&](const at::Tensor& p,
                               const at::Tensor&) { return reference::upfirdn2d(p, f, up, down, padding, gain, flip); },
                           x, {}, dy, gradients, second);
        compare(got, expected, std::min(out_h, out_w), what);
    });
}

TEST_F(RandomOperators, BiasAct) {
    for_each_case([](Dice& dice) {
        BiasActSpec spec;
        spec.activation = dice.one_of({Activation::linear, Activation::relu, Activation::lrelu, Activation::lrelu});
        if (dice.once_in(2))
            spec.alpha = dice.one_of({0.25, 0.5, 0.0, 1.0});
        else if (spec.activation == Activation::lrelu)
            spec.alpha = 0.25;
        spec.gain = dice.one_of({1.0, 2.0, 0.5});
        if (dice.once_in(2)) spec.clamp = dice.one_of(kClamps);
        const int rank = dice.from(1, 5);
        std::vector<std::int64_t> shape;
        for (int i = 0; i < rank; ++i) shape.push_back(dice.from(1, i == rank - 1 ? 40 : 9));
        spec.dim = dice.from(0, rank - 1);
        const at::Tensor bias =
            dice.once_in(4) ? at::Tensor() : dice.whole({shape[static_cast<std::size_t>(spec.dim)]}, 3);
        const bool picture = rank == 4 && spec.dim == 1;
        const bool gradients = dice.once_in(2);
        if (picture && dice.once_in(2)) spec.scale = dice.whole({shape[0], shape[1]}, 2).to(at::kFloat);
        if (picture && dice.once_in(2)) {
            const std::vector<std::vector<std::int64_t>> shapes{
                {}, {shape[2], shape[3]}, {shape[0], 1, shape[2], shape[3]}, {1, 1, shape[2], shape[3]}};
            spec.noise = dice.whole(shapes[static_cast<std::size_t>(dice.from(0, 3))], 2).to(at::kFloat);
        }
        at::ScalarType type = dice.one_of({at::kFloat, at::kHalf, at::kBFloat16, at::kDouble});
        // Gradients beside scales and noise are LibTorch's, which round sums in half precision.
        if (gradients && (spec.scale.defined() || spec.noise.defined())) type = at::kFloat;
        const at::Tensor x = dice.whole(shape, 5);
        const std::string what = fmt::format(
            "bias_act {} {}, dim {}, bias {}, activation {}, alpha {}, gain {}, clamp {}, scale {}, noise {}, "
            "gradients {}",
            at::toString(type), shape_of(x), spec.dim, bias.defined(), static_cast<int>(spec.activation),
            spec.alpha.value_or(-1), *spec.gain, spec.clamp.value_or(-1), shape_of(spec.scale), shape_of(spec.noise),
            gradients);
        SCOPED_TRACE(what);
        const auto run = [&](auto&& op, at::Tensor p, at::Tensor b) {
            if (gradients) {
                p = p.detach().requires_grad_();
                if (b.defined()) b = b.detach().requires_grad_();
            }
            const at::AutoGradMode recording(gradients);
            const at::Tensor y = op(p, b, spec);
            std::vector<at::Tensor> all{y.detach()};
            if (!gradients) return all;
            std::vector<at::Tensor> inputs{p};
            if (b.defined()) inputs.push_back(b);
            for (const at::Tensor& g : torch::autograd::grad({y.to(at::kDouble).sum()}, inputs))
                all.push_back(g.detach());
            return all;
        };
        const auto got = run([](auto&&... a) { return bias_act(a...); }, dice.laid_out(x.to(type)),
                             bias.defined() ? bias.to(at::kFloat) : bias);
        const auto expected = run([](auto&&... a) { return reference::bias_act(a...); }, x, bias);
        ASSERT_EQ(got.size(), expected.size());
        for (std::size_t i = 0; i < got.size(); ++i)
            expect_equal(got[i], expected[i], i == 0 ? "result" : fmt::format("gradient {}", i - 1));
    });
}

// Products of real numbers: within float32's rounding.
void expect_near(const at::Tensor& got, const at::Tensor& expected, double tolerance, const std::string& what) {
    ASSERT_EQ(got.sizes(), expected.sizes()) << what;
    if (got.numel() == 0) return;
    const double scale = std::max(1e-3, expected.abs().max().item<double>());
    EXPECT_LE((got.to(at::kDouble) - expected).abs().max().item<double>() / scale, tolerance) << what;
}

TEST_F(RandomOperators, ModulatedConvolutions) {
    for_each_case([](Dice& dice) {
        const std::int64_t n = dice.from(1, 3), in = dice.from(1, 40), out = dice.from(1, 40);
        const std::int64_t h = dice.from(1, dice.once_in(3) ? 40 : 12), w = dice.from(1, dice.once_in(3) ? 40 : 12);
        const std::int64_t k = dice.one_of({1, 3, 3, 5});
        at::manual_seed(static_cast<std::uint64_t>(dice.from(1, 1 << 30)));
        const at::Tensor x = at::randn({n, in, h, w}, at::kDouble), weight = at::randn({out, in, k, k}, at::kDouble),
                         styles = at::randn({n, in}, at::kDouble);
        const bool demodulate = !dice.once_in(3);
        const at::Tensor mine = dice.laid_out(x.to(at::kFloat)), w32 = weight.to(at::kFloat),
                         s32 = styles.to(at::kFloat);
        const at::NoGradGuard no_grad;
        const std::string what = fmt::format("{} by {}, demodulate {}", shape_of(x), shape_of(weight), demodulate);
        const at::Tensor expected3 = reference::modulated_conv3(x, weight, styles, demodulate);
        expect_near(modulated_conv3(mine, w32, s32, demodulate), expected3, 2e-5, "modulated_conv3 " + what);
        const ModulatedKernel kept(w32);
        for (int i = 0; i < 2; ++i)
            expect_near(modulated_conv3(mine, kept, s32, demodulate), expected3, 2e-5, "kept kernel " + what);
        ModulatedConv2Spec spec;
        spec.up = dice.from(1, 2);
        spec.demodulate = demodulate;
        if (spec.up == 2 && !dice.once_in(4))
            spec.resample_filter = setup_filter(at::rand({dice.from(1, 8)}), {}, true, false, 1.0);
        const at::Tensor noise = dice.once_in(2) ? at::randn({h * spec.up, w * spec.up}, at::kDouble) : at::Tensor();
        expect_near(modulated_conv2(mine, w32, s32, noise.defined() ? noise.to(at::kFloat) : noise, spec),
                    reference::modulated_conv2(x, weight, styles, noise, spec), 2e-5,
                    fmt::format("modulated_conv2 {}, up {} by {}", what, spec.up, shape_of(spec.resample_filter)));
    });
}

}  // namespace
}  // namespace afs::test
