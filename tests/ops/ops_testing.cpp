#include "tests/ops/ops_testing.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "core/base/error.h"
#include "core/ops/argument_checks.h"
#include "core/ops/device.h"
#include "tests/support/gpu.h"

namespace afs::test {
namespace {

// These tensors are so small that handing them to threads costs more than the work; on a busy machine very much more.
class OneThread : public ::testing::Environment {
  public:
    void SetUp() override { set_compute_threads(1); }
};
[[maybe_unused]] const auto* const one_thread = ::testing::AddGlobalTestEnvironment(new OneThread);

at::Device current_device = at::kCPU;

std::vector<Tensor> gradients(const Tensor& y, const std::vector<Tensor>& inputs, const Tensor& upstream) {
    return torch::autograd::grad({y}, inputs, {upstream}, /*retain_graph=*/true, /*create_graph=*/true,
                                 /*allow_unused=*/true);
}

// Absent gradients are zeros.
Tensor or_zeros(const Tensor& gradient, const Tensor& like) {
    return gradient.defined() ? gradient : at::zeros_like(like);
}

// First and second gradients, in a fixed order: with respect to the inputs; of sum(first * v) with respect to the
// upstream gradient, then the inputs.
struct AllGradients {
    std::vector<Tensor> first, second;
};
AllGradients all_gradients(const Tensor& y, const std::vector<Tensor>& inputs, const Tensor& dy, const Tensor& v) {
    AllGradients result;
    result.first = gradients(y, inputs, dy);
    if (!v.defined()) return result;
    std::vector<Tensor> with_dy{dy};
    with_dy.insert(with_dy.end(), inputs.begin(), inputs.end());
    const Tensor s = (or_zeros(result.first[0], inputs[0]) * v).sum();
    result.second = torch::autograd::grad({s}, with_dy, {}, /*retain_graph=*/true, /*create_graph=*/false,
                                          /*allow_unused=*/true);
    for (std::size_t i = 0; i < with_dy.size(); ++i) result.second[i] = or_zeros(result.second[i], with_dy[i]);
    for (std::size_t i = 0; i < inputs.size(); ++i) result.first[i] = or_zeros(result.first[i], inputs[i]);
    return result;
}

}  // namespace

void OnEveryDevice::SetUp() {
    const at::Device device(GetParam());
    if (device.is_cuda()) {
        AFS_NEEDS_GPU();
        use_exact_float32();
    }
    current_device = device;
}

void OnEveryDevice::TearDown() { current_device = at::kCPU; }

at::Device test_device() { return current_device; }

::testing::AssertionResult near_relative(const Tensor& got, const Tensor& expected, double tolerance, double floor) {
    if (!got.defined() || !expected.defined() || got.sizes() != expected.sizes())
        return ::testing::AssertionFailure()
               << "shapes differ: " << describe(got) << " instead of " << describe(expected);
    if (got.numel() == 0) return ::testing::AssertionSuccess();
    const Tensor a = got.detach().to(at::kCPU, at::kDouble), b = expected.detach().to(at::kCPU, at::kDouble);
    const double scale = std::max(floor, b.abs().max().item<double>());
    const double error = (a - b).abs().max().item<double>() / scale;
    if (error <= tolerance) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << "relative error " << error << " is above " << tolerance << ", scale "
                                         << scale << ", " << describe(got);
}

const GoldenFile& ops_golden() {
    static const GoldenFile file("ops.safetensors");
    return file;
}

void expect_recorded(const std::string& prefix, const Tolerances& tolerances,
                     const std::function<Tensor(const Json& parameters, const CaseInputs& inputs)>& op) {
    const GoldenFile& golden = ops_golden();
    const std::vector<std::string> names = golden.case_names(prefix);
    ASSERT_FALSE(names.empty()) << "nothing was recorded under " << prefix;
    for (const std::string& name : names) {
        SCOPED_TRACE(name);
        const Json& parameters = golden.parameters(name);
        const auto tensor = [&](const std::string& key) {
            return to_tensor(golden.tensor(name + "/" + key)).to(test_device());
        };
        std::vector<std::string> wanted;
        std::vector<Tensor> inputs;
        for (const auto& input : parameters.at("grads")) {
            wanted.push_back(input.get<std::string>());
            inputs.push_back(tensor("input_" + wanted.back()).requires_grad_());
        }
        const Tensor y = op(parameters, [&](const std::string& input) -> Tensor {
            const auto place = std::find(wanted.begin(), wanted.end(), input);
            if (place != wanted.end()) return inputs[static_cast<std::size_t>(place - wanted.begin())];
            return golden.has(name + "/input_" + input) ? tensor("input_" + input) : Tensor();
        });
        EXPECT_NEAR_RELATIVE(y, tensor("expect_y"), tolerances.forward);
        {
            // The path without gradients is another one.
            const at::NoGradGuard no_grad;
            const Tensor plain = op(parameters, [&](const std::string& input) {
                return golden.has(name + "/input_" + input) ? tensor("input_" + input) : Tensor();
            });
            EXPECT_NEAR_RELATIVE(plain, tensor("expect_y"), tolerances.forward) << "without gradients";
        }
        const bool second = parameters.value("second", false);
        const Tensor dy = tensor("input_dy").requires_grad_();
        const AllGradients got = all_gradients(y, inputs, dy, second ? tensor("input_v") : Tensor());
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            const double tolerance = wanted[i] == "b" ? std::max(tolerances.first, tolerances.bias) : tolerances.first;
            EXPECT_NEAR_RELATIVE(got.first[i], tensor("expect_grad_" + wanted[i]), tolerance) << "of " << wanted[i];
            if (second) {
                EXPECT_NEAR_RELATIVE(got.second[i + 1], tensor("expect_gg_" + wanted[i]), tolerances.second)
                    << "of " << wanted[i];
            }
        }
        if (second) {
            EXPECT_NEAR_RELATIVE(got.second[0], tensor("expect_gg_dy"), tolerances.second) << "of dy";
        }
    }
}

void expect_same_operator(const std::string& what, const Operator& product, const Operator& reference,
                          const std::vector<Tensor>& inputs, double float_tolerance, bool second_order) {
    SCOPED_TRACE(what);
    const auto copies = [&](at::ScalarType type) {
        std::vector<Tensor> list;
        for (const Tensor& input : inputs) list.push_back(input.detach().to(type).requires_grad_());
        return list;
    };
    const auto run = [&](const Operator& op, at::ScalarType type) {
        const std::vector<Tensor> leaves = copies(type);
        const Tensor y = op(leaves);
        const Tensor dy = normal(y.sizes(), 901).to(type).requires_grad_();
        const Tensor v = second_order ? normal(leaves[0].sizes(), 902).to(type) : Tensor();
        AllGradients all = all_gradients(y, leaves, dy, v);
        std::vector<Tensor> results{y};
        results.insert(results.end(), all.first.begin(), all.first.end());
        results.insert(results.end(), all.second.begin(), all.second.end());
        return results;
    };
    const std::vector<Tensor> expected = run(reference, at::kDouble);
    const std::vector<Tensor> wide = run(product, at::kDouble), narrow = run(product, at::kFloat);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        // Filters and weights are float32 in both forms: what remains is the order of sums.
        EXPECT_NEAR_RELATIVE(wide[i], expected[i], 1e-12) << "float64, result " << i;
        EXPECT_NEAR_RELATIVE(narrow[i], expected[i], float_tolerance) << "float32, result " << i;
    }
    const at::NoGradGuard no_grad;
    std::vector<Tensor> plain;
    for (const Tensor& input : inputs) plain.push_back(input.detach().to(at::kFloat));
    const std::vector<Tensor> before = [&] {
        std::vector<Tensor> list;
        for (const Tensor& input : plain) list.push_back(input.clone());
        return list;
    }();
    EXPECT_NEAR_RELATIVE(product(plain), expected[0], float_tolerance) << "without gradients";
    for (std::size_t i = 0; i < plain.size(); ++i)
        EXPECT_TRUE(at::equal(plain[i], before[i])) << "input " << i << " was written to";
}

void expect_numeric_gradients(const std::string& what, const Operator& op, const std::vector<Tensor>& inputs) {
    SCOPED_TRACE(what);
    std::vector<Tensor> leaves, directions;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        leaves.push_back(inputs[i].detach().to(at::kDouble).requires_grad_());
        directions.push_back(normal(inputs[i].sizes(), 910 + static_cast<unsigned>(i)));
    }
    const Tensor dy = normal(op(leaves).sizes(), 903);
    // The function of one number t: value and derivative of sum(y * dy) on the line inputs + t * directions.
    const auto along = [&](double t) {
        std::vector<Tensor> moved;
        for (std::size_t i = 0; i < leaves.size(); ++i)
            moved.push_back((leaves[i].detach() + t * directions[i]).requires_grad_());
        const Tensor value = (op(moved) * dy).sum();
        const std::vector<Tensor> first = torch::autograd::grad({value}, moved, {}, true, true, true);
        Tensor slope = at::zeros({}, at::kDouble);
        for (std::size_t i = 0; i < moved.size(); ++i)
            slope = slope + (or_zeros(first[i], moved[i]) * directions[i]).sum();
        double bend = 0.0;  // an operator that is linear in all inputs has no second derivative at all
        if (slope.requires_grad()) {
            const std::vector<Tensor> second = torch::autograd::grad({slope}, moved, {}, false, false, true);
            for (std::size_t i = 0; i < moved.size(); ++i)
                bend += (or_zeros(second[i], moved[i]) * directions[i]).sum().item<double>();
        }
        return std::array{value.item<double>(), slope.item<double>(), bend};
    };
    // Error of a central difference: h^2 times the third derivative, plus 1e-16 / h.
    constexpr double kStep = 1e-5;
    const auto before = along(-kStep), here = along(0.0), behind = along(kStep);
    const double scale = std::max({1.0, std::abs(here[1]), std::abs(here[2])});
    EXPECT_NEAR((behind[0] - before[0]) / (2 * kStep), here[1], 1e-6 * scale) << "first";
    EXPECT_NEAR((behind[1] - before[1]) / (2 * kStep), here[2], 1e-6 * scale) << "second";
}

Tensor normal(at::IntArrayRef shape, unsigned seed) {
    auto generator = at::detail::createCPUGenerator(seed);
    return at::randn(shape, generator, at::TensorOptions().dtype(at::kDouble)).to(test_device());
}

std::string refusal(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::argument) << error.what();
        return error.what();
    }
    ADD_FAILURE() << "nothing was refused";
    return {};
}

}  // namespace afs::test
