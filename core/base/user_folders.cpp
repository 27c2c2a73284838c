#include "core/base/user_folders.h"

#include <cstdlib>

namespace afs {

std::filesystem::path cache_folder() {
    const char* cache = std::getenv("XDG_CACHE_HOME");
    if (cache && cache[0] == '/') return std::filesystem::path(cache) / "alias-free-studio";
    const char* home = std::getenv("HOME");
    if (home && home[0] == '/') return std::filesystem::path(home) / ".cache" / "alias-free-studio";
    return {};
}

}  // namespace afs
