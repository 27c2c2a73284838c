// Blocks of output pixels of one row: their taps are made once and then applied to a group of channels. Rows of one
// group follow each other: what they read of its planes, a band as wide as the filter, stays in the cache from row to
// row.
#include "kernels/affine_resample.h"

#define HWY_DISABLED_TARGETS HWY_SSSE3  // adds nothing to this over the baseline
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/affine_resample.cpp"
#include <hwy/foreach_target.h>
// clang-format off: the order matters to Highway
#include <hwy/highway.h>
#include "kernels/cpu/elements-inl.h"
// clang-format on

#include <algorithm>
#include <cmath>
#include <vector>

HWY_BEFORE_NAMESPACE();
namespace afs::kernels::cpu::HWY_NAMESPACE {
namespace {

constexpr int kBlock = 16;  // output pixels whose taps lie in the cache together
constexpr int kGroup = 16;  // channels whose bands do

class Work {
  public:
    explicit Work(const AffineResampleParams& p)
        : p_(p),
          row_stride_(p.width + 2 * static_cast<std::int64_t>(p.pad)),
          plane_(row_stride_ * (p.height + 2 * static_cast<std::int64_t>(p.pad))),
          footprint_(static_cast<std::int64_t>(p.reach) * p.tap_stride),
          groups_((p.channels + kGroup - 1) / kGroup) {}

    [[nodiscard]] std::int64_t size() const { return p_.batch * groups_ * p_.out_height; }

    void rows(std::int64_t begin, std::int64_t end) const {
        std::vector<float> taps(static_cast<std::size_t>(kBlock * footprint_));
        std::array<std::int64_t, kBlock> corner{};
        for (std::int64_t i = begin; i < end; ++i) {
            const std::int64_t sample = i / p_.out_height / groups_, first = i / p_.out_height % groups_ * kGroup,
                               last = std::min(first + kGroup, p_.channels);
            const int row = static_cast<int>(i % p_.out_height);
            const float* const wanted = p_.wanted ? p_.wanted + static_cast<std::int64_t>(row) * p_.out_width : nullptr;
            for (int column = 0; column < p_.out_width; column += kBlock) {
                const int count = std::min(kBlock, p_.out_width - column);
                for (int k = 0; k < count; ++k)
                    corner[static_cast<std::size_t>(k)] =
                        wanted && wanted[column + k] == 0.0F
                            ? -1
                            : gather_taps(column + k, row, taps.data() + static_cast<std::int64_t>(k) * footprint_);
                for (std::int64_t c = first; c < last; ++c) {
                    const float* const x = p_.x + (sample * p_.channels + c) * plane_;
                    float* const y = p_.y + ((sample * p_.channels + c) * p_.out_height + row) * p_.out_width + column;
                    for (int k = 0; k < count; ++k) {
                        const std::int64_t at = corner[static_cast<std::size_t>(k)];
                        y[k] = at < 0 ? 0.0F : dot(x + at, taps.data() + static_cast<std::int64_t>(k) * footprint_);
                    }
                }
            }
        }
    }

  private:
    // The taps of one output pixel; result: where in a padded plane they begin, negative where the pixel is zero.
    std::int64_t gather_taps(int column, int row, float* to) const {
        const auto& m = p_.position;
        const double x = m[0] * column + m[1] * row + m[2], y = m[3] * column + m[4] * row + m[5];
        const double left = std::floor(x), top = std::floor(y);
        // Far outside: before the numbers become integers.
        const double beyond = static_cast<double>(p_.reach / 2) * p_.up + p_.up;
        if (!(left > -beyond && left < p_.width * static_cast<double>(p_.up) + beyond && top > -beyond &&
              top < p_.height * static_cast<double>(p_.up) + beyond))
            return -1;
        const auto ix = static_cast<std::int64_t>(left), iy = static_cast<std::int64_t>(top);
        const std::int64_t qx = floor_divide(ix), qy = floor_divide(iy);
        const std::int64_t px = ix - qx * p_.up, py = iy - qy * p_.up;
        const auto fx = static_cast<float>(x - left), fy = static_cast<float>(y - top);
        const float* const first = p_.taps + (py * (p_.up + 1) + px) * footprint_;
        const float* const below = first + (p_.up + 1) * footprint_;
        const D d;
        const V a = hn::Set(d, (1 - fy) * (1 - fx)), b = hn::Set(d, (1 - fy) * fx), c = hn::Set(d, fy * (1 - fx)),
                e = hn::Set(d, fy * fx);
        for (std::int64_t i = 0; i < footprint_; i += kLanes) {
            V sum = hn::Mul(a, hn::LoadU(d, first + i));
            sum = hn::MulAdd(b, hn::LoadU(d, first + footprint_ + i), sum);
            sum = hn::MulAdd(c, hn::LoadU(d, below + i), sum);
            hn::StoreU(hn::MulAdd(e, hn::LoadU(d, below + footprint_ + i), sum), d, to + i);
        }
        const std::int64_t half = p_.reach / 2;
        return (qy - half + 1 + p_.pad) * row_stride_ + qx - half + 1 + p_.pad;
    }

    [[nodiscard]] std::int64_t floor_divide(std::int64_t i) const {
        return i >= 0 ? i / p_.up : -((p_.up - 1 - i) / p_.up);
    }

    HWY_INLINE float dot(const float* x, const float* taps) const {
        const D d;
        V even = hn::Zero(d), odd = hn::Zero(d);
        for (int r = 0; r < p_.reach; r += 2) {
            for (int s = 0; s < p_.tap_stride; s += kLanes) {
                even = hn::MulAdd(hn::LoadU(d, x + s), hn::LoadU(d, taps + s), even);
                odd = hn::MulAdd(hn::LoadU(d, x + row_stride_ + s), hn::LoadU(d, taps + p_.tap_stride + s), odd);
            }
            x += 2 * row_stride_;
            taps += 2 * static_cast<std::int64_t>(p_.tap_stride);
        }
        return hn::GetLane(hn::SumOfLanes(d, hn::Add(even, odd)));
    }

    const AffineResampleParams& p_;
    std::int64_t row_stride_, plane_, footprint_, groups_;
};

}  // namespace

void run(const AffineResampleParams& p, const ParallelFor& parallel_for) {
    const Work work(p);
    parallel_for(work.size(), [&](std::int64_t begin, std::int64_t end) { work.rows(begin, end); });
}

}  // namespace afs::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace afs::kernels::cpu {

HWY_EXPORT(run);

void affine_resample(const AffineResampleParams& params, const ParallelFor& parallel_for) {
    if (params.batch == 0 || params.channels == 0 || params.out_height == 0 || params.out_width == 0) return;
    HWY_DYNAMIC_DISPATCH(run)(params, parallel_for);
}

}  // namespace afs::kernels::cpu
#endif
