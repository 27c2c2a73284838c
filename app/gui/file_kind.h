// What a file is, from its first bytes rather than from its name: how dropped files are opened. Any thread.
#pragma once

#include <filesystem>

namespace afs::gui {

enum class FileKind {
    folder,
    model,    // also what is not recognised: the reader of networks says what is wrong with it
    session,  // JSON
    latent,   // .npy, or an archive of such
    picture,  // PNG or JPEG
};

// Throws Error{file} for what cannot be read.
[[nodiscard]] FileKind file_kind(const std::filesystem::path& path);

}  // namespace afs::gui
