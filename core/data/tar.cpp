#include "core/data/tar.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "core/base/error.h"
#include "core/formats/utf8.h"

namespace afs {
namespace {

constexpr std::size_t kBlock = 512;

// Octal digits between blanks, as all numbers of a header; nothing when it is something else.
std::optional<std::uint64_t> octal(std::string_view field) {
    std::uint64_t value = 0;
    bool digits = false;
    for (const char c : field) {
        if (c >= '0' && c <= '7') {
            value = value * 8 + static_cast<std::uint64_t>(c - '0');
            digits = true;
        } else if (c == '\0' || (c == ' ' && digits)) {
            break;
        } else if (c != ' ') {
            return std::nullopt;
        }
    }
    return digits ? std::optional(value) : std::nullopt;
}

std::string_view until_zero(std::string_view field) { return field.substr(0, field.find('\0')); }

bool checksum_fits(std::string_view header) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < kBlock; ++i)
        sum += i >= 148 && i < 156 ? std::uint64_t{' '} : static_cast<std::uint8_t>(header[i]);
    return octal(header.substr(148, 8)) == sum;
}

}  // namespace

std::vector<TarMember> read_tar(Bytes archive, const std::string& tried) {
    std::vector<TarMember> members;
    for (std::size_t at = 0; at + kBlock <= archive.size();) {
        const std::string_view header(reinterpret_cast<const char*>(archive.data()) + at, kBlock);
        if (header.find_first_not_of('\0') == std::string_view::npos) return members;  // the end
        if (!checksum_fits(header))
            throw Error(ErrorKind::format, tried, fmt::format("its tar archive is damaged at byte {}", at));
        const auto size = octal(header.substr(124, 12));
        at += kBlock;
        if (!size || *size > archive.size() - at)
            throw Error(ErrorKind::format, tried,
                        fmt::format("a member of its tar archive, \"{}\", reaches beyond its end",
                                    printable(until_zero(header.substr(0, 100)))));
        const char kind = header[156];
        if (kind == '0' || kind == '\0') {
            std::string name(until_zero(header.substr(0, 100)));
            const std::string_view prefix = until_zero(header.substr(345, 155));
            if (header.substr(257, 5) == "ustar" && !prefix.empty()) name = std::string(prefix) + "/" + name;
            members.push_back({std::move(name), archive.subspan(at, static_cast<std::size_t>(*size))});
        }
        const std::size_t blocks = (static_cast<std::size_t>(*size) + kBlock - 1) / kBlock;
        at = std::min(archive.size(), at + blocks * kBlock);
    }
    throw Error(ErrorKind::format, tried, "its tar archive ends too early", "Download it again.");
}

}  // namespace afs
