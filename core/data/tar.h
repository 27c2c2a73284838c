// The members of a tar archive in memory, by name. Private to the room; nothing is written, links are not followed.
#pragma once

#include <string>
#include <vector>

#include "core/base/file.h"

namespace afs {

struct TarMember {
    std::string name;
    Bytes content;  // of the archive's own bytes
};

// Ordinary files only, in the archive's order. Throws Error{format}: cut short, a wrong checksum, a size that no member
// can have; `tried` heads its message.
[[nodiscard]] std::vector<TarMember> read_tar(Bytes archive, const std::string& tried);

}  // namespace afs
