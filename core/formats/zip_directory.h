// The table of contents of a ZIP archive in memory, for formats that store their members uncompressed: a member is a
// piece of the archive's own bytes. Nothing is unpacked, nothing is written; names are only compared.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/file.h"

namespace afs {

struct ZipEntry {
    std::string_view name;  // as in the archive
    std::uint64_t offset = 0, packed_size = 0, size = 0;
    std::uint16_t method = 0, flags = 0;
};

class ZipDirectory {
  public:
    // Throws Error{format}: no central directory, one outside the file, names that occur twice, ... (ZIP64 included).
    ZipDirectory(Bytes archive, std::string display);

    [[nodiscard]] const std::vector<ZipEntry>& entries() const { return entries_; }
    [[nodiscard]] const ZipEntry* find(std::string_view name) const;  // nullptr when absent
    [[nodiscard]] bool contains(std::string_view name) const { return find(name) != nullptr; }

    // The bytes of a member. Throws Error{format} for a compressed or encrypted one and for one outside the file.
    [[nodiscard]] Bytes data(const ZipEntry& entry) const;

  private:
    Bytes archive_;
    std::string display_;
    std::vector<ZipEntry> entries_;
    std::unordered_map<std::string_view, std::size_t> index_;
};

}  // namespace afs
