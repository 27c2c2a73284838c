// The colours of films: what our arithmetic makes of them, and what another decoder gets back.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "core/formats/movie_colours.h"
#include "core/formats/video.h"
#include "tests/support/movie.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

// Flat patches of the corners of the colour cube: a wrong matrix or range moves them by 8 and more.
TEST(MovieColours, SurviveHalfResolutionCodecs) {
    auto patches = std::make_shared<Image>(Image{128, 64, 3, {}});
    const auto colour = [](int x, int y) {
        const int cell = x / 32 + 4 * (y / 32);
        return std::array<std::uint8_t, 3>{static_cast<std::uint8_t>(cell & 1 ? 235 : 20),
                                           static_cast<std::uint8_t>(cell & 2 ? 235 : 20),
                                           static_cast<std::uint8_t>(cell & 4 ? 235 : 20)};
    };
    for (int y = 0; y < 64; ++y)
        for (int x = 0; x < 128; ++x) {
            const auto c = colour(x, y);
            patches->pixels.insert(patches->pixels.end(), c.begin(), c.end());
        }
    for (const FilmCodec codec : {FilmCodec::h264, FilmCodec::vp9}) {
        const auto available = available_film_codecs();
        if (std::ranges::find(available, codec) == available.end()) continue;
        const test::TemporaryFolder folder;
        FilmFormat format;
        format.codec = codec;
        format.width = 128;
        format.height = 64;
        format.crf = 8;
        FilmWriter writer(folder / ("film" + film_ending(codec)), format, Overwrite::no);
        for (int i = 0; i < 4; ++i) writer.add(patches);
        writer.finish();
        const test::Movie movie = test::play(folder / ("film" + film_ending(codec)));
        ASSERT_EQ(movie.frames.size(), 4u);
        for (int y = 16; y < 64; y += 32)
            for (int x = 16; x < 128; x += 32)
                for (std::size_t c = 0; c < 3; ++c)
                    EXPECT_NEAR(movie.frames[2].pixels[static_cast<std::size_t>(y * 128 + x) * 3 + c], colour(x, y)[c],
                                3)
                        << film_codec_name(codec) << " at " << x << "," << y;
    }
}

TEST(MovieColours, AreRoundedFromTheDefinition) {
    std::mt19937 random(3);
    Image image{16, 16, 3, {}};
    for (int i = 0; i < 16 * 16 * 3; ++i) image.pixels.push_back(static_cast<std::uint8_t>(random()));
    std::array<std::uint8_t, 256> y{};
    std::array<std::uint8_t, 64> u{}, v{};
    to_yuv420(image, {y.data(), 16}, {u.data(), 8}, {v.data(), 8});
    const auto at = [&](int x, int row, int c) {
        return static_cast<double>(image.pixels[static_cast<std::size_t>((row * 16 + std::max(x, 0)) * 3 + c)]);
    };
    const auto luma = [](double r, double g, double b) { return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    for (int row = 0; row < 16; ++row)
        for (int x = 0; x < 16; ++x)
            EXPECT_NEAR(y[static_cast<std::size_t>(row * 16 + x)],
                        16 + luma(at(x, row, 0), at(x, row, 1), at(x, row, 2)) * 219 / 255, 0.51);
    for (int row = 0; row < 16; row += 2)
        for (int x = 0; x < 16; x += 2) {
            std::array<double, 3> mean{};
            for (int c = 0; c < 3; ++c)
                for (int r = row; r < row + 2; ++r)
                    mean[static_cast<std::size_t>(c)] += (at(x - 1, r, c) + 2 * at(x, r, c) + at(x + 1, r, c)) / 8;
            const double grey = luma(mean[0], mean[1], mean[2]);
            const auto i = static_cast<std::size_t>(row / 2 * 8 + x / 2);
            EXPECT_NEAR(u[i], 128 + (mean[2] - grey) / 1.8556 * 224 / 255, 0.51);
            EXPECT_NEAR(v[i], 128 + (mean[0] - grey) / 1.5748 * 224 / 255, 0.51);
        }
    // Gray has no colour; black and white are the ends of the range.
    for (const int level : {0, 1, 128, 254, 255}) {
        const Image grey{2, 2, 4, std::vector<std::uint8_t>(16, static_cast<std::uint8_t>(level))};
        to_yuv420(grey, {y.data(), 2}, {u.data(), 1}, {v.data(), 1});
        EXPECT_EQ(y[3], std::lround(16 + level * 219.0 / 255));
        EXPECT_EQ(u[0], 128);
        EXPECT_EQ(v[0], 128);
    }
}

}  // namespace
}  // namespace afs
