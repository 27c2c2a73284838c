// Pins how much memory a run believes that it can have: containers and batch systems limit it below what the machine
// has free.
#include "core/base/system_memory.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/support/paths.h"

namespace afs {
namespace {

class SystemMemory : public testing::Test {
  protected:
    void write(const std::string& name, const std::string& text) const {
        const std::filesystem::path path = folder_.path() / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << text;
    }
    [[nodiscard]] std::optional<std::int64_t> available() const { return available_system_memory(folder_.path()); }

    test::TemporaryFolder folder_;
};

TEST_F(SystemMemory, IsWhatTheSystemSaysIsAvailable) {
    EXPECT_EQ(available(), std::nullopt);
    write("proc/meminfo", "MemTotal:       24683532 kB\nMemFree:         100 kB\nMemAvailable:   2000 kB\n");
    EXPECT_EQ(available(), 2'048'000);
}

TEST_F(SystemMemory, IsNoMoreThanAnyGroupAboveHasLeft) {
    write("proc/meminfo", "MemAvailable:   2000 kB\n");
    write("proc/self/cgroup", "0::/jobs/seven\n");
    write("sys/fs/cgroup/jobs/memory.max", "1000000\n");
    write("sys/fs/cgroup/jobs/memory.current", "900000\n");
    write("sys/fs/cgroup/jobs/memory.stat", "anon 5\ninactive_file 300000\n");
    write("sys/fs/cgroup/jobs/seven/memory.max", "max\n");
    write("sys/fs/cgroup/jobs/seven/memory.current", "900000\n");
    EXPECT_EQ(available(), 400'000);
    write("sys/fs/cgroup/memory.max", "150000\n");
    write("sys/fs/cgroup/memory.current", "160000\n");
    EXPECT_EQ(available(), 0);
}

TEST_F(SystemMemory, KnowsTheFormerKindOfGroups) {
    write("proc/meminfo", "MemAvailable:   2000 kB\n");
    write("proc/self/cgroup", "8:cpu,cpuacct:/other\n7:hugetlb,memory:/box\n");
    write("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "500000\n");
    write("sys/fs/cgroup/memory/box/memory.usage_in_bytes", "100000\n");
    EXPECT_EQ(available(), 400'000);
}

TEST(SystemMemoryHere, IsToldAndIsNotNothing) { EXPECT_GT(available_system_memory().value_or(0), 1 << 20); }

}  // namespace
}  // namespace afs
