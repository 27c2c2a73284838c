// The options of a GeneratorConfig as a list: reading, writing and checking them go through one table. Private to the
// room. Torch-free.
#pragma once

#include <string>
#include <string_view>

#include "core/model/generator_config.h"

namespace afs {

// Which configurations an option concerns.
enum class FieldOf { both, alias_free, stylegan2 };

// Calls visit(name, of, member) for every option but `family`, `architecture`, `resample_filter` and `conv_clamp`,
// whose types are their own. Members are int, double or bool.
template <class Config, class Visit> void visit_fields(Config& c, Visit&& visit) {
    visit("z_dim", FieldOf::both, c.z_dim);
    visit("c_dim", FieldOf::both, c.c_dim);
    visit("w_dim", FieldOf::both, c.w_dim);
    visit("img_resolution", FieldOf::both, c.img_resolution);
    visit("img_channels", FieldOf::both, c.img_channels);
    visit("mapping_layers", FieldOf::both, c.mapping_layers);
    visit("mapping_layer_features", FieldOf::stylegan2, c.mapping_layer_features);
    visit("mapping_embed_features", FieldOf::stylegan2, c.mapping_embed_features);
    visit("mapping_lr_multiplier", FieldOf::both, c.mapping_lr_multiplier);
    visit("w_avg_beta", FieldOf::both, c.w_avg_beta);
    visit("channel_base", FieldOf::both, c.channel_base);
    visit("channel_max", FieldOf::both, c.channel_max);
    visit("num_fp16_res", FieldOf::both, c.num_fp16_res);
    visit("num_layers", FieldOf::alias_free, c.num_layers);
    visit("num_critical", FieldOf::alias_free, c.num_critical);
    visit("first_cutoff", FieldOf::alias_free, c.first_cutoff);
    visit("first_stopband", FieldOf::alias_free, c.first_stopband);
    visit("last_stopband_rel", FieldOf::alias_free, c.last_stopband_rel);
    visit("margin_size", FieldOf::alias_free, c.margin_size);
    visit("output_scale", FieldOf::alias_free, c.output_scale);
    visit("conv_kernel", FieldOf::alias_free, c.conv_kernel);
    visit("filter_size", FieldOf::alias_free, c.filter_size);
    visit("lrelu_upsampling", FieldOf::alias_free, c.lrelu_upsampling);
    visit("use_radial_filters", FieldOf::alias_free, c.use_radial_filters);
    visit("magnitude_ema_beta", FieldOf::alias_free, c.magnitude_ema_beta);
    visit("use_noise", FieldOf::stylegan2, c.use_noise);
}

[[nodiscard]] inline bool concerns(FieldOf of, Family family) {
    return of == FieldOf::both || (of == FieldOf::alias_free) == (family == Family::alias_free);
}

// Values of options as a file gives them. Throw Error{network} naming the option and what was found.
void read_option(const Json& value, std::string_view name, const std::string& tried, int& result);
void read_option(const Json& value, std::string_view name, const std::string& tried, double& result);
void read_option(const Json& value, std::string_view name, const std::string& tried, bool& result);
void read_option(const Json& value, std::string_view name, const std::string& tried, std::optional<double>& result);
void read_option(const Json& value, std::string_view name, const std::string& tried, std::vector<double>& result);
void read_option(const Json& value, std::string_view name, const std::string& tried, SkipArchitecture& result);

// A value for a message: short, one line.
[[nodiscard]] std::string value_text(const Json& value);

}  // namespace afs
