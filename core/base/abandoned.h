// What a killed program leaves behind.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace afs {

// Removes the temporary files that an AtomicFile (core/base/file.h) left in `folder` because its process was killed:
// those of the names that `of` takes, and of processes that this machine has no more. Two machines may so share a
// folder as long as they write files of different names. Never throws: what cannot be removed stays.
void remove_abandoned(const std::filesystem::path& folder, const std::function<bool(const std::string& name)>& of);

}  // namespace afs
