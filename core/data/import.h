// Makes a data set of any pictures: read, cropped, resized, numbered, written as uncompressed PNGs into a ZIP archive
// or a folder (SPEC 15). The same source gives the same bytes on any number of threads.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/base/progress.h"

namespace afs {

enum class ImportTransform {
    none,              // resized where a resolution is given and it is another one
    center_crop,       // the largest square in the middle
    center_crop_wide,  // a band of the wanted shape in the middle, on a black square
};

struct ImportOptions {
    ImportTransform transform = ImportTransform::none;
    std::optional<std::pair<int, int>> resolution = {};  // width, height; what a crop needs
    std::optional<std::int64_t> max_images = {};         // pictures read, before any is dropped
    bool flatten = false;                                // pictures with transparency: onto white, else refused
    int threads = 1;
    Overwrite overwrite = Overwrite::no;
};

struct DroppedPicture {
    std::string file, why;
};

struct ImportResult {
    std::int64_t pictures = 0;
    int resolution = 0, channels = 0;
    bool labels = false;
    std::vector<DroppedPicture> dropped;
    std::vector<std::string> warnings;
};

// Throws Error{argument, file, format, cancelled}; nothing is left behind then.
[[nodiscard]] ImportResult import_data_set(const std::filesystem::path& source,
                                           const std::filesystem::path& destination, const ImportOptions& options,
                                           const Progress& progress = {});

}  // namespace afs
