#include "core/formats/resize.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/base/error.h"

namespace afs {
namespace {

constexpr double kLobes = 3.0;

double lanczos(double x) {
    if (std::abs(x) >= kLobes) return 0.0;
    if (x == 0.0) return 1.0;
    const double px = std::numbers::pi * x;
    return kLobes * std::sin(px) * std::sin(px / kLobes) / (px * px);
}

// What one sample of the result is made of.
struct Taps {
    int first = 0;
    std::vector<float> weights;
};

std::vector<Taps> taps_of(int from, int to) {
    const double step = static_cast<double>(from) / to, width = std::max(step, 1.0);
    std::vector<Taps> all(static_cast<std::size_t>(to));
    for (int i = 0; i < to; ++i) {
        const double centre = (i + 0.5) * step - 0.5;
        const int first = static_cast<int>(std::floor(centre - kLobes * width)) + 1,
                  last = static_cast<int>(std::ceil(centre + kLobes * width)) - 1;
        // Weights beyond the edge belong to the edge's pixel.
        const int low = std::clamp(first, 0, from - 1), high = std::clamp(last, 0, from - 1);
        std::vector<double> weights(static_cast<std::size_t>(high - low + 1));
        double sum = 0.0;
        for (int j = first; j <= last; ++j) {
            const double weight = lanczos((j - centre) / width);
            weights[static_cast<std::size_t>(std::clamp(j, 0, from - 1) - low)] += weight;
            sum += weight;
        }
        Taps& taps = all[static_cast<std::size_t>(i)];
        taps.first = low;
        for (const double weight : weights) taps.weights.push_back(static_cast<float>(weight / sum));
    }
    return all;
}

}  // namespace

Image resize_picture(const Image& image, int width, int height) {
    if (image.width < 1 || image.height < 1 || width < 1 || height < 1)
        throw Error(ErrorKind::argument, "Could not resize a picture",
                    fmt::format("{} x {} to {} x {} is no size", image.width, image.height, width, height));
    if (image.width == width && image.height == height) return image;
    const auto channels = static_cast<std::size_t>(image.channels);
    const auto columns = taps_of(image.width, width), rows = taps_of(image.height, height);
    const std::size_t wide = static_cast<std::size_t>(width) * channels;
    // Along the rows first, in floats: [image.height, width, channels].
    std::vector<float> narrow(static_cast<std::size_t>(image.height) * wide);
    for (int y = 0; y < image.height; ++y) {
        const std::uint8_t* in =
            image.pixels.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) * channels;
        float* out = narrow.data() + static_cast<std::size_t>(y) * wide;
        for (const Taps& taps : columns) {
            for (std::size_t c = 0; c < channels; ++c) {
                float sum = 0.0f;
                const std::uint8_t* at = in + static_cast<std::size_t>(taps.first) * channels + c;
                for (const float weight : taps.weights) {
                    sum += weight * static_cast<float>(*at);
                    at += channels;
                }
                *out++ = sum;
            }
        }
    }
    Image resized{.width = width, .height = height, .channels = image.channels, .pixels = {}};
    resized.pixels.resize(static_cast<std::size_t>(height) * wide);
    std::vector<float> sums(wide);
    std::uint8_t* out = resized.pixels.data();
    for (const Taps& taps : rows) {
        std::fill(sums.begin(), sums.end(), 0.5f);  // rounds
        const float* in = narrow.data() + static_cast<std::size_t>(taps.first) * wide;
        for (const float weight : taps.weights) {
            for (std::size_t i = 0; i < wide; ++i) sums[i] += weight * in[i];
            in += wide;
        }
        for (const float sum : sums) *out++ = static_cast<std::uint8_t>(std::clamp(sum, 0.0f, 255.0f));
    }
    return resized;
}

Image fit_picture(const Image& image, int width, int height) {
    const bool as_it_is =
        image.width <= width && image.height <= height && width - image.width < 2 && height - image.height < 2;
    Image inside = image;
    if (!as_it_is) {
        const double scale =
            std::min(static_cast<double>(width) / image.width, static_cast<double>(height) / image.height);
        inside = resize_picture(image, std::clamp(static_cast<int>(std::lround(image.width * scale)), 1, width),
                                std::clamp(static_cast<int>(std::lround(image.height * scale)), 1, height));
    }
    if (inside.width == width && inside.height == height) return inside;
    const auto channels = static_cast<std::size_t>(image.channels);
    Image fitted{.width = width, .height = height, .channels = image.channels, .pixels = {}};
    fitted.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * channels);
    if (image.channels == 4)
        for (std::size_t i = 3; i < fitted.pixels.size(); i += 4) fitted.pixels[i] = 255;
    const auto left = static_cast<std::size_t>((width - inside.width) / 2),
               top = static_cast<std::size_t>((height - inside.height) / 2);
    const std::size_t row = static_cast<std::size_t>(inside.width) * channels;
    for (std::size_t y = 0; y < static_cast<std::size_t>(inside.height); ++y)
        std::copy_n(inside.pixels.begin() + static_cast<std::ptrdiff_t>(y * row), row,
                    fitted.pixels.begin() +
                        static_cast<std::ptrdiff_t>(((top + y) * static_cast<std::size_t>(width) + left) * channels));
    return fitted;
}

}  // namespace afs
