// Any readable network file as one of ours or as a PyTorch state dictionary, bit by bit: works on the file's tensors,
// never through a generator.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/base/progress.h"

namespace afs {

struct Conversion {
    std::vector<std::string> networks;  // what was written: "G", "D", "G_ema"
    std::int64_t tensors = 0;
    std::uint64_t bytes = 0;  // of tensors
    std::vector<std::string> warnings;
};

// what: "G_ema", "G", "D" or "all"; empty: "all" for .safetensors, "G_ema" for .pt (or the file's only network).
// Generators are checked against their configuration first, so that a broken file is not carried on. Throws Error{file,
// format, network, argument}; the output appears whole or not at all.
[[nodiscard]] Conversion convert_network(const std::filesystem::path& in, const std::filesystem::path& out,
                                         const std::string& what, Overwrite overwrite, const Progress& progress = {});

}  // namespace afs
