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

// A network of the file other than the one that was opened: D, augment_pipe, G beside G_ema.
struct OtherNetwork {
    std::string name;        // "D"
    std::string class_name;  // "Discriminator"; empty where the file does not say
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
    // `which`: "G_ema", "G" (choose_network). Throws Error{file, format, network}.
    [[nodiscard]] static Network open(const std::filesystem::path& path, const std::string& which = "G_ema",
                                      const Progress& progress = {});
};

// The configuration of one network: from `native` (its entry in a native file's metadata, null when there is none),
// else from the record's constructor arguments, else inferred from names and shapes (with a warning). Throws
// Error{network}.
[[nodiscard]] GeneratorConfig find_config(const NetworkRecord& record, const Json& native, const std::string& tried,
                                          std::vector<std::string>& warnings);

// Parameters of any network of a file, buffers not. `native` as for find_config.
[[nodiscard]] std::int64_t count_parameters(const NetworkRecord& record, const Json& native);

// A generator from one record: schedule made, every tensor checked for presence, rank and shape BEFORE anything large
// is allocated; float16 and float64 weights become float32. Warnings are appended. Throws Error{network}.
[[nodiscard]] std::shared_ptr<Generator> build_generator(const NetworkRecord& record, const GeneratorConfig& config,
                                                         const std::string& tried, std::vector<std::string>& warnings,
                                                         const Progress& progress = {});

// One network of an archive by name: "G_ema" (falls back to the only network of a file without named networks, and, in
// files that are not official snapshots, to "G", with a warning). Throws Error{network} saying what there is instead.
[[nodiscard]] const NetworkRecord& choose_network(const NetworkArchive& archive, const std::string& which,
                                                  const std::string& tried, std::vector<std::string>& warnings);

}  // namespace afs
