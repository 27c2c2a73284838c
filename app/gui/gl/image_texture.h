// The canvas's picture on the GPU. Lives and dies on the thread of the GL context.
#pragma once

#include <imgui.h>

#include "core/render/frame.h"

namespace afs::gui {

class ImageTexture {
  public:
    ImageTexture();
    ~ImageTexture();
    ImageTexture(const ImageTexture&) = delete;
    ImageTexture& operator=(const ImageTexture&) = delete;

    // Replaces the picture, through a pixel buffer so that the copy to the GPU does not hold up the frame. `minified`
    // also makes the smaller levels that a strongly reduced view needs.
    void upload(const Image& image, bool minified);
    [[nodiscard]] ImTextureID id() const { return texture_; }

    // A draw callback that turns blending off; ImGui's ResetRenderState turns it on again.
    static void draw_opaque(const ImDrawList*, const ImDrawCmd*);
    // A draw callback that samples the smaller levels; its user data is this object.
    static void sample_minified(const ImDrawList*, const ImDrawCmd* command);

  private:
    void allocate(int width, int height);

    unsigned texture_ = 0, sampler_ = 0, buffers_[2] = {};
    int width_ = 0, height_ = 0, next_buffer_ = 0;
};

}  // namespace afs::gui
