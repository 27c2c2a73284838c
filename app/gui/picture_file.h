// Saving what the window shows: pictures as PNG without the alpha that screens need.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "core/base/file.h"
#include "core/formats/picture.h"

namespace afs::gui {

[[nodiscard]] std::vector<std::byte> encode_opaque_png(const Image& image);

// Throws Error{file}; never leaves half a file.
void save_png(const std::filesystem::path& path, const Image& image, Overwrite overwrite);

}  // namespace afs::gui
