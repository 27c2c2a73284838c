// Pins how a command is found by some of its letters.
#include "app/gui/fuzzy_match.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace afs::gui {
namespace {

std::string best_of(std::string_view pattern, const std::vector<std::string>& texts) {
    const auto score = [&](const std::string& text) {
        const auto match = fuzzy_match(pattern, text);
        return match ? match->score : -1'000'000'000;
    };
    return *std::max_element(texts.begin(), texts.end(),
                             [&](const std::string& a, const std::string& b) { return score(a) < score(b); });
}

TEST(FuzzyMatch, NeedsAllLettersInOrder) {
    EXPECT_TRUE(fuzzy_match("", "anything"));
    EXPECT_TRUE(fuzzy_match("", ""));
    EXPECT_TRUE(fuzzy_match("rly", "Reset layout"));
    EXPECT_TRUE(fuzzy_match("RESET LAYOUT", "Reset layout"));
    EXPECT_FALSE(fuzzy_match("yr", "Reset layout"));
    EXPECT_FALSE(fuzzy_match("x", ""));
    EXPECT_FALSE(fuzzy_match("undoo", "Undo"));
}

TEST(FuzzyMatch, SaysWhichLetters) {
    EXPECT_EQ(fuzzy_match("lay", "Reset layout")->positions, (std::vector<std::size_t>{6, 7, 8}));
    EXPECT_EQ(fuzzy_match("rl", "Reset layout")->positions, (std::vector<std::size_t>{0, 6}));
    // The beginning of a word counts more than the first place where the letter occurs.
    EXPECT_EQ(fuzzy_match("s", "Reset seed")->positions, (std::vector<std::size_t>{6}));
}

TEST(FuzzyMatch, PutsTheMeantOneFirst) {
    const std::vector<std::string> names = {"Random seed",        "Reset layout",      "Reset transform",
                                            "Save picture\u2026", "Smaller interface", "Undo",
                                            "Copy picture"};
    EXPECT_EQ(best_of("undo", names), "Undo");
    EXPECT_EQ(best_of("rl", names), "Reset layout");
    EXPECT_EQ(best_of("rt", names), "Reset transform");
    EXPECT_EQ(best_of("sp", names), "Save picture\u2026");
    EXPECT_EQ(best_of("pict", names), "Copy picture");  // the shorter of two equals
    EXPECT_EQ(best_of("seed", names), "Random seed");
}

TEST(FuzzyMatch, PositionsAlwaysSpellThePattern) {
    const std::string text = "Open recent: aaabbbab-aab.safetensors";
    for (const std::string pattern : {"aab", "bab", "oraab", "stss", "aaaaaa", "bbbbb"}) {
        const auto match = fuzzy_match(pattern, text);
        ASSERT_TRUE(match) << pattern;
        std::string spelled;
        for (const std::size_t i : match->positions) spelled += static_cast<char>(std::tolower(text[i]));
        EXPECT_EQ(spelled, pattern);
        EXPECT_TRUE(std::is_sorted(match->positions.begin(), match->positions.end()));
    }
}

}  // namespace
}  // namespace afs::gui
