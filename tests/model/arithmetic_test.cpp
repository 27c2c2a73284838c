// In which number formats a pass runs: TF32 is for those who ask, and for the pass that they ask it for.
#include "core/model/arithmetic.h"

#include <ATen/Context.h>
#include <gtest/gtest.h>

#include "core/base/error.h"

namespace afs {
namespace {

constexpr Device kGpu{Device::Kind::cuda, 0};

std::pair<bool, bool> tf32_allowed() {
    return {at::globalContext().allowTF32CuDNN(), at::globalContext().allowTF32CuBLAS()};
}

TEST(Arithmetic, Tf32IsChosenOnlyWhereItIsAskedForAndOnlyOnAGpu) {
    for (const Precision p : {Precision::automatic, Precision::fp32, Precision::tf32, Precision::bf16, Precision::fp16})
        EXPECT_EQ(choose_arithmetic(p, kGpu).tf32, p == Precision::tf32) << precision_name(p);
    EXPECT_FALSE(choose_arithmetic(Precision::tf32, {}).tf32);
}

TEST(Arithmetic, AScopeAllowsTf32AsLongAsItLives) {
    use_exact_float32();
    ASSERT_EQ(tf32_allowed(), std::pair(false, false));
    {
        const Float32Scope asked(kGpu, true);
        EXPECT_EQ(tf32_allowed(), std::pair(true, true));
        {
            const Float32Scope inner(kGpu, false);
            EXPECT_EQ(tf32_allowed(), std::pair(false, false));
        }
        EXPECT_EQ(tf32_allowed(), std::pair(true, true));
    }
    EXPECT_EQ(tf32_allowed(), std::pair(false, false));
    const Float32Scope on_cpu({}, true);
    EXPECT_EQ(tf32_allowed(), std::pair(false, false));
}

TEST(Arithmetic, HalfPrecisionIsTheGpusDefaultAndNotTheProcessors) {
    EXPECT_EQ(choose_arithmetic(Precision::automatic, kGpu).half, at::kHalf);
    EXPECT_EQ(choose_arithmetic(Precision::automatic, {}).half, at::kFloat);
    EXPECT_EQ(choose_arithmetic(Precision::bf16, {}).half, at::kBFloat16);
    EXPECT_THROW((void)choose_arithmetic(Precision::fp16, {}), Error);
}

}  // namespace
}  // namespace afs
