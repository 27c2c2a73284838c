// A look into a file that is no network, for whoever is choosing one: a picture's size and itself, a session's model
// and latent, the shapes of arrays. Reads the file: any thread but the UI's.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/formats/picture.h"

namespace afs::gui {

struct FileLook {
    std::string about;             // empty: not a file of these kinds; whoever reads networks says what it is
    std::optional<Image> picture;  // as large as in the file
};

// Throws Error where a file of these kinds cannot be read.
[[nodiscard]] FileLook look_into_file(const std::filesystem::path& path);

}  // namespace afs::gui
