// `afstudio dataset` as a user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/file.h"
#include "core/base/json.h"
#include "core/data/data_set.h"
#include "tests/support/paths.h"
#include "tests/support/program.h"

namespace afs {
namespace {

using test::run_program;
using testing::AllOf;
using testing::HasSubstr;

std::string source(const char* name) { return (test::golden_path("data") / name).string(); }

class Dataset : public testing::Test {
  protected:
    [[nodiscard]] std::string at(const std::string& name) const { return (folder_ / name).string(); }
    test::TemporaryFolder folder_;
};

TEST_F(Dataset, EachOfItsCommandsExplainsItself) {
    for (const char* what : {"import", "check", "demo"}) {
        const auto result = run_program({"dataset", what, "--help"});
        EXPECT_EQ(result.exit_code, 0);
        EXPECT_THAT(result.out, AllOf(HasSubstr(std::string("afstudio dataset ") + what), HasSubstr("Example")));
    }
}

TEST_F(Dataset, ImportsChecksAndTellsWhatWasDropped) {
    const auto result = run_program({"dataset", "import", source("wide"), at("w.zip"), "--transform",
                                     "center-crop-wide", "--resolution", "32,20", "--threads", "2"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.out, AllOf(HasSubstr("w0.png: 70 x 40 is too small"), HasSubstr("2 pictures, 32 x 32, RGB"),
                                  HasSubstr("3 dropped")));
    const auto check = run_program({"dataset", "check", at("w.zip"), "--json"});
    EXPECT_EQ(check.exit_code, 0) << check.err;
    EXPECT_EQ(parse_json(check.out, "check")["ok"], true);
    const auto again = run_program({"dataset", "import", source("square"), at("w.zip")});
    EXPECT_EQ(again.exit_code, 1);
    EXPECT_THAT(again.err, HasSubstr("exists already"));
    const auto replaced = run_program({"dataset", "import", source("square"), at("w.zip"), "--overwrite", "--json"});
    ASSERT_EQ(replaced.exit_code, 0) << replaced.err;
    EXPECT_EQ(parse_json(replaced.out, "import")["labels"], true);
}

TEST_F(Dataset, ProblemsEndWithOneAndAreAllNamed) {
    const auto result = run_program({"dataset", "check", source("mixed")});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.out, AllOf(HasSubstr("b.png: it is 32 x 32 pixels"), HasSubstr("1 other_size")));
    const auto json = run_program({"dataset", "check", source("broken"), "--json"});
    EXPECT_EQ(json.exit_code, 1);
    const Json document = parse_json(json.out, "check");
    EXPECT_EQ(document["ok"], false);
    EXPECT_EQ(document["problems"][0]["file"], "a.png");
    EXPECT_EQ(document["problems"][0]["kind"], "damaged_picture");
    const auto missing = run_program({"dataset", "check", at("none"), "--json"});
    EXPECT_EQ(missing.exit_code, 1);
    EXPECT_TRUE(parse_json(missing.out, "check")["problems"][0]["file"].is_null());
}

// The recorded cases that only the command line sees.
TEST_F(Dataset, WrongWordsEndWithTwoAndWriteNothing) {
    const std::string square = source("square");
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"dataset"},
          {"dataset", "import", square},
          {"dataset", "import", square, ""},
          {"dataset", "import", square, at("a.zip"), "--resolution", "16"},
          {"dataset", "import", square, at("a.zip"), "--transform", "zoom", "--resolution", "16x16"},
          {"dataset", "demo", at("a.zip"), "--resolution", "many"},
          {"dataset", "demo", at("a.zip"), "--num", "0"}}) {
        const auto result = run_program(words);
        EXPECT_EQ(result.exit_code, 2) << testing::PrintToString(words) << result.err;
        EXPECT_FALSE(result.err.empty());
    }
    EXPECT_EQ(run_program({"dataset", "import", square, at("a.zip"), "--transform", "center-crop"}).exit_code, 1);
    EXPECT_EQ(run_program({"dataset", "demo", at("a.zip"), "--resolution", "100"}).exit_code, 1);
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(Dataset, DemoDrawsWhatItsSeedSays) {
    const auto result =
        run_program({"dataset", "demo", at("a.zip"), "--num", "5", "--resolution", "32", "--seed", "7"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    ASSERT_EQ(run_program(
                  {"dataset", "demo", at("b.zip"), "--num", "5", "--resolution", "32", "--seed", "7", "--threads", "1"})
                  .exit_code,
              0);
    EXPECT_EQ(read_text_file(folder_ / "a.zip"), read_text_file(folder_ / "b.zip"));
    EXPECT_EQ(DataSet(folder_ / "a.zip").size(), 5);
}

TEST_F(Dataset, AnInterruptedDemoLeavesNothing) {
    for (const char* name : {"big.zip", "big"}) {
        const auto begun = [&] { return !std::filesystem::is_empty(folder_.path()); };
        const auto result = run_program({"dataset", "demo", at(name), "--num", "100000", "--resolution", "256"},
                                        {.interrupt_when = begun});
        EXPECT_EQ(result.exit_code, 130) << result.err;
        EXPECT_TRUE(std::filesystem::is_empty(folder_.path())) << name;
    }
}

}  // namespace
}  // namespace afs
