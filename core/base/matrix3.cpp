#include "core/base/matrix3.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace afs {

Matrix3 multiply(const Matrix3& a, const Matrix3& b) {
    Matrix3 product{};
    for (std::size_t row = 0; row < 3; ++row)
        for (std::size_t column = 0; column < 3; ++column)
            for (std::size_t k = 0; k < 3; ++k) product[row * 3 + column] += a[row * 3 + k] * b[k * 3 + column];
    return product;
}

std::optional<Matrix3> inverse(const Matrix3& m) {
    const auto& [a, b, c, d, e, f, g, h, i] = m;
    const Matrix3 adjugate = {e * i - f * h, c * h - b * i, b * f - c * e, f * g - d * i, a * i - c * g,
                              c * d - a * f, d * h - e * g, b * g - a * h, a * e - b * d};
    const double determinant = a * adjugate[0] + b * adjugate[3] + c * adjugate[6];
    double largest = 0.0;
    for (const double value : m) largest = std::max(largest, std::abs(value));
    // A determinant that is rounding noise of the entries' size is zero.
    if (!std::isfinite(determinant) || !std::isfinite(largest) ||
        std::abs(determinant) <= std::numeric_limits<double>::epsilon() * largest * largest * largest * 4)
        return std::nullopt;
    Matrix3 result{};
    for (std::size_t k = 0; k < 9; ++k) result[k] = adjugate[k] / determinant;
    return result;
}

}  // namespace afs
