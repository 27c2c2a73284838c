#include "core/data/fixed_point_resize.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/base/error.h"

namespace afs {
namespace {

constexpr double kLobes = 3.0;
constexpr int kFractionBits = 22;  // sums of 255 times all weights stay inside 32 bits

double sinc(double x) {
    const double px = std::numbers::pi * x;
    return x == 0.0 ? 1.0 : std::sin(px) / px;
}

double lanczos(double x) { return x >= -kLobes && x < kLobes ? sinc(x) * sinc(x / kLobes) : 0.0; }

// What one sample of the result is made of.
struct Taps {
    int first = 0;
    std::vector<std::int32_t> weights;
};

std::vector<Taps> taps_of(int from, int to) {
    const double scale = static_cast<double>(from) / to, widened = std::max(scale, 1.0), support = kLobes * widened;
    std::vector<Taps> all(static_cast<std::size_t>(to));
    for (int i = 0; i < to; ++i) {
        const double centre = (i + 0.5) * scale;
        const int first = static_cast<int>(std::max(centre - support + 0.5, 0.0));
        const int end = std::min(static_cast<int>(centre + support + 0.5), from);
        std::vector<double> weights;
        double sum = 0.0;
        for (int k = first; k < end; ++k) {
            weights.push_back(lanczos((k - centre + 0.5) / widened));
            sum += weights.back();
        }
        Taps& taps = all[static_cast<std::size_t>(i)];
        taps.first = first;
        for (const double weight : weights)
            taps.weights.push_back(static_cast<std::int32_t>(std::lround(weight / sum * (1 << kFractionBits))));
    }
    return all;
}

constexpr std::int32_t kHalf = std::int32_t{1} << (kFractionBits - 1);

std::uint8_t rounded(std::int32_t sum) { return static_cast<std::uint8_t>(std::clamp(sum >> kFractionBits, 0, 255)); }

Image resize_rows(const Image& image, int width) {
    Image out{width, image.height, image.channels, {}};
    const auto channels = static_cast<std::size_t>(image.channels);
    const std::size_t in_row = static_cast<std::size_t>(image.width) * channels;
    out.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(image.height) * channels);
    const auto taps = taps_of(image.width, width);
    std::uint8_t* to = out.pixels.data();
    for (std::size_t y = 0; y < static_cast<std::size_t>(image.height); ++y) {
        const std::uint8_t* const row = image.pixels.data() + y * in_row;
        for (const Taps& tap : taps)
            for (std::size_t c = 0; c < channels; ++c) {
                const std::uint8_t* at = row + static_cast<std::size_t>(tap.first) * channels + c;
                std::int32_t sum = kHalf;
                for (const std::int32_t weight : tap.weights) {
                    sum += weight * *at;
                    at += channels;
                }
                *to++ = rounded(sum);
            }
    }
    return out;
}

Image resize_columns(const Image& image, int height) {
    Image out{image.width, height, image.channels, {}};
    const std::size_t row = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.channels);
    out.pixels.resize(row * static_cast<std::size_t>(height));
    std::vector<std::int32_t> sums(row);
    std::uint8_t* to = out.pixels.data();
    for (const Taps& tap : taps_of(image.height, height)) {
        std::fill(sums.begin(), sums.end(), kHalf);
        const std::uint8_t* from = image.pixels.data() + static_cast<std::size_t>(tap.first) * row;
        for (const std::int32_t weight : tap.weights) {
            for (std::size_t i = 0; i < row; ++i) sums[i] += weight * from[i];
            from += row;
        }
        for (const std::int32_t sum : sums) *to++ = rounded(sum);
    }
    return out;
}

}  // namespace

Image resize_fixed_point(const Image& image, int width, int height) {
    if (image.width < 1 || image.height < 1 || width < 1 || height < 1)
        throw Error(ErrorKind::argument, "Could not resize a picture",
                    fmt::format("{} x {} to {} x {} is no size", image.width, image.height, width, height));
    Image resized = image.width == width ? image : resize_rows(image, width);
    return resized.height == height ? resized : resize_columns(resized, height);
}

}  // namespace afs
