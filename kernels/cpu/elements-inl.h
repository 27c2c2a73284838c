// Elements of any storage as registers of float32, and back, for one instruction set (Highway includes this file once
// for each).

#if defined(AFS_ELEMENTS_INL_H) == defined(HWY_TARGET_TOGGLE)
#    ifdef AFS_ELEMENTS_INL_H
#        undef AFS_ELEMENTS_INL_H
#    else
#        define AFS_ELEMENTS_INL_H
#    endif

#    include <hwy/highway.h>

#    include <cstdint>
#    include <cstring>

HWY_BEFORE_NAMESPACE();
namespace afs::kernels::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
inline constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));

// Where the processor has no conversion to float16, Highway's cuts; ours rounds to nearest, ties to even, as others do.
#    if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128 || HWY_TARGET == HWY_SSE2 || HWY_TARGET == HWY_SSE4
inline constexpr bool kHalfByHand = true;
#    else
inline constexpr bool kHalfByHand = false;
#    endif
inline std::uint16_t nearest_half(float v) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &v, sizeof bits);
    const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000U);
    bits &= 0x7FFFFFFFU;
    std::uint32_t half = 0;
    if (bits > 0x7F800000U) {
        half = 0x7E00U;  // NaN
    } else if (bits < 0x38800000U) {
        // Below float16's normal numbers: the sum with 1/2 is rounded to their distance, 2^-24.
        float sum = 0.0F;
        std::memcpy(&sum, &bits, sizeof bits);
        sum += 0.5F;
        std::memcpy(&half, &sum, sizeof half);
        half -= 0x3F000000U;
    } else {
        bits += 0x0FFFU + (bits >> 13 & 1U);
        half = bits >= 0x47800000U ? 0x7C00U : (bits - 0x38000000U) >> 13;  // beyond 65504: infinite
    }
    return static_cast<std::uint16_t>(sign | half);
}

inline float to_float(float v) { return v; }
inline float to_float(hwy::float16_t v) {
    const hn::CappedTag<float, 1> d;
    return hn::GetLane(hn::PromoteTo(d, hn::LoadU(hn::Rebind<hwy::float16_t, decltype(d)>(), &v)));
}
inline float to_float(hwy::bfloat16_t v) { return hwy::F32FromBF16(v); }
inline void from_float(float v, float& to) { to = v; }
inline void from_float(float v, hwy::float16_t& to) {
    if constexpr (kHalfByHand) {
        const std::uint16_t bits = nearest_half(v);
        std::memcpy(static_cast<void*>(&to), &bits, sizeof bits);
    } else {
        const hn::CappedTag<float, 1> d;
        const hn::Rebind<hwy::float16_t, decltype(d)> half;
        hn::StoreU(hn::DemoteTo(half, hn::Set(d, v)), half, &to);
    }
}
inline void from_float(float v, hwy::bfloat16_t& to) {  // to nearest, ties to even; hwy's own cuts
    std::uint32_t bits = 0;
    std::memcpy(&bits, &v, sizeof bits);
    if ((bits & 0x7FFFFFFFU) > 0x7F800000U)
        bits |= 0x00400000U;  // NaN stays NaN
    else
        bits += 0x7FFFU + ((bits >> 16) & 1U);
    to.bits = static_cast<std::uint16_t>(bits >> 16);
}

// kLanes neighbours, of any alignment.
template <class T> HWY_INLINE V load_elements(const T* from) {
    const D d;
    if constexpr (sizeof(T) == sizeof(float))
        return hn::LoadU(d, from);
    else
        return hn::PromoteTo(d, hn::LoadU(hn::Rebind<T, D>(), from));
}
HWY_INLINE void store_elements(V v, float* to) { hn::StoreU(v, D(), to); }
HWY_INLINE void store_elements(V v, hwy::float16_t* to) {
    if constexpr (kHalfByHand) {
        HWY_ALIGN float values[kLanes];
        hn::Store(v, D(), values);
        for (int k = 0; k < kLanes; ++k) from_float(values[k], to[k]);
    } else {
        const hn::Rebind<hwy::float16_t, D> half;
        hn::StoreU(hn::DemoteTo(half, v), half, to);
    }
}
HWY_INLINE void store_elements(V v, hwy::bfloat16_t* to) {  // rounds as from_float does
    const hn::RebindToSigned<D> di;
    const auto bits = hn::BitCast(di, v);
    const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(di, 1));
    const auto rounded = hn::Add(bits, hn::Add(odd, hn::Set(di, 0x7FFF)));
    const auto nan = hn::RebindMask(di, hn::Ne(v, v));
    const auto kept = hn::IfThenElse(nan, hn::Or(bits, hn::Set(di, 0x00400000)), rounded);
    const hn::Rebind<std::uint16_t, D> narrow;
    // The sign bit must not come along: what is narrowed saturates.
    const auto high = hn::DemoteTo(narrow, hn::And(hn::ShiftRight<16>(kept), hn::Set(di, 0xFFFF)));
    hn::StoreU(high, narrow, reinterpret_cast<std::uint16_t*>(to));
}

// `count` < kLanes of them; the other lanes are 0.
template <class T> HWY_INLINE V load_elements(const T* from, std::size_t count) {
    HWY_ALIGN T whole[kLanes];
    std::memset(static_cast<void*>(whole), 0, sizeof whole);
    std::memcpy(static_cast<void*>(whole), from, count * sizeof(T));
    return load_elements(whole);
}
template <class T> HWY_INLINE void store_elements(V v, T* to, std::size_t count) {
    HWY_ALIGN T whole[kLanes];
    store_elements(v, whole);
    std::memcpy(static_cast<void*>(to), whole, count * sizeof(T));
}

}  // namespace afs::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
