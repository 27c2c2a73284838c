// Pins that the benchmarks' yardstick computes what the program's operators compute: else its time would say nothing.
#include "tests/bench/zero_insertion.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/ops/modulated_conv.h"
#include "tests/ops/ops_testing.h"

namespace afs::test {
namespace {

TEST(ZeroInsertion, IsTheSameOperator) {
    const at::NoGradGuard no_grad;
    for (const int up : {1, 2, 4})
        for (const bool radial : {false, true}) {
            FilteredLreluSpec spec;
            spec.up = up;
            spec.down = 2;
            spec.up_filter = normal({6 * up}, 1).to(at::kFloat) * 0.2;
            spec.down_filter = radial ? normal({12, 12}, 2).to(at::kFloat) * 0.1 : normal({12}, 2).to(at::kFloat) * 0.2;
            spec.padding = {9, 10, 11, 8};
            spec.clamp = 2.0;
            const Tensor x = normal({2, 5, 14, 13}, 3).to(at::kFloat), bias = normal({5}, 4).to(at::kFloat);
            EXPECT_NEAR_RELATIVE(zero_insertion::filtered_lrelu(x, bias, spec), filtered_lrelu(x, bias, spec), 1e-5);
        }
    const Tensor x = normal({2, 5, 9, 8}, 5).to(at::kFloat), w = normal({7, 5, 3, 3}, 6).to(at::kFloat),
                 s = normal({2, 5}, 7).to(at::kFloat);
    for (const bool demodulate : {true, false})
        EXPECT_NEAR_RELATIVE(zero_insertion::modulated_conv3(x, w, s, demodulate), modulated_conv3(x, w, s, demodulate),
                             1e-5);
}

}  // namespace
}  // namespace afs::test
