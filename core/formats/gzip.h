// Bytes that gzip packed, whole in memory. Any thread; nothing is written.
#pragma once

#include <string>
#include <vector>

#include "core/base/file.h"

namespace afs {

// Members that follow each other are unpacked one after the other, as gzip does. Throws Error{format}: no gzip file, a
// damaged one, a wrong checksum, more than `limit` bytes; `tried` heads its message.
[[nodiscard]] std::vector<std::byte> unpack_gzip(Bytes packed, std::size_t limit, const std::string& tried);

}  // namespace afs
