// Files that grow while others read them: logs, statistics, event files. What is appended at once goes to the file in
// one piece, and a piece that does not fit on the disk leaves nothing of itself behind. One thread.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

#include "core/base/file.h"

namespace afs {

class AppendFile {
  public:
    // Opens it at its end, or makes it. Throws Error{file}.
    explicit AppendFile(std::filesystem::path path);
    ~AppendFile();
    AppendFile(const AppendFile&) = delete;
    AppendFile& operator=(const AppendFile&) = delete;

    // Throws Error{file} naming the path (disk full, ...): the file then ends where it did before.
    void append(std::string_view bytes);

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
    int fd_ = -1;
};

// Removes a last line that was never finished, and every line that is not to be kept. The file is replaced whole, and
// only when something goes; a missing one stays missing. Returns whether something went. Throws Error{file}.
bool repair_lines(const std::filesystem::path& path, const std::function<bool(std::string_view line)>& keep = {});

}  // namespace afs
