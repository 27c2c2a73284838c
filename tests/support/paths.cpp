#include "tests/support/paths.h"

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace afs::test {

std::filesystem::path golden_path(const std::filesystem::path& name) {
    return std::filesystem::path(AFS_SOURCE_DIR) / "tests/golden" / name;
}

TemporaryFolder::TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "afs-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace afs::test
