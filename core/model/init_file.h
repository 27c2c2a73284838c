// `afstudio init` as one call: a seeded, lively, untrained network in a native file. Torch-free.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/base/file.h"
#include "core/base/progress.h"
#include "core/model/generator_config.h"

namespace afs {

// `label`: what the file says of itself in the window. Throws Error{network} for a configuration without a schedule,
// Error{file} before any work where `out` may not be written, Error{cancelled}.
void init_network_file(const GeneratorConfig& config, std::uint64_t seed, const std::string& label,
                       const std::filesystem::path& out, Overwrite overwrite, const Progress& progress = {});

}  // namespace afs
