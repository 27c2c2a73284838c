#include "app/gui/file_kind.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/formats/zip_directory.h"

namespace afs::gui {
namespace {

bool is_json(std::string_view text) {
    const auto first = std::find_if(text.begin(), text.end(), [](unsigned char c) { return std::isspace(c) == 0; });
    return first != text.end() && (*first == '{' || *first == '[');
}

bool holds_arrays(const MappedFile& file, const std::string& display) {
    try {
        const ZipDirectory zip(file.bytes(), display);
        return std::any_of(zip.entries().begin(), zip.entries().end(),
                           [](const ZipEntry& e) { return e.name.ends_with(".npy"); });
    } catch (const Error&) {
        return false;  // the reader of networks will say what is wrong with the archive
    }
}

}  // namespace

FileKind file_kind(const std::filesystem::path& path) {
    std::error_code problem;
    if (std::filesystem::is_directory(path, problem)) return FileKind::folder;
    const MappedFile file(path);
    const auto bytes = file.bytes();
    const std::string_view head(reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), 64));
    if (head.starts_with("\x93NUMPY")) return FileKind::latent;
    if (head.starts_with("\x89PNG") || head.starts_with("\xff\xd8\xff")) return FileKind::picture;
    if (head.starts_with("PK"))
        return holds_arrays(file, path.filename().string()) ? FileKind::latent : FileKind::model;
    // A safetensors file has a '{', too, behind the eight bytes of its length.
    if (is_json(head)) return FileKind::session;
    return FileKind::model;
}

}  // namespace afs::gui
