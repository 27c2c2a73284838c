#include "core/formats/picture.h"

#include <fmt/format.h>
#include <png.h>
#include <turbojpeg.h>

#include <memory>
#include <string_view>

#include "core/base/error.h"
#include "core/formats/quick_png.h"

namespace afs {
namespace {

// libpng's simplified interface reports errors as values: no longjmp across C++ objects.
struct PngImage {
    png_image image{};
    PngImage() { image.version = PNG_IMAGE_VERSION; }
    ~PngImage() { png_image_free(&image); }
    PngImage(const PngImage&) = delete;
    PngImage& operator=(const PngImage&) = delete;
};

struct JpegDestroy {
    void operator()(void* handle) const { tjDestroy(handle); }
};
using JpegHandle = std::unique_ptr<void, JpegDestroy>;

void check_picture(const Image& image) {
    if (image.width <= 0 || image.height <= 0 || (image.channels != 1 && image.channels != 3 && image.channels != 4) ||
        image.pixels.size() != static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) *
                                   static_cast<std::size_t>(image.channels))
        throw Error(ErrorKind::argument, "Could not encode a picture",
                    fmt::format("{} x {} with {} channels and {} bytes is not one", image.width, image.height,
                                image.channels, image.pixels.size()));
}

void check_size(std::int64_t width, std::int64_t height, std::int64_t max_pixels, const std::string& tried) {
    if (width <= 0 || height <= 0 || width > max_pixels / height)
        throw Error(ErrorKind::format, tried,
                    fmt::format("it claims {} x {} pixels; at most {} are read", width, height, max_pixels));
}

std::vector<std::byte> encode_png_with(const Image& image, png_uint_32 flags) {
    check_picture(image);
    PngImage png;
    png.image.flags = flags;
    png.image.width = static_cast<png_uint_32>(image.width);
    png.image.height = static_cast<png_uint_32>(image.height);
    png.image.format = image.channels == 4 ? PNG_FORMAT_RGBA : image.channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(png.image);
    std::vector<std::byte> bytes(size);
    if (!png_image_write_to_memory(&png.image, bytes.data(), &size, 0, image.pixels.data(), 0, nullptr))
        throw Error(ErrorKind::argument, "Could not encode a picture", png.image.message);
    bytes.resize(size);
    return bytes;
}

}  // namespace

std::vector<std::byte> encode_png(const Image& image) { return encode_png_with(image, 0); }
std::vector<std::byte> encode_png_quickly(const Image& image) { return encode_png_with(image, PNG_IMAGE_FLAG_FAST); }

std::vector<std::byte> encode_jpeg(const Image& image, int quality) {
    check_picture(image);
    const JpegHandle handle(tjInitCompress());
    if (!handle) throw std::bad_alloc();
    const int format = image.channels == 4 ? TJPF_RGBA : image.channels == 3 ? TJPF_RGB : TJPF_GRAY;
    unsigned char* buffer = nullptr;
    unsigned long size = 0;
    const int status = tjCompress2(handle.get(), image.pixels.data(), image.width, 0, image.height, format, &buffer,
                                   &size, image.channels == 1 ? TJSAMP_GRAY : TJSAMP_444, quality, TJFLAG_ACCURATEDCT);
    const std::unique_ptr<unsigned char, decltype(&tjFree)> owned(buffer, tjFree);
    if (status != 0) throw Error(ErrorKind::argument, "Could not encode a picture", tjGetErrorStr2(handle.get()));
    const auto* first = reinterpret_cast<const std::byte*>(buffer);
    return {first, first + size};
}

Image decode_picture(Bytes bytes, const std::string& tried, std::int64_t max_pixels) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (text.starts_with("\x89PNG")) {
        PngImage png;
        if (!png_image_begin_read_from_memory(&png.image, bytes.data(), bytes.size()))
            throw Error(ErrorKind::format, tried, fmt::format("its PNG is damaged ({})", png.image.message));
        check_size(png.image.width, png.image.height, max_pixels, tried);
        const bool alpha = png.image.format & PNG_FORMAT_FLAG_ALPHA, colour = png.image.format & PNG_FORMAT_FLAG_COLOR;
        png.image.format = alpha ? PNG_FORMAT_RGBA : colour ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
        Image image{static_cast<int>(png.image.width),
                    static_cast<int>(png.image.height),
                    alpha    ? 4
                    : colour ? 3
                             : 1,
                    {}};
        image.pixels.resize(PNG_IMAGE_SIZE(png.image));
        if (!png_image_finish_read(&png.image, nullptr, image.pixels.data(), 0, nullptr))
            throw Error(ErrorKind::format, tried, fmt::format("its PNG is damaged ({})", png.image.message));
        return image;
    }
    if (text.starts_with("\xff\xd8")) {
        const JpegHandle handle(tjInitDecompress());
        if (!handle) throw std::bad_alloc();
        const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
        int width = 0, height = 0, subsampling = 0, colours = 0;
        if (tjDecompressHeader3(handle.get(), data, bytes.size(), &width, &height, &subsampling, &colours) != 0)
            throw Error(ErrorKind::format, tried,
                        fmt::format("its JPEG is damaged ({})", tjGetErrorStr2(handle.get())));
        check_size(width, height, max_pixels, tried);
        if (colours == TJCS_CMYK || colours == TJCS_YCCK)
            throw Error(ErrorKind::format, tried, "it is a CMYK JPEG", "Convert it to RGB first.");
        Image image{width, height, colours == TJCS_GRAY ? 1 : 3, {}};
        image.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                            static_cast<std::size_t>(image.channels));
        if (tjDecompress2(handle.get(), data, bytes.size(), image.pixels.data(), width, 0, height,
                          image.channels == 1 ? TJPF_GRAY : TJPF_RGB, TJFLAG_ACCURATEDCT) != 0 &&
            tjGetErrorCode(handle.get()) == TJERR_FATAL)
            throw Error(ErrorKind::format, tried,
                        fmt::format("its JPEG is damaged ({})", tjGetErrorStr2(handle.get())));
        return image;
    }
    throw Error(ErrorKind::format, tried, "it is neither a PNG nor a JPEG picture");
}

}  // namespace afs
