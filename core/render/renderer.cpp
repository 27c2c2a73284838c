#include "core/render/renderer.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "core/ops/libraries.h"
#include "core/render/tensor_image.h"

#ifdef AFS_WITH_CUDA
#    include <c10/cuda/CUDACachingAllocator.h>
#    include <c10/cuda/CUDAStream.h>
#endif

namespace afs {
namespace {

class Stopwatch {
  public:
    [[nodiscard]] double lap_ms() {
        const auto now = std::chrono::steady_clock::now();
        const double ms = std::chrono::duration<double, std::milli>(now - start_).count();
        start_ = now;
        return ms;
    }

  private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// A noise stream from (seed, frame): SplitMix64's finaliser keeps neighbouring frames unrelated.
std::uint64_t noise_stream(const NoiseSettings& noise) {
    std::uint64_t x = (std::uint64_t{noise.seed} << 32) ^ static_cast<std::uint64_t>(noise.frame);
    x += 0x9e3779b97f4a7c15ull;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
}

NoiseMode to_noise_mode(SceneNoise mode) {
    switch (mode) {
        case SceneNoise::constant: return NoiseMode::constant;
        case SceneNoise::random: return NoiseMode::random;
        case SceneNoise::none: return NoiseMode::none;
    }
    return NoiseMode::constant;
}

void synchronize(Device device) {
#ifdef AFS_WITH_CUDA
    if (device.kind == Device::Kind::cuda)
        c10::cuda::getCurrentCUDAStream(static_cast<c10::DeviceIndex>(device.index)).synchronize();
#else
    (void)device;
#endif
}

std::uint64_t memory_in_use(Device device) {
#ifdef AFS_WITH_CUDA
    if (device.kind == Device::Kind::cuda) {
        const auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(static_cast<c10::DeviceIndex>(device.index));
        return static_cast<std::uint64_t>(stats.allocated_bytes[0].current);
    }
#else
    (void)device;
#endif
    std::ifstream statm("/proc/self/statm");
    std::uint64_t total_pages = 0, resident_pages = 0;
    statm >> total_pages >> resident_pages;
    return resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

RenderedTensors render_tensors(const Scene& scene, OpenNetwork& open, Precision precision, const std::string& layer,
                               std::stop_token stop) {
    const at::NoGradGuard no_grad;
    const Generator& generator = *open.generator;
    RenderedTensors out;
    Stopwatch watch;
    out.ws = resolve_ws(scene, generator, open.latents);
    synchronize(generator.device());
    out.timing.map_ms = watch.lap_ms();

    SynthesisOptions options;
    options.noise_mode = to_noise_mode(scene.noise.mode);
    options.noise_seed = noise_stream(scene.noise);
    options.precision = precision;
    options.stop = std::move(stop);
    if (generator.input_transformable()) {
        const auto transform = network_transform(scene.transform, generator.config().img_resolution);
        options.network_transform = transform.matrix;
        if (transform.singular)
            out.notes.push_back("The transform's matrix has no inverse: the picture is shown without it.");
    } else if (!(scene.transform == Transform{.round_to_pixel = scene.transform.round_to_pixel})) {
        out.notes.push_back("This network has a constant input: it cannot be transformed.");
    }
    if (!layer.empty() && layer != "output")
        options.on_layer = [&](const std::string& name, const Tensor& x) {
            if (name == layer) out.shown = x;
        };
    out.picture = generator.synthesize(out.ws, options);
    synchronize(generator.device());
    out.timing.synthesis_ms = watch.lap_ms();
    if (layer.empty() || layer == "output") out.shown = out.picture;
    if (!out.shown.defined()) {
        std::string names;
        for (const LayerInfo& known : open.info->layers) names += (names.empty() ? "" : ", ") + known.name;
        throw Error(ErrorKind::argument, fmt::format("There is no layer \"{}\"", layer), "this network has " + names);
    }
    return out;
}

FrameResult render_frame(const FrameRequest& request, OpenNetwork& open, std::stop_token stop) {
    FrameResult result;
    result.id = request.id;
    result.scene = request.scene;
    result.network = open.info;
    result.device = device_name(open.generator->device());
    result.kernel_path = filtered_lrelu_path(open.generator->device().kind == Device::Kind::cuda);
    try {
        const Stopwatch total_start;
        Stopwatch total = total_start;
        const bool layer_mode = request.scene.canvas == CanvasMode::layer;
        const LayerView& view = request.scene.layer_view;
        // A layer that this network does not have (the model was changed) shows the picture, and says so.
        std::string layer = layer_mode ? view.layer : std::string();
        const auto known = [&](const std::string& name) {
            for (const LayerInfo& info : open.info->layers)
                if (info.name == name) return true;
            return false;
        };
        if (!layer.empty() && !known(layer)) {
            result.notes.push_back(fmt::format("This network has no layer {}: the picture is shown.", layer));
            layer.clear();
        }
        RenderedTensors tensors = render_tensors(request.scene, open, request.precision, layer, stop);
        result.notes.insert(result.notes.end(), tensors.notes.begin(), tensors.notes.end());
        result.timing = tensors.timing;
        Stopwatch convert;
        ChannelSelection selection;
        if (layer_mode && !layer.empty()) selection = {view.base_channel, view.channels, view.normalize, view.gain_db};
        result.image = std::make_shared<const Image>(to_image(tensors.shown, selection));
        if (request.layer_stats) result.stats = tensor_stats(tensors.shown, selection);
        result.timing.convert_ms = convert.lap_ms();
        result.timing.total_ms = total.lap_ms();
        result.memory_bytes = memory_in_use(open.generator->device());
    } catch (...) {
        Failure failure = current_failure("Could not draw the picture");
        if (failure.kind == ErrorKind::cancelled) throw;
        result.failure = std::move(failure);
    }
    return result;
}

}  // namespace afs
