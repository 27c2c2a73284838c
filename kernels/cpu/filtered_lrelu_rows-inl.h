// The row kernels of the CPU's filtered_lrelu, for one instruction set (Highway includes this file once for each). A
// "row" is an array of vectors, one vector of channels a sample: neighbouring samples are neighbouring vectors, so no
// lane ever moves, and a tap is one number for the whole vector. Blocks of outputs stay in registers while the input
// marches by.
//
// Every output is the sum of its taps in the order of their indices whatever block it lies in: how a picture is cut
// into tiles does not change a bit of it.

#if defined(AFS_FILTERED_LRELU_ROWS_INL_H) == defined(HWY_TARGET_TOGGLE)
#    ifdef AFS_FILTERED_LRELU_ROWS_INL_H
#        undef AFS_FILTERED_LRELU_ROWS_INL_H
#    else
#        define AFS_FILTERED_LRELU_ROWS_INL_H
#    endif

#    include <hwy/highway.h>

#    include <cstdint>
#    include <cstring>

#    include "kernels/filtered_lrelu.h"

HWY_BEFORE_NAMESPACE();
namespace afs::kernels::cpu::HWY_NAMESPACE {

inline constexpr int kSignBytes = (2 * kLanes + 7) / 8;

HWY_INLINE V load(const float* row, std::int64_t sample) { return hn::Load(D(), row + sample * kLanes); }
HWY_INLINE void store(V v, float* row, std::int64_t sample) { hn::Store(v, D(), row + sample * kLanes); }

struct Activation {
    float slope, clamp;
};

// Where a row's signs are: `bits` is the first sample's, samples outside of [begin, end) have none.
struct SignRow {
    std::uint8_t* bits = nullptr;
    std::int64_t begin = 0, end = 0;
};

template <bool kConvex> HWY_INLINE V leaky_relu(V u, V slope) {
    // The order of the operands keeps NaN on x86, where both instructions return the second one if either is NaN.
    return kConvex ? hn::Max(hn::Mul(u, slope), u) : hn::Min(hn::Mul(u, slope), u);
}

template <SignUse kSign, bool kConvex>
HWY_INLINE V activate(V u, V slope, V clamp, const SignRow& sign, std::int64_t sample) {
    const D d;
    if constexpr (kSign == SignUse::read) {
        if (sample < sign.begin || sample >= sign.end) return hn::Zero(d);
        std::uint32_t both = 0;
        std::memcpy(&both, sign.bits + sample * kSignBytes, kSignBytes);
        std::uint8_t negative[8] = {}, zero[8] = {};
        const std::uint32_t n = both & ((1U << kLanes) - 1U), z = both >> kLanes;
        std::memcpy(negative, &n, 4);
        std::memcpy(zero, &z, 4);
        u = hn::IfThenElse(hn::LoadMaskBits(d, negative), hn::Mul(u, slope), u);
        return hn::IfThenZeroElse(hn::LoadMaskBits(d, zero), u);
    } else {
        V v = leaky_relu<kConvex>(u, slope);
        if constexpr (kSign == SignUse::write) {
            if (sample >= sign.begin && sample < sign.end) {
                std::uint8_t bytes[8] = {};
                std::uint32_t n = 0, z = 0;
                hn::StoreMaskBits(d, hn::Lt(u, hn::Zero(d)), bytes);
                std::memcpy(&n, bytes, 4);
                hn::StoreMaskBits(d, hn::Ge(hn::Abs(v), clamp), bytes);
                std::memcpy(&z, bytes, 4);
                constexpr std::uint32_t kMask = (1U << kLanes) - 1U;
                const std::uint32_t both = (n & kMask) | ((z & kMask) << kLanes);
                std::memcpy(sign.bits + sample * kSignBytes, &both, kSignBytes);
            }
        }
        v = hn::Min(clamp, v);
        return hn::Max(hn::Neg(clamp), v);
    }
}

// Rows -> `kUp` rows of one group: dst[phase][x] = sum over m of taps[phase][m] * src[m][x].
// kTaps = 0: any number, given as `any_taps`.
template <int kUp, int kTaps>
HWY_NOINLINE void upsample_columns(float* const* dst, const float* const* src, const float* taps, int any_taps,
                                   std::int64_t width) {
    const D d;
    const int count = kTaps > 0 ? kTaps : any_taps;
    constexpr int kBlock = kUp == 1 ? 8 : kUp == 2 ? 4 : 2;  // 8 sums at once hide an addition's latency
    for (std::int64_t x = 0; x < width; x += kBlock) {       // rows have room for whole blocks
        V sum[kBlock][kUp];
        for (int b = 0; b < kBlock; ++b)
            for (int phase = 0; phase < kUp; ++phase) sum[b][phase] = hn::Zero(d);
#    pragma GCC unroll 8
        for (int m = 0; m < count; ++m)
#    pragma GCC unroll 8
            for (int b = 0; b < kBlock; ++b) {
                const V sample = load(src[m], x + b);
#    pragma GCC unroll 4
                for (int phase = 0; phase < kUp; ++phase)
                    sum[b][phase] = hn::MulAdd(hn::Set(d, taps[phase * count + m]), sample, sum[b][phase]);
            }
        for (int b = 0; b < kBlock; ++b)
            for (int phase = 0; phase < kUp; ++phase) store(sum[b][phase], dst[phase], x + b);
    }
}

// A row at the low rate -> an activated row at the upsampled one: dst[q * kUp + phase] = activation of the sum over the
// `rows` rows and over m of taps[row][phase][m] * src[row][q + m].
template <int kUp, int kTaps, SignUse kSign, bool kConvex>
HWY_NOINLINE void upsample_rows(float* dst, const float* const* src, int rows, const float* taps, int any_taps,
                                std::int64_t groups, Activation activation, SignRow sign) {
    const D d;
    const int count = kTaps > 0 ? kTaps : any_taps;
    const V slope = hn::Set(d, activation.slope), clamp = hn::Set(d, activation.clamp);
    constexpr int kBlock = kUp == 1 ? 8 : kUp == 2 ? 4 : 2;
    for (std::int64_t q = 0; q < groups; q += kBlock) {
        V sum[kBlock][kUp];
        for (int b = 0; b < kBlock; ++b)
            for (int phase = 0; phase < kUp; ++phase) sum[b][phase] = hn::Zero(d);
        for (int row = 0; row < rows; ++row) {
            const float* from = src[row];
            const float* t = taps + row * kUp * count;
            if constexpr (kTaps > 0) {
#    pragma GCC unroll 32
                for (int i = 0; i < kBlock + kTaps - 1; ++i) {
                    const V sample = load(from, q + i);
#    pragma GCC unroll 8
                    for (int b = 0; b < kBlock; ++b)
                        if (const int m = i - b; m >= 0 && m < kTaps)
#    pragma GCC unroll 4
                            for (int phase = 0; phase < kUp; ++phase)
                                sum[b][phase] = hn::MulAdd(hn::Set(d, t[phase * kTaps + m]), sample, sum[b][phase]);
                }
            } else {
                for (int m = 0; m < count; ++m)
#    pragma GCC unroll 8
                    for (int b = 0; b < kBlock; ++b) {
                        const V sample = load(from, q + b + m);
#    pragma GCC unroll 4
                        for (int phase = 0; phase < kUp; ++phase)
                            sum[b][phase] = hn::MulAdd(hn::Set(d, t[phase * count + m]), sample, sum[b][phase]);
                    }
            }
        }
#    pragma GCC unroll 8
        for (int b = 0; b < kBlock; ++b)
#    pragma GCC unroll 4
            for (int phase = 0; phase < kUp; ++phase) {
                const std::int64_t at = (q + b) * kUp + phase;
                store(activate<kSign, kConvex>(sum[b][phase], slope, clamp, sign, at), dst, at);
            }
    }
}

// dst[o] = sum over the `rows` rows and over k of taps[row][k] * src[row][o * kDown + k].
template <int kDown, int kTaps>
HWY_NOINLINE void downsample_rows(float* dst, const float* const* src, int rows, const float* taps, int any_taps,
                                  std::int64_t width) {
    const D d;
    const int count = kTaps > 0 ? kTaps : any_taps;
    constexpr int kBlock = 8;
    for (std::int64_t o = 0; o < width; o += kBlock) {
        V sum[kBlock];
        for (int b = 0; b < kBlock; ++b) sum[b] = hn::Zero(d);
        for (int row = 0; row < rows; ++row) {
            const float* from = src[row] + o * kDown * kLanes;
            const float* t = taps + row * count;
            if constexpr (kTaps > 0) {
#    pragma GCC unroll 64
                for (int i = 0; i < (kBlock - 1) * kDown + kTaps; ++i) {
                    const V sample = load(from, i);
#    pragma GCC unroll 8
                    for (int b = 0; b < kBlock; ++b)
                        if (const int k = i - b * kDown; k >= 0 && k < kTaps)
                            sum[b] = hn::MulAdd(hn::Set(d, t[k]), sample, sum[b]);
                }
            } else {
                for (int k = 0; k < count; ++k) {
                    const V tap = hn::Set(d, t[k]);
#    pragma GCC unroll 8
                    for (int b = 0; b < kBlock; ++b) sum[b] = hn::MulAdd(tap, load(from, b * kDown + k), sum[b]);
                }
            }
        }
        for (int b = 0; b < kBlock; ++b) store(sum[b], dst, o + b);
    }
}

// Rows -> up to two rows: dst[r][x] = sum over k of taps[k] * src[r * down + k][x].
HWY_NOINLINE void downsample_columns(float* const* dst, int dst_rows, const float* const* src, int down,
                                     const float* taps, int count, std::int64_t width) {
    const D d;
    constexpr int kBlock = 4;
    for (std::int64_t x = 0; x < width; x += kBlock) {
        V first[kBlock], second[kBlock];
        for (int b = 0; b < kBlock; ++b) first[b] = second[b] = hn::Zero(d);
        if (dst_rows == 1) {
            for (int k = 0; k < count; ++k) {
                const V tap = hn::Set(d, taps[k]);
#    pragma GCC unroll 4
                for (int b = 0; b < kBlock; ++b) first[b] = hn::MulAdd(tap, load(src[k], x + b), first[b]);
            }
        } else {
            int k = 0;
            for (; k < down && k < count; ++k) {
                const V tap = hn::Set(d, taps[k]);
#    pragma GCC unroll 4
                for (int b = 0; b < kBlock; ++b) first[b] = hn::MulAdd(tap, load(src[k], x + b), first[b]);
            }
            for (; k < count; ++k) {
                const V tap = hn::Set(d, taps[k]), earlier = hn::Set(d, taps[k - down]);
#    pragma GCC unroll 4
                for (int b = 0; b < kBlock; ++b) {
                    const V sample = load(src[k], x + b);
                    first[b] = hn::MulAdd(tap, sample, first[b]);
                    second[b] = hn::MulAdd(earlier, sample, second[b]);
                }
            }
            for (k = k < down ? down : k; k < count + down; ++k) {
                const V tap = hn::Set(d, taps[k - down]);
#    pragma GCC unroll 4
                for (int b = 0; b < kBlock; ++b) second[b] = hn::MulAdd(tap, load(src[k], x + b), second[b]);
            }
        }
        for (int b = 0; b < kBlock; ++b) store(first[b], dst[0], x + b);
        if (dst_rows > 1)
            for (int b = 0; b < kBlock; ++b) store(second[b], dst[1], x + b);
    }
}

HWY_INLINE void add_rows(float* dst, const float* a, const float* b, std::int64_t width) {
    for (std::int64_t x = 0; x < width; ++x) store(hn::Add(load(a, x), load(b, x)), dst, x);
}

// --- Between the picture and rows of vectors ----------------------------------------------------------------------

// A row of `kLanes` or fewer channels, scaled and with its bias.
template <class T>
HWY_NOINLINE void load_row(float* row, const T* x, std::int64_t channel_stride, std::int64_t sample_stride,
                           int channels, std::int64_t width, const float* scale, const float* bias) {
    const D d;
    const V s = hn::Load(d, scale), b = hn::Load(d, bias);
    if (channel_stride == 1 && channels == kLanes) {
        for (std::int64_t i = 0; i < width; ++i) store(hn::MulAdd(load_elements(x + i * sample_stride), s, b), row, i);
        return;
    }
    if (channel_stride == 1) {
        for (std::int64_t i = 0; i < width; ++i)
            store(hn::MulAdd(load_elements(x + i * sample_stride, static_cast<std::size_t>(channels)), s, b), row, i);
        return;
    }
    for (int c = 0; c < kLanes; ++c)
        for (std::int64_t i = 0; i < width; ++i)
            row[i * kLanes + c] =
                c < channels ? to_float(x[c * channel_stride + i * sample_stride]) * scale[c] + bias[c] : 0.0F;
}

template <class T>
HWY_NOINLINE void store_row(T* y, std::int64_t channel_stride, std::int64_t sample_stride, int channels,
                            std::int64_t width, const float* row, const float* scale) {
    const D d;
    const V s = hn::Load(d, scale);
    if (channel_stride == 1 && channels == kLanes) {
        for (std::int64_t i = 0; i < width; ++i) store_elements(hn::Mul(load(row, i), s), y + i * sample_stride);
        return;
    }
    if (channel_stride == 1) {
        for (std::int64_t i = 0; i < width; ++i)
            store_elements(hn::Mul(load(row, i), s), y + i * sample_stride, static_cast<std::size_t>(channels));
        return;
    }
    for (int c = 0; c < channels; ++c)
        for (std::int64_t i = 0; i < width; ++i)
            from_float(row[i * kLanes + c] * scale[c], y[c * channel_stride + i * sample_stride]);
}

}  // namespace afs::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
