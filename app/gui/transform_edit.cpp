#include "app/gui/transform_edit.h"

#include <cmath>
#include <numbers>

namespace afs::gui {

void move_by(Transform& t, double dx, double dy) {
    (t.matrix ? (*t.matrix)[2] : t.translate_x) += dx;
    (t.matrix ? (*t.matrix)[5] : t.translate_y) += dy;
}

void turn_by(Transform& t, double degrees) {
    if (!t.matrix) {
        t.rotate_deg += degrees;
        return;
    }
    const double a = degrees * std::numbers::pi / 180.0, c = std::cos(a), s = std::sin(a);
    Matrix3& m = *t.matrix;
    const Matrix3 old = m;
    for (const std::size_t column : {0u, 1u}) {
        m[column] = c * old[column] + s * old[3 + column];
        m[3 + column] = -s * old[column] + c * old[3 + column];
    }
}

Point centre_of(const Transform& t) {
    return t.matrix ? Point{(*t.matrix)[2], (*t.matrix)[5]} : Point{t.translate_x, t.translate_y};
}

double determinant(const Matrix3& m) { return m[0] * m[4] - m[1] * m[3]; }

const char* not_trained_for(const Transform& t) {
    if (!t.matrix) {
        if (t.scale != 1.0) return t.shear != 0.0 ? "Scale and shear: not trained for" : "Scale: not trained for";
        return t.shear != 0.0 ? "Shear: not trained for" : "";
    }
    const Matrix3& m = *t.matrix;
    constexpr double kRounding = 1e-9;
    const bool turns_only = std::fabs(m[0] - m[4]) < kRounding && std::fabs(m[1] + m[3]) < kRounding;
    if (turns_only && std::fabs(determinant(m) - 1.0) < kRounding) return "";
    return determinant(m) < 0 ? "Mirrored: not trained for" : "Scaled or sheared: not trained for";
}

}  // namespace afs::gui
