// Average spectra (SPEC 10) against recorded ones.
#include "core/analysis/average_spectrum.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/base/error.h"
#include "core/formats/npy.h"
#include "tests/support/golden.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using testing::HasSubstr;

const test::GoldenFile& golden() {
    static const test::GoldenFile file("spectra.safetensors");
    return file;
}

// Recorded pictures as a source.
class Pictures final : public PictureSource {
  public:
    explicit Pictures(const std::string& tensor) : shape_(golden().tensor(tensor).shape) {
        for (const double v : golden().values(tensor)) pixels_.push_back(static_cast<std::uint8_t>(v));
    }
    [[nodiscard]] std::string name() const override { return "recorded"; }
    [[nodiscard]] bool is_network() const override { return false; }
    [[nodiscard]] int side() const override { return static_cast<int>(shape_[2]); }
    [[nodiscard]] int channels() const override { return static_cast<int>(shape_[1]); }
    [[nodiscard]] std::int64_t size() const override { return shape_[0]; }
    [[nodiscard]] std::vector<std::uint8_t> read(std::int64_t first, std::int64_t count, const Progress&) override {
        const std::int64_t each = shape_[1] * shape_[2] * shape_[3];
        return {pixels_.begin() + first * each, pixels_.begin() + (first + count) * each};
    }

  private:
    std::vector<std::int64_t> shape_;
    std::vector<std::uint8_t> pixels_;
};

class RecordedSpectrum : public testing::TestWithParam<std::string> {};

TEST_P(RecordedSpectrum, SpectrumSlicesAndHeatMapAreTheOfficialOnes) {
    const std::string name = GetParam();
    const Json& p = golden().parameters(name);
    Pictures pictures(p["pictures"].get<std::string>());
    const PictureStats stats = picture_stats(pictures);
    EXPECT_NEAR(stats.mean, p["mean"].get<double>(), 1e-9);
    EXPECT_NEAR(stats.std, p["std"].get<double>(), 1e-9);
    EXPECT_EQ(stats.pictures, 6);

    const AverageSpectrum s = average_spectrum(pictures, {.mean = p["mean_used"].get<double>(),
                                                          .std = p["std_used"].get<double>(),
                                                          .interp = p["interp"].get<int>(),
                                                          .beta = p["beta"].get<double>()});
    ASSERT_EQ(s.image_size, p["image_size"].get<int>());
    const auto side = static_cast<std::size_t>(s.side), step = p["expect_spectrum_step"].get<std::size_t>();
    ASSERT_EQ(s.side, s.image_size * p["interp"].get<int>());
    // Every bin to 1e-5 of itself: the official window is float32, the rest of the difference (measured: 2.4e-6).
    const auto near = [](double got, double want) { return std::abs(got - want) <= 1e-5 * want; };
    const auto bins = golden().values(name + "/expect_spectrum");
    for (std::size_t y = 0; y < side; y += step)
        for (std::size_t x = 0; x < side; x += step)
            ASSERT_PRED2(near, s.spectrum[y * side + x], bins[(y / step) * (side / step) + x / step]) << y << ' ' << x;
    const auto row = golden().values(name + "/expect_row0"), diagonal = golden().values(name + "/expect_diag");
    double sum = 0;
    for (std::size_t i = 0; i < side; ++i) {
        EXPECT_PRED2(near, s.spectrum[i], row[i]);
        EXPECT_PRED2(near, s.spectrum[i * side + i], diagonal[i]);
    }
    for (const double v : s.spectrum) sum += v;
    EXPECT_PRED2(near, sum, golden().values(name + "/expect_sum")[0]);

    for (const char* smooth : {"0", "1.25"}) {
        const SpectrumSlices slices = spectrum_slices(s, std::stod(smooth));
        const auto compare = [&](const std::vector<double>& got, const std::string& key) {
            const std::string full = name + "/expect_" + key + "_smooth" + smooth;
            if (!golden().has(full)) return;
            const auto want = golden().values(full);
            ASSERT_EQ(got.size(), want.size()) << full;
            for (std::size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(got[i], want[i], 1e-4) << full << ' ' << i;
        };
        compare(slices.db0, "slice0");
        compare(slices.db45, "slice45");
        EXPECT_NEAR(slices.frequency0.back(), p["freqs0_last"].get<double>(), 1e-3);
        EXPECT_NEAR(slices.frequency45.back(), p["freqs45_last"].get<double>(), 1e-3);
        const std::vector<double> map = spectrum_heat_map(s, std::stod(smooth));
        std::vector<double> shown;
        for (std::size_t y = 0; y <= side; y += step)
            for (std::size_t x = 0; x <= side; x += step) shown.push_back(map[y * (side + 1) + x]);
        compare(shown, "heatmap");
    }
}
INSTANTIATE_TEST_SUITE_P(Golden, RecordedSpectrum, testing::ValuesIn(golden().case_names("s")),
                         [](const auto& c) { return c.param; });

// A source, above all a network, makes its pictures once.
TEST(AverageSpectrum, OfItsOwnFiguresNeedsOnePass) {
    for (const char* const recorded : {"pictures_32/input_u8", "pictures_48/input_u8"}) {
        if (!golden().has(recorded)) continue;
        Pictures pictures(recorded);
        const PictureStats stats = picture_stats(pictures);
        const AverageSpectrum two =
            average_spectrum(pictures, {.mean = stats.mean, .std = stats.std, .interp = 3, .beta = 8});
        const OwnSpectrum one = own_average_spectrum(pictures, {.mean = 5, .std = 3, .interp = 3, .beta = 8});
        EXPECT_EQ(one.stats.mean, stats.mean);
        EXPECT_EQ(one.stats.std, stats.std);
        EXPECT_EQ(one.stats.pictures, stats.pictures);
        ASSERT_EQ(one.spectrum.spectrum.size(), two.spectrum.size());
        EXPECT_EQ(one.spectrum.image_size, two.image_size);
        // Float64 throughout; the middle of the range differs from the mean by a fraction of the deviation.
        for (std::size_t i = 0; i < two.spectrum.size(); ++i)
            ASSERT_NEAR(one.spectrum.spectrum[i], two.spectrum[i], 1e-11 * (1 + two.spectrum[i])) << i;
    }
}

TEST(AverageSpectrum, FilesAreOfTheOfficialLayoutAndComeBack) {
    const test::TemporaryFolder folder;
    Pictures pictures("pictures_32/input_u8");
    const AverageSpectrum s = average_spectrum(pictures, {.mean = 128, .std = 50, .interp = 2});
    write_spectrum(folder / "a.npz", s, Overwrite::no);
    const auto arrays = read_npz(folder / "a.npz");
    ASSERT_EQ(arrays.size(), 2u);
    EXPECT_EQ(arrays[0].first, "spectrum");
    EXPECT_EQ(arrays[0].second.dtype, DType::f64);
    EXPECT_EQ(arrays[1].first, "image_size");
    EXPECT_EQ(arrays[1].second.dtype, DType::i64);
    EXPECT_TRUE(arrays[1].second.shape.empty());
    const AverageSpectrum back = read_spectrum(folder / "a.npz");
    EXPECT_EQ(back.spectrum, s.spectrum);
    EXPECT_EQ(back.image_size, 32);
    EXPECT_EQ(back.side, 64);
}

TEST(AverageSpectrum, FilesOfOtherContentsAreRefusedInWords) {
    const test::TemporaryFolder folder;
    const auto why = [&](std::vector<std::pair<std::string, TensorData>> arrays) -> std::string {
        write_npz(folder / "x.npz", arrays, Overwrite::yes);
        try {
            (void)read_spectrum(folder / "x.npz");
        } catch (const Error& e) {
            return e.what();
        }
        return "read";
    };
    const std::vector<float> four = {1, 2, 3, 4}, two = {2}, one = {1}, bad = {1, -2, 3, 4};
    const auto square = make_tensor_data({2, 2}, four);
    EXPECT_EQ(why({{"spectrum", square}, {"image_size", make_tensor_data({}, two)}}), "read");
    EXPECT_THAT(why({{"image_size", make_tensor_data({}, two)}}), HasSubstr("no array \"spectrum\""));
    EXPECT_THAT(why({{"spectrum", make_tensor_data({4}, four)}, {"image_size", make_tensor_data({}, two)}}),
                HasSubstr("not a square"));
    EXPECT_THAT(why({{"spectrum", square}, {"image_size", make_tensor_data({}, one)}}), HasSubstr("image_size 1"));
    EXPECT_THAT(why({{"spectrum", make_tensor_data({2, 2}, bad)}, {"image_size", make_tensor_data({}, two)}}),
                HasSubstr("no power"));
}

TEST(AverageSpectrum, OptionsOutOfBoundsAreNamed) {
    Pictures pictures("pictures_32/input_u8");
    const auto why = [&](AverageSpectrumOptions options) -> std::string {
        try {
            (void)average_spectrum(pictures, options);
        } catch (const Error& e) {
            return e.what();
        }
        return "computed";
    };
    EXPECT_THAT(why({.std = 0}), HasSubstr("standard deviation is 0"));
    EXPECT_THAT(why({.interp = 0}), HasSubstr("interp is 0"));
    EXPECT_THAT(why({.interp = 99}), HasSubstr("interp is 99"));
    EXPECT_THAT(why({.beta = -1}), HasSubstr("beta is -1"));
    EXPECT_THAT(why({.mean = std::nan("")}), HasSubstr("mean is nan"));
    const AverageSpectrum s = average_spectrum(pictures, {});
    EXPECT_THROW((void)spectrum_heat_map(s, -1), Error);
}

TEST(AverageSpectrum, AStopEndsIt) {
    Pictures pictures("pictures_32/input_u8");
    std::stop_source stop;
    stop.request_stop();
    try {
        (void)average_spectrum(pictures, {}, Progress({}, stop.get_token()));
        FAIL();
    } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::cancelled);
    }
}

TEST(PictureSource, TellsDataSetsFromNetworks) {
    const auto set = open_picture_source(test::golden_path("data/datasets/plain.zip"), {.num = 4});
    EXPECT_FALSE(set->is_network());
    EXPECT_EQ(set->size(), 4);
    const auto net = open_picture_source(test::golden_path("nets/mini.pkl"), {.num = 2, .seed = 0});
    EXPECT_TRUE(net->is_network());
    const auto pixels = net->read(0, 2, {});
    EXPECT_EQ(pixels.size(), 2u * static_cast<std::size_t>(net->channels() * net->side() * net->side()));
    // Picture 1 from seed 0 is picture 0 from seed 1.
    const auto next = open_picture_source(test::golden_path("nets/mini.pkl"), {.num = 1, .seed = 1});
    EXPECT_EQ(next->read(0, 1, {}),
              std::vector<std::uint8_t>(pixels.begin() + static_cast<std::ptrdiff_t>(pixels.size() / 2), pixels.end()));
    EXPECT_THROW((void)open_picture_source("/nowhere/x.pkl", {}), Error);
    EXPECT_THROW((void)open_picture_source(test::golden_path("data/datasets/bad.txt"), {}), Error);
}

}  // namespace
}  // namespace afs
