#include "core/data/picture_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "core/base/error.h"
#include "core/formats/utf8.h"

namespace afs {
namespace {

constexpr std::array<std::string_view, 3> kRead = {".png", ".jpg", ".jpeg"};
constexpr std::array<std::string_view, 10> kNotRead = {".bmp", ".gif", ".tif", ".tiff", ".webp",
                                                       ".ppm", ".pgm", ".pnm", ".avif", ".heic"};
constexpr std::size_t kLargestMember = std::size_t{1} << 30;  // unpacked

std::string lower_ending(const std::string& name) {
    const auto dot = name.rfind('.');
    if (dot == std::string::npos || name.find('/', dot) != std::string::npos) return {};
    std::string ending = name.substr(dot);
    for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return ending;
}

bool begins_as_zip(Bytes bytes) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), 4));
    return text == "PK\x03\x04" || text == "PK\x05\x06";
}

}  // namespace

PictureFiles::PictureFiles(std::filesystem::path path, std::vector<std::string>* duplicates) : path_(std::move(path)) {
    std::error_code failed;
    const auto status = std::filesystem::status(path_, failed);
    if (!std::filesystem::exists(status))
        throw Error(ErrorKind::file, "Could not open the data set " + path_.string(),
                    "there is no such file or folder");
    if (std::filesystem::is_directory(status)) {
        std::filesystem::recursive_directory_iterator entry(path_, failed);
        for (; !failed && entry != std::filesystem::recursive_directory_iterator(); entry.increment(failed))
            if (entry->is_regular_file(failed)) list(entry->path().lexically_relative(path_).generic_string());
        if (failed)
            throw Error(ErrorKind::file, "Could not open the data set " + path_.string(),
                        "its files could not be listed (" + failed.message() + ")");
    } else {
        archive_.emplace(path_);
        if (!begins_as_zip(archive_->bytes()))
            throw Error(ErrorKind::format, "Could not open the data set " + path_.string(),
                        "it is neither a folder nor a ZIP archive",
                        "A data set is a folder or a ZIP archive of PNG or JPEG pictures.");
        directory_.emplace(archive_->bytes(), path_.string(), /*most_entries=*/std::uint64_t{20'000'000}, duplicates);
        for (const ZipEntry& entry : directory_->entries()) list(std::string(entry.name));
    }
    std::sort(names_.begin(), names_.end());
    std::sort(unreadable_.begin(), unreadable_.end());
}

void PictureFiles::list(std::string name) {
    const std::string ending = lower_ending(name);
    if (std::find(kRead.begin(), kRead.end(), ending) != kRead.end())
        names_.push_back(std::move(name));
    else if (std::find(kNotRead.begin(), kNotRead.end(), ending) != kNotRead.end())
        unreadable_.push_back(std::move(name));
}

std::optional<MemberBytes> PictureFiles::read(const std::string& name) const {
    if (!directory_) {
        std::error_code ignored;
        if (!std::filesystem::exists(path_ / name, ignored)) return std::nullopt;
        const MappedFile file(path_ / name);
        return MemberBytes{file.bytes(), file.owner()};
    }
    const ZipEntry* const entry = directory_->find(name);
    if (entry == nullptr) return std::nullopt;
    if (entry->method == 0) return MemberBytes{directory_->data(*entry), archive_->owner()};
    auto content = std::make_shared<const std::vector<std::byte>>(directory_->unpack(*entry, kLargestMember));
    return MemberBytes{Bytes(*content), content};
}

std::string PictureFiles::display(const std::string& name) const {
    return directory_ ? fmt::format("{}, {}", path_.string(), printable(name)) : (path_ / name).string();
}

}  // namespace afs
