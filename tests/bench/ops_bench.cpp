// What the operators cost, at the shapes of two networks: the demo model (T at 128x128, 2048/64 channels) and the
// official T at 256x256 (16384/512 channels). Not run by ctest: prints times, passes or fails nothing.
//   build/cpu/tests/bench/ops_bench --benchmark_filter=demo --benchmark_repetitions=9 --benchmark_min_time=0.1
// "min" is the figure to compare where other programs run beside it.
// AFS_BENCH_THREADS sets the number of threads (default: all cores).
#include <ATen/ATen.h>
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cstdlib>

#include "core/model/generator.h"
#include "core/ops/device.h"
#include "core/ops/filtered_lrelu.h"
#include "core/ops/modulated_conv.h"
#include "tests/bench/zero_insertion.h"

namespace afs {
namespace {

struct Layer {
    LayerSpec spec;
    Tensor x, weight, styles, gain, bias;  // of the convolution
    Tensor convolved;                      // of the nonlinearity
    FilteredLreluSpec nonlinearity;

    explicit Layer(const LayerSpec& layer) : spec(layer) {
        const std::int64_t side = layer.in_size + layer.kernel - 1;
        const auto format = at::MemoryFormat::ChannelsLast;
        x = at::randn({1, layer.channels_in, layer.in_size, layer.in_size}).contiguous(format);
        convolved = at::randn({1, layer.channels_out, side, side}).contiguous(format);
        x_planes = x.contiguous();
        convolved_planes = convolved.contiguous();
        weight = at::randn({layer.channels_out, layer.channels_in, layer.kernel, layer.kernel});
        styles = at::randn({1, layer.channels_in}) + 1.0;
        gain = at::ones({});
        bias = at::randn({layer.channels_out});
        const auto taps = [](int count, bool radial) {
            if (count == 1) return Tensor();
            return radial ? at::rand({count, count}) / count / count : at::rand({count}) / count;
        };
        nonlinearity = {.up_filter = taps(layer.up_taps, false),
                        .down_filter = taps(layer.down_taps, layer.radial),
                        .up = layer.up,
                        .down = layer.down,
                        .padding = {layer.padding[0], layer.padding[1], layer.padding[2], layer.padding[3]},
                        .gain = layer.is_torgb ? 1.0 : 1.4142135623730951,
                        .slope = layer.is_torgb ? 1.0 : 0.2,
                        .clamp = 256.0};
    }

    [[nodiscard]] Tensor convolve() const { return modulated_conv3(x, weight, styles, !spec.is_torgb, gain, bias); }
    // As a network does it, which keeps what of a kernel does not depend on the styles.
    [[nodiscard]] Tensor convolve_kept() const {
        if (!kernel.packed.defined()) kernel = ModulatedKernel(weight);
        return convolve3(x, kernel, bias);
    }
    [[nodiscard]] Tensor activate() const { return filtered_lrelu(convolved, {}, nonlinearity); }
    [[nodiscard]] Tensor activate_and_back() const { return and_back(convolved, filtered_lrelu); }

    // The yardstick (tests/bench/zero_insertion.h), on planes: its faster layout.
    [[nodiscard]] Tensor usual_convolve() const {
        return zero_insertion::modulated_conv3(x_planes, weight, styles, !spec.is_torgb) + bias.view({1, -1, 1, 1});
    }
    [[nodiscard]] Tensor usual_activate() const {
        return zero_insertion::filtered_lrelu(convolved_planes, {}, nonlinearity);
    }
    [[nodiscard]] Tensor usual_activate_and_back() const {
        return and_back(convolved_planes, zero_insertion::filtered_lrelu);
    }

  private:
    template <class Operator> Tensor and_back(const Tensor& from, const Operator& op) const {
        const at::AutoGradMode gradients(true);
        const Tensor leaf = from.detach().requires_grad_();
        const Tensor y = op(leaf, Tensor(), nonlinearity);
        return torch::autograd::grad({y}, {leaf}, {at::ones_like(y)}).front();
    }

    Tensor x_planes, convolved_planes;
    mutable ModulatedKernel kernel;
};

double least(const std::vector<double>& times) { return *std::ranges::min_element(times); }

using Step = Tensor (Layer::*)() const;

// One step of some layers of a network, one after the other, as a frame runs them.
void add(const std::string& name, std::vector<LayerSpec> specs, Step step) {
    benchmark::RegisterBenchmark(name.c_str(),
                                 [specs = std::move(specs), step](benchmark::State& state) {
                                     const at::NoGradGuard no_grad;
                                     std::vector<Layer> layers;
                                     for (const LayerSpec& spec : specs) layers.emplace_back(spec);
                                     for (auto _ : state)
                                         for (const Layer& layer : layers) benchmark::DoNotOptimize((layer.*step)());
                                 })
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime()
        ->ComputeStatistics("min", least);
}

void add_network(const std::string& name, const GeneratorConfig& config) {
    const std::vector<LayerSpec> layers = make_schedule(config).layers;
    for (const auto& [step_name, step] :
         {std::pair{"modulated_conv3", &Layer::convolve}, std::pair{"kept_kernel", &Layer::convolve_kept},
          std::pair{"filtered_lrelu", &Layer::activate},
          std::pair{"filtered_lrelu_and_back", &Layer::activate_and_back},
          std::pair{"zero_insertion/modulated_conv3", &Layer::usual_convolve},
          std::pair{"zero_insertion/filtered_lrelu", &Layer::usual_activate},
          std::pair{"zero_insertion/filtered_lrelu_and_back", &Layer::usual_activate_and_back}}) {
        for (const LayerSpec& layer : layers) add(fmt::format("{}/{}/{}", name, step_name, layer.name), {layer}, step);
        add(fmt::format("{}/{}/all", name, step_name), layers, step);
    }
}

// A whole picture; what a frame costs while the transform is dragged.
void add_picture(const std::string& name, const GeneratorConfig& config) {
    benchmark::RegisterBenchmark(name.c_str(),
                                 [config](benchmark::State& state) {
                                     const at::NoGradGuard no_grad;
                                     const auto generator = Generator::create(config);
                                     const Tensor z = at::randn({1, config.z_dim});
                                     const Tensor ws = truncate_and_broadcast(generator->map(z, {}), generator->w_avg(),
                                                                              generator->num_ws(), 1.0);
                                     for (auto _ : state) benchmark::DoNotOptimize(generator->synthesize(ws));
                                 })
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime()
        ->ComputeStatistics("min", least);
}

}  // namespace
}  // namespace afs

int main(int argc, char** argv) {
    const char* threads = std::getenv("AFS_BENCH_THREADS");
    afs::set_compute_threads(threads != nullptr ? std::atoi(threads) : 0);
    afs::GeneratorConfig demo, official, radial;
    demo.img_resolution = 128;
    demo.channel_base = 2048;
    demo.channel_max = 64;
    demo.z_dim = demo.w_dim = 256;
    official.img_resolution = 256;
    official.channel_base = 16384;
    official.channel_max = 512;
    radial = official;
    radial.conv_kernel = 1;
    radial.use_radial_filters = true;
    radial.channel_base = 32768;
    radial.channel_max = 1024;
    benchmark::Initialize(&argc, argv);
    for (const auto& [name, config] :
         {std::pair{"demo", demo}, std::pair{"t256", official}, std::pair{"r256", radial}}) {
        afs::add_network(name, config);
        afs::add_picture(fmt::format("{}/picture", name), config);
    }
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
