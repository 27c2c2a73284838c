// What the Equivariance mode adds to a frame: the same moving hand with and without it. AFS_BENCH_NETWORK names the
// network (the demo otherwise), AFS_BENCH_THREADS the threads.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>

#include "core/render/renderer.h"

namespace afs {
namespace {

double least(const std::vector<double>& times) { return *std::ranges::min_element(times); }

OpenNetwork& network() {
    const char* const path = std::getenv("AFS_BENCH_NETWORK");
    static const auto open = open_network({path ? path : "assets/demo.safetensors", "G_ema", {}}, {});
    return *open;
}

struct Hand {
    const char* name;
    CanvasMode canvas;
    bool turns;         // or moves sideways
    bool other_latent;  // every frame: the unmoved picture must be drawn, too
};

void add(const Hand& hand) {
    benchmark::RegisterBenchmark(
        hand.name,
        [hand](benchmark::State& state) {
            Scene scene;
            scene.canvas = hand.canvas;
            double t = 0.0, synthesis_ms = 0.0, convert_ms = 0.0;
            for (auto _ : state) {
                t += 0.01;
                (hand.turns ? scene.transform.rotate_deg : scene.transform.translate_x) = hand.turns ? 10 * t : t;
                if (hand.other_latent) scene.latent.source = LatentPlane{t, 0};
                const FrameTiming timing = render_picture(scene, network()).timing;
                synthesis_ms += timing.synthesis_ms;
                convert_ms += timing.convert_ms;
            }
            state.counters["synthesis_ms"] = {synthesis_ms, benchmark::Counter::kAvgIterations};
            state.counters["convert_ms"] = {convert_ms, benchmark::Counter::kAvgIterations};
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
    add({"picture/shift", CanvasMode::picture, false, false});
    add({"picture/turn", CanvasMode::picture, true, false});
    add({"picture/shift_and_walk", CanvasMode::picture, false, true});
    add({"picture/turn_and_walk", CanvasMode::picture, true, true});
    add({"difference/shift", CanvasMode::equivariance, false, false});
    add({"difference/turn", CanvasMode::equivariance, true, false});
    add({"difference/shift_and_walk", CanvasMode::equivariance, false, true});
    add({"difference/turn_and_walk", CanvasMode::equivariance, true, true});
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
