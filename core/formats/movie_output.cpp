#include "core/formats/movie_output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

extern "C" {
#include <libavformat/avformat.h>
}

#include "core/base/error.h"

namespace afs {
namespace {

constexpr int kBuffer = 1 << 16;

// FFmpeg 7 promises not to change the bytes that it hands over; its older headers do not say so.
#if LIBAVFORMAT_VERSION_MAJOR >= 61
using WrittenByte = const std::uint8_t;
#else
using WrittenByte = std::uint8_t;
#endif

Error cannot_write(const std::filesystem::path& path, int reason) {
    return {ErrorKind::file, fmt::format("Could not write {}", path.string()), std::strerror(reason),
            "Check the folder and the free space."};
}

}  // namespace

struct MovieOutputCalls {
    static int write(void* self, WrittenByte* bytes, int size) {
        return static_cast<MovieOutput*>(self)->write(bytes, size);
    }
    static std::int64_t seek(void* self, std::int64_t offset, int whence) {
        return static_cast<MovieOutput*>(self)->seek(offset, whence);
    }
};

MovieOutput::MovieOutput(const std::filesystem::path& path, Overwrite overwrite) : path_(path) {
    if (path.has_parent_path()) {
        std::error_code failed;
        std::filesystem::create_directories(path.parent_path(), failed);
        if (failed) throw cannot_write(path, failed.value());
    }
    fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    made_ = fd_ >= 0;
    if (fd_ < 0 && errno == EEXIST) {
        check_may_write(path, overwrite);
        fd_ = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    }
    if (fd_ < 0) throw cannot_write(path, errno);
    auto* const buffer = static_cast<unsigned char*>(av_malloc(kBuffer));
    if (buffer != nullptr)
        context_ =
            avio_alloc_context(buffer, kBuffer, 1, this, nullptr, &MovieOutputCalls::write, &MovieOutputCalls::seek);
    if (context_ == nullptr) {
        av_free(buffer);
        remove_if_made();
        ::close(fd_);
        throw std::bad_alloc();
    }
}

MovieOutput::~MovieOutput() {
    av_freep(&context_->buffer);
    avio_context_free(&context_);
    ::close(fd_);
}

void MovieOutput::start() {
    if (::ftruncate(fd_, 0) != 0 && errno != EINVAL)  // a device has no length to set
        throw cannot_write(path_, errno);
}

void MovieOutput::mark_whole() { whole_ = end_; }

void MovieOutput::cut_to_whole() noexcept {
    shut_ = true;
    [[maybe_unused]] const int ignored = ::ftruncate(fd_, whole_);  // players skip half a fragment, too
}

void MovieOutput::remove_if_made() noexcept {
    shut_ = true;
    if (made_) ::unlink(path_.c_str());
}

int MovieOutput::sync() const { return ::fsync(fd_) == 0 || errno == EINVAL || errno == EROFS ? 0 : errno; }

int MovieOutput::write(const std::uint8_t* bytes, int size) {
    if (shut_) return size;
    if (failed_ != 0) return AVERROR(failed_);
    for (int done = 0; done < size;) {
        const ssize_t written = ::pwrite(fd_, bytes + done, static_cast<std::size_t>(size - done), position_);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            failed_ = errno;
            return AVERROR(failed_);
        }
        done += static_cast<int>(written);
        position_ += written;
        end_ = std::max(end_, position_);
    }
    return size;
}

std::int64_t MovieOutput::seek(std::int64_t offset, int whence) {
    if (whence == AVSEEK_SIZE) return end_;
    const int from = whence & ~AVSEEK_FORCE;
    const std::int64_t base = from == SEEK_SET ? 0 : from == SEEK_CUR ? position_ : end_;
    if (base + offset < 0) return AVERROR(EINVAL);
    return position_ = base + offset;
}

}  // namespace afs
