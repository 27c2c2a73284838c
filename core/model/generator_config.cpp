#include "core/model/generator_config.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <limits>

#include "core/base/error.h"
#include "core/model/config_fields.h"

namespace afs {
namespace {

constexpr std::pair<Family, std::string_view> kFamilies[] = {{Family::alias_free, "alias_free"},
                                                             {Family::stylegan2, "stylegan2"}};
constexpr std::pair<SkipArchitecture, std::string_view> kArchitectures[] = {
    {SkipArchitecture::skip, "skip"}, {SkipArchitecture::orig, "orig"}, {SkipArchitecture::resnet, "resnet"}};

// What an option may be. The upper bounds are far above every network that exists and far below what would make a
// schedule slow or a size overflow.
struct Range {
    std::string_view name;
    double low, high;
};
constexpr double kAny = std::numeric_limits<double>::infinity();
constexpr double kTiny = std::numeric_limits<double>::min();  // "positive"
constexpr Range kRanges[] = {
    {"z_dim", 1, 65536},
    {"c_dim", 0, 1048576},
    {"w_dim", 1, 65536},
    {"img_resolution", 4, 16384},
    {"img_channels", 1, 4096},
    {"mapping_layers", 1, 256},
    {"mapping_layer_features", 0, 65536},
    {"mapping_embed_features", 0, 65536},
    {"mapping_lr_multiplier", kTiny, 1e6},
    {"w_avg_beta", 0, 1},
    {"channel_base", 1, 16777216},
    {"channel_max", 1, 65536},
    {"num_fp16_res", 0, 32},
    {"num_layers", 1, 256},
    {"num_critical", 0, 255},
    {"first_cutoff", kTiny, 16384},
    {"first_stopband", kTiny, 65536},
    {"last_stopband_rel", kTiny, 1024},
    {"margin_size", 0, 4096},
    {"output_scale", -1e9, 1e9},
    {"conv_kernel", 1, 31},
    {"filter_size", 1, 64},
    {"lrelu_upsampling", 1, 16},
    {"use_radial_filters", 0, 1},
    {"magnitude_ema_beta", 0, 1},
    {"use_noise", 0, 1},
};

const Range& range_of(std::string_view name) {
    for (const Range& range : kRanges)
        if (range.name == name) return range;
    check_failed("every option has a range", __FILE__, __LINE__);
}

std::string bound_text(double bound) { return bound == kTiny ? "more than 0" : fmt::format("{}", bound); }

[[noreturn]] void refuse(const std::string& tried, const std::string& why) {
    throw Error(ErrorKind::network, tried, why,
                "The file is damaged, or was made by a program with other kinds of networks.");
}

[[noreturn]] void refuse_value(std::string_view name, const std::string& tried, const Json& value,
                               std::string_view wanted) {
    refuse(tried, fmt::format("its option {} should be {} but is {}", name, wanted, value_text(value)));
}

}  // namespace

std::string value_text(const Json& value) {
    std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (text.size() > 60) text = text.substr(0, 57) + "...";
    return text;
}

void read_option(const Json& value, std::string_view name, const std::string& tried, int& result) {
    if (value.is_boolean() || !value.is_number()) refuse_value(name, tried, value, "a whole number");
    const double number = value.get<double>();
    if (!(std::abs(number) <= std::numeric_limits<int>::max()) || number != std::trunc(number))
        refuse_value(name, tried, value, "a whole number of a sensible size");
    result = static_cast<int>(number);
}

void read_option(const Json& value, std::string_view name, const std::string& tried, double& result) {
    if (value.is_boolean() || !value.is_number()) refuse_value(name, tried, value, "a number");
    result = value.get<double>();
}

void read_option(const Json& value, std::string_view name, const std::string& tried, bool& result) {
    if (!value.is_boolean()) refuse_value(name, tried, value, "true or false");
    result = value.get<bool>();
}

void read_option(const Json& value, std::string_view name, const std::string& tried, std::optional<double>& result) {
    if (value.is_null()) {
        result.reset();
        return;
    }
    double number = 0;
    read_option(value, name, tried, number);
    result = number;
}

void read_option(const Json& value, std::string_view name, const std::string& tried, std::vector<double>& result) {
    if (!value.is_array() || value.empty() || value.size() > 64)
        refuse_value(name, tried, value, "a list of 1 to 64 numbers");
    result.clear();
    for (const Json& item : value) {
        double number = 0;
        read_option(item, name, tried, number);
        result.push_back(number);
    }
}

void read_option(const Json& value, std::string_view name, const std::string& tried, SkipArchitecture& result) {
    for (const auto& [architecture, text] : kArchitectures)
        if (value == text) {
            result = architecture;
            return;
        }
    refuse_value(name, tried, value, "\"skip\", \"orig\" or \"resnet\"");
}

void validate(const GeneratorConfig& config, const std::string& tried) {
    visit_fields(config, [&](std::string_view name, FieldOf of, auto member) {
        if (!concerns(of, config.family)) return;
        const Range& range = range_of(name);
        const auto value = static_cast<double>(member);
        if (!(value >= range.low && value <= range.high))
            refuse(tried, fmt::format("its option {} is {}, which is outside {} to {}", name, value,
                                      bound_text(range.low), range.high));
    });
    if (!std::has_single_bit(static_cast<unsigned>(config.img_resolution)))
        refuse(tried,
               fmt::format("its option img_resolution is {}, which is not a power of two", config.img_resolution));
    if (config.conv_clamp && !(*config.conv_clamp >= 0 && *config.conv_clamp < kAny))
        refuse(tried, fmt::format("its option conv_clamp is {}, which is not a positive number", *config.conv_clamp));

    if (config.family == Family::alias_free) {
        if (config.num_critical >= config.num_layers)
            refuse(tried, fmt::format("its option num_critical is {}, which leaves none of its {} layers to grow in",
                                      config.num_critical, config.num_layers));
        if (config.mapping_layer_features != 0 || config.mapping_embed_features != 0)
            refuse(tried, "it sets mapping_layer_features or mapping_embed_features, which only StyleGAN2 has");
        return;
    }
    if (config.resample_filter.empty() || config.resample_filter.size() > 64)
        refuse(tried, "its option resample_filter has no or too many taps");
    double sum = 0;
    for (const double tap : config.resample_filter) sum += tap;
    if (!std::isfinite(sum) || sum == 0)
        refuse(tried, "its option resample_filter has a sum of zero or is not finite, so it cannot be normalised");
}

Json to_json(const GeneratorConfig& config) {
    Json json = Json::object();
    for (const auto& [family, name] : kFamilies)
        if (family == config.family) json["family"] = name;
    visit_fields(config, [&](const char* name, FieldOf of, auto member) {
        if (concerns(of, config.family)) json[name] = member;
    });
    json["conv_clamp"] = config.conv_clamp ? Json(*config.conv_clamp) : Json();
    if (config.family == Family::stylegan2) {
        for (const auto& [architecture, name] : kArchitectures)
            if (architecture == config.architecture) json["architecture"] = name;
        json["resample_filter"] = config.resample_filter;
    }
    return json;
}

GeneratorConfig generator_config_from_json(const Json& json, const std::string& tried) {
    if (!json.is_object()) refuse(tried, "its configuration is not a JSON object");
    const auto family = json.find("family");
    if (family == json.end()) refuse(tried, "its configuration does not say which \"family\" the network belongs to");
    GeneratorConfig config;
    bool known = false;
    for (const auto& [value, name] : kFamilies)
        if (*family == name) {
            config = default_config(value);
            known = true;
        }
    if (!known) refuse_value("family", tried, *family, "\"alias_free\" or \"stylegan2\"");

    for (const auto& [key, value] : json.items()) {
        if (key == "family") continue;
        bool read = false;
        const auto take = [&](std::string_view name, auto& member) {
            if (key != name) return;
            read_option(value, name, tried, member);
            read = true;
        };
        visit_fields(config, [&](std::string_view name, FieldOf of, auto& member) {
            if (concerns(of, config.family)) take(name, member);
        });
        take("conv_clamp", config.conv_clamp);
        if (config.family == Family::stylegan2) {
            take("architecture", config.architecture);
            take("resample_filter", config.resample_filter);
        }
        // An option that changes the picture and is not understood must not be skipped.
        if (!read)
            throw Error(ErrorKind::network, tried,
                        fmt::format("its configuration has the option \"{}\", which this version does not know", key),
                        "It was probably made by a newer version of the program: update this one.");
    }
    validate(config, tried);
    return config;
}

GeneratorConfig default_config(Family family) {
    GeneratorConfig config;
    config.family = family;
    if (family == Family::stylegan2) config.mapping_layers = 8;
    return config;
}

std::string config_name(const GeneratorConfig& config) {
    GeneratorConfig plain = default_config(config.family);
    // What a user chooses with every preset: sizes, depth of the mapping, precision, the memory of a moving average.
    plain.z_dim = config.z_dim;
    plain.c_dim = config.c_dim;
    plain.w_dim = config.w_dim;
    plain.img_resolution = config.img_resolution;
    plain.img_channels = config.img_channels;
    plain.mapping_layers = config.mapping_layers;
    plain.channel_base = config.channel_base;
    plain.channel_max = config.channel_max;
    plain.num_fp16_res = config.num_fp16_res;
    plain.conv_clamp = config.conv_clamp;
    plain.magnitude_ema_beta = config.magnitude_ema_beta;
    if (config.family == Family::stylegan2) return config == plain ? "stylegan2" : "custom";
    if (config == plain) return "stylegan3-t";
    plain.conv_kernel = 1;
    plain.use_radial_filters = true;
    return config == plain ? "stylegan3-r" : "custom";
}

}  // namespace afs
