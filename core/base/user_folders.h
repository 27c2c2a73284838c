// Where the program keeps what it can make again. Any thread.
#pragma once

#include <filesystem>

namespace afs {

// $XDG_CACHE_HOME/alias-free-studio, else ~/.cache/alias-free-studio; empty where there is no home.
[[nodiscard]] std::filesystem::path cache_folder();

}  // namespace afs
