// What defines a discriminator before its weights: the official option names and defaults (SPEC 12). A value;
// torch-free.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/formats/network_archive.h"
#include "core/model/generator_config.h"
#include "core/model/tensor_plan.h"

namespace afs {

struct DiscriminatorConfig {
    int c_dim = 0, img_resolution = 256, img_channels = 3;
    int channel_base = 32768, channel_max = 512;
    int num_fp16_res = 4;
    std::optional<double> conv_clamp = 256.0;
    SkipArchitecture architecture = SkipArchitecture::resnet;
    std::vector<double> resample_filter = {1, 3, 3, 1};
    int cmap_dim = 0;        // width of the mapped label; 0 = channels at 4x4. Unused without labels
    int mapping_layers = 8;  // of the label's mapping
    double mapping_lr_multiplier = 0.01;
    int freeze_layers = 0;       // Freeze-D: convolutions that do not learn, counted from the picture
    int mbstd_group_size = 4;    // of the minibatch standard deviation
    int mbstd_num_channels = 1;  // its statistics, each of an equal run of feature channels

    [[nodiscard]] int channels(int resolution) const;  // of the features at that resolution
    [[nodiscard]] int mapped_label_width() const;      // 0 without labels

    bool operator==(const DiscriminatorConfig&) const = default;
};

// Throws Error{network} naming the option and what it is. `tried` heads the message.
void validate(const DiscriminatorConfig& config,
              const std::string& tried = "The discriminator's configuration cannot be used");

// `afs.config` of native files (docs/file-formats.md). Absent options have their defaults; from_json validates and
// refuses options that it does not know.
[[nodiscard]] Json to_json(const DiscriminatorConfig& config);
[[nodiscard]] DiscriminatorConfig discriminator_config_from_json(
    const Json& json, const std::string& tried = "The discriminator's configuration cannot be used");

// One layer that convolves, in the order in which a picture meets them, the epilogue's last.
struct DiscriminatorLayer {
    std::string name;    // "b32.conv0"
    int resolution = 0;  // of its block
    int channels_in = 0, channels_out = 0, kernel = 1, down = 1;
    bool bias = true;
    bool frozen = false;
};
[[nodiscard]] std::vector<DiscriminatorLayer> discriminator_layers(const DiscriminatorConfig& config);

// Every tensor, in the official order; frozen ones are buffers.
[[nodiscard]] std::vector<TensorPlan> plan_tensors(const DiscriminatorConfig& config);

// The configuration of a file's discriminator: from `native` (its entry in a native file's metadata, null when there is
// none), else from the constructor arguments of an official snapshot. Throws Error{network}: bare tensors do not tell.
[[nodiscard]] DiscriminatorConfig find_discriminator_config(const NetworkRecord& record, const Json& native,
                                                            const std::string& tried);

}  // namespace afs
