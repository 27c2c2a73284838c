// SHA-256 (OpenSSL): names the exact content of a network file in sessions and logs.
#pragma once

#include <string>

#include "core/base/file.h"

namespace afs {

[[nodiscard]] std::string sha256_hex(Bytes bytes);

}  // namespace afs
