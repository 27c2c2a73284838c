// CPU kernels by every instruction set that this machine has and they are compiled for, not only by the best one.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#define HWY_DISABLED_TARGETS HWY_SSSE3  // as the kernels do
#include <hwy/highway.h>

#include "kernels/parallel_for.h"

namespace afs::kernels::test {

// TEST_P of a class that derives from this, and AFS_BY_EVERY_INSTRUCTION_SET(class).
class ByInstructionSet : public ::testing::TestWithParam<std::int64_t> {
  protected:
    void SetUp() override { hwy::SetSupportedTargetsForTest(GetParam()); }
    void TearDown() override { hwy::SetSupportedTargetsForTest(0); }  // as found
};

inline std::vector<std::int64_t> instruction_sets() {
    std::vector<std::int64_t> sets;
    for (std::int64_t left = hwy::SupportedTargets() & HWY_TARGETS; left != 0; left &= left - 1)
        sets.push_back(left & -left);
    return sets;
}
#define AFS_BY_EVERY_INSTRUCTION_SET(suite)                                                             \
    INSTANTIATE_TEST_SUITE_P(Cpu, suite, ::testing::ValuesIn(::afs::kernels::test::instruction_sets()), \
                             [](const auto& test) { return std::string(hwy::TargetName(test.param)); })

// Ranges of one or two items each, in reverse: no thread may lean on another's work.
inline ParallelFor many_ranges() {
    return {3, [](std::int64_t count, const std::function<void(std::int64_t, std::int64_t)>& body) {
                for (std::int64_t end = count; end > 0; end -= 2) body(std::max<std::int64_t>(end - 2, 0), end);
            }};
}

}  // namespace afs::kernels::test
