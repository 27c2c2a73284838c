#include "core/render/frame_picture.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "core/base/error.h"

namespace afs {

struct FramePicture::OnDevice {
    explicit OnDevice(DevicePicture p) : picture(std::move(p)) {}

    const DevicePicture picture;
    std::mutex mutex;  // of what follows
    std::shared_ptr<const Image> copy;
};

FramePicture::FramePicture(std::shared_ptr<const Image> image) : image_(std::move(image)) {}

FramePicture::FramePicture(DevicePicture on_device) {
    AFS_CHECK(on_device.read && on_device.width > 0 && on_device.height > 0);
    on_device_ = std::make_shared<OnDevice>(std::move(on_device));
}

int FramePicture::width() const { return on_device_ ? on_device_->picture.width : image_ ? image_->width : 0; }
int FramePicture::height() const { return on_device_ ? on_device_->picture.height : image_ ? image_->height : 0; }
int FramePicture::channels() const { return on_device_ ? 4 : image_ ? image_->channels : 0; }

const DevicePicture* FramePicture::on_device() const { return on_device_ ? &on_device_->picture : nullptr; }

bool FramePicture::on_host() const {
    if (!on_device_) return true;
    const std::lock_guard lock(on_device_->mutex);
    return on_device_->copy != nullptr;
}

std::array<std::uint8_t, 4> FramePicture::pixel(int x, int y) const {
    AFS_CHECK(x >= 0 && x < width() && y >= 0 && y < height());
    const std::size_t index =
        static_cast<std::size_t>(y) * static_cast<std::size_t>(width()) + static_cast<std::size_t>(x);
    std::array<std::uint8_t, 4> values{};
    if (on_host()) {
        const std::shared_ptr<const Image> image = host();
        const auto count = static_cast<std::size_t>(image->channels);
        std::copy_n(image->pixels.begin() + static_cast<std::ptrdiff_t>(index * count), count, values.begin());
    } else {
        on_device_->picture.read(index * values.size(), values.size(), values.data());
    }
    return values;
}

std::shared_ptr<const Image> FramePicture::host() const {
    if (!on_device_) return image_;
    const std::lock_guard lock(on_device_->mutex);
    if (!on_device_->copy) {
        const DevicePicture& from = on_device_->picture;
        Image image{from.width, from.height, 4, {}};
        image.pixels.resize(static_cast<std::size_t>(from.width) * static_cast<std::size_t>(from.height) * 4);
        from.read(0, image.pixels.size(), image.pixels.data());
        on_device_->copy = std::make_shared<const Image>(std::move(image));
    }
    return on_device_->copy;
}

}  // namespace afs
