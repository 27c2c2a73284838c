#include "core/base/abandoned.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <vector>

#include "core/base/file.h"
#include "tests/support/paths.h"

namespace afs::test {
namespace {

std::vector<std::string> names_in(const std::filesystem::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename());
    return names;
}

TEST(Abandoned, WhatAKilledProcessWasWritingIsRemovedAndNothingElse) {
    const TemporaryFolder folder;
    const pid_t child = ::fork();
    if (child == 0) {
        const AtomicFile wanted(folder / "a.b.png", Overwrite::no), other(folder / "other.png", Overwrite::no);
        ::_exit(0);  // as a kill: nobody tidies up
    }
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    const AtomicFile being_written(folder / "a.b.png", Overwrite::no);
    const std::string mine = being_written.temporary_path().filename();
    std::ofstream(folder / ".a.b.png.part") << "somebody's";
    std::ofstream(folder / "a.b.png.1.0.part") << "somebody's";
    ASSERT_EQ(names_in(folder.path()).size(), 5u);

    remove_abandoned(folder.path(), [](const std::string& name) { return name == "a.b.png"; });
    EXPECT_THAT(names_in(folder.path()), ::testing::UnorderedElementsAre(mine, ".a.b.png.part", "a.b.png.1.0.part",
                                                                         ::testing::StartsWith(".other.png.")));
    remove_abandoned(folder / "missing", [](const std::string&) { return true; });
}

}  // namespace
}  // namespace afs::test
