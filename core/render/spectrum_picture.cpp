#include "core/render/spectrum_picture.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "core/analysis/layer_spectra.h"
#include "core/analysis/waterfall.h"
#include "core/model/changed_filters.h"
#include "core/plot/colour_map.h"
#include "core/plot/plot.h"
#include "core/render/spectrum_colours.h"

namespace afs {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

bool designed(const OpenNetwork& open) { return open.generator->config().family == Family::alias_free; }

SpectrumFigures spectrum_of(const Scene& scene, const OpenNetwork& open, const Tensor& x, const std::string& layer) {
    const LayerView& view = scene.layer_view;
    SpectrumChannels channels;
    if (!scene.spectrum.all_channels && !view.mosaic)
        channels = {view.base_channel, x.size(-3) >= 3 && view.channels >= 3 ? 3 : 1};
    return layer_spectrum(x, channels, scene.spectrum.beta, schedule_of(scene, open), layer.empty() ? "output" : layer,
                          designed(open));
}

Image spectrum_image(const SpectrumFigures& spectrum, const SpectrumView& view) {
    Image image{spectrum.width, spectrum.height, 4, {}};
    image.pixels.reserve(spectrum.db.size() * 4);
    const auto entries = colour_entries(colour_map(view.colours));
    for (const float db : spectrum.db) {
        const Rgb c = entries[static_cast<std::size_t>(colour_index(db, -view.range_db, view.range_db))];
        image.pixels.insert(image.pixels.end(), {c.r, c.g, c.b, 255});
    }
    return image;
}

std::string share_text(const std::optional<double>& share) {
    return share ? fmt::format("{:.1f} %", *share * 100) : std::string();
}

Image with_alpha(const Image& rgb) {
    Image out{rgb.width, rgb.height, 4, {}};
    out.pixels.reserve(rgb.pixels.size() / 3 * 4);
    for (std::size_t i = 0; i + 2 < rgb.pixels.size(); i += 3)
        out.pixels.insert(out.pixels.end(), {rgb.pixels[i], rgb.pixels[i + 1], rgb.pixels[i + 2], 255});
    return out;
}

double ms_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

RenderedPicture render_waterfall(const Scene& scene, OpenNetwork& open, const RenderOptions& options) {
    RenderedPicture out;
    LayerSpectra spectra(schedule_of(scene, open), designed(open), {.beta = scene.spectrum.beta});
    double spectra_ms = 0;
    RenderOptions listening = options;
    listening.on_layer = [&](const std::string& name, const Tensor& x) {
        const auto start = std::chrono::steady_clock::now();
        spectra.add(name, x);
        spectra_ms += ms_since(start);
    };
    out.tensors = render_tensors(scene, open, listening);
    spectra.end_picture();
    const auto start = std::chrono::steady_clock::now();
    auto result = std::make_shared<const NetworkSpectra>(spectra.result());
    out.image = std::make_shared<const Image>(waterfall_image(*result, scene.spectrum, open.info->title));
    out.waterfall = std::move(result);
    out.notes = out.tensors->notes;
    out.timing = out.tensors->timing;
    out.timing.synthesis_ms -= spectra_ms;
    out.timing.convert_ms = spectra_ms + ms_since(start);
    return out;
}

}  // namespace

Schedule schedule_of(const Scene& scene, const OpenNetwork& open) {
    const Schedule& own = open.generator->schedule();
    const std::vector<FilterChange> changes = filter_changes(scene);
    return changes.empty() ? own : changed(own, changes);
}

NetworkSpectra network_spectra(const Scene& scene, OpenNetwork& open, const RenderOptions& options, int most_channels) {
    LayerSpectra spectra(schedule_of(scene, open), designed(open),
                         {.beta = scene.spectrum.beta, .most_channels = most_channels});
    RenderOptions listening = options;
    listening.on_layer = [&](const std::string& name, const Tensor& x) { spectra.add(name, x); };
    (void)render_tensors(scene, open, listening);
    spectra.end_picture();
    return spectra.result();
}

Image waterfall_image(const NetworkSpectra& spectra, const SpectrumView& view, const std::string& note) {
    constexpr int kColumns = 720, kRowHeight = 28;
    const auto rows = static_cast<int>(spectra.layers.size());
    const auto [low, high] = waterfall_span(spectra);
    Plot plot;
    plot.title = "Spectra of all layers";
    plot.note = fmt::format("{}{}; at the names: energy beyond f_c", note,
                            spectra.pictures > 1 ? fmt::format(", mean of {} pictures", spectra.pictures) : "");
    plot.x.label = "frequency [cycles per image width]";
    plot.width = 1000;
    plot.height = 130 + rows * kRowHeight;
    for (double f = low; f <= high * 1.0001; f *= 2) plot.x.ticks.emplace_back(std::log2(f), fmt::format("{:g}", f));
    PlotHeatMap map;
    map.rows = rows;
    map.columns = kColumns;
    map.low = -view.range_db;
    map.high = view.range_db;
    map.map = colour_map(view.colours);
    map.label = "power [dB]";
    map.left = std::log2(low);
    map.right = std::log2(high) + 0.02;
    map.bottom = -0.5;
    map.top = rows - 0.5;
    map.values.assign(static_cast<std::size_t>(rows) * kColumns, static_cast<float>(kNone));
    PlotCurve cutoff{.name = "f_c", .colour = Rgb{255, 255, 255}, .width = 2};
    PlotCurve stopband{.name = "f_t", .colour = Rgb{229, 181, 103}, .width = 2};
    PlotCurve nyquist{.name = "s/2", .colour = Rgb{224, 108, 117}, .width = 2};
    const auto mark = [](PlotCurve& curve, double frequency, double y) {
        if (!(frequency > 0)) return;
        const double x = std::log2(frequency);
        curve.x.insert(curve.x.end(), {x, x, kNone});
        curve.y.insert(curve.y.end(), {y - 0.46, y + 0.46, kNone});
    };
    for (int i = 0; i < rows; ++i) {
        const LayerSpectrum& layer = spectra.layers[static_cast<std::size_t>(i)];
        const int row = rows - 1 - i;  // the first at the top
        for (int c = 0; c < kColumns; ++c) {
            const double f = std::exp2(map.left + (map.right - map.left) * (c + 0.5) / kColumns);
            map.values[static_cast<std::size_t>(row) * kColumns + static_cast<std::size_t>(c)] =
                static_cast<float>(radial_db_at(layer.figures, f));
        }
        const std::string share = share_text(layer.figures.beyond_cutoff);
        plot.y.ticks.emplace_back(row, layer.name + (share.empty() ? "" : "   " + share));
        mark(cutoff, layer.cutoff, row);
        mark(stopband, layer.stopband, row);
        mark(nyquist, layer.figures.nyquist, row);
    }
    plot.heat_map = std::move(map);
    for (PlotCurve* curve : {&cutoff, &stopband, &nyquist})
        if (!curve->x.empty()) plot.curves.push_back(std::move(*curve));
    return with_alpha(draw_plot(plot));
}

Image two_spectra(const SpectrumFigures& a, const SpectrumFigures& b, const SpectrumView& view) {
    const int side = std::max({a.height, b.height, a.width, b.width});
    Image out{2 * side + kSpectraGap, side, 4, {}};
    out.pixels.assign(static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height) * 4, 0);
    for (std::size_t i = 3; i < out.pixels.size(); i += 4) out.pixels[i] = 255;
    const SpectrumFigures* both[] = {&a, &b};
    for (int which = 0; which < 2; ++which) {
        const Image map = spectrum_image(*both[which], view);
        const int left = which * (side + kSpectraGap);
        for (int y = 0; y < side; ++y)
            for (int x = 0; x < side; ++x) {
                const int from = (y * map.height / side * map.width + x * map.width / side) * 4;
                const int to = (y * out.width + left + x) * 4;
                std::copy_n(map.pixels.begin() + from, 4, out.pixels.begin() + to);
            }
    }
    return out;
}

RenderedPicture render_spectrum(const Scene& scene, OpenNetwork& open, const RenderOptions& options) {
    const SpectrumView& view = scene.spectrum;
    if (view.shown == SpectrumShown::waterfall) return render_waterfall(scene, open, options);
    const std::string layer = shows_layer(scene) ? scene.layer_view.layer : "";
    const bool with_layer = view.compare == SpectrumCompare::layer && view.compare_layer != layer;
    RenderedPicture out;
    Tensor other;
    RenderOptions listening = options;
    if (with_layer)
        listening.on_layer = [&](const std::string& name, const Tensor& x) {
            if (name == view.compare_layer) other = x;
        };
    if (with_layer) check_layer(view.compare_layer, *open.info);
    out.tensors = render_tensors(scene, open, listening, layer);
    out.notes = out.tensors->notes;
    out.timing = out.tensors->timing;
    if (view.compare == SpectrumCompare::unmoved) {
        Scene unmoved = scene;
        unmoved.transform = {.round_to_pixel = scene.transform.round_to_pixel};
        const RenderedTensors tensors = render_tensors(unmoved, open, options, layer);
        other = tensors.shown;
        out.timing.synthesis_ms += tensors.timing.synthesis_ms;
    }
    const auto start = std::chrono::steady_clock::now();
    auto figures = std::make_shared<const SpectrumFigures>(spectrum_of(scene, open, out.tensors->shown, layer));
    if (other.defined()) {
        out.compared = std::make_shared<const SpectrumFigures>(
            spectrum_of(scene, open, other, with_layer ? view.compare_layer : layer));
        out.image = std::make_shared<const Image>(two_spectra(*figures, *out.compared, view));
    } else {
        out.image = std::make_shared<const Image>(spectrum_image(*figures, view));
    }
    out.spectrum = std::move(figures);
    out.timing.convert_ms = ms_since(start);
    return out;
}

}  // namespace afs
