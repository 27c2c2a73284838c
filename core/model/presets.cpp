#include "core/model/presets.h"

#include <fmt/format.h>

#include "core/base/error.h"
#include "core/model/layer_schedule.h"

namespace afs {

GeneratorConfig preset_config(const std::string& cfg, int resolution, std::optional<int> cbase,
                              std::optional<int> cmax) {
    const bool r = cfg == "stylegan3-r";
    if (!r && cfg != "stylegan3-t" && cfg != "stylegan2")
        throw Error(ErrorKind::argument, fmt::format("\"{}\" is not a configuration", cfg),
                    "configurations are stylegan3-t, stylegan3-r and stylegan2");
    GeneratorConfig config = default_config(cfg == "stylegan2" ? Family::stylegan2 : Family::alias_free);
    config.img_resolution = resolution;
    config.channel_base = cbase.value_or(config.channel_base);
    config.channel_max = cmax.value_or(config.channel_max);
    validate(config, fmt::format("A {} network of this size cannot be made", cfg));  // before doubling, so no overflow
    if (r) {
        config.channel_base *= 2;
        config.channel_max *= 2;
        config.conv_kernel = 1;
        config.use_radial_filters = true;
    }
    (void)make_schedule(config, fmt::format("A {} network of this size cannot be made", cfg));
    return config;
}

}  // namespace afs
