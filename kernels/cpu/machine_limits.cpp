#include "kernels/machine_limits.h"

#undef HWY_TARGET_INCLUDE
#define HWY_DISABLED_TARGETS HWY_SSSE3
#define HWY_TARGET_INCLUDE "kernels/cpu/machine_limits.cpp"
#include <hwy/foreach_target.h>
// clang-format off: the order matters to Highway
#include <hwy/highway.h>
// clang-format on
#include <algorithm>
#include <chrono>
#include <cstring>
#include <vector>

HWY_BEFORE_NAMESPACE();
namespace afs::kernels::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Ten chains hide the latency of a multiply-add on every processor of today. Returns FLOP done; `sink` keeps the
// compiler from dropping them.
double multiply_add(std::int64_t rounds, float* sink) {
    const hn::CappedTag<float, 16> d;
    constexpr int kChains = 10;
    const auto a = hn::Set(d, 0.999F), b = hn::Set(d, 0.001F);
    decltype(hn::Zero(d)) sum[kChains];
    for (int c = 0; c < kChains; ++c) sum[c] = hn::Set(d, static_cast<float>(c));
    for (std::int64_t i = 0; i < rounds; ++i)
        for (int c = 0; c < kChains; ++c) sum[c] = hn::MulAdd(sum[c], a, b);
    auto total = hn::Zero(d);
    for (int c = 0; c < kChains; ++c) total = hn::Add(total, sum[c]);
    *sink = hn::GetLane(total);
    return 2.0 * kChains * static_cast<double>(rounds) * static_cast<double>(hn::Lanes(d));
}

}  // namespace afs::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace afs::kernels::cpu {
namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }
constexpr int kTries = 7;  // the best counts: everything else is somebody else's work

}  // namespace

HWY_EXPORT(multiply_add);

double measure_peak_flops(const ParallelFor& parallel_for) {
    constexpr std::int64_t kRounds = 4'000'000;
    double best = 0.0;
    std::vector<double> done(static_cast<std::size_t>(parallel_for.threads), 0.0);
    for (int attempt = 0; attempt < kTries; ++attempt) {
        const auto start = Clock::now();
        parallel_for(parallel_for.threads, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i) {
                float sink = 0.0F;
                const double flop = HWY_DYNAMIC_DISPATCH(multiply_add)(kRounds, &sink);
                done[static_cast<std::size_t>(i)] = sink == sink ? flop : 0.0;
            }
        });
        const double seconds = seconds_since(start);
        double flop = 0.0;
        for (const double one : done) flop += one;
        best = std::max(best, flop / seconds);
    }
    return best;
}

double measure_bandwidth(std::int64_t bytes, const ParallelFor& parallel_for) {
    std::vector<unsigned char> from(static_cast<std::size_t>(bytes), 1), to(static_cast<std::size_t>(bytes), 2);
    double best = 0.0;
    constexpr std::int64_t kChunk = 1 << 20;
    for (int attempt = 0; attempt < kTries; ++attempt) {
        const auto start = Clock::now();
        parallel_for(bytes / kChunk, [&](std::int64_t begin, std::int64_t end) {
            std::memcpy(to.data() + begin * kChunk, from.data() + begin * kChunk,
                        static_cast<std::size_t>((end - begin) * kChunk));
        });
        best = std::max(best, 2.0 * static_cast<double>(bytes / kChunk * kChunk) / seconds_since(start));
    }
    return best;
}

}  // namespace afs::kernels::cpu
#endif
