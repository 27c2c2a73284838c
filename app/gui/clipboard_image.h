// A picture in the clipboard of the X server, as image/png. GLFW only knows text. The picture is served to other
// programs by a thread with its own connection, for as long as this object lives and no other program copies something.
#pragma once

#include <cstddef>
#include <thread>
#include <vector>

namespace afs::gui {

class ClipboardImage {
  public:
    ClipboardImage() = default;
    ~ClipboardImage();
    ClipboardImage(const ClipboardImage&) = delete;
    ClipboardImage& operator=(const ClipboardImage&) = delete;

    // Replaces what was offered before. Throws Error{device} where there is no X server.
    void offer(std::vector<std::byte> png);

  private:
    void withdraw();

    int stop_pipe_[2] = {-1, -1};
    std::jthread server_;
};

}  // namespace afs::gui
