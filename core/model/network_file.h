// Opening, judging, saving and converting networks (SPEC 17). The door between files and generators.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/progress.h"
#include "core/formats/network_archive.h"
#include "core/model/generator.h"

namespace afs {

// A network of a file that is kept as named tensors (D, until training builds it; G and G_ema where only one was asked
// for).
struct OtherNetwork {
    std::string name;        // "D"
    std::string class_name;  // "Discriminator"
    std::int64_t num_params = 0;
};

struct Network {
    std::filesystem::path path;
    std::string which;   // "G_ema"
    std::string sha256;  // of the file
    std::string format;  // "pickle", "torch-zip", "safetensors"
    GeneratorConfig config;
    std::shared_ptr<const Generator> generator;
    std::vector<OtherNetwork> others;
    Json training_set_kwargs;           // null when absent
    std::vector<std::string> warnings;  // non-finite weights, inferred configuration, ...
    Json metadata;                      // native files: the metadata map (label, ...)
};

class NetworkFile {
  public:
    // `which`: "G_ema" (falls back to the only generator of a file without named networks), "G". Throws Error{file,
    // format, network}.
    [[nodiscard]] static Network open(const std::filesystem::path& path, const std::string& which = "G_ema",
                                      const Progress& progress = {});
};

// A generator from one record: configuration found, schedule made, every tensor checked for presence, rank and shape
// BEFORE anything large is allocated; float16 and float64 weights become float32. Warnings are appended.
[[nodiscard]] std::shared_ptr<Generator> build_generator(const NetworkRecord& record, const std::string& tried,
                                                         std::vector<std::string>& warnings);
[[nodiscard]] GeneratorConfig find_config(const NetworkRecord& record, const std::string& tried,
                                          std::vector<std::string>& warnings);

}  // namespace afs
