#include "core/model/layer_schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"

namespace afs {
namespace {

[[noreturn]] void refuse(const std::string& tried, const std::string& why) {
    throw Error(ErrorKind::network, tried, why,
                "The options of the network contradict each other: the file is damaged, or the options were mistyped.");
}

// What SPEC 4 gives for one index, before neighbours are joined into layers.
struct Stage {
    double cutoff, stopband, half_width, rate;
    int size, channels;
};

Stage make_stage(const GeneratorConfig& c, int index, const std::string& tried) {
    const double resolution = c.img_resolution;
    const double last_cutoff = resolution / 2;
    const double exponent = std::min(static_cast<double>(index) / (c.num_layers - c.num_critical), 1.0);
    const double cutoff = c.first_cutoff * std::pow(last_cutoff / c.first_cutoff, exponent);
    const double stopband = c.first_stopband * std::pow(last_cutoff * c.last_stopband_rel / c.first_stopband, exponent);
    const double rate = std::exp2(std::ceil(std::log2(std::min(2 * stopband, resolution))));
    const double half_width = std::max(stopband, rate / 2) - cutoff;
    if (!(rate >= 1) || !(half_width > 0))
        refuse(tried, fmt::format("layer {} would have a cutoff of {:.6g} with a stopband of {:.6g}", index, cutoff,
                                  std::max(stopband, rate / 2)));
    const double channels = std::nearbyint(std::min(c.channel_base / 2.0 / cutoff, static_cast<double>(c.channel_max)));
    if (index < c.num_layers && channels < 1)
        refuse(tried,
               fmt::format("layer {} would have no channels (channel_base {} is too small)", index, c.channel_base));
    const bool last_two = index >= c.num_layers - 1;
    return {cutoff,
            stopband,
            half_width,
            rate,
            last_two ? c.img_resolution : static_cast<int>(rate) + 2 * c.margin_size,
            index == c.num_layers ? c.img_channels : static_cast<int>(channels)};
}

int whole_factor(double numerator, double denominator, std::string_view what, int index, const std::string& tried) {
    const double factor = numerator / denominator;
    if (factor != std::trunc(factor) || !(factor >= 1 && factor <= 4096))
        refuse(tried, fmt::format("layer {} would {} by {:.6g}, which is not a whole number", index, what, factor));
    return static_cast<int>(factor);
}

Schedule alias_free_schedule(const GeneratorConfig& c, const std::string& tried) {
    std::vector<Stage> stages;
    for (int i = 0; i <= c.num_layers; ++i) stages.push_back(make_stage(c, i, tried));

    Schedule schedule;
    schedule.input_channels = stages[0].channels;
    schedule.input_size = stages[0].size;
    schedule.input_rate = stages[0].rate;
    schedule.input_bandwidth = stages[0].cutoff;
    schedule.num_ws = c.num_layers + 2;
    if (!(schedule.input_bandwidth < schedule.input_rate / 2))
        refuse(tried, "first_cutoff is not below half of the first layer's sampling rate");

    for (int i = 0; i <= c.num_layers; ++i) {
        const Stage& in = stages[static_cast<std::size_t>(std::max(i - 1, 0))];
        const Stage& out = stages[static_cast<std::size_t>(i)];
        LayerSpec layer;
        layer.is_torgb = i == c.num_layers;
        layer.critical = i >= c.num_layers - c.num_critical;
        layer.half_precision = out.rate * std::exp2(c.num_fp16_res) > c.img_resolution;
        layer.w_index = i + 1;
        layer.in_size = in.size;
        layer.out_size = out.size;
        layer.in_rate = in.rate;
        layer.out_rate = out.rate;
        layer.in_cutoff = in.cutoff;
        layer.out_cutoff = out.cutoff;
        layer.in_half_width = in.half_width;
        layer.out_half_width = out.half_width;
        layer.out_stopband = layer.is_torgb ? 0 : out.stopband;
        layer.channels_in = in.channels;
        layer.channels_out = out.channels;
        layer.kernel = layer.is_torgb ? 1 : c.conv_kernel;
        layer.tmp_rate = std::max(in.rate, out.rate) * (layer.is_torgb ? 1 : c.lrelu_upsampling);
        layer.up = whole_factor(layer.tmp_rate, in.rate, "upsample", i, tried);
        layer.down = whole_factor(layer.tmp_rate, out.rate, "downsample", i, tried);
        layer.up_taps = layer.up > 1 && !layer.is_torgb ? c.filter_size * layer.up : 1;
        layer.down_taps = layer.down > 1 && !layer.is_torgb ? c.filter_size * layer.down : 1;
        layer.radial = c.use_radial_filters && !layer.critical && layer.down_taps > 1;
        // SPEC 6.4: what makes the output out_size samples, the larger half in front.
        const int total = (out.size - 1) * layer.down + 1 - (in.size + layer.kernel - 1) * layer.up + layer.up_taps +
                          layer.down_taps - 2;
        const int low = static_cast<int>(std::floor((total + layer.up) / 2.0));
        layer.padding = {low, total - low, low, total - low};
        layer.name = fmt::format("L{}_{}_{}", i, out.size, out.channels);
        schedule.layers.push_back(std::move(layer));
    }
    return schedule;
}

Schedule stylegan2_schedule(const GeneratorConfig& c, const std::string& tried) {
    const auto channels_at = [&](int size) { return std::min(c.channel_base / size, c.channel_max); };
    if (channels_at(c.img_resolution) < 1)
        refuse(tried, fmt::format("its last block would have no channels (channel_base {} at {} pixels)",
                                  c.channel_base, c.img_resolution));
    const int log2_resolution = static_cast<int>(std::log2(c.img_resolution));
    const double half_from = std::max(std::exp2(log2_resolution + 1 - c.num_fp16_res), 8.0);

    Schedule schedule;
    schedule.input_channels = channels_at(4);
    schedule.input_size = 4;
    schedule.input_rate = 4;
    schedule.input_bandwidth = 2;
    int w_index = 0;
    for (int size = 4; size <= c.img_resolution; size *= 2) {
        const int channels = channels_at(size);
        const auto add = [&](std::string_view kind, int in_size, int channels_in, int channels_out) {
            LayerSpec layer;
            layer.name = fmt::format("b{}.{}", size, kind);
            layer.is_torgb = kind == "torgb";
            layer.critical = true;
            layer.half_precision = size >= half_from;
            const bool skip = kind == "skip";
            layer.w_index = skip ? -1 : w_index;
            layer.in_size = in_size;
            layer.out_size = size;
            layer.in_rate = in_size;
            layer.out_rate = layer.tmp_rate = size;
            layer.in_cutoff = in_size / 2.0;
            layer.out_cutoff = size / 2.0;
            layer.channels_in = channels_in;
            layer.channels_out = channels_out;
            layer.kernel = layer.is_torgb || skip ? 1 : 3;
            layer.up = size / in_size;
            if (layer.up == 2) {
                layer.up_taps = static_cast<int>(c.resample_filter.size());
                // upsample2d's own padding and what the kernel reaches beyond a sample (SPEC 11).
                const int reach = layer.kernel / 2;
                const int low = reach + (layer.up_taps + 1) / 2, high = reach + (layer.up_taps - 2) / 2;
                layer.padding = {low, high, low, high};
            }
            schedule.layers.push_back(std::move(layer));
        };
        if (size > 4 && c.architecture == SkipArchitecture::resnet)
            add("skip", size / 2, channels_at(size / 2), channels);
        if (size > 4) {
            add("conv0", size / 2, channels_at(size / 2), channels);
            ++w_index;
        }
        add("conv1", size, channels, channels);
        ++w_index;
        // A block's ToRGB shares its style with the next block's first convolution.
        if (c.architecture == SkipArchitecture::skip || size == c.img_resolution)
            add("torgb", size, channels, c.img_channels);
    }
    schedule.num_ws = w_index + 1;
    return schedule;
}

}  // namespace

const LayerSpec* Schedule::find(std::string_view name) const {
    const auto found = std::ranges::find(layers, name, &LayerSpec::name);
    return found == layers.end() ? nullptr : &*found;
}

Schedule make_schedule(const GeneratorConfig& config, const std::string& tried) {
    validate(config, tried);
    return config.family == Family::alias_free ? alias_free_schedule(config, tried) : stylegan2_schedule(config, tried);
}

}  // namespace afs
