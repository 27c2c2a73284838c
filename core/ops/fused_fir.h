// filtered_lrelu and upfirdn2d through the one-pass kernels (kernels/filtered_lrelu.h), with gradients of any order.
// Internal to this room; arguments have been checked.
#pragma once

#include <optional>

#include "core/ops/filtered_lrelu.h"

namespace afs::detail {

// Nothing where the kernels do not take these arguments (kernels/filtered_lrelu.h): float64, factors
// other than 1, 2 and 4, filters of more than 32 taps. out_h, out_w >= 1.
[[nodiscard]] std::optional<Tensor> filtered_lrelu_by_kernel(const Tensor& x, const Tensor& bias,
                                                             const FilteredLreluSpec& spec, std::int64_t out_h,
                                                             std::int64_t out_w);

// upfirdn2d likewise: a filtered_lrelu with one filter and no bend. Nothing also where factors differ along x and y.
[[nodiscard]] std::optional<Tensor> upfirdn2d_by_kernel(const Tensor& x, const Tensor& filter, Factor2d up,
                                                        Factor2d down, Padding2d padding, double gain, bool flip,
                                                        std::int64_t out_h, std::int64_t out_w);

}  // namespace afs::detail
