// Another program from which a file is dragged onto the window: the source's side of the XDND protocol, version 5.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

namespace afs::test {

// Drags `file` onto the display's only window that takes files, to (x, y) of the screen, and lets go. The window must
// go on meanwhile: call it on another thread. Returns what went wrong, empty when the window took it.
[[nodiscard]] std::string drag_file_onto_window(const std::filesystem::path& file, int x, int y,
                                                std::chrono::seconds patience = std::chrono::seconds(20));

}  // namespace afs::test
