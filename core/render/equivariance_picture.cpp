#include "core/render/equivariance_picture.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/analysis/layer_equivariance.h"
#include "core/ops/thread_pool.h"
#include "core/plot/colour_map.h"
#include "core/render/contact_sheet.h"

namespace afs {
namespace {

using Clock = std::chrono::steady_clock;
using Source = EquivarianceCache::Source;

constexpr double kDimmed = 0.3;  // brightness of what is not compared
constexpr int kGap = 4;          // pixels between the four pictures

double ms_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

EquivarianceCache& cache_of(OpenNetwork& open) {
    if (!open.equivariance) open.equivariance = std::make_shared<EquivarianceCache>();
    return *open.equivariance;
}

// The scene that a picture of it depends on, and nothing else.
Scene bare(Scene scene) {
    scene.model = {};
    scene.untransform = false;
    scene.canvas = CanvasMode::picture;
    scene.layer_view = {};
    scene.sheet = {};
    scene.spectrum = {};
    scene.equivariance = {};
    return scene;
}

// Drawn, or found; the timing is that of this frame.
RenderedTensors tensors_of(const Source& source, OpenNetwork& open, const RenderOptions& options,
                           std::optional<EquivarianceCache::Kept<RenderedTensors>>& kept) {
    if (kept && kept->source == source && (!options.layer_times || !kept->value.layer_ms.empty())) {
        RenderedTensors found = kept->value;
        found.timing = {};
        return found;
    }
    RenderedTensors drawn = render_tensors(source.scene, open, options, source.layer);
    kept = {source, drawn};
    return drawn;
}

Comparison comparison_of(const RenderedTensors& unmoved, const RenderedTensors& moved, const Movement& movement,
                         const std::string& layer, const Generator& generator) {
    if (layer.empty() || layer == "output") return compare(unmoved.shown, moved.shown, movement);
    const Schedule& schedule = generator.schedule();
    const LayerSpec* const row = schedule.find(layer);
    return compare_layer(unmoved.shown, moved.shown, movement, row ? row->out_rate : schedule.input_rate);
}

FrameEquivariance figures_of(const Comparison& c, bool of_layer) {
    FrameEquivariance figures;
    figures.of_layer = of_layer;
    figures.compared = c.mask.mean(at::kDouble).item<double>();
    if (figures.compared == 0.0) return figures;
    if (of_layer) {
        RelativeError error;
        error.add(c);
        figures.db = error.db();
    } else {
        const SquaredError error = masked_error(c.output, c.reference, c.mask);
        figures.db = equivariance_db(error.sum / error.count);
    }
    return figures;
}

// Planes [1 or 3, H, W] that to_image shows as they are: -1 black, 1 white.
struct Planes {
    Tensor output, reference, mask;  // mask: [1, H, W]
};

Planes planes_of(const Comparison& c, const ChannelSelection& selection) {
    Planes planes{shown_planes(c.output, selection), shown_planes(c.reference, selection), c.mask.squeeze(0)};
    Tensor scale = at::full({1, 1, 1}, std::pow(10.0, selection.gain_db / 20.0), planes.reference.options());
    // Both by the reference's: what differs must not be hidden by how it is shown.
    if (selection.normalize) scale = scale / planes.reference.abs().amax({1, 2}, /*keepdim=*/true).clamp(1e-8, 1e8);
    if (selection.normalize || selection.gain_db != 0.0) {
        planes.output = planes.output * scale;
        planes.reference = planes.reference * scale;
    }
    return planes;
}

// The colours of signed_difference, as planes show them. Result: [kColourEntries, 3].
Tensor difference_colours() {
    const auto entries = colour_entries(ColourMap::diverging);
    Tensor table = at::empty({kColourEntries, 3}, at::kFloat);
    float* to = table.data_ptr<float>();
    for (const Rgb& c : entries)
        for (const std::uint8_t byte : {c.r, c.g, c.b}) *to++ = (static_cast<float>(byte) - 127.5F) / 127.5F;
    return table;
}

// Scaled in brightness: -1 stays black.
Tensor dimmed(const Tensor& x) { return (x.clamp(-1.0, 1.0) + 1.0) * kDimmed - 1.0; }

// With sign, of the channel that differs most: blue where the output is darker, red where it is brighter. Full colour
// at the whole range of a picture, which is 2, divided by the gain.
Tensor signed_difference(const Planes& planes, double gain) {
    const Tensor d = planes.output - planes.reference;
    const Tensor largest = d.gather(0, d.abs().argmax(0, /*keepdim=*/true)).squeeze(0);
    // As colour_index counts.
    const Tensor index = ((largest * (gain / 2.0) + 1.0) * ((kColourEntries - 1) / 2.0) + 0.5)
                             .nan_to_num(0.0)
                             .clamp(0, kColourEntries - 1)
                             .to(at::kLong);
    return difference_colours()
        .to(index.device())
        .index_select(0, index.flatten())
        .reshape({index.size(0), index.size(1), 3})
        .permute({2, 0, 1});
}

Tensor composed(const Planes& planes, const EquivarianceView& view, EquivarianceShown shown) {
    const double gain = std::pow(10.0, view.gain_db / 20.0);
    Tensor x;
    switch (shown) {
        case EquivarianceShown::reference: x = planes.reference; break;
        case EquivarianceShown::difference: x = signed_difference(planes, gain); break;
        case EquivarianceShown::absolute: x = (planes.output - planes.reference).abs() * gain - 1.0; break;
        case EquivarianceShown::blend: x = at::lerp(planes.output, planes.reference, view.blend); break;
        case EquivarianceShown::wipe: {
            const std::int64_t width = planes.output.size(2);
            const auto divider = static_cast<std::int64_t>(std::nearbyint(view.wipe * static_cast<double>(width)));
            x = at::cat({planes.output.slice(2, 0, divider), planes.reference.slice(2, divider, width)}, 2);
            break;
        }
        case EquivarianceShown::output:
        case EquivarianceShown::flicker:
        case EquivarianceShown::grid:
        case EquivarianceShown::strip: x = planes.output; break;
    }
    return view.mask ? at::where(planes.mask > 0, x, dimmed(x)) : x;
}

// The signed difference of planes on the CPU, as `composed` and to_image draw it, in one pass over the picture: it is
// what the hand on the mouse waits for.
Image difference_image(const Planes& planes, const EquivarianceView& view) {
    const Tensor output = planes.output.contiguous(), reference = planes.reference.contiguous(),
                 mask = planes.mask.contiguous();
    const std::int64_t channels = output.size(0), height = output.size(1), width = output.size(2),
                       count = height * width;
    const Tensor colours = difference_colours().t().unsqueeze(1);
    const Image full = to_image(colours), dim = view.mask ? to_image(dimmed(colours)) : full;
    const auto half_gain = static_cast<float>(std::pow(10.0, view.gain_db / 20.0) / 2.0);
    constexpr float kHalfRange = static_cast<float>((kColourEntries - 1) / 2.0);
    Image image{static_cast<int>(width), static_cast<int>(height), 4, {}};
    image.pixels.resize(static_cast<std::size_t>(count) * 4);
    const float* const a = output.const_data_ptr<float>();
    const float* const b = reference.const_data_ptr<float>();
    const float* const compared = mask.const_data_ptr<float>();
    thread_pool()(height, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin * width; i < end * width; ++i) {
            float largest = a[i] - b[i];
            for (std::int64_t c = 1; c < channels; ++c) {
                const float d = a[c * count + i] - b[c * count + i];
                if (std::isnan(d) || std::abs(d) > std::abs(largest)) largest = d;
            }
            const float at = (largest * half_gain + 1.0F) * kHalfRange + 0.5F;  // as colour_index counts
            const auto index = std::isnan(at) ? 0 : static_cast<int>(std::clamp(at, 0.0F, kColourEntries - 1.0F));
            const Image& from = compared[i] > 0 ? full : dim;
            std::copy_n(from.pixels.data() + static_cast<std::ptrdiff_t>(index) * 4, 4, image.pixels.data() + i * 4);
        }
    });
    return image;
}

Image grid_image(const Planes& planes, const EquivarianceView& view, PictureGrid& grid) {
    const auto width = static_cast<int>(planes.output.size(2)), height = static_cast<int>(planes.output.size(1));
    grid = plan_grid(4, 2, width, height, kGap);
    Image image = empty_grid(grid, 4);
    int cell = 0;
    for (const EquivarianceShown shown : kEquivarianceGrid)
        place_in_grid(image, grid, cell++, to_image(reduced(composed(planes, view, shown), grid.reduction)));
    return image;
}

void copy_column(Image& image, int column, const Image& pixels) {
    for (int y = 0; y < image.height; ++y)
        std::copy_n(pixels.pixels.begin() + y * 4, 4,
                    image.pixels.begin() + (static_cast<std::ptrdiff_t>(y) * image.width + column) * 4);
}

}  // namespace

RenderedPicture render_equivariance(const Scene& scene, OpenNetwork& open, const RenderOptions& options) {
    const at::NoGradGuard no_grad;
    const Generator& generator = *open.generator;
    const int side = generator.config().img_resolution;
    const EquivarianceView& view = scene.equivariance;
    const std::string layer = shows_layer(scene) ? scene.layer_view.layer : "";
    const bool of_layer = !layer.empty() && layer != "output";

    Transform transform = equivariance_movement(scene);
    RenderedPicture out;
    if (network_transform(transform, side).singular) {
        transform = {};
        out.notes.emplace_back("The transform's matrix has no inverse: the picture is compared without it.");
    }
    Source unmoved_source{bare(scene), layer, options.precision}, moved_source = unmoved_source;
    unmoved_source.scene.transform = {};
    moved_source.scene.transform = transform;

    EquivarianceCache& cache = cache_of(open);
    const RenderedTensors unmoved =
        tensors_of(unmoved_source, open, {options.precision, false, options.stop}, cache.unmoved);
    out.tensors = tensors_of(moved_source, open, options, cache.moved);
    out.timing = out.tensors->timing;
    out.timing.map_ms += unmoved.timing.map_ms;
    out.timing.synthesis_ms += unmoved.timing.synthesis_ms;
    out.notes.insert(out.notes.end(), out.tensors->notes.begin(), out.tensors->notes.end());

    const auto start = Clock::now();
    if (!cache.comparison || !(cache.comparison->source == moved_source)) {
        const Movement movement = movement_of(picture_matrix(transform, side), transform.round_to_pixel);
        cache.comparison = {moved_source, comparison_of(unmoved, *out.tensors, movement, layer, generator)};
    }
    const Comparison& comparison = cache.comparison->value;
    out.equivariance = figures_of(comparison, of_layer);
    if (out.equivariance->compared == 0.0)
        out.notes.push_back(
            of_layer ? fmt::format("{} has {} samples a side: after this movement nothing is left of it whose "
                                   "surroundings are known.",
                                   layer, comparison.output.size(3))
                     : "After this movement nothing is left of the picture whose surroundings are known.");
    const Planes planes = planes_of(comparison, of_layer ? selection_of(scene.layer_view) : ChannelSelection{});
    if (view.shown == EquivarianceShown::grid) {
        PictureGrid grid;
        out.image = std::make_shared<const Image>(grid_image(planes, view, grid));
        out.grid = grid;
    } else if (view.shown == EquivarianceShown::difference && planes.output.is_cpu()) {
        out.image = std::make_shared<const Image>(difference_image(planes, view));
    } else {
        out.image = to_frame_picture(composed(planes, view, view.shown));
        if (view.shown == EquivarianceShown::flicker)
            out.other = std::make_shared<const Image>(to_image(composed(planes, view, EquivarianceShown::reference)));
    }
    out.timing.convert_ms = ms_since(start);
    return out;
}

RenderedPicture render_strip(const Scene& scene, OpenNetwork& open, const RenderOptions& options,
                             const OnGrowth& growing) {
    constexpr double kGrowingMs = 100;  // between two incomplete strips
    const EquivarianceView& view = scene.equivariance;
    Source source{bare(scene), "", options.precision};
    source.scene.untransform = scene.untransform;
    source.scene.equivariance = {.strip_column = view.strip_column,
                                 .strip_steps = view.strip_steps,
                                 .strip_seed = view.strip_seed,
                                 .strip_reach = view.strip_reach};
    EquivarianceCache& cache = cache_of(open);
    const int side = open.info->img_resolution;
    if (!cache.strip || !(cache.strip->source == source)) {
        Image empty{view.strip_steps, side, 4, {}};
        empty.pixels.resize(static_cast<std::size_t>(view.strip_steps) * static_cast<std::size_t>(side) * 4);
        for (std::size_t i = 3; i < empty.pixels.size(); i += 4) empty.pixels[i] = 255;
        cache.strip = {source, {std::move(empty), 0}};
    }
    EquivarianceCache::Strip& strip = cache.strip->value;
    const auto column =
        std::min(static_cast<std::int64_t>(view.strip_column * side), static_cast<std::int64_t>(side) - 1);
    RenderedPicture out;
    auto told = Clock::now();
    while (strip.columns < view.strip_steps) {
        const RenderedTensors tensors = render_tensors(strip_step(source.scene, strip.columns), open, options);
        out.timing.map_ms += tensors.timing.map_ms;
        out.timing.synthesis_ms += tensors.timing.synthesis_ms;
        out.notes = tensors.notes;
        copy_column(strip.image, strip.columns, to_image(tensors.picture.slice(3, column, column + 1)));
        ++strip.columns;
        if (!growing || strip.columns == view.strip_steps || ms_since(told) < kGrowingMs) continue;
        growing({strip.image, {}, static_cast<double>(strip.columns) / view.strip_steps});
        told = Clock::now();
    }
    out.image = std::make_shared<const Image>(strip.image);
    return out;
}

}  // namespace afs
