// The file beneath a film: libavformat writes through it, so that an error keeps its reason and the file can be cut
// back to where it last was whole. One thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "core/base/file.h"

struct AVIOContext;

namespace afs {

class MovieOutput {
  public:
    // Opens, and makes missing folders; an existing file keeps its bytes until start(). Throws Error{file}.
    MovieOutput(const std::filesystem::path& path, Overwrite overwrite);
    ~MovieOutput();
    MovieOutput(const MovieOutput&) = delete;
    MovieOutput& operator=(const MovieOutput&) = delete;

    void start();  // empties the file
    [[nodiscard]] AVIOContext* context() const { return context_; }

    // The errno of the first write that failed; 0 while all went well.
    [[nodiscard]] int failed() const { return failed_; }

    void mark_whole();  // all that was written so far plays
    [[nodiscard]] std::int64_t whole_bytes() const { return whole_; }
    void cut_to_whole() noexcept;    // drops what came after; nothing is written from now on
    void remove_if_made() noexcept;  // the file, if opening made it
    [[nodiscard]] int sync() const;  // to the disk; 0 or an errno

  private:
    int write(const std::uint8_t* bytes, int size);
    std::int64_t seek(std::int64_t offset, int whence);
    friend struct MovieOutputCalls;

    std::filesystem::path path_;
    AVIOContext* context_ = nullptr;
    int fd_ = -1;
    bool made_ = false, shut_ = false;
    int failed_ = 0;
    std::int64_t position_ = 0, end_ = 0, whole_ = 0;
};

}  // namespace afs
