// The table of contents of a ZIP archive in memory. A stored member is a piece of the archive's own bytes; a deflated
// one is unpacked into memory where a format allows them. Nothing is written; names are only compared.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/error.h"
#include "core/base/file.h"

namespace afs {

struct ZipEntry {
    std::string_view name;  // as in the archive
    std::uint64_t offset = 0, packed_size = 0, size = 0;
    std::uint16_t method = 0, flags = 0;
    std::uint32_t crc32 = 0;
};

class ZipDirectory {
  public:
    // Throws Error{format}: no central directory, one outside the file, names that occur twice, ... (ZIP64 included).
    // More members than `most_entries` are refused: each costs memory before it is looked at.
    // With `duplicates`, names that occur again are put there instead, and their first members count.
    ZipDirectory(Bytes archive, std::string display, std::uint64_t most_entries = 100'000,
                 std::vector<std::string>* duplicates = nullptr);

    [[nodiscard]] const std::vector<ZipEntry>& entries() const { return entries_; }
    [[nodiscard]] const ZipEntry* find(std::string_view name) const;  // nullptr when absent
    [[nodiscard]] bool contains(std::string_view name) const { return find(name) != nullptr; }

    // The bytes of a member. Throws Error{format} for a compressed or encrypted one and for one outside the file.
    [[nodiscard]] Bytes data(const ZipEntry& entry) const;

    // A stored or deflated member as a copy, at most `limit` bytes, its checksum compared. Throws Error{format} for any
    // other method, an encrypted or damaged member, and one that claims more than its packed bytes can hold.
    [[nodiscard]] std::vector<std::byte> unpack(const ZipEntry& entry, std::size_t limit) const;

  private:
    [[nodiscard]] Bytes packed_bytes(const ZipEntry& entry) const;
    [[nodiscard]] Error refuse(const ZipEntry& entry, const std::string& why) const;

    Bytes archive_;
    std::string display_;
    std::vector<ZipEntry> entries_;
    std::unordered_map<std::string_view, std::size_t> index_;
};

}  // namespace afs
