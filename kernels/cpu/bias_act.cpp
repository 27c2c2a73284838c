// Rows of elements, one register after the other. Along a row either the pixel changes (planes: one scale and one bias
// for all) or the channel (channels-last: one noise for all).
#include "kernels/bias_act.h"

#define HWY_DISABLED_TARGETS HWY_SSSE3  // adds nothing to this over the baseline
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/bias_act.cpp"
#include <hwy/foreach_target.h>
// clang-format off: the order matters to Highway
#include <hwy/highway.h>
#include "kernels/cpu/elements-inl.h"
// clang-format on

#include <algorithm>
#include <array>
#include <limits>

HWY_BEFORE_NAMESPACE();
namespace afs::kernels::cpu::HWY_NAMESPACE {
namespace {

struct Piecewise {
    float slope, gain, clamp;  // clamp: infinity where there is none
};

// A value that changes along a row, or does not.
struct Along {
    const float* values = nullptr;
    float constant = 0.0F;

    [[nodiscard]] HWY_INLINE V at(std::size_t i) const {
        return values == nullptr ? hn::Set(D(), constant) : hn::LoadU(D(), values + i);
    }
    [[nodiscard]] HWY_INLINE V at(std::size_t i, std::size_t count) const {
        return values == nullptr ? hn::Set(D(), constant) : load_elements(values + i, count);
    }
};

template <bool kGradient> HWY_INLINE V element(V x, V result, V scale, V added, const Piecewise& f) {
    const D d;
    const V slope = hn::Set(d, f.slope), clamp = hn::Set(d, f.clamp);
    if constexpr (kGradient) {
        const V dx = hn::Mul(hn::Mul(x, scale), hn::Set(d, f.gain));
        const V bent = hn::IfThenElse(hn::Gt(result, hn::Zero(d)), dx, hn::Mul(dx, slope));
        return hn::IfThenZeroElse(hn::Ge(hn::Abs(result), clamp), bent);
    } else {
        const V u = hn::MulAdd(x, scale, added);
        // relu of minus infinity is 0, not 0 times infinity.
        const V below = f.slope == 0.0F ? hn::Zero(d) : hn::Mul(u, slope);
        const V v = hn::Mul(hn::IfThenElse(hn::Lt(u, hn::Zero(d)), below, u), hn::Set(d, f.gain));
        // The order of the operands keeps NaN on x86, where the second one is returned if either is NaN.
        return hn::Max(hn::Neg(clamp), hn::Min(clamp, v));
    }
}

template <bool kGradient, class T>
void row(T* y, const T* x, const T* result, std::size_t count, const Along& scale, const Along& noise,
         const Along& bias, const Piecewise& f) {
    constexpr std::size_t kStep = kLanes;
    std::size_t i = 0;
    for (; i + kStep <= count; i += kStep) {
        const V before = kGradient ? load_elements(result + i) : hn::Zero(D());
        const V added = hn::Add(noise.at(i), bias.at(i));
        store_elements(element<kGradient>(load_elements(x + i), before, scale.at(i), added, f), y + i);
    }
    if (const std::size_t left = count - i; left > 0) {
        const V before = kGradient ? load_elements(result + i, left) : hn::Zero(D());
        const V added = hn::Add(noise.at(i, left), bias.at(i, left));
        const V got = element<kGradient>(load_elements(x + i, left), before, scale.at(i, left), added, f);
        store_elements(got, y + i, left);
    }
}

// Elements that one task works on, about: enough to be worth a thread's while, few enough to share out.
constexpr std::int64_t kTask = 16384;

template <bool kGradient, class T> class Work {
  public:
    explicit Work(const BiasActParams& p)
        : p_(p),
          x_(static_cast<const T*>(p.x)),
          result_(static_cast<const T*>(p.result)),
          y_(static_cast<T*>(p.y)),
          f_{p.slope, p.gain, p.clamp < 0.0F ? std::numeric_limits<float>::infinity() : p.clamp},
          outer_of_sample_(p.outer / p.batch) {}

    void run(const ParallelFor& parallel_for) const {
        const bool planes = p_.inner > 1 || p_.channels == 1;
        const std::int64_t pieces = planes ? (p_.inner + kTask - 1) / kTask : 1;
        const std::int64_t rows = planes ? p_.outer * p_.channels * pieces : p_.outer;
        const auto body = [&](std::int64_t begin, std::int64_t end) {
            if (!planes) return pixels(begin, end);
            for (std::int64_t i = begin; i < end; ++i) plane(i / pieces, i % pieces * kTask);
        };
        // Threads are woken for more than a handful of elements.
        const std::int64_t rows_of_task = std::max<std::int64_t>(kTask / (planes ? p_.inner : p_.channels), 1);
        const std::int64_t tasks = (rows + rows_of_task - 1) / rows_of_task;
        if (tasks <= 1 || parallel_for.threads <= 1) return body(0, rows);
        parallel_for(tasks, [&](std::int64_t begin, std::int64_t end) {
            body(begin * rows_of_task, std::min(end * rows_of_task, rows));
        });
    }

  private:
    // Pixels `first` and following of one channel.
    void plane(std::int64_t index, std::int64_t first) const {
        const std::int64_t o = index / p_.channels, c = index % p_.channels, sample = o / outer_of_sample_;
        const std::int64_t at = index * p_.inner + first, count = std::min(kTask, p_.inner - first);
        Along noise;
        if (p_.noise != nullptr)
            noise.values = p_.noise + sample * p_.noise_stride + o % outer_of_sample_ * p_.inner + first;
        row<kGradient>(y_ + at, x_ + at, kGradient ? result_ + at : nullptr, static_cast<std::size_t>(count),
                       {nullptr, p_.scale != nullptr ? p_.scale[sample * p_.channels + c] : 1.0F}, noise,
                       {nullptr, p_.bias != nullptr ? p_.bias[c] : 0.0F}, f_);
    }

    // All channels of pixels begin ... end - 1. A few channels are repeated, so that several pixels make a row.
    void pixels(std::int64_t begin, std::int64_t end) const {
        constexpr std::int64_t kRow = 64;
        const std::int64_t repeat = p_.noise == nullptr ? std::max<std::int64_t>(kRow / p_.channels, 1) : 1;
        std::array<float, kRow> scale_row, bias_row;
        const auto repeated = [&](std::array<float, kRow>& to, const float* from) {
            if (repeat == 1 || from == nullptr) return from;
            for (std::int64_t i = 0; i < repeat * p_.channels; ++i)
                to[static_cast<std::size_t>(i)] = from[i % p_.channels];
            return static_cast<const float*>(to.data());
        };
        const Along bias{repeated(bias_row, p_.bias), 0.0F};
        std::int64_t sample = -1;
        Along scale{nullptr, 1.0F};
        for (std::int64_t o = begin; o < end;) {
            if (o / outer_of_sample_ != sample) {
                sample = o / outer_of_sample_;
                if (p_.scale != nullptr) scale.values = repeated(scale_row, p_.scale + sample * p_.channels);
            }
            const std::int64_t together = std::min({repeat, end - o, (sample + 1) * outer_of_sample_ - o});
            Along noise;
            if (p_.noise != nullptr) noise.constant = p_.noise[sample * p_.noise_stride + o % outer_of_sample_];
            const std::int64_t at = o * p_.channels;
            row<kGradient>(y_ + at, x_ + at, kGradient ? result_ + at : nullptr,
                           static_cast<std::size_t>(together * p_.channels), scale, noise, bias, f_);
            o += together;
        }
    }

    const BiasActParams& p_;
    const T *x_, *result_;
    T* y_;
    Piecewise f_;
    std::int64_t outer_of_sample_;
};

template <class T> void run_as(const BiasActParams& p, const ParallelFor& parallel_for) {
    if (p.result != nullptr)
        Work<true, T>(p).run(parallel_for);
    else
        Work<false, T>(p).run(parallel_for);
}

}  // namespace

void run(const BiasActParams& p, const ParallelFor& parallel_for) {
    switch (p.storage) {
        case Storage::f32: return run_as<float>(p, parallel_for);
        case Storage::f16: return run_as<hwy::float16_t>(p, parallel_for);
        case Storage::bf16: return run_as<hwy::bfloat16_t>(p, parallel_for);
    }
}

}  // namespace afs::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace afs::kernels::cpu {

HWY_EXPORT(run);

void bias_act(const BiasActParams& params, const ParallelFor& parallel_for) {
    if (params.outer == 0 || params.channels == 0 || params.inner == 0) return;
    HWY_DYNAMIC_DISPATCH(run)(params, parallel_for);
}

}  // namespace afs::kernels::cpu
#endif
