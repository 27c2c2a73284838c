// How long spectra and the equivariance operators take on a picture of 256 x 256 x 3, and on a wide layer (threads:
// AFS_BENCH_THREADS). The angle changes every time, as in the metric: the filter is designed anew, unless it says
// "kept".
#include <ATen/ATen.h>
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <functional>

#include "core/analysis/resampling.h"
#include "core/analysis/spectrum.h"
#include "core/ops/device.h"

namespace afs {
namespace {

double least(const std::vector<double>& times) { return *std::ranges::min_element(times); }

void add(const char* name, std::vector<std::int64_t> shape, const std::function<Resampled(const Tensor&, double)>& op) {
    benchmark::RegisterBenchmark(name,
                                 [shape, op](benchmark::State& state) {
                                     const at::NoGradGuard no_grad;
                                     const Tensor x = at::randn(shape);
                                     double angle = 0.1;
                                     for (auto _ : state) benchmark::DoNotOptimize(op(x, angle += 0.01));
                                 })
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime()
        ->ComputeStatistics("min", least);
}

}  // namespace
}  // namespace afs

int main(int argc, char** argv) {
    using namespace afs;
    const char* threads = std::getenv("AFS_BENCH_THREADS");
    set_compute_threads(threads != nullptr ? std::atoi(threads) : 0);
    benchmark::Initialize(&argc, argv);
    const std::vector<std::int64_t> picture = {1, 3, 256, 256}, layer = {1, 256, 276, 276};
    const auto translate = [](const Tensor& x, double t) { return fractional_translation(x, t / 7, t / 9); };
    add("picture256/integer_translation", picture,
        [](const Tensor& x, double t) { return integer_translation(x, t / 7, 0); });
    add("picture256/fractional_translation", picture, translate);
    add("picture256/rotation", picture, [](const Tensor& x, double angle) { return rotation(x, angle); });
    add("picture256/rotation_kept", picture, [](const Tensor& x, double) { return rotation(x, 0.5); });
    add("picture256/rotation_plain", picture,
        [](const Tensor& x, double angle) { return affine_resample_plain(x, rotation_matrix(angle)); });
    add("picture256/pseudo_rotation", picture, [](const Tensor& x, double angle) { return pseudo_rotation(x, angle); });
    add("batch4/rotation", {4, 3, 256, 256}, [](const Tensor& x, double angle) { return rotation(x, angle); });
    add("layer256x276/rotation", layer, [](const Tensor& x, double angle) { return rotation(x, angle); });
    add("layer256x276/pseudo_rotation", layer, [](const Tensor& x, double angle) { return pseudo_rotation(x, angle); });
    add("layer256x276/fractional_translation", layer, translate);
    benchmark::RegisterBenchmark(
        "layer256x276/spectrum",
        [](benchmark::State& state) {
            const at::NoGradGuard no_grad;
            const Tensor x = at::randn({1, 256, 276, 276});
            for (auto _ : state)
                benchmark::DoNotOptimize(spectrum_figures(layer_power_sum(x, {}, kSpectrumBeta), {.rate = 256}));
        })
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime()
        ->ComputeStatistics("min", least);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
