#include "core/analysis/spectrum.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "core/base/error.h"
#include "core/model/layer_schedule.h"
#include "core/model/presets.h"

namespace afs {
namespace {

// A wave of `k` periods along x over a tensor of n samples.
Tensor wave(int n, double kx, double ky, int channels = 1) {
    const Tensor i = at::arange(n, at::kDouble);
    const Tensor phase = (i.unsqueeze(0) * (kx / n) + i.unsqueeze(1) * (ky / n)) * (2 * std::numbers::pi);
    return at::cos(phase).to(at::kFloat).unsqueeze(0).repeat({channels, 1, 1});
}

// Against the definition, term by term: each channel less its mean, windowed, full complex transform (SPEC 8).
TEST(LayerPower, IsTheDefinition) {
    for (const auto& [c, h, w] : {std::tuple{1, 8, 8}, {5, 52, 52}, {9, 13, 21}, {4, 20, 36}}) {
        const Tensor x = at::randn({c, h, w}) + 3;
        const Tensor window = at::tensor(kaiser_window(h, 8)).unsqueeze(1) * at::tensor(kaiser_window(w, 8));
        const Tensor f = at::fft_fft2((x - x.mean({1, 2}, true)).to(at::kDouble) * window);
        Tensor want = at::fft_fftshift(f.abs().square().sum(0));
        want = want / want.mean();
        const Tensor got = layer_power(x, {}, 8);
        // Rounding of the float32 transform is relative to the largest bin.
        EXPECT_LT((got - want).abs().max().item<double>(), 1e-5 * want.max().item<double>())
            << c << ' ' << h << ' ' << w;
    }
}

TEST(LayerPower, OnlyTheChosenChannelsCount) {
    const Tensor x = at::cat({wave(32, 3, 0), wave(32, 9, 0), wave(32, 0, 5)});
    const Tensor second = layer_power(x, {.base = 1, .count = 1}, 8);
    EXPECT_TRUE(at::allclose(second, layer_power(wave(32, 9, 0), {}, 8)));
    EXPECT_EQ(layer_power(x, {}, 8).argmax().item<std::int64_t>() >= 0, true);
    // A selection beyond the last channel moves back inside.
    EXPECT_TRUE(at::allclose(layer_power(x, {.base = 7, .count = 1}, 8), layer_power(wave(32, 0, 5), {}, 8)));
}

TEST(LayerSpectrum, AWaveStandsAtItsFrequency) {
    // 64 samples over an image that is 44 samples wide: 16 periods in 64 samples are 11 per image width.
    const SpectrumFigures s = layer_spectrum(wave(64, 16, 0), {}, 8, 44, {.cutoff = 10, .band = 14});
    EXPECT_EQ(s.width, 64);
    EXPECT_DOUBLE_EQ(s.nyquist, 22);
    ASSERT_EQ(s.frequency.size(), 33u);
    EXPECT_DOUBLE_EQ(s.frequency.back(), 22);
    EXPECT_NEAR(s.frequency45.back(), 22 * std::numbers::sqrt2, 1e-12);
    const auto peak = std::max_element(s.cut0_db.begin(), s.cut0_db.end()) - s.cut0_db.begin();
    EXPECT_EQ(peak, 16);
    EXPECT_NEAR(s.frequency[static_cast<std::size_t>(peak)], 11, 1e-12);
    EXPECT_GT(*s.beyond_cutoff, 0.8);  // the window widens the line by a few steps
    EXPECT_LT(*s.beyond_band, 1e-3);
    const SpectrumFigures diagonal = layer_spectrum(wave(64, 10, 10), {}, 8, 64);
    EXPECT_EQ(std::max_element(diagonal.cut45_db.begin(), diagonal.cut45_db.end()) - diagonal.cut45_db.begin(), 10);
    EXPECT_EQ(std::max_element(diagonal.radial_db.begin(), diagonal.radial_db.end()) - diagonal.radial_db.begin(), 14);
    EXPECT_FALSE(diagonal.beyond_cutoff);
}

// The corner of a separable filter's passband lies inside its square and outside of its circle.
TEST(LayerSpectrum, SeparableFiltersCutASquareAndRadialOnesACircle) {
    const Tensor corner = wave(64, 18, 18);
    EXPECT_LT(*layer_spectrum(corner, {}, 8, 64, {.cutoff = 22}).beyond_cutoff, 0.01);
    EXPECT_GT(*layer_spectrum(corner, {}, 8, 64, {.cutoff = 22, .radial = true}).beyond_cutoff, 0.9);
}

TEST(LayerSpectrum, WithoutEnergyThereAreNoShares) {
    const SpectrumFigures s = layer_spectrum(at::full({2, 16, 16}, 3.0f), {}, 8, 16, {.cutoff = 4, .band = 6});
    EXPECT_FALSE(s.beyond_cutoff);
    EXPECT_TRUE(std::isinf(s.radial_db[3]));
}

TEST(LayerSpectrum, RefusesWhatHasNoSpectrum) {
    EXPECT_THROW((void)layer_power(at::randn({3, 16, 16}), {}, -1), Error);
    EXPECT_THROW((void)layer_power(at::randn({3, 16, 16}), {}, 101), Error);
    EXPECT_THROW((void)layer_power(at::randn({3, 16, 16}), {}, std::nan("")), Error);
    EXPECT_THROW((void)layer_power(at::randn({3, 1, 1}), {}, 8), Error);
}

// Half power lies at the cutoff of a design by windowed sinc: -6 dB in amplitude.
TEST(FilterResponse, PassesDcHalvesAtItsCutoffAndStopsBeyond) {
    const Schedule schedule = make_schedule(preset_config("stylegan3-t", 256, {}, {}));
    const LayerSpec& layer = schedule.layers[5];
    const LowpassSpec filter = up_filter_spec(layer);
    const auto db = filter_response_db(filter, {0, filter.cutoff, filter.cutoff + filter.width / 2 * 1.1});
    EXPECT_NEAR(db[0], 0, 1e-9);
    EXPECT_NEAR(db[1], -6.02, 0.3);
    EXPECT_LT(db[2], -20);
    EXPECT_EQ(filter_response_db({.taps = 1, .cutoff = 2, .width = 1, .rate = 8}, {0, 5, 100}),
              (std::vector<double>{0, 0, 0}));
    const Schedule radial = make_schedule(preset_config("stylegan3-r", 256, {}, {}));
    const auto round = filter_response_db(down_filter_spec(radial.layers[3]), {0, radial.layers[3].out_cutoff * 3});
    EXPECT_NEAR(round[0], 0, 1e-9);
    EXPECT_LT(round[1], -20);
}

}  // namespace
}  // namespace afs
