// Pins resizing: what is flat stays flat, smooth pictures keep their values, fine ones do not fold back.
#include "core/formats/resize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "core/base/error.h"

namespace afs {
namespace {

Image paint(int width, int height, int channels, auto value) {
    Image image{.width = width, .height = height, .channels = channels, .pixels = {}};
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            for (int c = 0; c < channels; ++c)
                image.pixels.push_back(static_cast<std::uint8_t>(std::lround(value(x, y, c))));
    return image;
}

TEST(Resize, FlatPicturesStayFlat) {
    for (const int channels : {1, 3, 4}) {
        const auto flat = [](int, int, int c) { return 40 + 60 * c; };
        for (const auto& [w, h] : {std::pair(1, 1), {7, 31}, {64, 5}, {200, 200}})
            EXPECT_EQ(resize_picture(paint(23, 17, channels, flat), w, h), paint(w, h, channels, flat))
                << w << " x " << h;
    }
}

// 16 samples a period: a sine is the same sine at any size, but for the taps' ripple and the edges.
TEST(Resize, ASineKeepsItsValuesAtEverySize) {
    const auto sine = [](double period) {
        return [period](int x, int, int) { return 127.5 + 100 * std::sin(2 * std::numbers::pi * (x + 0.5) / period); };
    };
    const Image from = paint(96, 3, 1, sine(16));
    for (const double factor : {0.5, 1.5, 2.0, 4.0}) {
        const int width = static_cast<int>(96 * factor);
        const Image to = resize_picture(from, width, 3), expected = paint(width, 3, 1, sine(16 * factor));
        for (int x = width / 8; x < width * 7 / 8; ++x)
            EXPECT_NEAR(to.pixels[static_cast<std::size_t>(x)], expected.pixels[static_cast<std::size_t>(x)], 3)
                << factor << " " << x;
    }
}

TEST(Resize, WhatIsTooFineBecomesItsMean) {
    const Image board = paint(64, 64, 3, [](int x, int y, int) { return (x + y) % 2 * 255; });
    const Image small = resize_picture(board, 16, 16);
    for (int y = 2; y < 14; ++y)
        for (int x = 2; x < 14; ++x) EXPECT_NEAR(small.pixels[static_cast<std::size_t>((y * 16 + x) * 3)], 127.5, 3);
}

TEST(Resize, FittingKeepsTheShapeInTheMiddleOfBlack) {
    const Image wide = paint(20, 10, 3, [](int, int, int) { return 200; });
    const Image fitted = fit_picture(wide, 40, 40);
    EXPECT_EQ(fitted.width, 40);
    EXPECT_EQ(fitted.height, 40);
    for (int y = 0; y < 40; ++y)
        EXPECT_EQ(fitted.pixels[static_cast<std::size_t>(y * 40 + 20) * 3], y >= 10 && y < 30 ? 200 : 0) << y;
    // One pixel more for a codec's even size: not resized.
    const Image odd = paint(5, 5, 3, [](int x, int y, int c) { return 40 * x + 7 * y + c; });
    const Image even = fit_picture(odd, 6, 6);
    for (int y = 0; y < 5; ++y)
        for (int x = 0; x < 5; ++x)
            EXPECT_EQ(even.pixels[static_cast<std::size_t>(y * 6 + x) * 3],
                      odd.pixels[static_cast<std::size_t>(y * 5 + x) * 3]);
}

TEST(Resize, EmptySizesAreRefused) {
    EXPECT_THROW((void)resize_picture(Image{}, 4, 4), Error);
    EXPECT_THROW((void)resize_picture(paint(2, 2, 1, [](int, int, int) { return 0; }), 0, 4), Error);
}

}  // namespace
}  // namespace afs
