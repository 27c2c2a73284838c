#include "core/formats/picture.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>

#include "core/base/error.h"

namespace afs {
namespace {

Image gradient(int width, int height, int channels) {
    Image image{width, height, channels, {}};
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            for (int c = 0; c < channels; ++c)
                image.pixels.push_back(static_cast<std::uint8_t>(c == 0   ? x * 255 / width
                                                                 : c == 1 ? y * 255 / height
                                                                          : 200));
    return image;
}

TEST(Png, KeepsEveryBit) {
    for (const int channels : {1, 3, 4}) {
        const Image image = gradient(37, 21, channels);
        EXPECT_EQ(decode_picture(encode_png(image), "x"), image) << channels;
    }
}

TEST(Jpeg, StaysCloseAndDropsAlpha) {
    const Image back = decode_picture(encode_jpeg(gradient(64, 64, 4)), "x");
    const Image expect = gradient(64, 64, 3);
    ASSERT_EQ(back.channels, 3);
    for (std::size_t i = 0; i < expect.pixels.size(); ++i)
        EXPECT_LE(std::abs(back.pixels[i] - expect.pixels[i]), 6);  // quality 95 of a smooth picture
    EXPECT_EQ(decode_picture(encode_jpeg(gradient(8, 8, 1)), "x").channels, 1);
}

TEST(DecodePicture, RefusesDamageAndSizesBeforeAllocating) {
    const auto png = encode_png(gradient(64, 64, 3));
    EXPECT_THROW((void)decode_picture(png, "x", 64 * 63), Error);
    const auto jpeg = encode_jpeg(gradient(64, 64, 3));
    EXPECT_THROW((void)decode_picture(jpeg, "x", 64 * 63), Error);
    // The last bytes are a check sum and an end mark without which the picture is still whole.
    for (std::size_t size = 0; size < png.size() / 2; size += 7)
        EXPECT_THROW((void)decode_picture(Bytes(png).first(size), "x"), Error) << size;
    EXPECT_THROW((void)decode_picture(std::as_bytes(std::span(std::string_view("GIF89a"))), "x"), Error);
}

TEST(EncodePng, RefusesAPictureThatIsNone) {
    EXPECT_THROW((void)encode_png({0, 4, 3, {}}), Error);
    EXPECT_THROW((void)encode_png({2, 2, 3, {1, 2, 3}}), Error);
}

}  // namespace
}  // namespace afs
