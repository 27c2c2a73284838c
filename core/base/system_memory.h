// How much memory a process can still have: what the system says is available, and no more than its control group (a
// container, a batch system's job) has left. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace afs {

// Bytes. Nothing where the system does not tell. `root`: where /proc and /sys/fs/cgroup are.
[[nodiscard]] std::optional<std::int64_t> available_system_memory(const std::filesystem::path& root = "/");

}  // namespace afs
