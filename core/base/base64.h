// Bytes as text (RFC 4648, with padding): how JSON files hold arrays exactly.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/file.h"

namespace afs {

[[nodiscard]] std::string to_base64(Bytes bytes);

// Nothing for anything that to_base64 does not write: other characters, missing padding, bits beyond the last byte.
[[nodiscard]] std::optional<std::vector<std::byte>> from_base64(std::string_view text);

}  // namespace afs
