// A frame's picture: made on the host, or left in the memory of the GPU that made it and brought to the host when
// somebody asks for its pixels. A window that copies it from there into its texture never does. Torch-free: panels
// include it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "core/formats/picture.h"

namespace afs {

// A picture in the memory of the GPU that computed it, complete.
struct DevicePicture {
    int device = 0;  // CUDA's number
    int width = 0, height = 0;
    const void* rgba = nullptr;  // [height, width, 4] bytes
    std::shared_ptr<const void> owner;
    // Copies `bytes` of rgba from `first` on to `to` on the host; any thread. It waits for this copy alone, not for
    // what the device computes meanwhile. Throws Error{device}.
    std::function<void(std::size_t first, std::size_t bytes, std::uint8_t* to)> read;
};

// Works like a pointer to the picture on the host; may be null. Copies share the picture. Any thread.
class FramePicture {
  public:
    FramePicture() = default;
    FramePicture(std::shared_ptr<const Image> image);  // null or with pixels; implicit: it is the same picture
    explicit FramePicture(DevicePicture on_device);

    // Without asking for pixels.
    [[nodiscard]] explicit operator bool() const { return image_ || on_device_; }
    [[nodiscard]] int width() const;
    [[nodiscard]] int height() const;
    [[nodiscard]] int channels() const;
    [[nodiscard]] const DevicePicture* on_device() const;  // null: made on the host
    [[nodiscard]] bool on_host() const;                    // whether asking for the picture copies nothing
    // The same picture, not another one with equal pixels.
    friend bool operator==(const FramePicture&, const FramePicture&) = default;

    // [channels], the first ones of four: of a picture that is not on the host only this pixel is copied.
    [[nodiscard]] std::array<std::uint8_t, 4> pixel(int x, int y) const;
    // The whole picture, copied when it is asked for first. Throws Error{device}.
    [[nodiscard]] std::shared_ptr<const Image> host() const;
    [[nodiscard]] const Image* get() const { return *this ? host().get() : nullptr; }
    const Image& operator*() const { return *get(); }
    const Image* operator->() const { return get(); }

  private:
    struct OnDevice;
    std::shared_ptr<const Image> image_;   // where it was made on the host
    std::shared_ptr<OnDevice> on_device_;  // else
};

}  // namespace afs
