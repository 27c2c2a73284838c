#include "core/model/discriminator_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "core/base/error.h"
#include "core/model/config_fields.h"

namespace afs {
namespace {

// Calls visit(name, low, high, member) for every option that is a number; the bounds are far above every network that
// exists and far below what would make a size overflow.
template <class Config, class Visit> void visit_numbers(Config& c, Visit&& visit) {
    constexpr double kTiny = std::numeric_limits<double>::min();  // "positive"
    visit("c_dim", 0.0, 1048576.0, c.c_dim);
    visit("img_resolution", 4.0, 16384.0, c.img_resolution);
    visit("img_channels", 1.0, 4096.0, c.img_channels);
    visit("channel_base", 1.0, 16777216.0, c.channel_base);
    visit("channel_max", 1.0, 65536.0, c.channel_max);
    visit("num_fp16_res", 0.0, 32.0, c.num_fp16_res);
    visit("cmap_dim", 0.0, 65536.0, c.cmap_dim);
    visit("mapping_layers", 1.0, 256.0, c.mapping_layers);
    visit("mapping_lr_multiplier", kTiny, 1e6, c.mapping_lr_multiplier);
    visit("freeze_layers", 0.0, 1024.0, c.freeze_layers);
    visit("mbstd_group_size", 1.0, 65536.0, c.mbstd_group_size);
    visit("mbstd_num_channels", 0.0, 65536.0, c.mbstd_num_channels);
}

constexpr std::pair<SkipArchitecture, const char*> kArchitectures[] = {
    {SkipArchitecture::skip, "skip"}, {SkipArchitecture::orig, "orig"}, {SkipArchitecture::resnet, "resnet"}};

[[noreturn]] void refuse(const std::string& tried, const std::string& why) {
    throw Error(ErrorKind::network, tried, why,
                "The file is damaged, or was made by a program with other kinds of networks.");
}

// True where `name` is one of the options that native and official files spell alike.
bool read_flat(DiscriminatorConfig& config, const std::string& name, const Json& value, const std::string& tried) {
    bool known = true;
    if (name == "conv_clamp")
        read_option(value, name, tried, config.conv_clamp);
    else if (name == "architecture")
        read_option(value, name, tried, config.architecture);
    else if (name == "resample_filter")
        read_option(value, name, tried, config.resample_filter);
    else {
        known = false;
        visit_numbers(config, [&](const char* option, double, double, auto& member) {
            if (name != option) return;
            known = true;
            if (!value.is_null()) read_option(value, option, tried, member);  // null: the default
        });
    }
    return known;
}

// Options of the official programs that choose how something is computed, never what.
constexpr std::array kImplementationOptions = {"fp16_channels_last", "channels_last", "use_fp16",
                                               "fused_modconv_default"};

// `record.init_kwargs`: options of the parts are nested.
DiscriminatorConfig from_official(const NetworkRecord& record, const std::string& tried) {
    DiscriminatorConfig config;
    const auto read = [&](const auto& self, const Json& options, bool mapping) -> void {
        if (!options.is_object()) refuse(tried, "its constructor arguments are damaged");
        for (const auto& [name, value] : options.items()) {
            if (name.ends_with("_kwargs")) {
                self(self, value, name == "mapping_kwargs");
            } else if (mapping && name == "num_layers") {
                read_option(value, name, tried, config.mapping_layers);
            } else if (mapping && name == "lr_multiplier") {
                read_option(value, name, tried, config.mapping_lr_multiplier);
            } else if (name == "activation") {
                if (value != "lrelu") refuse(tried, fmt::format("its activation is {}", value_text(value)));
            } else if (!read_flat(config, name, value, tried) &&
                       std::ranges::find(kImplementationOptions, name) == kImplementationOptions.end() &&
                       !value.is_null()) {
                refuse(tried, fmt::format("it has an option {} that is not known", name));
            }
        }
    };
    // Constructor arguments may have been given by position; the module keeps these as attributes too.
    for (const char* name : {"c_dim", "img_resolution", "img_channels"})
        if (record.attributes.is_object() && record.attributes.contains(name))
            (void)read_flat(config, name, record.attributes[name], tried);
    read(read, record.init_kwargs, false);
    validate(config, tried);
    return config;
}

}  // namespace

int DiscriminatorConfig::channels(int resolution) const { return std::min(channel_base / resolution, channel_max); }

int DiscriminatorConfig::mapped_label_width() const { return c_dim == 0 ? 0 : cmap_dim > 0 ? cmap_dim : channels(4); }

void validate(const DiscriminatorConfig& config, const std::string& tried) {
    visit_numbers(config, [&](const char* name, double low, double high, auto member) {
        const auto value = static_cast<double>(member);
        if (!(value >= low && value <= high))
            refuse(tried, fmt::format("its option {} is {}, which is outside {} to {}", name, value,
                                      low > 0 && low < 1e-9 ? "more than 0" : fmt::format("{}", low), high));
    });
    if (!std::has_single_bit(static_cast<unsigned>(config.img_resolution)) || config.img_resolution < 8)
        refuse(tried, fmt::format("its resolution is {}, which is no power of two from 8 on", config.img_resolution));
    if (config.conv_clamp && !(*config.conv_clamp >= 0))
        refuse(tried, fmt::format("its option conv_clamp is {}", *config.conv_clamp));
    if (config.channels(config.img_resolution) < 1)
        refuse(tried, fmt::format("channel_base {} leaves no channel at {} x {}", config.channel_base,
                                  config.img_resolution, config.img_resolution));
    if (config.mbstd_num_channels > 0 && config.channels(4) % config.mbstd_num_channels != 0)
        refuse(tried, fmt::format("its {} channels at 4 x 4 cannot be divided into mbstd_num_channels = {} equal runs",
                                  config.channels(4), config.mbstd_num_channels));
    double sum = 0;
    for (const double tap : config.resample_filter) sum += tap;
    if (config.resample_filter.size() > 32 || !(std::abs(sum) > 1e-9))
        refuse(tried, "its resampling filter is no filter");
}

Json to_json(const DiscriminatorConfig& config) {
    Json json = Json::object();
    visit_numbers(config, [&](const char* name, double, double, auto member) { json[name] = member; });
    json["conv_clamp"] = config.conv_clamp ? Json(*config.conv_clamp) : Json();
    for (const auto& [architecture, text] : kArchitectures)
        if (architecture == config.architecture) json["architecture"] = text;
    json["resample_filter"] = config.resample_filter;
    return json;
}

DiscriminatorConfig discriminator_config_from_json(const Json& json, const std::string& tried) {
    if (!json.is_object()) refuse(tried, fmt::format("its configuration is {}", value_text(json)));
    DiscriminatorConfig config;
    for (const auto& [name, value] : json.items())
        if (!read_flat(config, name, value, tried))
            refuse(tried, fmt::format("its configuration has an option {} that is not known", name));
    validate(config, tried);
    return config;
}

std::vector<DiscriminatorLayer> discriminator_layers(const DiscriminatorConfig& config) {
    std::vector<DiscriminatorLayer> layers;
    const bool every_rgb = config.architecture == SkipArchitecture::skip;
    for (int size = config.img_resolution; size > 4; size /= 2) {
        const int here = config.channels(size), next = config.channels(size / 2);
        const std::string block = fmt::format("b{}.", size);
        if (size == config.img_resolution || every_rgb)
            layers.push_back({block + "fromrgb", size, config.img_channels, here});
        layers.push_back({block + "conv0", size, here, here, 3});
        layers.push_back({block + "conv1", size, here, next, 3, 2});
        if (config.architecture == SkipArchitecture::resnet)
            layers.push_back({block + "skip", size, here, next, 1, 2, /*bias=*/false});
    }
    for (std::size_t i = 0; i < layers.size(); ++i) layers[i].frozen = static_cast<int>(i) < config.freeze_layers;
    const int last = config.channels(4);
    if (every_rgb) layers.push_back({"b4.fromrgb", 4, config.img_channels, last});
    layers.push_back({"b4.conv", 4, last + config.mbstd_num_channels, last, 3});
    return layers;
}

std::vector<TensorPlan> plan_tensors(const DiscriminatorConfig& config) {
    using Init = TensorPlan::Init;
    std::vector<TensorPlan> plans;
    // SPEC 7: fewer than 8 taps are kept as their outer product.
    const std::vector<double>& taps = config.resample_filter;
    const bool plane = taps.size() < 8;
    double sum = 0;
    for (const double tap : taps) sum += tap;
    std::vector<double> values;
    for (const double a : taps) {
        if (!plane) values.push_back(a / sum);
        for (const double b : taps)
            if (plane) values.push_back(a * b / (sum * sum));
    }
    const std::vector<std::int64_t> filter_shape(plane ? 2u : 1u, static_cast<std::int64_t>(taps.size()));
    const auto filter = [&](const std::string& module) {
        plans.push_back({module + ".resample_filter", filter_shape, false, Init::filter, 0, values});
    };
    const auto weights = [&](const std::string& module, std::vector<std::int64_t> shape, bool bias, bool learns,
                             double std = 1) {
        const std::int64_t out = shape[0];
        plans.push_back({module + ".weight", std::move(shape), learns, Init::normal, std, {}});
        if (bias) plans.push_back({module + ".bias", {out}, learns, Init::constant, 0, {}});
    };

    const int last = config.channels(4), label = config.mapped_label_width();
    int block = 0;
    for (const DiscriminatorLayer& layer : discriminator_layers(config)) {
        if (layer.resolution == 4 && block != 4 && label > 0) {
            weights("mapping.embed", {label, config.c_dim}, true, true);
            for (int i = 0; i < config.mapping_layers; ++i)
                weights(fmt::format("mapping.fc{}", i), {label, label}, true, true, 1 / config.mapping_lr_multiplier);
        }
        if (layer.resolution != block && layer.resolution > 4) filter(fmt::format("b{}", layer.resolution));
        block = layer.resolution;
        weights(layer.name, {layer.channels_out, layer.channels_in, layer.kernel, layer.kernel}, layer.bias,
                !layer.frozen);
        filter(layer.name);
    }
    weights("b4.fc", {last, last * 16}, true, true);
    weights("b4.out", {label > 0 ? label : 1, last}, true, true);
    return plans;
}

DiscriminatorConfig find_discriminator_config(const NetworkRecord& record, const Json& native,
                                              const std::string& tried) {
    std::string class_name = record.class_name;
    if (class_name.empty() && native.contains("class")) class_name = native["class"].get<std::string>();
    if (!class_name.empty() && class_name != "Discriminator")
        throw Error(ErrorKind::network, tried, fmt::format("the network is a {}, not a Discriminator", class_name),
                    "Choose another network of the file.");
    if (native.contains("config")) return discriminator_config_from_json(native["config"], tried);
    NetworkRecord official = record;  // tensors are shared, not copied
    if (native.contains("init_kwargs")) official.init_kwargs = native["init_kwargs"];
    if (native.contains("attributes")) official.attributes = native["attributes"];
    if (official.init_kwargs.is_object()) return from_official(official, tried);
    throw Error(ErrorKind::network, tried, "the file does not say how its discriminator is configured",
                "Choose an official snapshot or a native .safetensors file.");
}

}  // namespace afs
