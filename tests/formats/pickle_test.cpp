#include "core/formats/pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/formats/pickle_json.h"
#include "core/formats/utf8.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::string_view_literals;

struct Read {
    std::unique_ptr<PickleGraph> graph;
    PickleNode* value;

    explicit Read(std::string_view bytes)
        : graph(std::make_unique<PickleGraph>(std::as_bytes(std::span(bytes)), nullptr, "x")),
          value(read_pickle(*graph, std::as_bytes(std::span(bytes))).value) {}

    [[nodiscard]] std::optional<Json> json(JsonBudget budget = {}) const { return plain_json(*graph, *value, budget); }
};

std::string refusal(std::string_view bytes) {
    try {
        (void)Read(bytes);
        return "accepted";
    } catch (const Error& e) {
        return e.why();
    }
}

class PlainValues : public ::testing::TestWithParam<int> {};

// Written by Python itself (tests/formats/data/make.py).
TEST_P(PlainValues, AreReadInEveryProtocol) {
    const MappedFile file(test::golden_path("../formats/data/plain-" + std::to_string(GetParam()) + ".pkl"));
    const Read read(std::string_view(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()));
    const auto json = read.json();
    ASSERT_TRUE(json);
    EXPECT_EQ(json->at("numbers"), Json::array({0, 1, 255, 256, 65535, 65536, -1, -129, 2147483647, -2147483648LL,
                                                2147483648LL, 1LL << 62, std::numeric_limits<std::int64_t>::min()}));
    EXPECT_EQ(json->at("reals"), Json::array({0.0, -1.5, 1e300, std::numeric_limits<double>::infinity()}));
    EXPECT_EQ(json->at("flags"), Json::array({nullptr, true, false}));
    EXPECT_EQ(json->at("tuples").dump(), "[[],[1],[1,2],[1,2,3],[1,2,3,4]]");
    EXPECT_EQ(json->at("texts"), Json::array({"", "plain", "\u00e4\u20ac\U0001f600",
                                              "line\nbreak \\ 'quotes' \"double\"", std::string(300, 'x')}));
    EXPECT_EQ(json->at("nested").dump(), R"({"a":{"b":{"c":[1]}}})");
    EXPECT_EQ(json->at("7"), "seven");
    EXPECT_EQ(json->at("shared").dump(), R"([["shared"],["shared"]])");
    EXPECT_EQ(json->at("set").dump(), "[1]");
}

INSTANTIATE_TEST_SUITE_P(Protocol, PlainValues, ::testing::Range(0, 6));

TEST(Pickle, StringsOfPython2AreTextsWithTheirEscapes) {
    EXPECT_EQ(Read("S'a\\n\\x41\\101\\'\\\\\\q'\n."sv).value->text, "a\nAA'\\\\q");
    EXPECT_EQ(Read("S\"\\xff\"\n."sv).value->kind, PickleKind::bytes);
    EXPECT_EQ(Read("U\3abc."sv).value->text, "abc");
    EXPECT_EQ(Read("T\3\0\0\0abc."sv).value->kind, PickleKind::text);
    EXPECT_THAT(refusal("S'abc\n."sv), HasSubstr("no quotes"));
    EXPECT_THAT(refusal("T\xff\xff\xff\xff"sv), HasSubstr("negative length"));
    EXPECT_THAT(refusal("V\\u12\n."sv), HasSubstr("broken escape"));
    EXPECT_THAT(refusal("I12x\n."sv), HasSubstr("not a number"));
}

TEST(Pickle, MarksProtectWhatLiesBelowThem) {
    EXPECT_EQ(Read("K\1(0."sv).value->integer, 1);  // POP removes a mark when nothing lies above it
    EXPECT_EQ(Read("K\1(K\2K\3"
                   "1."sv)
                  .value->integer,
              1);
    EXPECT_THAT(refusal("]K\1(a."sv), HasSubstr("stack runs empty"));
    EXPECT_EQ(Read("K\5"
                   "2\x86."sv)
                  .value->items.size(),
              2u);
}

TEST(Pickle, BigNumbersStayBytes) {
    const Read read("\x8a\11\0\0\0\0\0\0\0\0\1."sv);
    EXPECT_EQ(read.value->kind, PickleKind::big_integer);
    EXPECT_FALSE(read.json());
    EXPECT_EQ(Read("\x8a\0."sv).value->integer, 0);
    EXPECT_EQ(Read("\x8a\2\xff\x7f."sv).value->integer, 32767);
    EXPECT_EQ(Read("\x8a\1\x80."sv).value->integer, -128);
}

TEST(Pickle, TheLastOfRepeatedKeysCounts) {
    const Read read("}(\x8c\1aK\1\x8c\1aK\2u."sv);
    EXPECT_EQ(read.value->find("a")->integer, 2);
    EXPECT_EQ(read.value->find("b"), nullptr);
}

TEST(Pickle, DictionariesOfPairsAndSetsOfListsAreUnderstood) {
    EXPECT_EQ(Read("ccollections\nOrderedDict\n(]](\x8c\1aK\1eatR."sv).json()->dump(), R"({"a":1})");
    EXPECT_EQ(Read("cbuiltins\nset\n](K\1K\2e\x85R."sv).json()->dump(), "[1,2]");
    EXPECT_EQ(Read("cdnnlib.util\nEasyDict\n)\x81\x8c\1aK\1s."sv).json()->dump(), R"({"a":1})");
    EXPECT_EQ(Read("cdnnlib.util\nEasyDict\n)}\x92."sv).json()->dump(), "{}");
    EXPECT_THAT(refusal("cdnnlib.util\nEasyDict\n)}\x8c\1aK\1s\x92."sv), HasSubstr("keyword arguments"));
    EXPECT_THAT(refusal("ctorch\nFloatStorage\n)R."sv), HasSubstr("is no function"));
}

TEST(Pickle, ByteStringsOfProtocol2AreDecoded) {
    const Read read("c_codecs\nencode\n(X\4\0\0\0\x41\xc3\xbf\x42X\6\0\0\0latin1tR."sv);
    EXPECT_EQ(read.value->kind, PickleKind::bytes);
    EXPECT_EQ(read.value->text,
              "A\xff"
              "B");
    EXPECT_THAT(refusal("c_codecs\nencode\n(X\3\0\0\0\xe2\x82\xacX\6\0\0\0latin1tR."sv), HasSubstr("not Latin-1"));
    EXPECT_THAT(refusal("c_codecs\nencode\n(X\1\0\0\0aX\5\0\0\0rot13tR."sv), HasSubstr("Latin-1"));
}

// --- NumPy
// -------------------------------------------------------------------------------------------------------------

std::string dtype(std::string_view code, std::string_view order) {
    return "cnumpy\ndtype\n(U" + std::string(1, static_cast<char>(code.size())) + std::string(code) +
           "\x89\x88tR(K\3U\1" + std::string(order) + "NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK" + std::string(1, '\0') +
           "tb";
}

std::string scalar(std::string_view code, std::string_view order, std::string_view bytes) {
    return "cnumpy.core.multiarray\nscalar\n(" + dtype(code, order) + "C" +
           std::string(1, static_cast<char>(bytes.size())) + std::string(bytes) + "tR.";
}

std::string array(const std::string& shape, std::string_view code, bool fortran, std::string_view bytes) {
    return "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K" + std::string(1, '\0') + "tC\1btR(K\1(" +
           shape + "t" + dtype(code, "<") + (fortran ? "\x88" : "\x89") + "C" +
           std::string(1, static_cast<char>(bytes.size())) + std::string(bytes) + "tb.";
}

TEST(NumPy, ScalarsBecomePlainNumbers) {
    EXPECT_EQ(Read(scalar("f8", "<", "\0\0\0\0\0\0\xe0\x3f"sv)).value->real, 0.5);
    EXPECT_EQ(Read(scalar("f2", "<", "\0\x3c"sv)).value->real, 1.0);
    EXPECT_EQ(Read(scalar("i8", "<", "\xff\xff\xff\xff\xff\xff\xff\x7f"sv)).value->integer, INT64_MAX);
    EXPECT_EQ(Read(scalar("i2", "<", "\xfe\xff"sv)).value->integer, -2);
    EXPECT_EQ(Read(scalar("u4", "<", "\xff\xff\xff\xff"sv)).value->integer, 4294967295);
    EXPECT_EQ(Read(scalar("b1", "|", "\1"sv)).value->kind, PickleKind::boolean);
    EXPECT_EQ(Read(scalar("f8", ">", "\0\0\0\0\0\0\xe0\x3f"sv)).value->kind, PickleKind::opaque);
    EXPECT_EQ(Read(scalar("U2", "<", "a\0\0\0b\0\0\0"sv)).value->kind, PickleKind::opaque);
    EXPECT_THAT(refusal(scalar("f8", "<", "\0\0\0\0"sv)), HasSubstr("type f8 has 4 bytes"));
}

TEST(NumPy, ArraysKeepTheirOrder) {
    EXPECT_EQ(Read(array("K\2K\3", "i1", false, "\0\1\2\3\4\5"sv)).json()->dump(), "[[0,1,2],[3,4,5]]");
    EXPECT_EQ(Read(array("K\2K\3", "i1", true, "\0\1\2\3\4\5"sv)).json()->dump(), "[[0,2,4],[1,3,5]]");
    EXPECT_EQ(Read(array("K" + std::string(1, '\0') + "K\3", "i1", false, "")).json()->dump(), "[]");
    EXPECT_EQ(Read(array("", "u1", false, "\7"sv)).json()->dump(), "7");
    EXPECT_THAT(refusal(array("K\2K\3", "i1", false, "\0\1"sv)), HasSubstr("shape [2, 3] has 2 bytes"));
    EXPECT_THAT(refusal(array("J\xff\xff\xff\xff", "i1", false, "\0\1"sv)), HasSubstr("2 bytes of data"));
    EXPECT_EQ(Read("cnumpy.core.numeric\n_frombuffer\n(\x96\4" + std::string(7, '\0') + "\1" + std::string(1, '\0') +
                   "\2" + std::string(1, '\0') + dtype("i2", "<") + "(K\2tU\1CtR.")
                  .json()
                  ->dump(),
              "[1,2]");
}

TEST(NumPy, AnArrayWithoutAStateIsNothing) {
    EXPECT_FALSE(Read("cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\0tC\1btR."sv).json());
}

// --- JSON and text -------------------------------------------------------------------------------------------------

TEST(PlainJson, StopsAtItsBudgetAndAtWhatIsNotPlain) {
    const Read list("](K\1K\2K\3e."sv);
    EXPECT_TRUE(list.json({.values = 4}));
    EXPECT_FALSE(list.json({.values = 3}));
    EXPECT_FALSE(Read("]\x8c\4long"
                      "a."sv)
                     .json({.values = 10, .text_bytes = 3}));
    EXPECT_FALSE(Read("C\1x."sv).json());
    EXPECT_FALSE(Read("}C\1xK\1s."sv).json());
    EXPECT_FALSE(Read("]\x94h\0a."sv).json());
    std::string deep;
    for (int i = 0; i < 20; ++i) deep += "]";
    for (int i = 1; i < 20; ++i) deep += "a";
    EXPECT_FALSE(Read(deep + ".").json());
}

TEST(Utf8, RefusesWhatTheStandardRefuses) {
    for (const auto good : {""sv, "a\0b"sv, "\u00e4\u20ac\U0001f600"sv, "\xf4\x8f\xbf\xbf"sv})
        EXPECT_TRUE(valid_utf8(good));
    for (const auto bad : {"\x80"sv, "\xc0\x80"sv, "\xc3"sv, "\xe0\x80\x80"sv, "\xed\xa0\x80"sv, "\xf0\x80\x80\x80"sv,
                           "\xf4\x90\x80\x80"sv, "\xf5\x80\x80\x80"sv, "\xff"sv, "\xe2\x82"sv})
        EXPECT_FALSE(valid_utf8(bad));
    EXPECT_EQ(printable("a\nb\xff\u00e4"), "a?b?\u00e4");
    EXPECT_EQ(printable("abcdefghij", 9), "abcdef...");
    std::string text;
    for (const char32_t code : {0x41u, 0xe4u, 0x20acu, 0x1f600u}) append_utf8(text, code);
    EXPECT_EQ(text, "A\u00e4\u20ac\U0001f600");
}

}  // namespace
}  // namespace afs
