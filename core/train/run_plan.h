// What a run is to be, before it begins: from the options and the data set to everything that decides it, and back from
// the directory of a run that is there (docs/file-formats.md). Torch-free.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "core/train/run_options.h"

namespace afs {

class DataSet;

// What training would be, from the options and the data set: throws as resolve_training and DataSet do, and where the
// data set's size is no power of two.
struct RunPlan {
    TrainingConfig config;
    Json data;  // {name, resolution, channels, label_dim, pictures}
    std::int64_t g_params = 0, d_params = 0;
};
[[nodiscard]] RunPlan plan_run(const RunOptions& options);

// The data set of a run, opened. Throws as DataSet does, and where none was given.
[[nodiscard]] DataSet open_data(const RunOptions& options);
[[nodiscard]] RunPlan plan_for(const RunOptions& options, const DataSet& set);

// What `options.json` holds: {version, program, options, data, resolved}.
[[nodiscard]] Json options_document(const RunOptions& options, const RunPlan& plan);
// Throws Error{file, format}: not a run.
[[nodiscard]] Json read_options_document(const std::filesystem::path& run);

// The run under `outdir` that these options may go on with: the newest with a whole state and the same options.
[[nodiscard]] std::optional<std::filesystem::path> run_to_continue(const std::filesystem::path& outdir,
                                                                   const RunOptions& options);

// The options of a run's directory. Throws Error{file, format}: not a run.
[[nodiscard]] RunOptions read_run_options(const std::filesystem::path& run);

}  // namespace afs
