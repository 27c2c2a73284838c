// Pictures from the memory of the GPU that computed them into a buffer of OpenGL, without the host between; and the
// choice between that and the host's way. No GL here: tests bring a fake.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/render/frame.h"

namespace afs::gui {

// Lives and dies on the thread of the GL context.
class DirectUpload {
  public:
    virtual ~DirectUpload() = default;
    // Copies the picture into `buffer`, a GL buffer of at least its bytes, before it returns. Nothing when that was
    // done, else why not.
    [[nodiscard]] virtual std::optional<std::string> write(unsigned buffer, const DevicePicture& picture) = 0;
    // Before `buffer` is deleted or gets another size.
    virtual void let_go_of(unsigned buffer) = 0;
};

// By CUDA's interoperation with OpenGL; null in a program without CUDA.
[[nodiscard]] std::unique_ptr<DirectUpload> make_cuda_upload();

// Straight where the picture is on a device and that works. Where it does not (another GPU draws the window, a driver
// cannot do it), that is said once and pictures take the host's way from then on.
class UploadChoice {
  public:
    explicit UploadChoice(std::unique_ptr<DirectUpload> direct) : direct_(std::move(direct)) {}

    // Whether write() is worth a buffer for this picture.
    [[nodiscard]] bool offers(const FramePicture& picture) const { return direct_ && picture.on_device() != nullptr; }
    // False: take the host's way.
    [[nodiscard]] bool write(unsigned buffer, const DevicePicture& picture);
    void let_go_of(unsigned buffer);

  private:
    std::unique_ptr<DirectUpload> direct_;
};

}  // namespace afs::gui
