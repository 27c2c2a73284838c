#include "core/render/renderer.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "core/analysis/resampling.h"
#include "core/model/changed_filters.h"
#include "core/model/replaced_filters.h"
#include "core/ops/libraries.h"
#include "core/render/contact_sheet.h"
#include "core/render/equivariance_picture.h"
#include "core/render/spectrum_picture.h"
#include "core/render/tensor_image.h"
#include "core/scene/session.h"

#ifdef AFS_WITH_CUDA
#    include <c10/cuda/CUDACachingAllocator.h>
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

bool has_layer(const NetworkInfo& network, const std::string& name) {
    return std::ranges::any_of(network.layers, [&](const LayerInfo& info) { return info.name == name; });
}

std::shared_ptr<const LatentW> to_latent(const Tensor& w) {
    const Tensor host = w.to(at::kCPU).contiguous();
    const float* const values = host.const_data_ptr<float>();
    return std::make_shared<const LatentW>(LatentW{static_cast<int>(w.size(1)), static_cast<int>(w.size(2)),
                                                   std::vector<float>(values, values + host.numel())});
}

void add(FrameTiming& sum, const FrameTiming& part) {
    sum.map_ms += part.map_ms;
    sum.synthesis_ms += part.synthesis_ms;
    sum.convert_ms += part.convert_ms;
}

void add_new(std::vector<std::string>& notes, const std::vector<std::string>& more) {
    for (const std::string& note : more)
        if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
}

// Drawn cell by cell; those that were drawn before come from the cache.
RenderedPicture render_sheet(const Scene& scene, OpenNetwork& open, const RenderOptions& options,
                             const OnGrowth& growing) {
    constexpr int kGap = 4;             // pixels
    constexpr double kGrowingMs = 100;  // between two incomplete sheets
    const int side = open.info->img_resolution, count = scene.sheet.columns * scene.sheet.rows;
    const PictureGrid grid = plan_grid(count, scene.sheet.columns, side, side, kGap);
    RenderedPicture out;
    out.grid = grid;
    Image image = empty_grid(grid, 4);
    auto& places = open.sheet.places;
    places.resize(static_cast<std::size_t>(count));
    std::vector<int> missing;
    for (int cell = 0; cell < count; ++cell) {
        auto& place = places[static_cast<std::size_t>(cell)];
        if (auto known = open.sheet.find({sheet_cell(scene, cell), options.precision, grid.reduction}))
            place = std::move(known);
        else
            missing.push_back(cell);
        if (place && place->width != grid.cell_width) place.reset();
        if (place) place_in_grid(image, grid, cell, *place);
    }
    Stopwatch since_growing;
    double waited_ms = 0.0;
    for (const int cell : missing) {
        const Scene one = sheet_cell(scene, cell);
        const RenderedTensors tensors = render_tensors(one, open, options);
        add(out.timing, tensors.timing);
        add_new(out.notes, tensors.notes);
        Stopwatch convert;
        auto picture = std::make_shared<const Image>(to_image(reduced(tensors.picture, grid.reduction)));
        out.timing.convert_ms += convert.lap_ms();
        place_in_grid(image, grid, cell, *picture);
        places[static_cast<std::size_t>(cell)] = picture;
        open.sheet.keep({one, options.precision, grid.reduction}, std::move(picture));
        waited_ms += since_growing.lap_ms();
        if (growing && cell != missing.back() && waited_ms >= kGrowingMs) {
            growing({image, grid, static_cast<double>(cell + 1) / count});
            waited_ms = 0.0;
        }
    }
    out.image = std::make_shared<const Image>(std::move(image));
    return out;
}

}  // namespace

void check_layer(const std::string& layer, const NetworkInfo& network) {
    if (layer.empty() || layer == "output" || has_layer(network, layer)) return;
    std::string names;
    for (const LayerInfo& known : network.layers) names += (names.empty() ? "" : ", ") + known.name;
    throw Error(ErrorKind::argument, fmt::format("There is no layer \"{}\"", layer), "this network has " + names);
}

ChannelSelection selection_of(const LayerView& view) {
    return {view.base_channel, view.channels, view.normalize, view.gain_db, view.mosaic};
}

RenderedTensors render_tensors(const Scene& scene, OpenNetwork& open, const RenderOptions& options,
                               const std::string& layer) {
    const at::NoGradGuard no_grad;
    const Generator& generator = *open.generator;
    RenderedTensors out;
    Stopwatch watch;
    out.latent = resolve_latent(scene, generator, open.latents);
    wait_for_device(generator.device());
    out.timing.map_ms = watch.lap_ms();

    SynthesisOptions synthesis;
    synthesis.noise_mode = to_noise_mode(scene.noise.mode);
    synthesis.noise_seed = noise_stream(scene.noise);
    synthesis.precision = options.precision;
    synthesis.stop = options.stop;
    std::optional<Matrix3> back;  // that untransforms
    if (generator.input_transformable()) {
        const auto transform = network_transform(scene.transform, generator.config().img_resolution);
        synthesis.network_transform = transform.matrix;
        if (scene.untransform && !transform.singular) back = transform.matrix;
        if (transform.singular)
            out.notes.push_back("The transform's matrix has no inverse: the picture is shown without it.");
    } else if (!(scene.transform == Transform{.round_to_pixel = scene.transform.round_to_pixel})) {
        out.notes.push_back("This network has a constant input: it cannot be transformed.");
    }
    if (std::holds_alternative<LatentZ>(scene.latent.source) && generator.config().c_dim > 0 &&
        !scene.latent.class_index && scene.latent.class_weights.empty())
        out.notes.push_back("A Z from a file names no class: class 0 is used.");
    check_layer(layer, *open.info);
    if (const auto changes = filter_changes(scene); !changes.empty())
        synthesis.filters = std::make_shared<const ReplacedFilters>(generator.schedule(), changes);
    const bool capture = !layer.empty() && layer != "output";
    Stopwatch layer_watch;
    if (capture || options.layer_times || options.on_layer)
        synthesis.on_layer = [&](const std::string& name, const Tensor& x) {
            if (options.layer_times) {
                wait_for_device(generator.device());
                out.layer_ms.push_back({name, layer_watch.lap_ms()});
            }
            if (capture && name == layer) out.shown = x;
            if (options.on_layer) options.on_layer(name, x);
        };
    out.picture = generator.synthesize(out.latent.ws, synthesis);
    wait_for_device(generator.device());
    out.timing.synthesis_ms = watch.lap_ms();
    if (back) {
        out.picture = affine_resample(out.picture, *back).picture;
        if (capture) out.shown = affine_resample(out.shown, *back).picture;
    }
    if (!capture) out.shown = out.picture;
    AFS_CHECK(out.shown.defined());
    return out;
}

Scene with_known_layer(Scene scene, const NetworkInfo& network, std::vector<std::string>& notes) {
    std::erase_if(scene.filters, [&](const FilterOverride& f) {
        const LayerSpec* const row = network.schedule.find(f.layer);
        const std::string why =
            row ? why_not(*row, {f.layer, f.side, f.cutoff, f.half_width, f.taps}) : "this network has no such layer";
        if (why.empty() || !f.enabled) return !f.enabled;
        notes.push_back(fmt::format("The filter of {} is the network's own: {}.", f.layer, why));
        return true;
    });
    SpectrumView& spectrum = scene.spectrum;
    if (scene.canvas == CanvasMode::spectrum && spectrum.shown == SpectrumShown::map &&
        spectrum.compare == SpectrumCompare::layer && !has_layer(network, spectrum.compare_layer)) {
        notes.push_back(fmt::format("This network has no layer {} to compare with.", spectrum.compare_layer));
        spectrum.compare = SpectrumCompare::nothing;
    }
    if (!shows_layer(scene) || has_layer(network, scene.layer_view.layer)) return scene;
    notes.push_back(fmt::format("This network has no layer {}: the picture is shown.", scene.layer_view.layer));
    if (scene.canvas == CanvasMode::layer) scene.canvas = CanvasMode::picture;
    scene.layer_view.layer = "output";
    return scene;
}

RenderedPicture render_picture(const Scene& scene, OpenNetwork& open, const RenderOptions& options,
                               const OnGrowth& growing) {
    if (open.equivariance && (scene.canvas != CanvasMode::equivariance || shows_strip(scene)))
        open.equivariance->forget_tensors();
    if (scene.canvas == CanvasMode::sheet) return render_sheet(scene, open, options, growing);
    if (scene.canvas == CanvasMode::equivariance) {
        if (scene.equivariance.shown == EquivarianceShown::strip) return render_strip(scene, open, options, growing);
        if (open.info->input_transformable) return render_equivariance(scene, open, options);
    }
    if (scene.canvas == CanvasMode::spectrum) return render_spectrum(scene, open, options);
    const bool layer = shows_layer(scene);
    RenderedPicture out;
    out.tensors = render_tensors(scene, open, options, layer ? scene.layer_view.layer : "");
    out.notes = out.tensors->notes;
    if (scene.canvas == CanvasMode::equivariance)
        out.notes = {
            "This network has a constant input: it cannot be moved, so there is nothing to compare. "
            "The pixel strip shows how its texture sticks."};
    out.timing = out.tensors->timing;
    Stopwatch convert;
    if (layer && scene.layer_view.mosaic) {
        auto [image, grid] = to_mosaic(out.tensors->shown, selection_of(scene.layer_view));
        out.image = std::make_shared<const Image>(std::move(image));
        out.grid = grid;
    } else {
        const ChannelSelection selection = layer ? selection_of(scene.layer_view) : ChannelSelection{};
        out.image = to_frame_picture(out.tensors->shown, selection);
    }
    out.timing.convert_ms = convert.lap_ms();
    return out;
}

FrameResult render_frame(const FrameRequest& request, OpenNetwork& open, std::stop_token stop,
                         const std::function<void(FrameResult)>& growing) {
    FrameResult result;
    result.id = request.id;
    result.scene = request.scene;
    result.network = open.info;
    result.threads = compute_threads();
    result.device = device_name(open.generator->device());
    result.kernel_path = filtered_lrelu_path(open.generator->device().kind == Device::Kind::cuda);
    try {
        Stopwatch total;
        const ModelRef& model = request.scene.model;
        if (model.path == open.info->model.path)
            if (auto changed = model_changed(model, open.info->model)) result.notes.push_back(std::move(*changed));
        const Scene scene = with_known_layer(request.scene, *open.info, result.notes);
        OnGrowth grow;
        if (growing)
            grow = [&](const GrowingPicture& now) {
                FrameResult part = result;
                part.image = std::make_shared<const Image>(now.image);
                part.grid = now.grid;
                part.grown = now.grown;
                part.complete = false;
                growing(std::move(part));
            };
        const RenderOptions options{request.precision, request.layer_times, std::move(stop)};
        RenderedPicture picture = render_picture(scene, open, options, grow);
        result.image = std::move(picture.image);
        if (!request.may_stay_on_device) (void)result.image.host();
        result.grid = picture.grid;
        result.spectrum = std::move(picture.spectrum);
        result.compared = std::move(picture.compared);
        result.waterfall = std::move(picture.waterfall);
        result.equivariance = picture.equivariance;
        result.other = std::move(picture.other);
        add_new(result.notes, picture.notes);
        result.timing = picture.timing;
        if (open.generator->replayed()) result.kernel_path += ", CUDA graph";
        if (picture.tensors) {
            result.layer_ms = std::move(picture.tensors->layer_ms);
            result.distance = picture.tensors->latent.distance;
            result.w = to_latent(picture.tensors->latent.w);
            result.ws = to_latent(picture.tensors->latent.ws);
            const bool layer = shows_layer(scene);
            const ChannelSelection selection = layer ? selection_of(scene.layer_view) : ChannelSelection{};
            if (request.layer_stats) result.stats = tensor_stats(picture.tensors->shown, selection);
            if (layer && !selection.mosaic && scene.canvas == CanvasMode::layer)
                result.values = std::make_shared<const ShownValues>(shown_values(picture.tensors->shown, selection));
        }
        result.timing.total_ms = total.lap_ms();
        result.memory_bytes = memory_in_use(open.generator->device());
    } catch (...) {
        Failure failure = current_failure("Could not draw the picture");
        if (failure.kind == ErrorKind::cancelled) throw;
        result.failure = std::move(failure);
    }
    return result;
}

Thumbnail render_thumbnail(const Scene& scene, std::uint32_t seed, int side_px, OpenNetwork& open,
                           const RenderOptions& options) {
    AFS_CHECK(side_px >= 1);
    Thumbnail thumbnail{seed, thumbnail_scene(scene, seed), nullptr};
    const RenderedTensors tensors = render_tensors(thumbnail.scene, open, options);
    const int factor = (open.info->img_resolution + side_px - 1) / side_px;
    thumbnail.image = std::make_shared<const Image>(to_image(reduced(tensors.picture, factor)));
    return thumbnail;
}

}  // namespace afs
