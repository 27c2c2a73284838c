// How many pictures a second the loader gives, from archives as `dataset import` and the official tool write them and
// from packed PNGs and JPEGs: beside the pictures that a training step takes (docs/benchmarks.md).
#include <benchmark/benchmark.h>

#include "core/data/demo.h"
#include "core/data/loader.h"
#include "core/formats/zip_writer.h"

namespace afs {
namespace {

enum Format { stored_png, packed_png, jpeg };

std::filesystem::path archive(Format format, int resolution) {
    const auto path = std::filesystem::temp_directory_path() /
                      ("afs_loader_bench_" + std::to_string(format) + "_" + std::to_string(resolution) + ".zip");
    if (std::filesystem::exists(path)) return path;
    ZipWriter zip(path, Overwrite::yes);
    for (int i = 0; i < 64; ++i) {
        const Image image = draw_demo_picture(0, i, resolution);
        const std::string name = "img" + std::to_string(i);
        if (format == stored_png) zip.add(name + ".png", Bytes(encode_stored_png(image)));
        if (format == packed_png) zip.add(name + ".png", Bytes(encode_png(image)));
        if (format == jpeg) zip.add(name + ".jpg", Bytes(encode_jpeg(image)));
    }
    zip.commit();
    return path;
}

void load(benchmark::State& state, Format format) {
    const DataSet set(archive(format, static_cast<int>(state.range(0))));
    DataLoader loader(set, {.batch = 32, .workers = static_cast<int>(state.range(1)), .ahead = 2});
    for (auto _ : state) benchmark::DoNotOptimize(loader.next());
    state.SetItemsProcessed(state.iterations() * 32);
}

void sizes_and_workers(benchmark::internal::Benchmark* bench) {
    for (const int resolution : {64, 256, 1024})
        for (const int workers : {1, 2}) bench->Args({resolution, workers});
    bench->ArgNames({"resolution", "workers"})->UseRealTime()->Unit(benchmark::kMillisecond);
}

BENCHMARK_CAPTURE(load, stored_png, stored_png)->Apply(sizes_and_workers);
BENCHMARK_CAPTURE(load, packed_png, packed_png)->Apply(sizes_and_workers);
BENCHMARK_CAPTURE(load, jpeg, jpeg)->Apply(sizes_and_workers);

}  // namespace
}  // namespace afs

BENCHMARK_MAIN();
