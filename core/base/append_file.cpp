#include "core/base/append_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/base/error.h"

namespace afs {
namespace {

Error cannot_append(const std::filesystem::path& path, int reason) {
    return {ErrorKind::file, fmt::format("Could not write {}", path.string()), std::strerror(reason),
            "Check the folder and the free space."};
}

}  // namespace

AppendFile::AppendFile(std::filesystem::path path) : path_(std::move(path)) {
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd_ < 0) throw cannot_append(path_, errno);
}

AppendFile::~AppendFile() { ::close(fd_); }

void AppendFile::append(std::string_view bytes) {
    struct stat before {};
    if (::fstat(fd_, &before) != 0) throw cannot_append(path_, errno);
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            const int reason = errno;
            // If even this fails, repair_lines() finds the rest of the line, and readers of records its broken end.
            [[maybe_unused]] const int cut = S_ISREG(before.st_mode) ? ::ftruncate(fd_, before.st_size) : 0;
            throw cannot_append(path_, reason);
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

bool repair_lines(const std::filesystem::path& path, const std::function<bool(std::string_view line)>& keep) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return false;
    const MappedFile file(path);
    std::string_view rest(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
    std::string kept;
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
        if (!keep || keep(rest.substr(0, end))) kept += rest.substr(0, end + 1);
        rest.remove_prefix(end + 1);
    }
    if (kept.size() == file.bytes().size()) return false;
    write_file(path, kept, Overwrite::yes);
    return true;
}

}  // namespace afs
