// The canvas's picture on the GPU. Lives and dies on the thread of the GL context.
#pragma once

#include <imgui.h>

#include "app/gui/gl/direct_upload.h"
#include "core/render/frame.h"

namespace afs::gui {

class ImageTexture {
  public:
    ImageTexture();
    ~ImageTexture();
    ImageTexture(const ImageTexture&) = delete;
    ImageTexture& operator=(const ImageTexture&) = delete;

    // Replaces the picture, through a pixel buffer so that the copy to the GPU does not hold up the frame. Where the
    // GPU that computed it has it, the buffer is filled from there if that can be done; the result says whether it was.
    // `minified` also makes the smaller levels that a strongly reduced view needs.
    bool upload(const FramePicture& picture, bool minified);
    [[nodiscard]] ImTextureID id() const { return texture_; }

    // A draw callback that turns blending off; ImGui's ResetRenderState turns it on again.
    static void draw_opaque(const ImDrawList*, const ImDrawCmd*);
    // A draw callback that samples the smaller levels; its user data is this object.
    static void sample_minified(const ImDrawList*, const ImDrawCmd* command);

  private:
    void allocate(int width, int height);
    void upload_from_host(const Image& image);
    [[nodiscard]] bool upload_directly(const DevicePicture& picture);
    void copy_from_buffer(unsigned buffer);

    UploadChoice choice_;
    unsigned texture_ = 0, sampler_ = 0, buffers_[2] = {};
    unsigned shared_buffer_ = 0;  // of the picture's size, shared with the GPU that computes; 0: none
    int width_ = 0, height_ = 0, next_buffer_ = 0;
};

}  // namespace afs::gui
