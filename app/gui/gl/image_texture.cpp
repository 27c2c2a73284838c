#include "app/gui/gl/image_texture.h"

#include <glad/gl.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/base/error.h"

namespace afs::gui {

ImageTexture::ImageTexture() : choice_(make_cuda_upload()) {
    glCreateBuffers(2, buffers_);
    glCreateSamplers(1, &sampler_);
    glSamplerParameteri(sampler_, GL_TEXTURE_MIN_FILTER, GL_LINEAR_MIPMAP_LINEAR);
    glSamplerParameteri(sampler_, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
    glSamplerParameteri(sampler_, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
    glSamplerParameteri(sampler_, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
}

ImageTexture::~ImageTexture() {
    choice_.let_go_of(shared_buffer_);
    glDeleteBuffers(1, &shared_buffer_);
    glDeleteTextures(1, &texture_);
    glDeleteSamplers(1, &sampler_);
    glDeleteBuffers(2, buffers_);
}

void ImageTexture::allocate(int width, int height) {
    if (width == width_ && height == height_ && texture_) return;
    choice_.let_go_of(shared_buffer_);
    glDeleteBuffers(1, &shared_buffer_);
    shared_buffer_ = 0;
    glDeleteTextures(1, &texture_);
    glCreateTextures(GL_TEXTURE_2D, 1, &texture_);
    const int levels = std::bit_width(static_cast<unsigned>(std::max(width, height)));
    glTextureStorage2D(texture_, levels, GL_RGBA8, width, height);
    width_ = width;
    height_ = height;
}

bool ImageTexture::upload(const FramePicture& picture, bool minified) {
    AFS_CHECK(picture.channels() == 4 && picture.width() > 0 && picture.height() > 0);
    allocate(picture.width(), picture.height());
    const bool direct = choice_.offers(picture) && upload_directly(*picture.on_device());
    if (!direct) upload_from_host(*picture);
    if (minified) glGenerateTextureMipmap(texture_);
    return direct;
}

bool ImageTexture::upload_directly(const DevicePicture& picture) {
    if (!shared_buffer_) {
        glCreateBuffers(1, &shared_buffer_);
        glNamedBufferData(shared_buffer_, static_cast<GLsizeiptr>(width_) * height_ * 4, nullptr, GL_STREAM_DRAW);
    }
    if (!choice_.write(shared_buffer_, picture)) return false;
    copy_from_buffer(shared_buffer_);
    return true;
}

void ImageTexture::upload_from_host(const Image& image) {
    const std::size_t bytes = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 4;
    AFS_CHECK(image.pixels.size() == bytes);
    // Two buffers take turns, and each is orphaned first: writing one never waits for the GPU to have read it.
    const unsigned buffer = buffers_[next_buffer_];
    next_buffer_ = 1 - next_buffer_;
    glNamedBufferData(buffer, static_cast<GLsizeiptr>(bytes), nullptr, GL_STREAM_DRAW);
    void* mapped = glMapNamedBufferRange(buffer, 0, static_cast<GLsizeiptr>(bytes),
                                         GL_MAP_WRITE_BIT | GL_MAP_INVALIDATE_BUFFER_BIT);
    if (mapped) {
        std::memcpy(mapped, image.pixels.data(), bytes);
        glUnmapNamedBuffer(buffer);
        copy_from_buffer(buffer);
    } else {
        glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
        glPixelStorei(GL_UNPACK_ROW_LENGTH, 0);
        glTextureSubImage2D(texture_, 0, 0, 0, image.width, image.height, GL_RGBA, GL_UNSIGNED_BYTE,
                            image.pixels.data());
    }
}

void ImageTexture::copy_from_buffer(unsigned buffer) {
    glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
    glPixelStorei(GL_UNPACK_ROW_LENGTH, 0);
    glBindBuffer(GL_PIXEL_UNPACK_BUFFER, buffer);
    glTextureSubImage2D(texture_, 0, 0, 0, width_, height_, GL_RGBA, GL_UNSIGNED_BYTE, nullptr);
    glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
}

void ImageTexture::draw_opaque(const ImDrawList*, const ImDrawCmd*) { glDisable(GL_BLEND); }

void ImageTexture::sample_minified(const ImDrawList*, const ImDrawCmd* command) {
    glBindSampler(0, static_cast<const ImageTexture*>(command->UserCallbackData)->sampler_);
}

}  // namespace afs::gui
