#include "app/gui/gl/direct_upload.h"

#include "core/base/log.h"

namespace afs::gui {

bool UploadChoice::write(unsigned buffer, const DevicePicture& picture) {
    if (!direct_) return false;
    const auto problem = direct_->write(buffer, picture);
    if (!problem) return true;
    log_once("Pictures reach the window by way of the host's memory, which takes a little longer: " + *problem);
    direct_->let_go_of(buffer);
    direct_.reset();
    return false;
}

void UploadChoice::let_go_of(unsigned buffer) {
    if (direct_) direct_->let_go_of(buffer);
}

}  // namespace afs::gui
