// How operators of this room refuse an argument: the operator, the argument's name, what came.
#pragma once

#include <fmt/format.h>

#include <string>

#include "core/base/error.h"
#include "core/ops/tensor_convert.h"

namespace afs {

[[nodiscard]] std::string describe(const Tensor& tensor);  // "[2, 3, 8, 8] float32", "undefined"

// For use as `if (bad) refuse_argument("upfirdn2d", "x is {}, but ...", describe(x));`
template <class... Args>
[[noreturn]] void refuse_argument(const char* operator_name, fmt::format_string<Args...> why, Args&&... args) {
    throw Error(ErrorKind::argument, fmt::format("Could not compute {}", operator_name),
                fmt::format(why, std::forward<Args>(args)...));
}

// x must be a floating-point tensor [N, C, H, W] with H and W of at least one sample.
void check_picture(const char* operator_name, const char* name, const Tensor& x);
// bias must be undefined or [channels] on x's device.
void check_bias(const char* operator_name, const Tensor& bias, const Tensor& x, std::int64_t channels);
// A filter must be undefined, [taps] or [h, w], of at least one tap, floating point, in host memory or on x's device.
void check_filter(const char* operator_name, const char* name, const Tensor& filter, const Tensor& x);

// A result without elements that gradients still flow through.
[[nodiscard]] Tensor empty_result(const Tensor& x, at::IntArrayRef shape);

}  // namespace afs
