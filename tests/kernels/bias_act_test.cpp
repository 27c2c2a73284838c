// Runs the CUDA kernel of bias_act on the host and compares it with the formulas.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/emulate/bias_act.h"
#include "tests/kernels/bias_act_cases.h"

namespace afs::kernels {
namespace {

using test::BiasActMemory;
using test::BiasActProblem;

void add_memory(emulate::Allocations& allocations, const BiasActMemory& memory) {
    allocations.add("x", memory.x.data(), memory.x.size(), false);
    allocations.add("y", memory.y.data(), memory.y.size(), true);
    allocations.add("result", memory.result.data(), memory.result.size(), false);
    allocations.add("bias", memory.bias.data(), memory.bias.size() * sizeof(float), false);
    allocations.add("scale", memory.scale.data(), memory.scale.size() * sizeof(float), false);
    allocations.add("noise", memory.noise.data(), memory.noise.size() * sizeof(float), false);
}

TEST(EmulatedBiasAct, EqualsTheFormulas) {
    bool vectors = false, single = false;
    for (const BiasActProblem& problem : test::bias_act_problems()) {
        SCOPED_TRACE(problem.describe());
        const BiasActMemory memory(problem);
        emulate::Allocations allocations;
        add_memory(allocations, memory);
        emulate::Report report;
        const tile::BiasActPlan plan = tile::plan_bias_act(memory.params());
        ASSERT_TRUE(plan.fits);
        (plan.params.vectors ? vectors : single) = true;
        emulate::bias_act(plan, problem.storage, 5, allocations, report);
        EXPECT_EQ(report.count(), 0U) << report.text();
        EXPECT_EQ(test::difference(memory), "");
    }
    EXPECT_TRUE(vectors);
    EXPECT_TRUE(single);
}

// It is this code that is compared, and the comparison sees a part in a thousand.
TEST(EmulatedBiasAct, IsSeenToDifferWhereAConstantDoes) {
    BiasActProblem problem{Storage::f32, 2, 5, 36, 2};
    problem.clamp = 2.0F;
    for (int constant = 0; constant < 3; ++constant) {
        const BiasActMemory memory(problem);
        emulate::Allocations allocations;
        add_memory(allocations, memory);
        emulate::Report report;
        tile::BiasActPlan plan = tile::plan_bias_act(memory.params());
        (constant == 0 ? plan.params.slope : constant == 1 ? plan.params.gain : plan.params.limit) *= 1.001F;
        emulate::bias_act(plan, problem.storage, 5, allocations, report);
        EXPECT_NE(test::difference(memory), "") << constant;
    }
}

TEST(EmulatedBiasAct, KeepsNan) {
    BiasActProblem problem{Storage::f32, 1, 1, 8, 1};
    problem.clamp = 1.0F;
    BiasActMemory memory(problem);
    const float nan = std::numeric_limits<float>::quiet_NaN();
    std::memcpy(memory.x.data() + 4, &nan, 4);
    emulate::Allocations allocations;
    add_memory(allocations, memory);
    emulate::Report report;
    emulate::bias_act(tile::plan_bias_act(memory.params()), problem.storage, 5, allocations, report);
    float y[8];
    std::memcpy(y, memory.y.data(), sizeof y);
    for (int k = 0; k < 8; ++k) EXPECT_EQ(std::isnan(y[k]), k == 1) << k;
}

TEST(EmulatedBiasAct, PlansNothingForAnEmptyBatchAndRefusesWhatCannotBeCounted) {
    BiasActParams params;
    EXPECT_EQ(tile::plan_bias_act(params).blocks, 0U);
    params.outer = params.batch = 1;
    params.channels = 1;
    params.inner = std::int64_t{1} << 32;
    EXPECT_FALSE(tile::plan_bias_act(params).fits);
}

}  // namespace
}  // namespace afs::kernels
