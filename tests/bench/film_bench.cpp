// What encoding costs: frames a second of each codec alone, and how much longer a film takes than its pictures. The
// pictures are those of a moving network: AFS_BENCH_NETWORK names it (the demo otherwise), AFS_BENCH_THREADS the
// threads.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "core/formats/movie_colours.h"
#include "core/formats/video.h"
#include "core/render/contact_sheet.h"
#include "core/render/renderer.h"

namespace afs {
namespace {

using Clock = std::chrono::steady_clock;
double ms_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

constexpr int kShot = 24;  // frames

OpenNetwork& network() {
    const char* const path = std::getenv("AFS_BENCH_NETWORK");
    static const auto open = open_network({path ? path : "assets/demo.safetensors", "G_ema", {}}, {});
    return *open;
}

// A quarter of a circle in a second, and a walk.
std::shared_ptr<const Image> frame(int index) {
    Scene scene;
    scene.transform.rotate_deg = 1.5 * index;
    scene.latent.source = LatentPlane{index / 120.0, 0};
    return std::make_shared<const Image>(without_alpha(*render_picture(scene, network()).image));
}

class Output {
  public:
    explicit Output(FilmCodec codec)
        : path_(std::filesystem::temp_directory_path() / ("film_bench" + film_ending(codec))) {}
    ~Output() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
    [[nodiscard]] FilmWriter writer(FilmCodec codec, const Image& like) const {
        FilmFormat format;
        format.codec = codec;
        format.width = like.width;
        format.height = like.height;
        return {path_, format, Overwrite::yes};
    }
    [[nodiscard]] double bytes() const { return static_cast<double>(std::filesystem::file_size(path_)); }

  private:
    std::filesystem::path path_;
};

void encode(benchmark::State& state, FilmCodec codec) {
    static const auto frames = [] {
        std::vector<std::shared_ptr<const Image>> all;
        for (int i = 0; i < kShot; ++i) all.push_back(frame(i));
        return all;
    }();
    const Output output(codec);
    constexpr int kFrames = 10 * kShot;  // to and fro
    for (auto _ : state) {
        FilmWriter writer = output.writer(codec, *frames[0]);
        for (int i = 0; i < kFrames; ++i) {
            const int place = i % (2 * kShot - 2);
            writer.add(frames[static_cast<std::size_t>(std::min(place, 2 * kShot - 2 - place))]);
        }
        writer.finish();
    }
    state.counters["frames/s"] = {kFrames, benchmark::Counter::kIsIterationInvariantRate};
    if (!is_picture_sequence(codec)) state.counters["KB/frame"] = output.bytes() / kFrames / 1000;
}

// Each shot is rendered twice, without a film and into one, in turns: other programs slow both. The processor's time of
// all threads is what an encoder adds where rendering keeps every core busy.
void film(benchmark::State& state, FilmCodec codec) {
    const Output output(codec);
    std::vector<double> plain, filmed, plain_cpu, filmed_cpu;
    bool film_first = false;
    for (auto _ : state) {
        for (const bool into_film : {film_first, !film_first}) {
            const auto start = Clock::now();
            const std::clock_t cpu_start = std::clock();
            if (into_film) {
                auto image = frame(0);
                FilmWriter writer = output.writer(codec, *image);
                writer.add(std::move(image));
                for (int i = 1; i < kShot; ++i) writer.add(frame(i));
                writer.finish();
            } else {
                for (int i = 0; i < kShot; ++i) benchmark::DoNotOptimize(frame(i));
            }
            (into_film ? filmed : plain).push_back(ms_since(start) / kShot);
            (into_film ? filmed_cpu : plain_cpu)
                .push_back(1000.0 * static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC / kShot);
        }
        film_first = !film_first;
    }
    const auto median = [](std::vector<double> times) {
        std::ranges::nth_element(times, times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2));
        return times[times.size() / 2];
    };
    const auto least = [](const std::vector<double>& times) { return *std::ranges::min_element(times); };
    state.counters["plain_ms"] = least(plain);
    state.counters["filmed_ms"] = least(filmed);
    state.counters["added_%"] = 100 * (least(filmed) / least(plain) - 1);
    state.counters["plain_cpu_ms"] = median(plain_cpu);
    state.counters["filmed_cpu_ms"] = median(filmed_cpu);
    state.counters["added_cpu_%"] = 100 * (median(filmed_cpu) / median(plain_cpu) - 1);
}

void colours(benchmark::State& state) {
    const Image image{512, 512, 3, std::vector<std::uint8_t>(512 * 512 * 3, 100)};
    std::vector<std::uint8_t> y(512 * 512), u(256 * 256), v(256 * 256);
    for (auto _ : state) {
        to_yuv420(image, {y.data(), 512}, {u.data(), 256}, {v.data(), 256});
        benchmark::DoNotOptimize(v.data());
    }
}

}  // namespace
}  // namespace afs

int main(int argc, char** argv) {
    using namespace afs;
    const char* threads = std::getenv("AFS_BENCH_THREADS");
    set_compute_threads(threads != nullptr ? std::atoi(threads) : 0);
    benchmark::Initialize(&argc, argv);
    benchmark::RegisterBenchmark("yuv420/512", colours)->Unit(benchmark::kMicrosecond);
    for (const FilmCodec codec : available_film_codecs()) {
        const std::string name = film_codec_name(codec);
        if (!is_picture_sequence(codec))
            benchmark::RegisterBenchmark(("encode/" + name).c_str(), encode, codec)
                ->Unit(benchmark::kMillisecond)
                ->UseRealTime();
        benchmark::RegisterBenchmark(("film/" + name).c_str(), film, codec)
            ->Unit(benchmark::kMillisecond)
            ->UseRealTime();
    }
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
