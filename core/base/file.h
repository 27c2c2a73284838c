// Whole files: reading them without copying, writing them so that no reader ever sees half of one.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace afs {

using Bytes = std::span<const std::byte>;

// A file's bytes, mapped read-only. Cheap to copy; the mapping lives as long as any copy of `owner()`.
class MappedFile {
  public:
    // Throws Error{file}: missing, a folder, not readable.
    explicit MappedFile(const std::filesystem::path& path);

    [[nodiscard]] Bytes bytes() const { return bytes_; }
    [[nodiscard]] const std::shared_ptr<const void>& owner() const { return owner_; }

  private:
    std::shared_ptr<const void> owner_;
    Bytes bytes_;
};

// A small text file whole, at most `limit` bytes. Throws Error{file}.
[[nodiscard]] std::string read_text_file(const std::filesystem::path& path, std::size_t limit = std::size_t{64} << 20);

enum class Overwrite { no, yes };

// Throws Error{file} when `path` exists and overwriting was not asked for: what the command line calls before long
// work.
void check_may_write(const std::filesystem::path& path, Overwrite overwrite);

// A file that appears under its name only when it is complete: written to a temporary name in the same folder, synced,
// renamed by commit(). Without commit() the temporary is removed. Creates missing parent folders.
class AtomicFile {
  public:
    AtomicFile(std::filesystem::path path, Overwrite overwrite);
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    void write(Bytes bytes);  // throws Error{file} naming the path (disk full, ...)
    void write(std::string_view text);
    [[nodiscard]] const std::filesystem::path& temporary_path() const {
        return temporary_;
    }  // for libraries that write by name
    void commit();

  private:
    std::filesystem::path path_, temporary_;
    Overwrite overwrite_;
    int fd_ = -1;
};

void write_file(const std::filesystem::path& path, Bytes bytes, Overwrite overwrite);
void write_file(const std::filesystem::path& path, std::string_view text, Overwrite overwrite);

}  // namespace afs
