// Finding a command by some of its letters: "rls" finds "Reset Layout of Sections". Pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace afs::gui {

struct FuzzyMatch {
    int score = 0;                       // larger is better; only meaningful among matches of one pattern
    std::vector<std::size_t> positions;  // bytes of the text that were matched, ascending
};

// Nothing unless all letters of `pattern` occur in `text` in this order; case and spaces of the pattern do not matter.
// Letters side by side and at the beginnings of words count most. An empty pattern matches everything equally.
[[nodiscard]] std::optional<FuzzyMatch> fuzzy_match(std::string_view pattern, std::string_view text);

}  // namespace afs::gui
