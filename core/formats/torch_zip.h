// PyTorch's files: the ZIP form (.pt, .pth since PyTorch 1.6) with the pickle `<root>/data.pkl`, the storages
// `<root>/data/<key>`, all uncompressed; and the older form of consecutive pickles. Read like every pickle: nothing is
// executed, tensors refer to the mapped file.
#pragma once

#include <filesystem>
#include <span>

#include "core/formats/network_archive.h"
#include "core/formats/safetensors.h"

namespace afs {

// State dictionaries are split by the network's name in front (state_dictionary.h). `<root>/afs_config.json`, an object
// of texts that our own writer adds and PyTorch ignores, becomes the archive's metadata.
[[nodiscard]] NetworkArchive read_torch_zip(Bytes bytes, const std::shared_ptr<const void>& owner,
                                            const std::string& display);
[[nodiscard]] NetworkArchive read_torch_legacy(Bytes bytes, const std::shared_ptr<const void>& owner,
                                               const std::string& display);

// An ordered dictionary {name: tensor} that `torch.load(path, weights_only=True)` reads. `metadata` may be empty.
// Streams the tensors. Throws Error{argument} (repeated names, more than 4 GiB or 65,000 tensors), Error{file}.
void write_torch_zip(const std::filesystem::path& path, std::span<const std::pair<std::string, TensorData>> tensors,
                     const StringPairs& metadata, Overwrite overwrite);

}  // namespace afs
