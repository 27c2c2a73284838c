#include "core/formats/picture.h"

#include <fmt/format.h>
#include <png.h>
#include <turbojpeg.h>
#include <zlib.h>

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

std::vector<std::byte> encode_stored_png(const Image& image) {
    check_picture(image);
    const std::size_t row = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.channels);
    std::vector<std::uint8_t> rows;  // each after the number of its filter: none
    rows.reserve((row + 1) * static_cast<std::size_t>(image.height));
    for (std::size_t at = 0; at < image.pixels.size(); at += row) {
        rows.push_back(0);
        rows.insert(rows.end(), image.pixels.begin() + static_cast<std::ptrdiff_t>(at),
                    image.pixels.begin() + static_cast<std::ptrdiff_t>(at + row));
    }
    uLongf packed_size = compressBound(static_cast<uLong>(rows.size()));
    std::vector<std::uint8_t> packed(packed_size);
    if (compress2(packed.data(), &packed_size, rows.data(), static_cast<uLong>(rows.size()), Z_NO_COMPRESSION) != Z_OK)
        throw std::bad_alloc();
    packed.resize(packed_size);

    std::vector<std::uint8_t> png = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'}, head;
    const auto number = [](std::vector<std::uint8_t>& to, std::uint64_t value) {
        for (const int shift : {24, 16, 8, 0}) to.push_back(static_cast<std::uint8_t>(value >> shift));
    };
    const auto chunk = [&](std::string_view name, const auto& content) {
        number(png, content.size());
        const std::size_t begin = png.size();
        png.insert(png.end(), name.begin(), name.end());
        png.insert(png.end(), content.begin(), content.end());
        number(png, crc32_z(0, png.data() + begin, png.size() - begin));
    };
    number(head, static_cast<std::uint64_t>(image.width));
    number(head, static_cast<std::uint64_t>(image.height));
    for (const int value : {8, image.channels == 4 ? 6 : image.channels == 3 ? 2 : 0, 0, 0, 0})
        head.push_back(static_cast<std::uint8_t>(value));
    chunk("IHDR", head);
    chunk("IDAT", packed);
    chunk("IEND", std::string_view());
    const auto* first = reinterpret_cast<const std::byte*>(png.data());
    return {first, first + png.size()};
}

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

Image decode_picture(Bytes bytes, const std::string& tried, std::int64_t max_pixels, Damage damage) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (text.starts_with("\x89PNG")) {
        PngImage png;
        if (!png_image_begin_read_from_memory(&png.image, bytes.data(), bytes.size()))
            throw Error(ErrorKind::format, tried, fmt::format("its PNG is damaged ({})", png.image.message));
        check_size(png.image.width, png.image.height, max_pixels, tried);
        const bool alpha = png.image.format & PNG_FORMAT_FLAG_ALPHA, colour = png.image.format & PNG_FORMAT_FLAG_COLOR;
        // Else libpng takes 16-bit values for linear light, and they become too bright.
        png.image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
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
            (damage == Damage::refuse || tjGetErrorCode(handle.get()) == TJERR_FATAL))
            throw Error(ErrorKind::format, tried,
                        fmt::format("its JPEG is damaged ({})", tjGetErrorStr2(handle.get())));
        return image;
    }
    throw Error(ErrorKind::format, tried, "it is neither a PNG nor a JPEG picture");
}

PictureInfo read_picture_info(Bytes bytes, const std::string& tried) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    PictureInfo info;
    if (text.starts_with("\x89PNG")) {
        const auto number = [&](std::size_t at) {
            std::uint32_t value = 0;
            for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<std::uint8_t>(text[at + i]);
            return value;
        };
        constexpr std::size_t kHead = 33;  // signature and IHDR
        if (text.size() < kHead || text.substr(12, 4) != "IHDR")
            throw Error(ErrorKind::format, tried, "its PNG is cut short or damaged");
        constexpr std::uint32_t kMostSide = 0x7fffffff;
        if (number(16) > kMostSide || number(20) > kMostSide)
            throw Error(ErrorKind::format, tried, "its PNG is damaged");
        info.width = static_cast<int>(number(16));
        info.height = static_cast<int>(number(20));
        info.bits = static_cast<std::uint8_t>(text[24]);
        const auto colours = static_cast<std::uint8_t>(text[25]);
        info.gray = colours == 0 || colours == 4;
        info.palette = colours == 3;
        info.alpha = colours == 4 || colours == 6;
        // A transparent colour is named between the head and the pixels.
        for (std::size_t at = kHead; at + 12 <= text.size() && text.substr(at + 4, 4) != "IDAT";) {
            if (text.substr(at + 4, 4) == "tRNS") info.alpha = true;
            const std::uint32_t size = number(at);
            if (size > text.size() - at - 12) break;
            at += 12 + std::size_t{size};
        }
        return info;
    }
    if (text.starts_with("\xff\xd8")) {
        const JpegHandle handle(tjInitDecompress());
        if (!handle) throw std::bad_alloc();
        int subsampling = 0, colours = 0;
        if (tjDecompressHeader3(handle.get(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                                &info.width, &info.height, &subsampling, &colours) != 0)
            throw Error(ErrorKind::format, tried,
                        fmt::format("its JPEG is damaged ({})", tjGetErrorStr2(handle.get())));
        info.gray = colours == TJCS_GRAY;
        info.cmyk = colours == TJCS_CMYK || colours == TJCS_YCCK;
        return info;
    }
    throw Error(ErrorKind::format, tried, "it is neither a PNG nor a JPEG picture");
}

}  // namespace afs
