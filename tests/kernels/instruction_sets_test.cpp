// The CPU kernels on the problems of the CUDA kernels' suites, compared with the same formulas.
#include "tests/kernels/instruction_sets.h"

#include <cmath>

#include "kernels/filtered_lrelu.h"
#include "tests/kernels/bias_act_cases.h"
#include "tests/kernels/filtered_lrelu_cases.h"

namespace afs::kernels {
namespace {

using test::many_ranges;

class EveryInstructionSet : public test::ByInstructionSet {};
AFS_BY_EVERY_INSTRUCTION_SET(EveryInstructionSet);

TEST_P(EveryInstructionSet, IsTheOneThatRuns) { EXPECT_STREQ(cpu::instruction_set(), hwy::TargetName(GetParam())); }

void expect_the_formulas(const test::Problem& problem) {
    SCOPED_TRACE(problem.describe());
    test::Memory memory(problem);
    cpu::filtered_lrelu(memory.params(), many_ranges());
    EXPECT_EQ(test::difference(problem, memory, test::reference(problem)), "");
}

TEST_P(EveryInstructionSet, ComputesFilteredLreluAsTheFormulasDo) {
    for (test::Problem problem : test::general_problems()) {
        problem.sign = SignUse::none;  // the layout of signs is each device's own
        expect_the_formulas(problem);
    }
    for (const int up : {2, 4})
        for (const int taps : {4, 6, 8})
            for (const bool radial : {false, true})
                for (const bool channels_last : {false, true})
                    for (int variant = 0; variant < test::kVariants; ++variant)
                        expect_the_formulas(test::instance_problem(
                            {up, 2, taps, false, radial, channels_last, SignUse::none, 0}, variant));
}

// Pieces written by one call and read by another one: the derivative along a direction. No sample may lie so near to a
// bend that float arithmetic sees another piece than double.
TEST_P(EveryInstructionSet, RemembersThePiecesOfTheActivation) {
    int compared = 0;
    for (const int up : {2, 4})
        for (const bool radial : {false, true})
            for (const bool channels_last : {false, true}) {
                test::Problem forward =
                    test::instance_problem({up, 2, 6, false, radial, channels_last, SignUse::none, 0}, 0);
                forward.clamp = 3.0F;
                forward.load_scale.clear();
                test::Result expected = test::reference(forward);
                const auto bends = [&](double u) {
                    const double v = u < 0.0 ? u * forward.slope : u;
                    return (u != 0.0 && std::abs(u) < 2e-5) || std::abs(std::abs(v) - forward.clamp) < 2e-5;
                };
                for (unsigned seed = 1; seed < 100 && std::ranges::any_of(expected.u, bends); ++seed) {
                    test::Random another(seed);
                    forward.fill(another);
                    expected = test::reference(forward);
                }
                if (std::ranges::any_of(expected.u, bends)) continue;
                ++compared;
                SCOPED_TRACE(forward.describe());
                test::Memory written(forward);
                FilteredLreluParams params = written.params();
                params.sign = {SignUse::write, nullptr, forward.u_w(), forward.u_h(), 0, 0};
                std::vector<std::uint8_t> bits(static_cast<std::size_t>(cpu::filtered_lrelu_sign_bytes(params)));
                params.sign.bits = bits.data();
                cpu::filtered_lrelu(params, many_ranges());
                EXPECT_EQ(test::difference(forward, written, expected), "");

                test::Problem along = forward;
                along.sign = SignUse::read;
                along.bias.clear();
                test::Random random(17);
                along.fill(random);
                along.read = {forward.u_w(), forward.u_h(), 0, 0, expected.pieces};
                test::Memory read(along);
                params = read.params();
                params.sign.bits = bits.data();
                cpu::filtered_lrelu(params, many_ranges());
                EXPECT_EQ(test::difference(along, read, test::reference(along)), "");
            }
    EXPECT_GE(compared, 6);
}

TEST_P(EveryInstructionSet, ComputesBiasActAsTheFormulasDo) {
    for (const test::BiasActProblem& problem : test::bias_act_problems()) {
        SCOPED_TRACE(problem.describe());
        test::BiasActMemory memory(problem);
        cpu::bias_act(memory.params(), many_ranges());
        EXPECT_EQ(test::difference(memory), "");
    }
}

}  // namespace
}  // namespace afs::kernels
