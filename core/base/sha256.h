// SHA-256 (OpenSSL): names the exact content of a network file in sessions and logs.
#pragma once

#include <functional>
#include <string>

#include "core/base/file.h"

namespace afs {

[[nodiscard]] std::string sha256_hex(Bytes bytes);
// The same in parts of some MB. `before_part` is called before each; what it throws ends the work.
[[nodiscard]] std::string sha256_hex(Bytes bytes, const std::function<void(double done)>& before_part);

}  // namespace afs
