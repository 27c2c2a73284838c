// What defines a generator before its weights: the official option names and defaults (SPEC 4, 11). A value;
// torch-free.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace afs {

enum class Family { alias_free, stylegan2 };
enum class SkipArchitecture { skip, orig, resnet };  // StyleGAN2 only

struct GeneratorConfig {
    Family family = Family::alias_free;
    int z_dim = 512, c_dim = 0, w_dim = 512;
    int img_resolution = 256, img_channels = 3;
    int mapping_layers = 2;          // 8 for StyleGAN2
    int mapping_layer_features = 0;  // hidden width; 0 = w_dim
    int mapping_embed_features = 0;  // width of the embedded label; 0 = w_dim
    double mapping_lr_multiplier = 0.01;
    double w_avg_beta = 0.998;
    int channel_base = 32768, channel_max = 512;
    int num_fp16_res = 4;
    std::optional<double> conv_clamp = 256.0;

    // Alias-free (SPEC 4).
    int num_layers = 14, num_critical = 2;
    double first_cutoff = 2.0, first_stopband = 4.287093850145173,
           last_stopband_rel = 1.2311444133449163;  // 2, 2^2.1, 2^0.3
    int margin_size = 10;
    double output_scale = 0.25;
    int conv_kernel = 3, filter_size = 6, lrelu_upsampling = 2;
    bool use_radial_filters = false;
    double magnitude_ema_beta = 0.999;

    // StyleGAN2 (SPEC 11).
    SkipArchitecture architecture = SkipArchitecture::skip;
    std::vector<double> resample_filter = {1, 3, 3, 1};
    bool use_noise = true;

    bool operator==(const GeneratorConfig&) const = default;
};

// The official defaults of a family (SPEC 4, 11).
[[nodiscard]] GeneratorConfig default_config(Family family);

// Throws Error{network} naming the option: not positive, not a power of two, beyond what can exist, ... `tried` heads
// the message.
void validate(const GeneratorConfig& config, const std::string& tried = "The network's configuration cannot be used");

// `afs.config` of native files (docs/file-formats.md). Options that are absent have their family's default; from_json
// validates and refuses options that it does not know.
[[nodiscard]] Json to_json(const GeneratorConfig& config);
[[nodiscard]] GeneratorConfig generator_config_from_json(
    const Json& json, const std::string& tried = "The network's configuration cannot be used");

// "stylegan3-t", "stylegan3-r", "stylegan2", or "custom" where options other than sizes, mapping depth, precision and
// moving averages differ from every preset.
[[nodiscard]] std::string config_name(const GeneratorConfig& config);

}  // namespace afs
