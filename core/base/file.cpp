#include "core/base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/base/error.h"

namespace afs {
namespace {

std::string system_reason() { return std::strerror(errno); }

Error cannot_read(const std::filesystem::path& path, std::string why, std::string what_to_do = "Check the path.") {
    return {ErrorKind::file, fmt::format("Could not open {}", path.string()), std::move(why), std::move(what_to_do)};
}

Error cannot_write(const std::filesystem::path& path, std::string why,
                   std::string what_to_do = "Check the folder and the free space.") {
    return {ErrorKind::file, fmt::format("Could not write {}", path.string()), std::move(why), std::move(what_to_do)};
}

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return fd_; }

  private:
    int fd_;
};

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
    // O_NONBLOCK: opening a named pipe must not wait for a writer; it is refused below.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0) throw cannot_read(path, system_reason());
    struct stat info {};
    if (::fstat(file.get(), &info) != 0) throw cannot_read(path, system_reason());
    if (S_ISDIR(info.st_mode)) throw cannot_read(path, "it is a folder", "Name a file.");
    if (!S_ISREG(info.st_mode)) throw cannot_read(path, "it is not an ordinary file", "Name a file.");
    const auto size = static_cast<std::size_t>(info.st_size);
    if (size == 0) return;
    void* const address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (address == MAP_FAILED) throw cannot_read(path, system_reason());
    owner_ = std::shared_ptr<const void>(address, [size](const void* p) { ::munmap(const_cast<void*>(p), size); });
    bytes_ = {static_cast<const std::byte*>(address), size};
}

std::string read_text_file(const std::filesystem::path& path, std::size_t limit) {
    const MappedFile file(path);
    if (file.bytes().size() > limit)
        throw cannot_read(path, fmt::format("it has {} bytes; at most {} are read here", file.bytes().size(), limit));
    return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

void check_may_write(const std::filesystem::path& path, Overwrite overwrite) {
    std::error_code ignored;
    if (overwrite == Overwrite::no && std::filesystem::exists(path, ignored))
        throw cannot_write(path, "it exists already", "Choose another name, or add --overwrite.");
    if (std::filesystem::is_directory(path, ignored))
        throw cannot_write(path, "it is a folder", "Choose another name.");
}

AtomicFile::AtomicFile(std::filesystem::path path, Overwrite overwrite)
    : path_(std::move(path)), overwrite_(overwrite) {
    check_may_write(path_, overwrite);
    if (path_.has_parent_path()) {
        std::error_code failed;
        std::filesystem::create_directories(path_.parent_path(), failed);
        if (failed) throw cannot_write(path_, failed.message());
    }
    static std::atomic<unsigned> counter{0};
    temporary_ = path_.parent_path() / fmt::format(".{}.{}.{}.part", path_.filename().string(), ::getpid(), counter++);
    fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd_ < 0) throw cannot_write(path_, system_reason());
}

AtomicFile::~AtomicFile() {
    if (fd_ >= 0) ::close(fd_);
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(Bytes bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) continue;
            throw cannot_write(path_, system_reason());
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

void AtomicFile::commit() {
    if (::fsync(fd_) != 0 && errno != EINVAL && errno != EROFS) throw cannot_write(path_, system_reason());
    const int fd = std::exchange(fd_, -1);
    if (::close(fd) != 0) throw cannot_write(path_, system_reason());
    check_may_write(path_, overwrite_);  // somebody else may have made it meanwhile
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) throw cannot_write(path_, system_reason());
    temporary_.clear();
}

void write_file(const std::filesystem::path& path, Bytes bytes, Overwrite overwrite) {
    AtomicFile file(path, overwrite);
    file.write(bytes);
    file.commit();
}

void write_file(const std::filesystem::path& path, std::string_view text, Overwrite overwrite) {
    write_file(path, std::as_bytes(std::span(text)), overwrite);
}

}  // namespace afs
