// Everything that is wrong with a data set, in one report, before anybody trains on it (SPEC 15). Reads every picture
// to its end; changes nothing.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/progress.h"

namespace afs {

struct DataProblem {
    std::string file;  // a picture's name in the data set, "dataset.json", or empty: the data set itself
    std::string kind;  // for scripts: "damaged_picture", "other_size", ... (docs/file-formats.md lists them)
    std::string what;  // for people, without a full stop
};

struct DataCheck {
    std::int64_t pictures = 0;          // by their names
    int resolution = 0, channels = 0;   // of most pictures; 0: no picture could be read
    int label_dim = 0;                  // of most labels; 0: none
    std::vector<DataProblem> problems;  // of the data set, of its pictures by name, of its labels
};

// Throws Error{cancelled} only: what cannot be opened is a problem like others.
[[nodiscard]] DataCheck check_data_set(const std::filesystem::path& path, int threads, const Progress& progress = {});

}  // namespace afs
