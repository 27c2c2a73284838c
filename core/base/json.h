// JSON as a value. `Json` keeps the order in which keys were written, so that files and `--json` output read as
// intended.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace afs {

using Json = nlohmann::ordered_json;

// Parses text that came from outside: nesting and size are bounded, duplicate keys refused. Throws Error{format};
// `tried` heads its message.
[[nodiscard]] Json parse_json(std::string_view text, const std::string& tried, int max_depth = 64);

}  // namespace afs
