#include "core/render/speed.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <set>

#include "core/base/error.h"
#include "core/model/arithmetic.h"
#include "core/model/generator.h"
#include "core/ops/filtered_lrelu.h"
#include "core/ops/modulated_conv.h"
#include "core/ops/plain_operators.h"
#include "core/ops/thread_pool.h"
#include "core/render/open_network.h"
#include "core/render/render_service.h"
#include "kernels/machine_limits.h"

namespace afs {
namespace {

using Clock = std::chrono::steady_clock;
double ms_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
    AFS_CHECK(!values.empty());
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    return *middle;
}

void check_stop(const SpeedOptions& options) {
    if (options.stop.stop_requested())
        throw Error(ErrorKind::cancelled, "The benchmark was not finished", "it was interrupted");
}

// Milliseconds of `repeats` calls, one more before them. The device has finished when a call's time is taken.
std::vector<double> times_of(const SpeedOptions& options, const std::function<void()>& call) {
    std::vector<double> result;
    for (int i = 0; i <= options.repeats; ++i) {
        check_stop(options);
        const auto start = Clock::now();
        call();
        wait_for_device(options.device);
        if (i > 0) result.push_back(ms_since(start));
    }
    return result;
}

// A layer's operators on random data, in the number format and laid out as in the network.
struct LayerOperators {
    at::ScalarType type;
    Tensor scaled_x, convolved;
    ModulatedKernel kernel;
    FilteredLreluSpec nonlinearity;

    LayerOperators(const LayerSpec& layer, const SpeedOptions& options)
        : type(choose_arithmetic(options.precision, options.device).type_of(layer)) {
        const std::int64_t side = layer.in_size + layer.kernel - 1;
        const auto on_device =
            at::TensorOptions().device(options.device.kind == Device::Kind::cuda
                                           ? at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(options.device.index))
                                           : at::Device(at::kCPU));
        const auto format = options.device.kind == Device::Kind::cpu || type != at::kFloat
                                ? at::MemoryFormat::ChannelsLast
                                : at::MemoryFormat::Contiguous;
        const Tensor weight = at::randn({layer.channels_out, layer.channels_in, layer.kernel, layer.kernel}, on_device);
        kernel = type == at::kFloat ? ModulatedKernel(weight) : half_kernel(weight, type, /*demodulate=*/true);
        const std::int64_t in = kernel.weight.size(1), out = kernel.weight.size(0);  // half_kernel() pads them
        scaled_x = at::randn({options.batch, in, layer.in_size, layer.in_size}, on_device).to(type).contiguous(format);
        convolved = at::randn({options.batch, out, side, side}, on_device).to(type).contiguous(format);
        const auto taps = [&](int count, bool radial) {
            if (count == 1) return Tensor();
            if (!radial) return at::rand({count}) / count;
            const Tensor half = at::rand({count, count}) / count / count;  // symmetric, as radial filters are
            return half + half.flip({0}) + half.flip({1}) + half.flip({0, 1});
        };
        nonlinearity.up_filter = taps(layer.up_taps, false);
        nonlinearity.down_filter = taps(layer.down_taps, layer.radial);
        if (nonlinearity.up_filter.defined()) nonlinearity.up_filter = nonlinearity.up_filter.to(on_device.device());
        if (nonlinearity.down_filter.defined())
            nonlinearity.down_filter = nonlinearity.down_filter.to(on_device.device());
        nonlinearity.up = layer.up;
        nonlinearity.down = layer.down;
        nonlinearity.padding = {layer.padding[0], layer.padding[1], layer.padding[2], layer.padding[3]};
        nonlinearity.clamp = 256.0;
    }
};

std::string shape_text(int channels_in, std::int64_t side_in, int channels_out, std::int64_t side_out) {
    return fmt::format("{0}x{1}x{1} -> {2}x{3}x{3}", channels_in, side_in, channels_out, side_out);
}

double gbytes_of(double elements, at::ScalarType type) {
    return elements * static_cast<double>(at::elementSize(type)) * 1e-9;
}

std::uint64_t peak_memory() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
        if (word == "VmHWM:") {
            std::uint64_t kib = 0;
            status >> kib;
            return kib * 1024;
        }
    return 0;
}

}  // namespace

LayerCost layer_cost(const LayerSpec& layer) {
    LayerCost cost;
    const double in = layer.in_size + layer.kernel - 1, out = layer.out_size;
    cost.convolution_gflop = 2e-9 * layer.channels_out * layer.channels_in * layer.kernel * layer.kernel * in * in;
    if (layer.up_taps == 1 && layer.down_taps == 1) return cost;
    const double upsampled = (out - 1) * layer.down + layer.down_taps;
    const double phase = static_cast<double>(layer.up_taps) / layer.up;
    double multiply_adds = upsampled * in * phase + upsampled * upsampled * phase;
    multiply_adds += layer.radial ? out * out * layer.down_taps * layer.down_taps
                                  : upsampled * out * layer.down_taps + out * out * layer.down_taps;
    cost.nonlinearity_gflop = 1e-9 * layer.channels_out * (2 * multiply_adds + 5 * upsampled * upsampled);
    return cost;
}

MachineLimits measure_machine() {
    const kernels::ParallelFor pool = thread_pool();
    constexpr std::int64_t kBytes = 192 << 20;
    return {kernels::cpu::measure_peak_flops(pool) * 1e-9, kernels::cpu::measure_bandwidth(kBytes, pool) * 1e-9};
}

std::vector<OperatorSpeed> measure_operators(const std::string& network, const GeneratorConfig& config,
                                             const SpeedOptions& options,
                                             const std::function<void(const OperatorSpeed&)>& on_row) {
    std::vector<OperatorSpeed> rows;
    std::set<std::string> seen;  // networks repeat shapes
    const auto measure = [&](OperatorSpeed row, const LayerSpec& layer, at::ScalarType type,
                             const std::function<void()>& call) {
        const std::string key = fmt::format("{} {} {} {} {} {} {}", row.op, row.shape, at::toString(type), layer.up,
                                            layer.up_taps, layer.down, layer.down_taps * (layer.radial ? -1 : 1));
        if (!seen.insert(key).second) return;
        row.network = network;
        row.layer = layer.name;
        row.type = at::toString(type);
        row.gflop *= options.batch;
        row.gbytes *= options.batch;
        row.ms = median(times_of(options, call));
        if (options.compare_reference) {
            const PlainOperators plain;
            row.reference_ms = median(times_of(options, call));
        }
        if (on_row) on_row(row);
        rows.push_back(std::move(row));
    };
    for (const LayerSpec& layer : make_schedule(config).layers) {
        if (layer.is_torgb) continue;
        const LayerOperators at_layer(layer, options);
        const LayerCost cost = layer_cost(layer);
        const double in = layer.in_size, between = layer.in_size + layer.kernel - 1, out = layer.out_size;
        const double nonlinearity_bytes =
            gbytes_of(layer.channels_out * (between * between + out * out), at_layer.type);
        const auto side = static_cast<std::int64_t>(between);
        {
            const at::NoGradGuard no_grad;
            measure({.op = "modulated_conv",
                     .shape = shape_text(layer.channels_in, layer.in_size, layer.channels_out, side),
                     .gflop = cost.convolution_gflop,
                     .gbytes = gbytes_of(layer.channels_in * in * in + layer.channels_out * between * between,
                                         at_layer.type)},
                    layer, at_layer.type, [&] { (void)convolve3(at_layer.scaled_x, at_layer.kernel); });
            measure({.op = "filtered_lrelu",
                     .shape = shape_text(layer.channels_out, side, layer.channels_out, layer.out_size),
                     .gflop = cost.nonlinearity_gflop,
                     .gbytes = nonlinearity_bytes},
                    layer, at_layer.type, [&] { (void)filtered_lrelu(at_layer.convolved, {}, at_layer.nonlinearity); });
        }
        const Tensor x = at_layer.convolved.detach().requires_grad_();
        const Tensor dy = at::ones({options.batch, x.size(1), layer.out_size, layer.out_size}, x.options());
        measure({.op = "filtered_lrelu with gradient",
                 .shape = shape_text(layer.channels_out, side, layer.channels_out, layer.out_size),
                 .gflop = 2 * cost.nonlinearity_gflop,
                 .gbytes = 2 * nonlinearity_bytes},
                layer, at_layer.type, [&] {
                    const Tensor y = filtered_lrelu(x, {}, at_layer.nonlinearity);
                    (void)torch::autograd::grad({y}, {x}, {dy});
                });
    }
    return rows;
}

GeneratorSpeed measure_generator(const std::string& network_path, const GeneratorConfig& config,
                                 const SpeedOptions& options) {
    std::shared_ptr<const Generator> generator;
    if (network_path.empty()) {
        const std::shared_ptr<Generator> made = Generator::create(config);
        made->to(options.device);
        generator = made;
    } else {
        ModelRef model;
        model.path = network_path;
        generator = open_network(model, options.device)->generator;
    }
    const at::NoGradGuard no_grad;
    const GeneratorConfig& actual = generator->config();
    const auto on_device = generator->w_avg().options();
    const Tensor c =
        actual.c_dim > 0 ? at::eye(actual.c_dim).narrow(0, 0, 1).expand({options.batch, -1}).to(on_device) : Tensor();
    const Tensor z = at::randn({options.batch, actual.z_dim}).to(on_device);
    const Tensor ws = truncate_and_broadcast(generator->map(z, c), generator->w_avg(), generator->num_ws(), 1.0);
    SynthesisOptions synthesis;
    synthesis.precision = options.precision;
    synthesis.stop = options.stop;

    GeneratorSpeed result;
    result.repeats = options.repeats;
    const std::vector<double> times = times_of(options, [&] { (void)generator->synthesize(ws, synthesis); });
    result.median_ms = median(times);
    result.min_ms = *std::ranges::min_element(times);
    result.peak_memory_bytes = peak_memory();
    if (actual.family == Family::alias_free)
        for (const LayerSpec& layer : generator->schedule().layers) {
            const LayerCost cost = layer_cost(layer);
            result.gflop += options.batch * (cost.convolution_gflop + cost.nonlinearity_gflop);
        }
    if (options.compare_reference) {
        const PlainOperators plain;
        result.reference_median_ms = median(times_of(options, [&] { (void)generator->synthesize(ws, synthesis); }));
    }
    std::vector<std::pair<std::string, std::vector<double>>> layers;
    Clock::time_point last;
    std::size_t next = 0;
    synthesis.on_layer = [&](const std::string& name, const Tensor&) {
        wait_for_device(options.device);
        if (next == layers.size()) layers.push_back({name, {}});
        layers[next++].second.push_back(ms_since(last));
        last = Clock::now();
    };
    (void)times_of(options, [&] {
        next = 0;
        last = Clock::now();
        (void)generator->synthesize(ws, synthesis);
    });
    for (auto& [name, taken] : layers) {
        taken.erase(taken.begin());  // the run that does not count
        result.layers.push_back({name, median(taken)});
    }
    return result;
}

FrameSpeed measure_frames(const std::string& network_path, const SpeedOptions& options) {
    std::mutex mutex;
    std::condition_variable woken;
    bool wake = false;
    RenderService service([&] {
        const std::lock_guard lock(mutex);
        wake = true;
        woken.notify_one();
    });
    FrameRequest request;
    request.scene.model.path = network_path;
    request.device = options.device;
    request.precision = options.precision;
    request.may_stay_on_device = true;  // as the window asks
    // One frame at a time, each with a transform of its own: what a dragging hand asks for.
    const auto next_frame = [&] {
        request.scene.transform.translate_x += 0.001;
        const auto start = Clock::now();
        const std::uint64_t id = service.submit(request);
        for (;;) {
            check_stop(options);
            {
                std::unique_lock lock(mutex);
                woken.wait_for(lock, std::chrono::milliseconds(100), [&] { return wake; });
                wake = false;
            }
            const std::optional<FrameResult> result = service.poll();
            if (!result) continue;
            if (result->failure)
                throw Error(result->failure->kind, result->failure->what, result->failure->why,
                            result->failure->what_to_do);
            if (result->id == id) return ms_since(start);
        }
    };
    (void)next_frame();  // opens the network
    (void)next_frame();
    FrameSpeed speed;
    std::vector<double> times;
    const auto start = Clock::now();
    for (int i = 0; i < options.repeats; ++i) times.push_back(next_frame());
    speed.frames_per_s = 1000.0 * options.repeats / ms_since(start);
    speed.median_ms = median(times);
    speed.min_ms = *std::ranges::min_element(times);
    speed.repeats = options.repeats;
    return speed;
}

}  // namespace afs
