// The CUDA kernels of filtered_lrelu, run by kernels/emulate: the very code that nvcc compiles, checked for races,
// bounds and alignment while it runs, compared with the formulas in double precision.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <utility>

#include "kernels/emulate/filtered_lrelu.h"
#include "tests/kernels/filtered_lrelu_cases.h"

namespace afs::kernels {
namespace {

using emulate::Allocations;
using emulate::Report;
using test::InstanceKind;
using test::Memory;
using test::Problem;
using test::Result;
using tile::Fault;
using tile::FirKind;
using tile::MarchInstance;

// Runs the problem; says what is wrong with how it ran or with what it gave.
struct Outcome {
    std::string findings, difference;
    tile::FilteredLreluPlan plan;
};
struct Options {
    tile::PlanWishes wishes = {};
    Fault fault = Fault::none;
    bool nan_may_spread = false;
    unsigned seed = 1;
};
Outcome run(const Problem& problem, const Result& expected, const Options& options = {}, Memory* memory = nullptr) {
    Memory own(problem);
    Memory& used = memory != nullptr ? *memory : own;
    const FilteredLreluParams params = used.params();
    EXPECT_TRUE(filtered_lrelu_supports(params));
    Allocations allocations;
    allocations.add("x", used.x.data(), used.x.size(), false);
    allocations.add("y", used.y.data(), used.y.size(), true);
    allocations.add("bits", used.bits.data(), used.bits.size(), problem.sign == SignUse::write);
    allocations.add("bias", problem.bias.data(), problem.bias.size() * sizeof(float), false);
    allocations.add("load_scale", problem.load_scale.data(), problem.load_scale.size() * sizeof(float), false);
    allocations.add("store_scale", problem.store_scale.data(), problem.store_scale.size() * sizeof(float), false);
    if (problem.sign != SignUse::none) {
        EXPECT_EQ(cuda::filtered_lrelu_sign_bytes(params), static_cast<std::int64_t>(used.bits.size()));
    }
    Report report;
    Outcome result;
    result.plan = tile::plan_filtered_lrelu(params, {}, options.wishes);
    emulate::filtered_lrelu(result.plan, options.seed, allocations, report, options.fault);
    if (report.count() > 0) result.findings = report.text();
    result.difference = test::difference(problem, used, expected, options.nan_may_spread);
    return result;
}

InstanceKind kind_of(const MarchInstance& instance) {
    return {instance.up,
            instance.down,
            instance.taps,
            instance.kind == FirKind::plane_up,
            instance.kind == FirKind::plane_down,
            instance.channels > 1,
            instance.sign,
            instance.lead};
}

std::string name_of(const MarchInstance& instance) {
    const char* const kinds[] = {"separable", "plane down", "plane up"};
    const char* const signs[] = {"", ", writes signs", ", reads signs"};
    return "up " + std::to_string(instance.up) + ", down " + std::to_string(instance.down) + ", " +
           std::to_string(instance.taps) + " taps a phase, " + kinds[static_cast<int>(instance.kind)] +
           signs[static_cast<int>(instance.sign)] + (instance.channels > 1 ? ", 8 channels" : "");
}

// Small tiles, so that strips and chunks meet; the variant without wishes is cut as the launcher would.
tile::PlanWishes wishes_of(int variant) {
    if (variant == 0) return {.tile_w = 8, .tile_h = 8};
    if (variant == 1) return {.tile_w = 12, .tile_h = 4};
    if (variant == 2) return {.tile_h = 12};
    return {};
}

TEST(FilteredLreluTiles, EveryInstanceEqualsTheFormulas) {
    for (const MarchInstance& instance : tile::march_instances()) {
        for (int variant = 0; variant < test::kVariants; ++variant) {
            const Problem problem = test::instance_problem(kind_of(instance), variant);
            SCOPED_TRACE(name_of(instance) + ": " + problem.describe());
            const Outcome got = run(problem, test::reference(problem), {.wishes = wishes_of(variant)});
            ASSERT_EQ(got.plan.march, &instance);
            EXPECT_EQ(got.findings, "");
            EXPECT_EQ(got.difference, "");
        }
    }
}

TEST(FilteredLreluTiles, TheGeneralVersionEqualsTheFormulas) {
    int number = 0;
    for (const Problem& problem : test::general_problems()) {
        SCOPED_TRACE(problem.describe());
        const bool small = number++ % 2 == 0;
        const Outcome got = run(problem, test::reference(problem),
                                {.wishes = {.general = true, .tile_w = small ? 8 : 0, .tile_h = small ? 4 : 0}});
        EXPECT_EQ(got.plan.march, nullptr);
        EXPECT_EQ(got.findings, "");
        EXPECT_EQ(got.difference, "");
    }
}

// Filters shorter than the instances', paddings that shift rows against them: zeros are put in front of or behind the
// taps.
TEST(FilteredLreluTiles, OtherFiltersAndPaddingsFitIntoAnInstance) {
    test::Random random(11);
    int specialised = 0;
    for (int number = 0; number < 48; ++number) {
        Problem problem = test::instance_problem(
            {2 + 2 * (number % 2), 2, 6, false, false, number % 3 == 0, SignUse::write, 0}, number % test::kVariants);
        problem.up_filter = test::separable_filter(1 + number % 13, 1 + number % 11, random);
        problem.down_filter = test::separable_filter(1 + number % 12, 1 + number % 16, random);
        problem.pad_x += number % 5;
        problem.pad_y += number % 4;
        SCOPED_TRACE(problem.describe());
        const Outcome got =
            run(problem, test::reference(problem), {.wishes = wishes_of(number % 4), .nan_may_spread = true});
        EXPECT_EQ(got.findings, "");
        EXPECT_EQ(got.difference, "");
        specialised += got.plan.march != nullptr ? 1 : 0;
    }
    EXPECT_GT(specialised, 40);
}

// The shapes of SPEC 4 to 6 at 256, 512 and 1024, forward and gradient: sizes s + 20 except the last two, half of the
// layers change the rate.
TEST(FilteredLreluTiles, LayersOfTheSchedulesUseTheSpecialisations) {
    test::Random random(5);
    const auto expect_specialised = [](const FilteredLreluParams& params, int taps) {
        const tile::FilteredLreluPlan plan = tile::plan_filtered_lrelu(params, {});
        ASSERT_NE(plan.march, nullptr);
        EXPECT_EQ(plan.march->taps, taps);
        EXPECT_LE(plan.threads, plan.march->max_threads);
        EXPECT_LE(plan.shared_bytes, std::size_t{227} << 10);
    };
    for (const int taps : {4, 6, 8})
        for (const bool radial : {false, true})
            for (const int kernel : {1, 3})
                for (const int rate : {16, 32, 64, 128, 256, 512})
                    for (const int up : {2, 4})
                        for (const bool last : {false, true}) {
                            Problem p;
                            p.up = up;
                            p.down = 2;
                            p.channels = 81;
                            p.in_w = p.in_h = rate + 20 + kernel - 1;
                            p.out_w = p.out_h = rate * up / 2 + (last ? 0 : 20);
                            p.up_filter = test::separable_filter(taps * up, taps * up, random);
                            p.down_filter = radial ? test::plane_filter(2 * taps, 2 * taps, true, random)
                                                   : test::separable_filter(2 * taps, 2 * taps, random);
                            const int pad = (p.out_w - 1) * 2 + 1 - p.in_w * up + p.up_filter.width + 2 * taps - 2;
                            p.pad_x = p.pad_y = static_cast<int>(std::floor((pad + up) / 2.0));
                            for (const SignUse use : {SignUse::none, SignUse::write, SignUse::read}) {
                                p.sign = use;
                                SCOPED_TRACE(p.describe());
                                Problem small;
                                small.fill(random);
                                const Memory memory(small);
                                FilteredLreluParams params = memory.params();
                                params.channels = p.channels;
                                params.in_w = params.in_h = p.in_w;
                                params.out_w = params.out_h = p.out_w;
                                params.up_filter = p.up_filter.view();
                                params.down_filter = p.down_filter.view();
                                params.up = p.up;
                                params.down = p.down;
                                params.pad_x = params.pad_y = p.pad_x;
                                params.sign.use = use;
                                expect_specialised(params, taps);
                                if (use != SignUse::read) continue;
                                // Its gradient: filters exchanged and reversed.
                                std::swap(params.in_w, params.out_w);
                                std::swap(params.in_h, params.out_h);
                                std::swap(params.up_filter, params.down_filter);
                                std::swap(params.up, params.down);
                                params.pad_x = params.pad_y = p.up_filter.width + p.down_filter.width - 2 - p.pad_x;
                                expect_specialised(params, taps);
                            }
                        }
}

TEST(FilteredLreluTiles, WhatNoInstanceServesGoesToTheGeneralVersion) {
    test::Random random(9);
    const auto general = [](const Problem& problem) {
        const Memory memory(problem);
        return tile::plan_filtered_lrelu(memory.params(), {}).march == nullptr;
    };
    Problem problem = test::instance_problem({2, 2, 6, false, true, false, SignUse::none, 0}, 0);
    EXPECT_FALSE(general(problem));
    problem.down_filter.taps[0] += 0.5F;  // no longer its own mirror image: it must not be folded
    EXPECT_TRUE(general(problem));
    problem = test::instance_problem({2, 2, 6, false, false, false, SignUse::none, 0}, 0);
    problem.up_filter = test::separable_filter(17, 3, random);
    EXPECT_TRUE(general(problem));
    problem.up = 1;
    EXPECT_TRUE(general(problem));
}

TEST(FilteredLreluTiles, NothingIsLaunchedForNothing) {
    Problem problem = test::instance_problem({2, 2, 6, false, false, false, SignUse::none, 0}, 0);
    const Memory memory(problem);
    for (int FilteredLreluParams::*const size : {&FilteredLreluParams::batch, &FilteredLreluParams::channels,
                                                 &FilteredLreluParams::out_h, &FilteredLreluParams::out_w}) {
        FilteredLreluParams params = memory.params();
        params.*size = 0;
        EXPECT_EQ(tile::plan_filtered_lrelu(params, {}).blocks, 0U);
    }
}

TEST(FilteredLreluTiles, NaNReachesExactlyTheOutputsThatItTouches) {
    for (const MarchInstance& instance : tile::march_instances()) {
        if (instance.taps != 6 || instance.sign == SignUse::read) continue;
        Problem problem = test::instance_problem(kind_of(instance), 0);
        problem.x[problem.x.size() / 2] = std::numeric_limits<double>::quiet_NaN();
        problem.clamp = 2.0F;
        SCOPED_TRACE(name_of(instance) + ": " + problem.describe());
        const Result expected = test::reference(problem);
        const auto nans = std::count_if(expected.y.begin(), expected.y.end(), [](double y) { return std::isnan(y); });
        ASSERT_GT(nans, 0);
        ASSERT_LT(nans, static_cast<std::ptrdiff_t>(expected.y.size()));
        for (const bool general : {false, true}) {
            const Outcome got = run(problem, expected, {.wishes = {.general = general}});
            EXPECT_EQ(got.findings, "");
            // Folding mirrored columns may touch what a zero tap would not, never more rows and columns than the
            // filter.
            EXPECT_EQ(got.difference, "");
        }
    }
}

// Writes signs in a forward run, then reads them: with the filters as they were (the derivative along a direction) and
// with the filters exchanged and reversed (the gradient).
TEST(FilteredLreluTiles, SignsGiveTheDerivative) {
    for (const MarchInstance& instance : tile::march_instances()) {
        if (instance.sign != SignUse::write) continue;
        for (const bool general : {false, true}) {
            Problem forward = test::instance_problem(kind_of(instance), 0);
            forward.clamp = 3.0F;
            forward.load_scale.clear();
            forward.store_scale.clear();
            SCOPED_TRACE((general ? "general: " : "") + name_of(instance) + ": " + forward.describe());
            const tile::PlanWishes wishes{.general = general};
            // No sample so near to where the activation bends that float arithmetic might see another piece than
            // double.
            Result expected = test::reference(forward);
            const auto bends = [&](double u) {
                const double v = u < 0.0 ? u * forward.slope : u;
                // Exactly 0 beyond the picture: in any arithmetic.
                return (u != 0.0 && std::abs(u) < 2e-5) || std::abs(std::abs(v) - forward.clamp) < 2e-5;
            };
            for (unsigned seed = 1; seed < 100 && std::any_of(expected.u.begin(), expected.u.end(), bends); ++seed) {
                test::Random another(seed);
                forward.fill(another);
                expected = test::reference(forward);
            }
            ASSERT_FALSE(std::any_of(expected.u.begin(), expected.u.end(), bends));
            Memory memory(forward);
            const Outcome ran = run(forward, expected, {.wishes = wishes}, &memory);
            EXPECT_EQ(ran.findings + ran.difference, "");
            const std::vector<std::uint8_t> pieces = memory.pieces();
            // Every piece occurs, or this would show little.
            for (const int piece : {0, 1, 2}) EXPECT_NE(std::count(pieces.begin(), pieces.end(), piece), 0);

            test::Random random(17);
            std::normal_distribution<double> normal;
            Problem along = forward;
            along.sign = SignUse::read;
            along.bias.clear();
            along.read = {forward.u_w(), forward.u_h(), 0, 0, pieces};
            for (double& value : along.x) value = static_cast<float>(normal(random));
            // Central differences of the formulas, in double precision.
            constexpr double kStep = 1e-7;
            Problem plus = forward, minus = forward;
            plus.sign = minus.sign = SignUse::none;
            for (std::size_t k = 0; k < along.x.size(); ++k) {
                plus.x[k] += kStep * along.x[k];
                minus.x[k] -= kStep * along.x[k];
            }
            Result derivative = test::reference(plus);
            const Result before = test::reference(minus);
            double largest = 0.0;
            for (std::size_t k = 0; k < derivative.y.size(); ++k) {
                derivative.y[k] = (derivative.y[k] - before.y[k]) / (2 * kStep);
                largest = std::max(largest, std::abs(derivative.y[k]));
            }
            Memory along_memory(along);
            const Outcome along_ran = run(along, test::reference(along), {.wishes = wishes}, &along_memory);
            EXPECT_EQ(along_ran.findings + along_ran.difference, "");
            const std::vector<double> along_y = along_memory.outputs();
            // Differences lose 1e-16 / 1e-7 of values near 100; a sample that changes its piece within the step would
            // be seen as far more.
            for (std::size_t k = 0; k < along_y.size(); ++k)
                ASSERT_NEAR(along_y[k], derivative.y[k], 2e-5 * largest) << k;

            Problem gradient = forward;
            gradient.sign = SignUse::read;
            gradient.bias.clear();
            std::swap(gradient.in_w, gradient.out_w);
            std::swap(gradient.in_h, gradient.out_h);
            std::swap(gradient.up, gradient.down);
            gradient.up_filter = forward.down_filter.reversed();
            gradient.down_filter = forward.up_filter.reversed();
            gradient.pad_x = forward.up_filter.width + forward.down_filter.width - 2 - forward.pad_x;
            gradient.pad_y = forward.up_filter.height + forward.down_filter.height - 2 - forward.pad_y;
            gradient.read = {forward.u_w(), forward.u_h(), forward.pad_x - forward.up_filter.width + 1,
                             forward.pad_y - forward.up_filter.height + 1, pieces};
            gradient.x.resize(forward.x.size() / static_cast<std::size_t>(forward.in_w * forward.in_h) *
                              static_cast<std::size_t>(gradient.in_w * gradient.in_h));
            for (double& value : gradient.x) value = static_cast<float>(normal(random));
            Memory gradient_memory(gradient);
            const Outcome gradient_ran = run(gradient, test::reference(gradient), {.wishes = wishes}, &gradient_memory);
            EXPECT_EQ(gradient_ran.findings + gradient_ran.difference, "");
            EXPECT_EQ(gradient_ran.plan.march == nullptr, general);
            // <dy, J dx> = <J^T dy, dx>.
            const std::vector<double> dx = gradient_memory.outputs();
            double left = 0.0, right = 0.0, size = 0.0;
            for (std::size_t k = 0; k < derivative.y.size(); ++k) left += derivative.y[k] * gradient.x[k];
            for (std::size_t k = 0; k < dx.size(); ++k) {
                right += dx[k] * along.x[k];
                size += std::abs(dx[k] * along.x[k]);
            }
            EXPECT_NEAR(left, right, 1e-5 * size);
        }
    }
}

// One tap of a kernel is another one's: if the comparison did not see it, it would not be this code that is compared.
TEST(FilteredLreluTiles, AWrongTapIsSeen) {
    for (const MarchInstance& instance : tile::march_instances()) {
        if (instance.taps != 6 || instance.channels != 1) continue;
        const Problem problem = test::instance_problem(kind_of(instance), 0);
        SCOPED_TRACE(name_of(instance));
        EXPECT_NE(run(problem, test::reference(problem), {.fault = Fault::tap}).difference, "");
    }
    const Problem problem = test::instance_problem({2, 2, 6, false, false, false, SignUse::none, 0}, 0);
    EXPECT_NE(run(problem, test::reference(problem), {.wishes = {.general = true}, .fault = Fault::tap}).difference,
              "");
}

TEST(FilteredLreluTiles, AMissingBarrierIsSeen) {
    const auto seen = [](const Problem& problem, const tile::PlanWishes& wishes) {
        const std::string findings =
            run(problem, test::reference(problem), {.wishes = wishes, .fault = Fault::barrier}).findings;
        return findings.find("in the phase in which") != std::string::npos ||
               findings.find("uninitialised") != std::string::npos;
    };
    for (const MarchInstance& instance : tile::march_instances()) {
        if (instance.taps != 6 || instance.channels != 1) continue;
        SCOPED_TRACE(name_of(instance));
        EXPECT_TRUE(seen(test::instance_problem(kind_of(instance), 0), {}));
    }
    EXPECT_TRUE(seen(test::instance_problem({2, 2, 6, false, false, false, SignUse::none, 0}, 0), {.general = true}));
}

}  // namespace
}  // namespace afs::kernels
