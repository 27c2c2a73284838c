// What every operator's tests share: recorded cases with two orders of gradients, comparisons, seeded tensors.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/ops/tensor_convert.h"
#include "tests/support/golden.h"

namespace afs::test {

// Tests that every kind of device must pass: TEST_P of a class that derives from this, and AFS_ON_EVERY_DEVICE(class).
// While one runs, what this header makes lies on its device. Without a GPU those on CUDA are skipped, or fail where
// AFS_REQUIRE_GPU=1 asks for one.
class OnEveryDevice : public ::testing::TestWithParam<const char*> {
  protected:
    void SetUp() override;
    void TearDown() override;
};
#define AFS_ON_EVERY_DEVICE(suite)                                                 \
    INSTANTIATE_TEST_SUITE_P(EveryDevice, suite, ::testing::Values("cpu", "cuda"), \
                             [](const auto& test) { return std::string(test.param); })

[[nodiscard]] at::Device test_device();

// rel: max |a - b| / max(floor, max |b|), NaN counts as infinite. Shapes must agree.
[[nodiscard]] ::testing::AssertionResult near_relative(const Tensor& got, const Tensor& expected, double tolerance,
                                                       double floor = 1e-3);
#define EXPECT_NEAR_RELATIVE(got, expected, tolerance) \
    EXPECT_TRUE(::afs::test::near_relative((got), (expected), (tolerance)))

const GoldenFile& ops_golden();

struct Tolerances {
    double forward, first, second;
    double bias = 0;  // of first gradients with respect to "b", where they may be larger
};

// Runs every recorded case whose name starts with `prefix`: forward, gradients, gradients of gradients.
// op(parameters, inputs by name; undefined when absent) -> y.
using CaseInputs = std::function<Tensor(const std::string& name)>;
void expect_recorded(const std::string& prefix, const Tolerances& tolerances,
                     const std::function<Tensor(const Json& parameters, const CaseInputs& inputs)>& op);

// Compares two forms of an operator for the same inputs, in float64 and float32: forward, first and second gradients
// with respect to all of them. Tensors of float64; `what` is printed with a failure.
using Operator = std::function<Tensor(std::span<const Tensor> inputs)>;
void expect_same_operator(const std::string& what, const Operator& product, const Operator& reference,
                          const std::vector<Tensor>& inputs, double float_tolerance, bool second_order = true);

// First and second gradients against central differences, in float64, for an operator that is smooth near `inputs`.
void expect_numeric_gradients(const std::string& what, const Operator& op, const std::vector<Tensor>& inputs);

// Seeded normal values, float64: the same on every device.
[[nodiscard]] Tensor normal(at::IntArrayRef shape, unsigned seed);

// The message of the Error{argument} that `call` throws; fails the test when it does not.
[[nodiscard]] std::string refusal(const std::function<void()>& call);

}  // namespace afs::test
