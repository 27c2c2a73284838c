// Pins what a person may type into a number, and how numbers are written.
#include "app/gui/widgets/number_text.h"

#include <gtest/gtest.h>

#include <numbers>

namespace afs::gui {
namespace {

struct Case {
    const char* text;
    double value;
};

class TypedNumbers : public testing::TestWithParam<Case> {};
TEST_P(TypedNumbers, AreUnderstood) {
    const auto typed = parse_typed_number(GetParam().text);
    ASSERT_TRUE(typed) << GetParam().text;
    EXPECT_DOUBLE_EQ(typed->value, GetParam().value) << GetParam().text;
}
INSTANTIATE_TEST_SUITE_P(Forms, TypedNumbers,
                         testing::Values(Case{"45", 45}, Case{"1/8", 0.125}, Case{"pi/4", std::numbers::pi / 4},
                                         Case{"-3 * (2 + 1)", -9}, Case{"0,5", 0.5}, Case{".5", 0.5}, Case{"1e3", 1000},
                                         Case{"1e-2", 0.01}, Case{"50 %", 0.5}, Case{"37\u00b0", 37},
                                         Case{"\u22122.5", -2.5}, Case{"2pi", 2 * std::numbers::pi}, Case{"12 px", 12},
                                         Case{"6 dB", 6}, Case{"--2", 2}, Case{" 7 ", 7}, Case{"1-2-3", -4},
                                         Case{"8/2/2", 2}));

TEST(TypedNumber, RefusesWhatIsNoNumber) {
    for (const char* text : {"", " ", "abc", "1//2", "(1", "1)", "1/0", "0/0", "1..2", "1 2", "*3", "3*", "+", "nan",
                             "inf", "1e999", "x=3", "5;drop"})
        EXPECT_FALSE(parse_typed_number(text)) << text;
}

TEST(TypedNumber, SurvivesDeepNestingAndLength) {
    EXPECT_FALSE(parse_typed_number(std::string(200, '(') + "1" + std::string(200, ')')));
    EXPECT_FALSE(parse_typed_number(std::string(200, '-') + "1"));
    EXPECT_FALSE(parse_typed_number(std::string(100000, '1')));
}

TEST(TypedNumber, TellsThatItUsesPi) {
    EXPECT_TRUE(parse_typed_number("pi/2")->uses_pi);
    EXPECT_TRUE(parse_typed_number("\u03c0")->uses_pi);
    EXPECT_FALSE(parse_typed_number("90")->uses_pi);
}

TEST(NumberText, HasTrueMinusAndNoNegativeZero) {
    EXPECT_EQ(number_text(-0.25, 2), "\u22120.25");
    EXPECT_EQ(number_text(-0.001, 2), "0.00");
    EXPECT_EQ(number_text(1.0, 0), "1");
}

TEST(NumberText, CanBeTypedAgain) {
    for (const double value : {-1.5, 0.0, 12.25, -180.0})
        EXPECT_DOUBLE_EQ(parse_typed_number(number_text(value, 2))->value, value);
}

}  // namespace
}  // namespace afs::gui
