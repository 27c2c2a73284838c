// Text from outside is UTF-8 or refused: JSON, the window and the terminal all rely on it.
#pragma once

#include <string>
#include <string_view>

namespace afs {

[[nodiscard]] bool valid_utf8(std::string_view text);  // no overlong forms, no surrogates

void append_utf8(std::string& text, char32_t code_point);  // code_point <= 0x10FFFF

// A name from a file, fit for an error message: at most `limit` bytes, control characters and broken UTF-8 replaced.
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 120);

}  // namespace afs
