#include "app/gui/fuzzy_match.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace afs::gui {
namespace {

constexpr int kLetter = 1, kBeside = 6, kWordStart = 8, kTextStart = 4, kNone = -1'000'000;

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

bool begins_word(std::string_view text, std::size_t i) {
    const auto letter = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
    return letter(text[i]) && (i == 0 || !letter(text[i - 1]));
}

}  // namespace

std::optional<FuzzyMatch> fuzzy_match(std::string_view pattern_with_spaces, std::string_view text) {
    std::string pattern;
    for (const char c : pattern_with_spaces)
        if (c != ' ') pattern += lower(c);
    const std::size_t n = pattern.size(), m = text.size();
    if (n == 0) return FuzzyMatch{};
    if (n > m) return std::nullopt;

    // best[i][j]: the best score of the first i+1 letters with the last of them at j. The texts are short.
    std::vector<std::vector<int>> best(n, std::vector<int>(m, kNone));
    std::vector<std::vector<std::size_t>> from(n, std::vector<std::size_t>(m, m));
    for (std::size_t i = 0; i < n; ++i) {
        int reached = kNone;  // the best of the letter before, at least two places back
        std::size_t reached_at = m;
        for (std::size_t j = i; j < m; ++j) {
            if (i > 0 && j >= 2 && best[i - 1][j - 2] > reached) {
                reached = best[i - 1][j - 2];
                reached_at = j - 2;
            }
            if (lower(text[j]) != pattern[i]) continue;
            const int here = kLetter + (begins_word(text, j) ? kWordStart : 0) + (j == 0 ? kTextStart : 0);
            if (i == 0) {
                best[i][j] = here;
                continue;
            }
            const int beside = j > 0 && best[i - 1][j - 1] > kNone ? best[i - 1][j - 1] + kBeside : kNone;
            const int before = std::max(beside, reached);
            if (before == kNone) continue;
            best[i][j] = before + here;
            from[i][j] = beside >= reached ? j - 1 : reached_at;
        }
    }
    const auto last = std::max_element(best[n - 1].begin(), best[n - 1].end());
    if (*last == kNone) return std::nullopt;
    FuzzyMatch match;
    // Of two equal matches the shorter text is meant.
    match.score = *last * 64 - static_cast<int>(std::min<std::size_t>(m, 63));
    std::size_t j = static_cast<std::size_t>(last - best[n - 1].begin());
    for (std::size_t i = n; i-- > 0; j = from[i][j]) match.positions.push_back(j);
    std::reverse(match.positions.begin(), match.positions.end());
    return match;
}

}  // namespace afs::gui
