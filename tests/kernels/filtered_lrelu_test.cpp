// The CUDA kernels of filtered_lrelu, run by kernels/emulate: the very code that nvcc compiles, checked for races, bounds
// and alignment while it runs, compared with the formulas in double precision.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

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
            std::printf("%s: %s: %d threads, %llu blocks, %zu bytes\n", name_of(instance).c_str(),
                        problem.describe().c_str(), got.plan.threads,
                        static_cast<unsigned long long>(got.plan.blocks), got.plan.shared_bytes);
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
        std::printf("general: %s: %llu blocks, %zu bytes\n", problem.describe().c_str(),
                    static_cast<unsigned long long>(got.plan.blocks), got.plan.shared_bytes);
    }
}

}  // namespace
}  // namespace afs::kernels
