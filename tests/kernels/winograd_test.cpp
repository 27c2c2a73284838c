// Winograd's convolution against plain double sums, over shapes that meet every edge: partial tiles, partial registers
// of channels, padding of 0 to 2, several samples, any number of threads.
#include "kernels/winograd.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <vector>

#include "tests/kernels/instruction_sets.h"

namespace afs::test {
namespace {

struct Problem {
    std::int64_t batch, height, width, in, out;
    int padding;
    bool bias;
};

struct Aligned {
    explicit Aligned(std::size_t floats)
        : memory(static_cast<float*>(std::aligned_alloc(64, (floats * sizeof(float) + 63) / 64 * 64)), std::free) {}
    std::unique_ptr<float, decltype(&std::free)> memory;
    [[nodiscard]] float* data() const { return memory.get(); }
};

struct Outcome {
    std::vector<float> y;
    double worst = 0.0, deviation = 0.0;  // from the double sums; these sums' standard deviation
};

Outcome run(const Problem& p, std::uint32_t seed, const kernels::ParallelFor& parallel_for,
            const std::function<void(std::vector<float>&)>& change = {}) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    const auto draw = [&](std::int64_t count) {
        std::vector<float> values(static_cast<std::size_t>(count));
        for (float& v : values) v = normal(random);
        return values;
    };
    std::vector<float> x = draw(p.batch * p.height * p.width * p.in);
    const std::vector<float> w = draw(p.out * p.in * 9), bias = draw(p.out);
    if (change) change(x);
    const std::int64_t out_h = p.height + 2 * p.padding - 2, out_w = p.width + 2 * p.padding - 2;
    const Aligned packed(kernels::cpu::winograd_packed_size(p.in, p.out));
    kernels::cpu::winograd_pack(w.data(), p.in, p.out, packed.data(), parallel_for);
    // Values that were there must not matter, and what lies behind the result must stay.
    Outcome outcome;
    constexpr float kBehind = 12345.0F;
    outcome.y.assign(static_cast<std::size_t>(p.batch * out_h * out_w * p.out), NAN);
    outcome.y.resize(outcome.y.size() + 64, kBehind);
    kernels::cpu::winograd({x.data(), packed.data(), p.bias ? bias.data() : nullptr, outcome.y.data(), p.batch,
                            p.height, p.width, p.in, p.out, p.padding},
                           parallel_for);
    for (std::size_t i = outcome.y.size() - 64; i < outcome.y.size(); ++i) EXPECT_EQ(outcome.y[i], kBehind);
    outcome.y.resize(outcome.y.size() - 64);

    double squares = 0.0;
    std::size_t at = 0;
    for (std::int64_t n = 0; n < p.batch; ++n)
        for (std::int64_t y = 0; y < out_h; ++y)
            for (std::int64_t column = 0; column < out_w; ++column)
                for (std::int64_t o = 0; o < p.out; ++o, ++at) {
                    double sum = p.bias ? bias[static_cast<std::size_t>(o)] : 0.0;
                    for (int i = 0; i < 3; ++i)
                        for (int j = 0; j < 3; ++j) {
                            const std::int64_t from_y = y + i - p.padding, from_x = column + j - p.padding;
                            if (from_y < 0 || from_y >= p.height || from_x < 0 || from_x >= p.width) continue;
                            const float* const pixel = x.data() + ((n * p.height + from_y) * p.width + from_x) * p.in;
                            for (std::int64_t c = 0; c < p.in; ++c)
                                sum += static_cast<double>(pixel[c]) *
                                       w[static_cast<std::size_t>(((o * p.in + c) * 3 + i) * 3 + j)];
                        }
                    squares += sum * sum;
                    outcome.worst = std::max(outcome.worst, std::abs(sum - outcome.y[at]));
                }
    outcome.deviation = std::sqrt(squares / static_cast<double>(at));
    return outcome;
}

// Measured 3e-6 to 7e-6 over these shapes, largest with the most channels: the worst of all samples, in standard
// deviations of the result.
constexpr double kTolerance = 1.5e-5;

class WinogradKernel : public kernels::test::ByInstructionSet {};
AFS_BY_EVERY_INSTRUCTION_SET(WinogradKernel);

TEST_P(WinogradKernel, GivesTheSumsOfEveryShape) {
    const std::vector<Problem> problems = {
        {1, 4, 4, 16, 32, 1, true},     {1, 3, 3, 1, 1, 0, false},    {1, 1, 1, 3, 5, 1, true},
        {1, 1, 1, 3, 5, 2, true},       {1, 5, 9, 17, 33, 2, true},   {2, 7, 6, 31, 15, 1, false},
        {3, 13, 4, 8, 64, 0, true},     {1, 36, 36, 13, 13, 2, true}, {1, 21, 40, 91, 64, 2, true},
        {2, 18, 18, 130, 40, 1, false}, {1, 2, 30, 16, 16, 2, false}, {1, 60, 3, 5, 100, 1, true},
        {5, 8, 8, 9, 9, 2, true},
    };
    for (std::size_t i = 0; i < problems.size(); ++i) {
        const Problem& p = problems[i];
        SCOPED_TRACE(testing::Message() << p.batch << "x" << p.height << "x" << p.width << ", " << p.in << " to "
                                        << p.out << " channels, padding " << p.padding);
        const auto seed = static_cast<std::uint32_t>(i);
        const Outcome one = run(p, seed, {});
        EXPECT_LE(one.worst, kTolerance * one.deviation);
        // Equal scenes give equal pixels, however the work is cut.
        EXPECT_EQ(std::memcmp(one.y.data(), run(p, seed, kernels::test::many_ranges()).y.data(),
                              one.y.size() * sizeof(float)),
                  0);
    }
}

TEST(Winograd, CarriesNanToTheResultsAroundIt) {
    const Problem p{1, 12, 12, 8, 8, 1, false};
    const Outcome broken = run(p, 1, {}, [](std::vector<float>& x) {
        x[static_cast<std::size_t>((5 * 12 + 5) * 8)] = std::numeric_limits<float>::quiet_NaN();
    });
    for (int y = 4; y <= 6; ++y)
        for (int x = 4; x <= 6; ++x)
            for (int c = 0; c < 8; ++c)
                EXPECT_TRUE(std::isnan(broken.y[static_cast<std::size_t>((y * 12 + x) * 8 + c)]));
    EXPECT_FALSE(std::isnan(broken.y.front()));
    EXPECT_FALSE(std::isnan(broken.y.back()));
}

TEST(Winograd, OfNothingIsNothing) {
    kernels::cpu::winograd({nullptr, nullptr, nullptr, nullptr, 0, 8, 8, 4, 4, 1}, {});
}

}  // namespace
}  // namespace afs::test
