// Words on the command line: help, versions, exit codes, one paragraph of error.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/json.h"
#include "tests/support/paths.h"
#include "tests/support/program.h"

namespace afs::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kNet = golden_path("nets/t-32.pkl").string();

TEST(Usage, EveryCommandExplainsItself) {
    for (const char* command : {"view", "images", "video", "inspect", "init", "convert", "dataset", "bench",
                                "equivariance", "metrics", "info"}) {
        const auto result = run_program({command, "--help"});
        EXPECT_EQ(result.exit_code, 0) << command;
        EXPECT_THAT(result.out, HasSubstr("--device")) << command;
        EXPECT_THAT(result.out, HasSubstr("--json")) << command;
        EXPECT_EQ(result.err, "") << command;
        EXPECT_THAT(run_program({"--help"}).out, HasSubstr(command));
    }
}

TEST(Usage, SaysItsVersion) {
    EXPECT_THAT(run_program({"--version"}).out, ::testing::MatchesRegex("afstudio [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

struct Wrong {
    const char* what;
    std::vector<std::string> arguments;
};

TEST(Usage, WrongWordsEndWithTwoAndOneLine) {
    for (const Wrong& wrong :
         {Wrong{"unknown command", {"imagse"}}, Wrong{"unknown option", {"images", "--netwrok", "x"}},
          Wrong{"missing network", {"images", "--seeds", "1"}}, Wrong{"no source", {"images", "--network", kNet}},
          Wrong{"two sources", {"images", "--network", kNet, "--seeds", "1", "--latent-plane", "0,0"}},
          Wrong{"a word as seed", {"images", "--network", kNet, "--seeds", "abc"}},
          Wrong{"a negative seed", {"images", "--network", kNet, "--seeds", "-1"}},
          Wrong{"a seed beyond 32 bits", {"images", "--network", kNet, "--seeds", "4294967296"}},
          Wrong{"a range that runs backwards", {"images", "--network", kNet, "--seeds", "9-5"}},
          Wrong{"a word as psi", {"images", "--network", kNet, "--seeds", "1", "--trunc", "much"}},
          Wrong{"half a pair", {"images", "--network", kNet, "--seeds", "1", "--translate", "0.1"}},
          Wrong{"a broken mix", {"images", "--network", kNet, "--seeds", "1", "--mix", "5"}},
          Wrong{"unknown precision", {"info", "--precision", "fp8"}},
          Wrong{"unknown format", {"images", "--network", kNet, "--seeds", "1", "--format", "bmp"}},
          Wrong{"missing file name", {"inspect"}}, Wrong{"a size that is none", {"view", "--size", "wide"}}}) {
        const TemporaryFolder folder;
        const auto result = run_program(wrong.arguments, {.folder = folder.path()});
        EXPECT_EQ(result.exit_code, 2) << wrong.what << ": " << result.err;
        EXPECT_EQ(result.out, "") << wrong.what;
        EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << wrong.what << ": " << result.err;
        EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << wrong.what;
    }
}

TEST(Usage, WhatFailsEndsWithOneAndSaysWhatWhyAndWhatToDo) {
    for (const Wrong& wrong :
         {Wrong{"no such file", {"inspect", "/no/such/file.pkl"}},
          Wrong{"no such network", {"images", "--network", "/no/such/file.pkl", "--seeds", "0"}},
          Wrong{"a folder", {"inspect", "/"}},
          Wrong{"no such device", {"images", "--network", kNet, "--seeds", "0", "--device", "cuda:99"}},
          Wrong{"no such layer", {"images", "--network", kNet, "--seeds", "0", "--layer", "L99"}},
          Wrong{"no such layer",
                {"images", "--network", kNet, "--seeds", "0", "--canvas", "spectrum", "--layer", "L99"}},
          Wrong{"no such layer to compare with",
                {"images", "--network", kNet, "--seeds", "0", "--canvas", "spectrum", "--spectrum-compare", "L99"}},
          Wrong{"a class that there is not",
                {"images", "--network", golden_path("nets/t-64-cond.pkl").string(), "--seeds", "0", "--class", "5"}},
          Wrong{"a W file that is none",
                {"images", "--network", kNet, "--w", golden_path("nets/bad/index.json").string()}}}) {
        const TemporaryFolder folder;
        const auto result = run_program(wrong.arguments, {.folder = folder.path()});
        EXPECT_EQ(result.exit_code, 1) << wrong.what << ": " << result.err;
        EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << wrong.what << ": " << result.err;
        EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << wrong.what << " left something behind";
    }
}

TEST(Info, TellsWhatRunsWhereAsOneDocument) {
    const auto result = run_program({"info", "--json"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const Json info = Json::parse(result.out);
    for (const char* key : {"version", "cuda", "display", "threads", "simd", "operators", "libraries"})
        EXPECT_TRUE(info.contains(key)) << key;
    for (const char* key : {"built", "available", "devices"}) EXPECT_TRUE(info["cuda"].contains(key)) << key;
    EXPECT_GE(info["threads"].get<int>(), 1);
    EXPECT_TRUE(info["libraries"].contains("libavcodec"));
    EXPECT_GE(info["film"]["codecs"].size(), 2u);  // png and jpg need no FFmpeg
    EXPECT_EQ(Json::parse(run_program({"info", "--json", "--threads", "1"}).out)["threads"], 1);
}

TEST(View, WithoutADisplaySaysSoAndRendersPictures) {
    const TemporaryFolder folder;
    const auto result = run_program({"view", kNet}, {.folder = folder.path(), .environment = {{"DISPLAY", ""}}});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.err, HasSubstr("No window"));
    EXPECT_THAT(result.out, HasSubstr("out/seeds.png"));
    EXPECT_TRUE(std::filesystem::exists(folder / "out/seeds.png"));
    EXPECT_TRUE(std::filesystem::exists(folder / "out/circle15.png"));
}

}  // namespace
}  // namespace afs::test
