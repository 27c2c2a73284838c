// Training that begins with the networks of a file (SPEC 13): tensors are copied by name, whatever the file's kind.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/model/discriminator.h"
#include "core/model/generator.h"

namespace afs {

struct Transferred {
    std::vector<std::string> copied;  // networks: "G", "D", "G_ema"
    // Told to the user, a sentence each: networks and tensors that the file lacks, which keep their initial values.
    std::vector<std::string> remarks;
};

// G, D and G_ema take the values of the file's tensors of the same names, parameters and buffers. Where the file has
// only one generator, both of ours take it. Throws Error{file, format}, and Error{network} where the file has no
// generator, its synthesis has no name in common with ours, or a tensor has another shape; nothing has changed then.
[[nodiscard]] Transferred transfer_networks(const std::filesystem::path& file, Generator& g, Discriminator& d,
                                            Generator& g_ema);

}  // namespace afs
