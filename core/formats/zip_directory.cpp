#include "core/formats/zip_directory.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <optional>

#include "core/formats/format_error.h"
#include "core/formats/utf8.h"

namespace afs {
namespace {

constexpr std::uint32_t kLocalHeader = 0x04034b50, kCentralHeader = 0x02014b50, kEnd = 0x06054b50, kEnd64 = 0x06064b50,
                        kEnd64Locator = 0x07064b50;
constexpr std::size_t kLocalSize = 30, kCentralSize = 46, kEndSize = 22, kEnd64Size = 56, kLocatorSize = 20;
constexpr std::size_t kMaxComment = 0xffff;
constexpr std::uint16_t kStored = 0, kDeflated = 8;

template <class Number> Number number_at(Bytes bytes, std::size_t at) {
    Number value;
    std::memcpy(&value, bytes.data() + at, sizeof(Number));
    return value;
}

std::string_view text_at(Bytes bytes, std::size_t at, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes.data()) + at, size};
}

// Is [offset, offset + size) inside the bytes?
bool inside(Bytes bytes, std::uint64_t offset, std::uint64_t size) {
    return offset <= bytes.size() && size <= bytes.size() - offset;
}

// Where the end-of-directory record begins: it is the last thing in the file but for a comment of known length.
std::optional<std::size_t> find_end(Bytes bytes) {
    if (bytes.size() < kEndSize) return std::nullopt;
    const std::size_t last = bytes.size() - kEndSize;
    const std::size_t first = last > kMaxComment ? last - kMaxComment : 0;
    for (std::size_t at = last + 1; at-- > first;)
        if (number_at<std::uint32_t>(bytes, at) == kEnd &&
            number_at<std::uint16_t>(bytes, at + 20) == bytes.size() - at - kEndSize)
            return at;
    return std::nullopt;
}

// Replaces the 32-bit fields that say "look in the ZIP64 field".
void widen(ZipEntry& entry, std::string_view extra) {
    const Bytes bytes = std::as_bytes(std::span(extra));
    for (std::size_t at = 0; at + 4 <= bytes.size();) {
        const auto id = number_at<std::uint16_t>(bytes, at);
        const std::size_t size = number_at<std::uint16_t>(bytes, at + 2);
        at += 4;
        if (size > bytes.size() - at) return;
        if (id == 1) {
            std::size_t field = at;
            for (std::uint64_t* value : {&entry.size, &entry.packed_size, &entry.offset}) {
                if (*value != 0xffffffff || field + 8 > at + size) continue;
                *value = number_at<std::uint64_t>(bytes, field);
                field += 8;
            }
            return;
        }
        at += size;
    }
}

}  // namespace

ZipDirectory::ZipDirectory(Bytes archive, std::string display, std::uint64_t most_entries,
                           std::vector<std::string>* duplicates)
    : archive_(archive), display_(std::move(display)) {
    const auto end = find_end(archive_);
    if (!end)
        throw cannot_open(display_, "it is a ZIP archive without a central directory: it is cut short or damaged",
                          "Download or copy it again.");
    std::uint64_t count = number_at<std::uint16_t>(archive_, *end + 10);
    std::uint64_t size = number_at<std::uint32_t>(archive_, *end + 12);
    std::uint64_t offset = number_at<std::uint32_t>(archive_, *end + 16);
    const bool wide = count == 0xffff || size == 0xffffffff || offset == 0xffffffff;
    if (wide && *end >= kLocatorSize && number_at<std::uint32_t>(archive_, *end - kLocatorSize) == kEnd64Locator) {
        const auto record = number_at<std::uint64_t>(archive_, *end - kLocatorSize + 8);
        if (!inside(archive_, record, kEnd64Size) ||
            number_at<std::uint32_t>(archive_, static_cast<std::size_t>(record)) != kEnd64)
            throw cannot_open(display_, "its ZIP64 directory record is outside the file or damaged");
        count = number_at<std::uint64_t>(archive_, static_cast<std::size_t>(record) + 32);
        size = number_at<std::uint64_t>(archive_, static_cast<std::size_t>(record) + 40);
        offset = number_at<std::uint64_t>(archive_, static_cast<std::size_t>(record) + 48);
    }
    if (!inside(archive_, offset, size) || offset + size > *end)
        throw cannot_open(display_,
                          fmt::format("its central directory (byte {}, {} bytes) lies outside the file", offset, size));
    if (count > most_entries || count * kCentralSize > size)
        throw cannot_open(display_, fmt::format("its central directory claims {} members in {} bytes", count, size));

    const Bytes directory = archive_.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
    std::size_t at = 0;
    entries_.reserve(static_cast<std::size_t>(count));
    for (std::uint64_t i = 0; i < count; ++i) {
        if (!inside(directory, at, kCentralSize) || number_at<std::uint32_t>(directory, at) != kCentralHeader)
            throw cannot_open(display_, fmt::format("entry {} of its central directory is damaged", i));
        const std::size_t name = number_at<std::uint16_t>(directory, at + 28);
        const std::size_t extra = number_at<std::uint16_t>(directory, at + 30);
        const std::size_t comment = number_at<std::uint16_t>(directory, at + 32);
        if (!inside(directory, at + kCentralSize, name + extra + comment))
            throw cannot_open(display_, fmt::format("entry {} of its central directory is damaged", i));
        ZipEntry entry;
        entry.flags = number_at<std::uint16_t>(directory, at + 8);
        entry.method = number_at<std::uint16_t>(directory, at + 10);
        entry.crc32 = number_at<std::uint32_t>(directory, at + 16);
        entry.packed_size = number_at<std::uint32_t>(directory, at + 20);
        entry.size = number_at<std::uint32_t>(directory, at + 24);
        entry.offset = number_at<std::uint32_t>(directory, at + 42);
        entry.name = text_at(directory, at + kCentralSize, name);
        widen(entry, text_at(directory, at + kCentralSize + name, extra));
        if (index_.emplace(entry.name, entries_.size()).second)
            entries_.push_back(entry);
        else if (duplicates != nullptr)
            duplicates->emplace_back(entry.name);
        else
            throw cannot_open(display_, fmt::format("it has the member \"{}\" twice", printable(entry.name)));
        at += kCentralSize + name + extra + comment;
    }
}

const ZipEntry* ZipDirectory::find(std::string_view name) const {
    const auto found = index_.find(name);
    return found == index_.end() ? nullptr : &entries_[found->second];
}

Error ZipDirectory::refuse(const ZipEntry& entry, const std::string& why) const {
    return cannot_open(display_, fmt::format("its member \"{}\" {}", printable(entry.name), why));
}

Bytes ZipDirectory::data(const ZipEntry& entry) const {
    if (entry.flags & 1) throw refuse(entry, "is encrypted");
    if (entry.method != kStored || entry.packed_size != entry.size)
        throw refuse(entry, "is compressed; files of this kind store their members uncompressed");
    return packed_bytes(entry);
}

Bytes ZipDirectory::packed_bytes(const ZipEntry& entry) const {
    if (!inside(archive_, entry.offset, kLocalSize)) throw refuse(entry, "lies outside the file");
    const auto at = static_cast<std::size_t>(entry.offset);
    if (number_at<std::uint32_t>(archive_, at) != kLocalHeader) throw refuse(entry, "has a damaged header");
    const std::size_t name = number_at<std::uint16_t>(archive_, at + 26);
    const std::size_t extra = number_at<std::uint16_t>(archive_, at + 28);
    if (!inside(archive_, at + kLocalSize, name + extra) || text_at(archive_, at + kLocalSize, name) != entry.name)
        throw refuse(entry, "has a damaged header");
    const std::size_t begin = at + kLocalSize + name + extra;
    if (!inside(archive_, begin, entry.packed_size)) throw refuse(entry, "reaches beyond the end of the file");
    return archive_.subspan(begin, static_cast<std::size_t>(entry.packed_size));
}

std::vector<std::byte> ZipDirectory::unpack(const ZipEntry& entry, std::size_t limit) const {
    if (entry.flags & 1) throw refuse(entry, "is encrypted");
    if (entry.method != kStored && entry.method != kDeflated)
        throw refuse(entry, fmt::format("is compressed by the method {}, which is not read", entry.method));
    const Bytes packed = packed_bytes(entry);
    // Deflate shrinks at most 1032 to 1: more is a bomb.
    if (entry.size > limit || entry.size / 1032 > packed.size() + 1 ||
        (entry.method == kStored && entry.size != packed.size()))
        throw refuse(entry, fmt::format("claims {} bytes", entry.size));
    std::vector<std::byte> content(static_cast<std::size_t>(entry.size));
    if (entry.method == kStored) {
        std::copy(packed.begin(), packed.end(), content.begin());
    } else {
        z_stream stream{};
        if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
        const std::unique_ptr<z_stream, decltype(&inflateEnd)> close(&stream, inflateEnd);
        // `limit` keeps both sizes inside zlib's 32 bits.
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data()));
        stream.avail_in = static_cast<uInt>(std::min<std::size_t>(packed.size(), 0xffffffff));
        std::byte nothing{};
        stream.next_out = reinterpret_cast<Bytef*>(content.empty() ? &nothing : content.data());
        stream.avail_out = static_cast<uInt>(content.size());
        if (inflate(&stream, Z_FINISH) != Z_STREAM_END || stream.avail_out != 0) throw refuse(entry, "is damaged");
    }
    if (crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size()) != entry.crc32)
        throw refuse(entry, "is damaged: its checksum is wrong");
    return content;
}

}  // namespace afs
