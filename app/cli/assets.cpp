#include "app/cli/assets.h"

#include <fmt/format.h>

#include <cstdlib>
#include <vector>

#include "core/base/error.h"

namespace afs::cli {

std::filesystem::path demo_model_path() {
    std::vector<std::filesystem::path> folders;
    if (const char* const folder = std::getenv("AFS_ASSETS")) folders.emplace_back(folder);
    std::error_code ignored;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored);
    if (!ignored) folders.push_back(program.parent_path().parent_path() / "share" / "afstudio");
    folders.emplace_back(AFS_SOURCE_ASSETS);
    std::string tried;
    for (const auto& folder : folders) {
        const auto path = folder / "demo.safetensors";
        if (std::filesystem::exists(path, ignored)) return path;
        tried += (tried.empty() ? "" : ", ") + path.string();
    }
    throw Error(ErrorKind::file, "Could not find the demo model", "there is no " + tried,
                "Name a network file: afstudio view MODEL.");
}

}  // namespace afs::cli
