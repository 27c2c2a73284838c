// The problems of the emulated suite on a GPU.
#include "kernels/cuda/filtered_lrelu_plan.h"
#include "tests/kernels/filtered_lrelu_cases.h"
#include "tests/kernels/on_device.h"

namespace afs::kernels {
namespace {

using test::copy_of;
using test::DeviceCopy;
using test::Memory;
using test::OnDevice;
using test::Problem;

void expect_equal_to_the_formulas(const Problem& problem) {
    SCOPED_TRACE(problem.describe());
    Memory memory(problem);
    FilteredLreluParams params = memory.params();
    const DeviceCopy x = copy_of(memory.x), y = copy_of(memory.y), bits = copy_of(memory.bits);
    const DeviceCopy bias = copy_of(problem.bias), load = copy_of(problem.load_scale),
                     store = copy_of(problem.store_scale);
    params.x = x.as<void>();
    params.y = y.as<void>();
    params.sign.bits = bits.as<std::uint8_t>();
    params.bias = bias.as<float>();
    params.load_scale = load.as<float>();
    params.store_scale = store.as<float>();
    test::expect_done([&](void* stream) { return cuda::filtered_lrelu(params, stream); });
    y.copy_back(memory.y.data());
    bits.copy_back(memory.bits.data());
    EXPECT_EQ(test::difference(problem, memory, test::reference(problem)), "");
}

TEST_F(OnDevice, EveryInstanceEqualsTheFormulas) {
    for (const tile::MarchInstance& instance : tile::march_instances())
        for (int variant = 0; variant < test::kVariants; ++variant)
            expect_equal_to_the_formulas(test::instance_problem(
                {instance.up, instance.down, instance.taps, instance.kind == tile::FirKind::plane_up,
                 instance.kind == tile::FirKind::plane_down, instance.channels > 1, instance.sign, instance.lead},
                variant));
}

TEST_F(OnDevice, TheGeneralVersionEqualsTheFormulas) {
    for (const Problem& problem : test::general_problems()) expect_equal_to_the_formulas(problem);
}

}  // namespace
}  // namespace afs::kernels
