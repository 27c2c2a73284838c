// A training run's state as a file (docs/file-formats.md): everything that decides the next step. One file holds the
// state of all ranks; it appears whole or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <vector>

#include "core/base/json.h"
#include "core/train/trainer.h"

namespace afs {

struct Checkpoint {
    Json options;                               // of the run, for whoever reads the file alone
    Json run;                                   // of the loop: tick, statistics that are not told yet, ...
    TrainerState trainer;                       // common to all ranks
    std::vector<std::vector<std::byte>> ranks;  // each rank's own part, opaque: Trainer::rank_state
};

// Streams the tensors: takes no memory of their size on a CPU. Throws Error{file} (a full disk, ...); a file of that
// name that was there before stays whole then.
void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

// Throws Error{file, format}: not a state, cut short, of a newer version.
[[nodiscard]] Checkpoint load_checkpoint(const std::filesystem::path& path);

// The newest state of a run that is whole; those that are not are told in the log.
[[nodiscard]] std::optional<Checkpoint> newest_checkpoint(const std::filesystem::path& run);

}  // namespace afs
