#include "core/train/augment_filters.h"

#include <ATen/ATen.h>

#include <array>
#include <span>
#include <vector>

#include "core/base/error.h"

namespace afs {
namespace {

// Of the many factors of the same half-band polynomial, those whose phase is closest to linear (Daubechies, "Ten
// lectures on wavelets", section 8.1.1).
constexpr std::array kSymlet2 = {-0.12940952255092145, 0.22414386804185735, 0.836516303737469, 0.48296291314469025};
constexpr std::array kSymlet6 = {0.015404109327027373, 0.0034907120842174702, -0.11799011114819057,
                                 -0.048311742585633,   0.4910559419267466,    0.787641141030194,
                                 0.3379294217276218,   -0.07263752278646252,  -0.021060292512300564,
                                 0.04472490177066578,  0.0017677118642428036, -0.007800708325034148};

using Taps = std::vector<double>;

Taps product(const Taps& a, const Taps& b) {
    Taps result(a.size() + b.size() - 1, 0.0);
    for (std::size_t i = 0; i < a.size(); ++i)
        for (std::size_t j = 0; j < b.size(); ++j) result[i + j] += a[i] * b[j];
    return result;
}

// a(z^factor)
Taps spread(const Taps& a, std::size_t factor) {
    Taps result((a.size() - 1) * factor + 1, 0.0);
    for (std::size_t i = 0; i < a.size(); ++i) result[i * factor] = a[i];
    return result;
}

Taps half_autocorrelation(const Taps& a) {
    Taps result = product(a, Taps(a.rbegin(), a.rend()));
    for (double& tap : result) tap /= 2;
    return result;
}

Tensor as_tensor(std::span<const double> taps) {
    return at::tensor(at::ArrayRef<double>(taps.data(), taps.size()), at::kDouble);
}

}  // namespace

Tensor symlet(int vanishing_moments) {
    AFS_CHECK(vanishing_moments == 2 || vanishing_moments == 6);
    return vanishing_moments == 2 ? as_tensor(kSymlet2) : as_tensor(kSymlet6);
}

Tensor band_filters() {
    const Taps low(kSymlet2.begin(), kSymlet2.end());
    Taps high = low;
    for (std::size_t i = 1; i < high.size(); i += 2) high[i] = -high[i];
    const Taps l = half_autocorrelation(low), h = half_autocorrelation(high);
    const Taps l2 = product(l, spread(l, 2));
    const std::array<Taps, 4> bands = {product(l2, spread(l, 4)), product(l2, spread(h, 4)), product(l, spread(h, 2)),
                                       h};
    const auto width = static_cast<std::int64_t>(bands[0].size());
    Tensor result = at::zeros({4, width}, at::kDouble);
    for (std::int64_t i = 0; i < 4; ++i) {
        const Tensor taps = as_tensor(bands[static_cast<std::size_t>(i)]);
        result[i].narrow(0, (width - taps.size(0)) / 2, taps.size(0)).copy_(taps);
    }
    return result;
}

}  // namespace afs
