// Where tests find recorded numbers and may write.
#pragma once

#include <filesystem>

namespace afs::test {

[[nodiscard]] std::filesystem::path golden_path(const std::filesystem::path& name);  // tests/golden/<name>

// A new empty folder, removed with the object.
class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

}  // namespace afs::test
