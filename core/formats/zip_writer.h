// A ZIP archive of stored members, written one after the other; it appears under its name only when it is complete.
// The same members give the same bytes: there are no dates in it. One thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/file.h"

namespace afs {

struct ZipWriterOptions {
    std::size_t alignment = 1;  // of each member's bytes in the file (PyTorch maps what begins at multiples of 64)
};

class ZipWriter {
  public:
    // Throws Error{file} for a file that exists and may not be replaced.
    ZipWriter(const std::filesystem::path& path, Overwrite overwrite, ZipWriterOptions options = {});

    // Throws Error{file} (disk full, ...), Error{argument} for a member of 4 GiB and more or a name beyond 65,535
    // bytes. Whoever calls keeps names from occurring twice.
    void add(std::string_view name, Bytes content);
    void add(std::string_view name, std::string_view text) { add(name, std::as_bytes(std::span(text))); }

    void commit();  // writes the directory; an archive beyond 4 GiB or 65,534 members is a ZIP64 one

  private:
    std::string tried_;
    ZipWriterOptions options_;
    AtomicFile file_;
    std::string directory_;
    std::uint64_t offset_ = 0, count_ = 0;
};

}  // namespace afs
