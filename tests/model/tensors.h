// Recorded numbers as tensors, and how tests compare them.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <string>

#include "core/ops/tensor_convert.h"
#include "tests/support/golden.h"

namespace afs::test {

inline Tensor golden_tensor(const GoldenFile& file, const std::string& name) { return to_tensor(file.tensor(name)); }

inline Tensor golden_tensor_or_none(const GoldenFile& file, const std::string& name) {
    return file.has(name) ? golden_tensor(file, name) : Tensor();
}

// max |got - want|, infinite where shapes differ or a value is not a number.
inline double max_difference(const Tensor& got, const Tensor& want) {
    if (got.sizes() != want.sizes()) return INFINITY;
    if (got.numel() == 0) return 0;
    const Tensor difference = (got.to(at::kDouble) - want.to(at::kDouble)).abs();
    return difference.isfinite().all().item<bool>() ? difference.max().item<double>() : INFINITY;
}

inline double max_abs(const Tensor& t) { return t.numel() == 0 ? 0 : t.abs().max().item().toDouble(); }

inline bool same_bits(const Tensor& a, const Tensor& b) { return a.dtype() == b.dtype() && at::equal(a, b); }

}  // namespace afs::test
