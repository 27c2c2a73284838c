// The equivariance operators (SPEC 9): what a perfectly equivariant generator would have drawn, made from its unmoved
// picture. Each returns the picture with the mask of the pixels that may be compared: the others depend on what lies
// outside of the picture.
//
// x: [N, C, H, W] floating point, any device and strides; results are float32 on its device. Without gradients. Any
// thread. All throw Error{argument} naming what cannot be computed.
#pragma once

#include <numbers>

#include "core/base/matrix3.h"
#include "core/ops/tensor_convert.h"

namespace afs {

struct Resampled {
    Tensor picture;  // [N, C, H, W]
    Tensor mask;     // [1, 1, H, W]: 1 or 0, the same for every picture
};

// tx, ty: to the right and downwards, fractions of W and H, rounded half to even to whole pixels. Zeros outside.
[[nodiscard]] Resampled integer_translation(const Tensor& x, double tx, double ty);

// Not rounded: separable Lanczos filter of 2a taps.
[[nodiscard]] Resampled fractional_translation(const Tensor& x, double tx, double ty, int a = 3);

struct BandlimitOptions {
    int a = 3;      // of the Lanczos windows
    int amax = 6;   // the filter's reach in input samples
    int aflt = 64;  // of the grid that the filter is designed on
    int up = 4;
    double cutoff_in = 1.0, cutoff_out = 1.0;  // relative to the bandwidth of the two sampling grids
    bool operator==(const BandlimitOptions&) const = default;
};

// What a picture must be filtered with before it is moved by `matrix`, so that nothing aliases in either sampling grid:
// the product of both low-pass filters in the frequency domain, windowed. Result: [2 amax up - 1]^2 float64 on the CPU,
// point-symmetric; the taps of each of the up x up phases sum to 1 / up^2.
[[nodiscard]] Tensor bandlimit_filter(const Matrix3& matrix, const BandlimitOptions& options);

// Moves the picture by `matrix` about its centre; its translation is in fractions of the sides. Filters are kept for
// the next pictures of the same matrix. On a CPU by kernels/affine_resample.h, elsewhere as affine_resample_plain does.
// wanted: [1, 1, H, W] float32 or undefined. Where it is 0, the mask is 0 too, and the picture may be, which saves
// time.
[[nodiscard]] Resampled affine_resample(const Tensor& x, const Matrix3& matrix, const BandlimitOptions& options = {},
                                        const Tensor& wanted = {});
// The same by LibTorch's operators: the whole upsampled picture, then bilinear samples of it.
[[nodiscard]] Resampled affine_resample_plain(const Tensor& x, const Matrix3& matrix,
                                              const BandlimitOptions& options = {});

// Counter-clockwise as seen (x right, y down), radians.
[[nodiscard]] Matrix3 rotation_matrix(double angle);
[[nodiscard]] Resampled rotation(const Tensor& x, double angle, int a = 3, const Tensor& wanted = {});
// Loses the frequencies that affine_resample by `matrix` loses, without moving.
[[nodiscard]] Resampled pseudo_affine(const Tensor& x, const Matrix3& matrix, int a = 3, const Tensor& wanted = {});
// The same of rotation by `angle`.
[[nodiscard]] Resampled pseudo_rotation(const Tensor& x, double angle, int a = 3, const Tensor& wanted = {});

}  // namespace afs
