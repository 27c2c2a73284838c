// Where a network's configuration comes from: a native file's metadata, an official file's constructor arguments, or
// the names and shapes of bare tensors. Private to the room; torch-free.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "core/formats/network_archive.h"
#include "core/model/generator_config.h"

namespace afs {

// By class where the file (or `native`, its entry in a native file) tells one, else by the tensors' names.
[[nodiscard]] bool is_generator(const NetworkRecord& record, const Json& native);

// Which tensors of a network are parameters. Official snapshots and native files tell; bare tensors are judged by the
// names of the official networks' buffers.
class ParameterTest {
  public:
    ParameterTest(const NetworkRecord& record, const Json& native);
    [[nodiscard]] bool operator()(const NamedTensor& tensor) const;

  private:
    std::unordered_set<std::string> buffers_;
    bool told_;
};

// The family that the tensors' names tell; Error{network} where they are no generator's.
[[nodiscard]] Family family_of(const NetworkRecord& record, const std::string& tried);

// `record.init_kwargs` in the spelling of the official StyleGAN3, StyleGAN2 and stylegan2-ada files (SPEC 4, 11, 17):
// absent options have their defaults. Options without an equal here are named in a warning.
[[nodiscard]] GeneratorConfig config_from_official(const NetworkRecord& record, const std::string& tried,
                                                   std::vector<std::string>& warnings);

// From names and shapes alone: layer names hold sizes and channels. Options that leave no trace have their defaults; a
// warning says so. Throws Error{network} where no configuration reproduces the names.
[[nodiscard]] GeneratorConfig infer_config(const NetworkRecord& record, const std::string& tried,
                                           std::vector<std::string>& warnings);

}  // namespace afs
