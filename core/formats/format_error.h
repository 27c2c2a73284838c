// How every reader of this room reports a file: the same head line, the byte position where there is one.
#pragma once

#include <cstddef>
#include <string>

#include "core/base/error.h"

namespace afs {

// `display` is what the user calls the file (its path). Kind: format.
[[nodiscard]] inline Error cannot_open(
    const std::string& display, std::string why,
    std::string what_to_do = "It is damaged or made to deceive: get it again from where it came from.") {
    return {ErrorKind::format, "Could not open " + display, std::move(why), std::move(what_to_do)};
}

}  // namespace afs
