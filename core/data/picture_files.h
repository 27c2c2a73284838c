// The pictures of a folder or a ZIP archive by name, and their bytes: one door to both, for everything that reads data
// sets. Opening lists names and reads no picture. Any thread may read.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/file.h"
#include "core/formats/zip_directory.h"

namespace afs {

// The bytes of one member; `bytes` is valid as long as this lives.
struct MemberBytes {
    Bytes bytes;
    std::shared_ptr<const void> owner;
};

class PictureFiles {
  public:
    // A folder (with its sub-folders) or a ZIP archive. Throws Error{file}: missing, neither of the two; Error{format}:
    // a damaged archive, also one with a member twice, unless `duplicates` takes the names of those.
    explicit PictureFiles(std::filesystem::path path, std::vector<std::string>* duplicates = nullptr);

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    // "00000/img00000000.png": of pictures only, sorted as text.
    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
    // Pictures by their names' endings, in formats that nothing here can decode; sorted.
    [[nodiscard]] const std::vector<std::string>& unreadable() const { return unreadable_; }

    // Any member by its name. Throws Error{file, format}; nothing when there is none.
    [[nodiscard]] std::optional<MemberBytes> read(const std::string& name) const;

    [[nodiscard]] bool is_archive() const { return directory_.has_value(); }

    // "data.zip, img/0001.png" or the path of a file: what messages call a member.
    [[nodiscard]] std::string display(const std::string& name) const;

  private:
    void list(std::string name);

    std::filesystem::path path_;
    std::optional<MappedFile> archive_;
    std::optional<ZipDirectory> directory_;
    std::vector<std::string> names_, unreadable_;
};

}  // namespace afs
