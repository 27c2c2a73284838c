#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include <cmath>
#include <fstream>
#include <thread>

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/job.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/mailbox.h"
#include "core/base/matrix3.h"
#include "core/base/sha256.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using ::testing::HasSubstr;

TEST(Sha256, IsTheSameInPartsAndEndsWhenAsked) {
    std::vector<std::byte> bytes((std::size_t{9} << 20) + 5);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 31 >> 3);
    std::vector<double> fractions;
    EXPECT_EQ(sha256_hex(bytes, [&](double done) { fractions.push_back(done); }), sha256_hex(bytes));
    ASSERT_EQ(fractions.size(), 3u);
    EXPECT_EQ(fractions[0], 0.0);
    EXPECT_NEAR(fractions[1], 4.0 / 9, 1e-6);
    EXPECT_NEAR(fractions[2], 8.0 / 9, 1e-6);
    EXPECT_EQ(sha256_hex({}, [](double) {}), sha256_hex({}));
    EXPECT_THROW((void)sha256_hex(bytes, [](double) { throw Error(ErrorKind::cancelled, "Cancelled", "", ""); }),
                 Error);
}

TEST(Sha256, MatchesThePublishedExample) {
    const std::string text = "abc";
    EXPECT_EQ(sha256_hex(std::as_bytes(std::span(text))),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Error, ReadsAsOneParagraph) {
    const Error e(ErrorKind::file, "Could not open x.pkl", "it does not exist", "Check the path.");
    EXPECT_STREQ(e.what(), "Could not open x.pkl: it does not exist. Check the path.");
}

TEST(CurrentFailure, KeepsOurPartsAndShortensForeignOnes) {
    try {
        throw Error(ErrorKind::network, "a", "b", "c");
    } catch (...) {
        EXPECT_EQ(current_failure("ignored"), (Failure{ErrorKind::network, "a", "b", "c"}));
    }
    try {
        throw std::runtime_error("first line\nframe #0: back trace");
    } catch (...) {
        const Failure failure = current_failure("Could not x");
        EXPECT_EQ(failure.what, "Could not x");
        EXPECT_EQ(failure.why, "first line");
    }
    try {
        throw std::bad_alloc();
    } catch (...) {
        EXPECT_EQ(current_failure("Could not x").kind, ErrorKind::memory);
    }
}

// LibTorch's exceptions have one type: what the machine lacks is told by their words.
TEST(Error, WhatTheMachineLacksIsNoDefectOfTheProgram) {
    const auto kind_of = [](const char* text) {
        try {
            throw std::runtime_error(text);
        } catch (...) {
            return current_failure("Could not x").kind;
        }
    };
    EXPECT_EQ(kind_of("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has ..."), ErrorKind::memory);
    EXPECT_EQ(kind_of("[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: ..."),
              ErrorKind::memory);
    EXPECT_EQ(kind_of("CUDA error: an illegal memory access was encountered\nCUDA kernel errors might ..."),
              ErrorKind::device);
    EXPECT_EQ(kind_of("cuDNN error: CUDNN_STATUS_NOT_INITIALIZED"), ErrorKind::device);
    EXPECT_EQ(kind_of("expected scalar type Float but found Half"), ErrorKind::internal);
}

TEST(Check, NamesTheBrokenPromise) {
    try {
        AFS_CHECK(1 + 1 == 3);
        FAIL() << "a false expression passed";
    } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::internal);
        EXPECT_THAT(e.why(), HasSubstr("1 + 1 == 3"));
    }
}

TEST(CheckedNumel, RefusesNegativeAndOverflowingShapes) {
    const auto numel = [](std::vector<std::int64_t> shape) { return checked_numel(shape); };
    EXPECT_EQ(numel({2, 3, 4}), 24);
    EXPECT_EQ(numel({}), 1);
    EXPECT_EQ(numel({std::int64_t{1} << 62, std::int64_t{1} << 62, 0}), 0);
    EXPECT_EQ(numel({-1, 2}), std::nullopt);
    EXPECT_EQ(numel({0, -1}), std::nullopt);
    EXPECT_EQ(numel({std::int64_t{1} << 32, std::int64_t{1} << 31}), std::nullopt);
}

TEST(ParseJson, BoundsNestingAndRefusesDuplicates) {
    EXPECT_EQ(parse_json(R"({"a": [1, 2.5, "]"]})", "x")["a"][2], "]");
    EXPECT_THROW((void)parse_json("{\"a\": 1, \"a\": 2}", "Could not read x"), Error);
    EXPECT_THROW((void)parse_json("{", "x"), Error);
    EXPECT_THROW((void)parse_json(std::string(100'000, '['), "x"), Error);
    // Brackets inside strings do not count.
    EXPECT_NO_THROW((void)parse_json("\"" + std::string(1000, '[') + "\"", "x"));
}

TEST(MappedFile, ShowsTheBytesAndNamesWhatIsWrong) {
    const test::TemporaryFolder folder;
    std::ofstream(folder / "a.bin") << "hello";
    const MappedFile file(folder / "a.bin");
    EXPECT_EQ(file.bytes().size(), 5u);
    EXPECT_EQ(static_cast<char>(file.bytes()[1]), 'e');
    std::ofstream(folder / "empty.bin");
    EXPECT_TRUE(MappedFile(folder / "empty.bin").bytes().empty());
    EXPECT_THROW(MappedFile(folder / "missing.bin"), Error);
    EXPECT_THROW(MappedFile(folder.path()), Error);
    EXPECT_THROW(MappedFile("/dev/null"), Error);
}

TEST(AtomicFile, AppearsOnlyWhenCommitted) {
    const test::TemporaryFolder folder;
    const auto path = folder / "new/deep/a.txt";
    {
        AtomicFile file(path, Overwrite::no);
        file.write("half");
    }
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_TRUE(std::filesystem::is_empty(path.parent_path())) << "the temporary was left behind";
    write_file(path, "whole", Overwrite::no);
    EXPECT_EQ(read_text_file(path), "whole");
    EXPECT_THROW(write_file(path, "again", Overwrite::no), Error);
    EXPECT_EQ(read_text_file(path), "whole");
    write_file(path, "again", Overwrite::yes);
    EXPECT_EQ(read_text_file(path), "again");
}

TEST(AtomicFile, NamesAPlaceThatCannotBeWritten) {
    const test::TemporaryFolder folder;
    write_file(folder / "a.txt", "", Overwrite::no);
    try {
        write_file(folder / "a.txt/b.txt", "", Overwrite::no);
        FAIL() << "a file was taken for a folder";
    } catch (const Error& e) {
        EXPECT_THAT(e.tried(), HasSubstr("a.txt/b.txt"));
    }
    EXPECT_THROW(write_file(folder / std::string(300, 'x'), "", Overwrite::no), Error);
}

TEST(Mailbox, NewestValueWins) {
    Mailbox<int> box;
    EXPECT_EQ(box.take(), std::nullopt);
    box.put(1);
    box.put(2);
    EXPECT_EQ(box.take(), 2);
    EXPECT_EQ(box.take(), std::nullopt);
}

TEST(Mailbox, WaitEndsWithAValueOrAStop) {
    Mailbox<int> box;
    std::jthread sender([&] { box.put(7); });
    std::stop_source stop;
    EXPECT_EQ(box.wait(stop.get_token()), 7);
    stop.request_stop();
    EXPECT_EQ(box.wait(stop.get_token()), std::nullopt);
}

TEST(Job, ReportsProgressResultAndFailure) {
    Job fine("fine", [](const Progress& progress) { progress.report(0.5, "half"); });
    fine.wait();
    EXPECT_TRUE(fine.finished());
    EXPECT_EQ(fine.progress().fraction, 0.5);
    EXPECT_EQ(fine.failure(), std::nullopt);
    Job broken("broken", [](const Progress&) { throw Error(ErrorKind::file, "a", "b"); });
    broken.wait();
    EXPECT_EQ(broken.failure()->kind, ErrorKind::file);
}

TEST(Job, CancelEndsABodyThatChecks) {
    Job endless("endless", [](const Progress& progress) {
        while (true) {
            progress.check_stop();
            std::this_thread::yield();
        }
    });
    endless.cancel();
    endless.wait();
    EXPECT_EQ(endless.failure()->kind, ErrorKind::cancelled);
}

TEST(Matrix3, InverseUndoesAndSingularHasNone) {
    const Matrix3 m = {1.1, 0.4, 0.1, -0.2, 0.8, 0.0, 0, 0, 1};
    const Matrix3 product = multiply(m, inverse(m).value());
    for (std::size_t i = 0; i < 9; ++i) EXPECT_NEAR(product[i], kIdentity3[i], 1e-15);
    EXPECT_EQ(inverse({1, 2, 0, 2, 4, 0, 0, 0, 1}), std::nullopt);
    EXPECT_EQ(inverse({0, 0, 0, 0, 0, 0, 0, 0, 1}), std::nullopt);
    EXPECT_EQ(inverse({NAN, 0, 0, 0, 1, 0, 0, 0, 1}), std::nullopt);
}

TEST(Log, KeepsTheNewestLinesAndSaysFallbacksOnce) {
    set_log_level(LogLevel::off);
    const auto count = [](const std::string& text) {
        int found = 0;
        for (const LogEntry& entry : recent_log()) found += entry.text == text;
        return found;
    };
    log_once("a fallback for the test");
    log_once("a fallback for the test");
    EXPECT_EQ(count("a fallback for the test"), 1);
    for (int i = 0; i < 1100; ++i) log_info("line {}", i);
    EXPECT_EQ(recent_log().size(), 1000u);
    EXPECT_EQ(count("line 0"), 0);
    EXPECT_EQ(count("line 1099"), 1);
    EXPECT_THROW((void)parse_log_level("loud"), Error);
}

}  // namespace
}  // namespace afs
