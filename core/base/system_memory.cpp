#include "core/base/system_memory.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

namespace afs {
namespace {

namespace fs = std::filesystem;

// The first number of a file; nothing for "max".
std::optional<std::int64_t> number_in(const fs::path& path) {
    std::ifstream file(path);
    std::int64_t value = 0;
    return file >> value ? std::optional(value) : std::nullopt;
}

// Of "name   value" rows.
std::optional<std::int64_t> row_of(const fs::path& path, const std::string& name) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string key;
        std::int64_t value = 0;
        if (words >> key >> value && key == name) return value;
    }
    return {};
}

// What a group and those above it may take yet. Files that were read and can be dropped do not count as taken.
struct GroupFiles {
    const char *limit, *taken, *dropped;
};
constexpr GroupFiles kVersion2 = {"memory.max", "memory.current", "inactive_file"};
constexpr GroupFiles kVersion1 = {"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"};

std::int64_t left_in(const fs::path& top, const fs::path& group, const GroupFiles& files) {
    std::int64_t left = std::numeric_limits<std::int64_t>::max();
    for (fs::path here = group;; here = here.parent_path()) {
        const fs::path folder = top / here.relative_path();
        const auto limit = number_in(folder / files.limit), taken = number_in(folder / files.taken);
        if (limit && taken) {
            const std::int64_t dropped = row_of(folder / "memory.stat", files.dropped).value_or(0);
            left = std::min(left, std::max<std::int64_t>(*limit - std::max<std::int64_t>(*taken - dropped, 0), 0));
        }
        if (!here.has_relative_path()) return left;
    }
}

}  // namespace

std::optional<std::int64_t> available_system_memory(const fs::path& root) {
    const auto kilobytes = row_of(root / "proc/meminfo", "MemAvailable:");
    if (!kilobytes) return {};
    std::int64_t available = *kilobytes * 1024;
    std::ifstream groups(root / "proc/self/cgroup");
    for (std::string line; std::getline(groups, line);) {  // "0::/path" or "7:memory:/path"
        const std::size_t first = line.find(':'), second = line.find(':', first + 1);
        if (second == std::string::npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        const fs::path group = line.substr(second + 1);
        if (controllers.empty())
            available = std::min(available, left_in(root / "sys/fs/cgroup", group, kVersion2));
        else if (("," + controllers + ",").find(",memory,") != std::string::npos)
            available = std::min(available, left_in(root / "sys/fs/cgroup/memory", group, kVersion1));
    }
    return available;
}

}  // namespace afs
