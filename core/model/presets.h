// The networks that people ask for by name. Torch-free.
#pragma once

#include <optional>
#include <string>

#include "core/model/generator_config.h"

namespace afs {

// cfg: "stylegan3-t", "stylegan3-r" or "stylegan2". cbase, cmax: the official training options, 32768 and 512 when
// absent; R doubles both for its generator. Latents of 512, 3 image channels, unconditional: callers change what they
// wish. Throws Error{argument} listing the names, Error{network} for a resolution that has no schedule.
[[nodiscard]] GeneratorConfig preset_config(const std::string& cfg, int resolution, std::optional<int> cbase = {},
                                            std::optional<int> cmax = {});

}  // namespace afs
