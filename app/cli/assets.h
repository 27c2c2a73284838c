// Where the program's own files are: beside an installed program, or in the source tree of a build.
#pragma once

#include <filesystem>

namespace afs::cli {

// AFS_ASSETS (environment), <program>/../share/afstudio, or the build's source tree: the first that holds the demo
// model. Throws Error{file} naming what was tried.
[[nodiscard]] std::filesystem::path demo_model_path();

}  // namespace afs::cli
