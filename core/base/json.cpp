#include "core/base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

#include "core/base/error.h"

namespace afs {

Json parse_json(std::string_view text, const std::string& tried, int max_depth) {
    // The library's parser is recursive only when a value is copied or destroyed, so depth is bounded before anything
    // is built.
    int depth = 0;
    bool in_string = false, escaped = false;
    for (const char c : text) {
        if (in_string) {
            if (escaped)
                escaped = false;
            else if (c == '\\')
                escaped = true;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > max_depth)
                throw Error(ErrorKind::format, tried,
                            fmt::format("its JSON is nested deeper than {} levels", max_depth));
        } else if (c == ']' || c == '}') {
            --depth;
        }
    }
    std::vector<std::set<std::string>> keys;
    std::string duplicate;
    // The value that keeps the order of keys looks each of them up in linear time: the sum of that work is bounded, so
    // that no text costs more than a second.
    constexpr std::uint64_t kMaxWork = 200'000'000;  // one object of 20,000 keys, or any number of small ones
    std::uint64_t work = 0;
    const auto watch = [&](int, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::object_start) keys.emplace_back();
        if (event == Json::parse_event_t::object_end) keys.pop_back();
        if (event == Json::parse_event_t::key) work += keys.back().size();
        if (work > kMaxWork) throw Error(ErrorKind::format, tried, "its JSON has an object of too many keys");
        if (event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second)
            duplicate = parsed.get<std::string>();
        return true;
    };
    try {
        Json value = Json::parse(text, watch);
        if (!duplicate.empty())
            throw Error(ErrorKind::format, tried, fmt::format("its JSON has the key \"{}\" twice", duplicate));
        return value;
    } catch (const Json::exception& e) {
        // "[json.exception.parse_error.101] parse error at line 1, column 5: ..." without the library's tag.
        std::string why = e.what();
        if (const auto end = why.find("] "); end != std::string::npos) why.erase(0, end + 2);
        // A number too large for a double is reported without its place: "number overflow parsing '1e999'".
        if (const auto open = why.find('\''); e.id == 406 && open != std::string::npos)
            if (const auto at = text.find(why.substr(open + 1, why.rfind('\'') - open - 1));
                at != std::string_view::npos)
                why += fmt::format(" at line {}",
                                   1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
        throw Error(ErrorKind::format, tried, "it is not valid JSON (" + why + ")");
    }
}

}  // namespace afs
