#include "core/formats/movie_colours.h"

#include <array>
#include <vector>

namespace afs {
namespace {

constexpr double kRed = 0.2126, kBlue = 0.0722, kGreen = 1.0 - kRed - kBlue;  // BT.709
constexpr int kBits = 16;                                                     // after the point
constexpr double kOne = 1 << kBits;

constexpr int rounded(double x) { return static_cast<int>(x < 0 ? x - 0.5 : x + 0.5); }

struct Weights {
    int red, green, blue;
};
// Each row's sum is exact, so that gray stays gray and white is 235.
constexpr Weights weights(double red, double blue, double sum) {
    const int r = rounded(red * kOne), b = rounded(blue * kOne);
    return {r, rounded(sum * kOne) - r - b, b};
}
constexpr double kLuma = 219.0 / 255.0, kChroma = 224.0 / 255.0;
constexpr Weights kY = weights(kRed * kLuma, kBlue* kLuma, kLuma);
constexpr Weights kU = weights(-kRed / (2 * (1 - kBlue)) * kChroma, 0.5 * kChroma, 0.0);
constexpr Weights kV = weights(0.5 * kChroma, -kBlue / (2 * (1 - kRed)) * kChroma, 0.0);

constexpr int kHalf = 1 << (kBits - 1);
constexpr int kEighths = 3;  // a colour is made of eight samples

// The sums of two rows, colour by colour.
struct RowPair {
    explicit RowPair(std::size_t width) : red(width), green(width), blue(width) {}
    std::vector<int> red, green, blue;
};

template <int channels> void luma_row(const std::uint8_t* in, std::uint8_t* y, std::size_t width) {
    for (std::size_t x = 0; x < width; ++x, in += channels)
        y[x] = static_cast<std::uint8_t>(
            (kY.red * in[0] + kY.green * in[1] + kY.blue * in[2] + (16 << kBits) + kHalf) >> kBits);
}

template <int channels>
void add_rows(const std::uint8_t* upper, const std::uint8_t* lower, RowPair& sums, std::size_t width) {
    for (std::size_t x = 0; x < width; ++x, upper += channels, lower += channels) {
        sums.red[x] = upper[0] + lower[0];
        sums.green[x] = upper[1] + lower[1];
        sums.blue[x] = upper[2] + lower[2];
    }
}

void chroma_row(const RowPair& sums, std::uint8_t* u, std::uint8_t* v, std::size_t width) {
    const auto eighths = [](const std::vector<int>& row, std::size_t x) {
        return row[x == 0 ? 0 : x - 1] + 2 * row[x] + row[x + 1];
    };
    const auto rounded_part = [](const Weights& w, int red, int green, int blue) {
        return static_cast<std::uint8_t>(
            (w.red * red + w.green * green + w.blue * blue + (128 << (kBits + kEighths)) + (kHalf << kEighths)) >>
            (kBits + kEighths));
    };
    for (std::size_t x = 0; x < width; x += 2) {
        const int red = eighths(sums.red, x), green = eighths(sums.green, x), blue = eighths(sums.blue, x);
        u[x / 2] = rounded_part(kU, red, green, blue);
        v[x / 2] = rounded_part(kV, red, green, blue);
    }
}

template <int channels> void convert(const Image& image, Plane y, Plane u, Plane v) {
    const auto width = static_cast<std::size_t>(image.width);
    RowPair sums(width);
    const std::uint8_t* upper = image.pixels.data();
    for (std::ptrdiff_t row = 0; row < image.height; row += 2, upper += 2 * channels * width) {
        const std::uint8_t* const lower = upper + channels * width;
        luma_row<channels>(upper, y.first + row * y.stride, width);
        luma_row<channels>(lower, y.first + (row + 1) * y.stride, width);
        add_rows<channels>(upper, lower, sums, width);
        chroma_row(sums, u.first + row / 2 * u.stride, v.first + row / 2 * v.stride, width);
    }
}

}  // namespace

void to_yuv420(const Image& image, Plane y, Plane u, Plane v) {
    if (image.channels == 4)
        convert<4>(image, y, u, v);
    else
        convert<3>(image, y, u, v);
}

void to_bgr0(const Image& image, Plane bgr0) {
    const std::uint8_t* in = image.pixels.data();
    for (std::ptrdiff_t row = 0; row < image.height; ++row) {
        std::uint8_t* out = bgr0.first + row * bgr0.stride;
        for (int x = 0; x < image.width; ++x, in += image.channels, out += 4) {
            out[0] = in[2];
            out[1] = in[1];
            out[2] = in[0];
            out[3] = 0;
        }
    }
}

}  // namespace afs
