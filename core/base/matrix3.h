// 3x3 matrices of the picture plane, row-major, acting on column vectors (x right, y down, 1).
#pragma once

#include <array>
#include <optional>

namespace afs {

using Matrix3 = std::array<double, 9>;

inline constexpr Matrix3 kIdentity3 = {1, 0, 0, 0, 1, 0, 0, 0, 1};

[[nodiscard]] Matrix3 multiply(const Matrix3& a, const Matrix3& b);
[[nodiscard]] std::optional<Matrix3> inverse(const Matrix3& m);  // nothing when singular or not finite

}  // namespace afs
