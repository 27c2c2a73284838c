// Pins that files which grow never end in half of what was appended at once.
#include "core/base/append_file.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>

#include "core/base/error.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

TEST(AppendFile, GoesOnWhereItEnded) {
    const test::TemporaryFolder folder;
    AppendFile(folder / "log").append("one\n");
    AppendFile second(folder / "log");
    second.append("two\n");
    second.append("three\n");
    EXPECT_EQ(read_text_file(folder / "log"), "one\ntwo\nthree\n");
}

TEST(AppendFile, LeavesNothingOfWhatDoesNotFit) {
    const test::TemporaryFolder folder;
    AppendFile file(folder / "log");
    file.append("fits\n");
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit small = before;
    small.rlim_cur = 100;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    std::string why;
    try {
        file.append(std::string(500, 'x') + "\n");  // of which the first 95 bytes can be written
    } catch (const Error& e) {
        why = e.what();
    }
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    EXPECT_THAT(why, testing::HasSubstr("log: File too large"));
    file.append("goes on\n");
    EXPECT_EQ(read_text_file(folder / "log"), "fits\ngoes on\n");
}

TEST(AppendFile, IsRefusedInWordsWhereItCannotBe) {
    const test::TemporaryFolder folder;
    EXPECT_THROW(AppendFile(folder.path()), Error);
    EXPECT_THROW(AppendFile(folder / "missing" / "log"), Error);
    AppendFile full("/dev/full");
    EXPECT_THROW(full.append("x"), Error);
}

TEST(RepairedLines, LoseAnUnfinishedLastLineAndWhatIsNotKept) {
    const test::TemporaryFolder folder;
    const auto path = folder / "lines";
    EXPECT_FALSE(repair_lines(path));  // missing: nothing to do
    write_file(path, std::string_view("a\nbb\nccc\n"), Overwrite::no);
    EXPECT_FALSE(repair_lines(path));
    EXPECT_TRUE(repair_lines(path, [](std::string_view line) { return line != "bb"; }));
    EXPECT_EQ(read_text_file(path), "a\nccc\n");
    write_file(path, std::string_view("a\n{\"half"), Overwrite::yes);
    EXPECT_TRUE(repair_lines(path, [](std::string_view line) { return line.size() < 9; }));
    EXPECT_EQ(read_text_file(path), "a\n");
    write_file(path, std::string_view("half"), Overwrite::yes);
    EXPECT_TRUE(repair_lines(path));
    EXPECT_EQ(read_text_file(path), "");
}

}  // namespace
}  // namespace afs
