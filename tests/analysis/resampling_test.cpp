// Pins SPEC 9: the equivariance operators against recorded pictures and masks, and what must hold beyond them. An
// off-by-one in a mask moves EQ-T_frac by about 3 dB.
#include "core/analysis/resampling.h"

#include <gmock/gmock.h>

#include <cmath>

#include "core/base/error.h"
#include "core/ops/device.h"
#include "core/ops/upfirdn2d.h"
#include "tests/model/tensors.h"

namespace afs {
namespace {

using test::golden_tensor;
using test::max_difference;

const test::GoldenFile& golden() {
    static const test::GoldenFile file("equivariance.safetensors");
    return file;
}

Matrix3 matrix_of(const Json& p) {
    Matrix3 m{};
    for (std::size_t i = 0; i < 9; ++i) m[i] = p["matrix"][i / 3][i % 3].get<double>();
    return m;
}

BandlimitOptions options_of(const Json& p) {
    return {p["a"], p["amax"], p["aflt"], p["up"], p["cutoff_in"], p["cutoff_out"]};
}

Resampled apply(const std::string& name, const Tensor& x) {
    const Json& p = golden().parameters(name);
    const std::string op = p["op"];
    if (op == "integer_translation") return integer_translation(x, p["tx"], p["ty"]);
    if (op == "fractional_translation") return fractional_translation(x, p["tx"], p["ty"], p["a"]);
    if (op == "rotation") return rotation(x, p["angle"]);
    if (op == "pseudo_rotation") return pseudo_rotation(x, p["angle"]);
    EXPECT_EQ(op, "affine");
    return affine_resample(x, matrix_of(p), options_of(p));
}

void expect_recorded(const std::string& prefix, double tolerance) {
    const auto names = golden().case_names(prefix);
    ASSERT_FALSE(names.empty());
    for (const std::string& name : names) {
        SCOPED_TRACE(name);
        const Tensor x = golden_tensor(golden(), golden().parameters(name)["source"].get<std::string>());
        const Resampled got = apply(name, x);
        const Tensor want = golden_tensor(golden(), name + "/expect_y");
        EXPECT_LE(max_difference(got.picture.slice(0, 0, want.size(0)), want), tolerance);
        EXPECT_EQ(max_difference(got.mask, golden_tensor(golden(), name + "/expect_mask")), 0.0);
    }
}

TEST(IntegerTranslation, MatchesRecordedPicturesAndMasks) { expect_recorded("int_", 0.0); }

// The recording rounds t * W to float32.
TEST(FractionalTranslation, MatchesRecordedPicturesAndMasks) { expect_recorded("frac_", 1e-5); }

// Measured between float32 and float64: 6e-6.
TEST(Rotation, MatchesRecordedPicturesAndMasks) { expect_recorded("rot_", 5e-5); }
TEST(PseudoRotation, MatchesRecordedPicturesAndMasks) { expect_recorded("pseudo_", 5e-5); }
TEST(AffineResample, MatchesRecordedPicturesAndMasks) { expect_recorded("affine_", 5e-5); }

TEST(BandlimitFilter, MatchesRecordedTaps) {
    for (const std::string& name : golden().case_names("filter_")) {
        SCOPED_TRACE(name);
        const Json& p = golden().parameters(name);
        const Tensor want = golden_tensor(golden(), name + "/expect_filter");
        EXPECT_LE(max_difference(bandlimit_filter(matrix_of(p), options_of(p)), want),
                  1e-6);  // float32 of the recording
    }
}

// A smooth signal far below every cutoff, as a function of the position in picture widths from the centre.
Tensor waves(std::int64_t height, std::int64_t width, const Matrix3& back) {
    Tensor x = at::empty({1, 1, height, width}, at::kFloat);
    auto values = x.accessor<float, 4>();
    for (std::int64_t row = 0; row < height; ++row)
        for (std::int64_t column = 0; column < width; ++column) {
            const double u = (static_cast<double>(column) + 0.5) / static_cast<double>(width) - 0.5;
            const double v = (static_cast<double>(row) + 0.5) / static_cast<double>(height) - 0.5;
            const double s = back[0] * u + back[1] * v + back[2], t = back[3] * u + back[4] * v + back[5];
            values[0][0][row][column] = static_cast<float>(std::cos(9.0 * s + 4.0 * t + 0.3) * std::sin(7.0 * t - 0.2));
        }
    return x;
}

double masked_difference(const Resampled& got, const Tensor& want) {
    EXPECT_GT(got.mask.sum().item<double>(), 0.0);
    return ((got.picture - want).abs() * got.mask).max().item<double>();
}

TEST(Operators, MoveASmoothSignalWhereItsFormulaSaysAtAnySize) {
    for (const auto side : {63, 64, 97}) {
        SCOPED_TRACE(side);
        const Tensor x = waves(side, side, kIdentity3);
        const Matrix3 shift = {1, 0, -0.0371, 0, 1, 0.062, 0, 0, 1};
        // Lanczos filters of 6 taps ripple by a few thousandths; the mask is exact.
        EXPECT_LT(masked_difference(fractional_translation(x, 0.0371, -0.062), waves(side, side, shift)), 5e-3);
        for (const double angle : {0.4, -2.0, 3.1})
            EXPECT_LT(masked_difference(rotation(x, angle), waves(side, side, rotation_matrix(-angle))), 1e-2);
        EXPECT_LT(masked_difference(pseudo_rotation(x, 0.7), x), 1e-2);
    }
    const Tensor wide = waves(40, 90, kIdentity3);
    const Matrix3 shift = {1, 0, -0.051, 0, 1, 0.13, 0, 0, 1};
    EXPECT_LT(masked_difference(affine_resample(wide, {1, 0, 0.051, 0, 1, -0.13, 0, 0, 1}), waves(40, 90, shift)),
              1e-2);
}

TEST(AffineResample, IsTheSameAsTheWholeUpsampledPictureSampledBilinearly) {
    at::manual_seed(3);
    for (const auto& [size, channels] :
         {std::pair<std::array<std::int64_t, 2>, int>{{20, 20}, 1}, {{33, 17}, 3}, {{5, 40}, 7}, {{12, 21}, 37}}) {
        const Tensor x = at::randn({2, channels, size[0], size[1]});
        for (const Matrix3& m : {rotation_matrix(1.0), Matrix3{1.3, 0.2, 0.4, -0.1, 0.8, -0.3, 0, 0, 1},
                                 Matrix3{0.5, 0, 3.0, 0, 0.5, 0, 0, 0, 1}})
            for (const int up : {1, 3, 4}) {
                SCOPED_TRACE(testing::Message() << size[0] << "x" << size[1] << " up " << up << " m0 " << m[0]);
                const BandlimitOptions options{.amax = 5, .up = up};
                const Resampled direct = affine_resample(x, m, options), plain = affine_resample_plain(x, m, options);
                EXPECT_LT(max_difference(direct.picture, plain.picture), 5e-5);  // positions of the latter are float32
                EXPECT_TRUE(at::equal(direct.mask, plain.mask));
            }
    }
}

TEST(AffineResample, DoesNotDependOnTheNumberOfThreadsOrTheStrides) {
    at::manual_seed(4);
    const Tensor x = at::randn({3, 4, 31, 29});
    const Tensor expected = rotation(x, 0.9).picture;
    EXPECT_TRUE(at::equal(rotation(x.contiguous(at::MemoryFormat::ChannelsLast), 0.9).picture, expected));
    EXPECT_TRUE(at::equal(rotation(x.slice(0, 1, 2), 0.9).picture, expected.slice(0, 1, 2)));
    EXPECT_LT(max_difference(rotation(x.to(at::kHalf), 0.9).picture, expected), 1e-2);  // half holds 11 bits
    const int threads = compute_threads();
    set_compute_threads(1);
    const Tensor alone = rotation(x, 0.9).picture;
    set_compute_threads(threads);
    EXPECT_TRUE(at::equal(alone, expected));
}

// What SPEC 9 says of it: the filter of the opposite turn, at the picture's own rate, and nothing else.
TEST(PseudoRotation, IsAPlainConvolution) {
    at::manual_seed(6);
    const Tensor x = at::randn({2, 19, 23, 34});
    for (const double angle : {0.7, -2.2, 0.0}) {
        const Tensor filter = bandlimit_filter(rotation_matrix(-angle), {.up = 1}).to(at::kFloat);
        const Tensor expected = upfirdn2d(x, filter, {}, {}, {5, 5, 5, 5});
        const Resampled got = pseudo_rotation(x, angle);
        EXPECT_LT(max_difference(got.picture, expected), 1e-5);  // the sums are in another order
        EXPECT_EQ(got.mask.sum().item<double>(), (23 - 10) * (34 - 10));
    }
}

TEST(AffineResample, LeavesOutWhatIsNotWanted) {
    at::manual_seed(5);
    const Tensor x = at::randn({2, 18, 40, 35});
    const Tensor wanted = at::zeros({1, 1, 40, 35});
    wanted.slice(2, 10, 22).slice(3, 0, 20).fill_(1.0);
    const Resampled whole = rotation(x, 0.6), part = rotation(x, 0.6, 3, wanted);
    EXPECT_TRUE(at::equal(part.mask, whole.mask * wanted));
    EXPECT_TRUE(at::equal(part.picture * part.mask, whole.picture * part.mask));
    EXPECT_GT(part.mask.sum().item<double>(), 0.0);
    EXPECT_LT(part.mask.sum().item<double>(), whole.mask.sum().item<double>());
}

TEST(Operators, TakeBatchesOfNothing) {
    const Tensor none = at::empty({0, 3, 16, 16});
    for (const Resampled& r : {integer_translation(none, 0.1, 0), fractional_translation(none, 0.1, 0),
                               rotation(none, 1), pseudo_rotation(none, 1)})
        EXPECT_EQ(r.picture.sizes(), none.sizes());
}

TEST(Operators, HaveAnEmptyMaskWhereAPictureIsTooSmall) {
    const Tensor small = at::ones({1, 1, 8, 8});
    EXPECT_EQ(rotation(small, 0.5).mask.sum().item<double>(), 0.0);
    EXPECT_EQ(pseudo_rotation(small, 0.5).mask.sum().item<double>(), 0.0);
    EXPECT_EQ(integer_translation(small, -1.0, 0).mask.sum().item<double>(), 0.0);
    EXPECT_EQ(integer_translation(small, 1e5, 0).picture.abs().sum().item<double>(), 0.0);
    EXPECT_EQ(fractional_translation(small, 0, -1e5).picture.abs().sum().item<double>(), 0.0);
    EXPECT_EQ(affine_resample(small, {1, 0, 1e5, 0, 1, 0, 0, 0, 1}).picture.abs().sum().item<double>(), 0.0);
}

std::string refusal(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::argument);
        return e.what();
    }
    ADD_FAILURE() << "was not refused";
    return {};
}

TEST(Operators, NameWhatTheyCannotDo) {
    const Tensor x = at::ones({1, 1, 16, 16});
    EXPECT_THAT(refusal([&] { (void)integer_translation(x, NAN, 0); }), testing::HasSubstr("nan"));
    EXPECT_THAT(refusal([&] { (void)fractional_translation(x, 0, INFINITY); }), testing::HasSubstr("inf"));
    EXPECT_THAT(refusal([&] { (void)fractional_translation(x, 0, 0, 0); }), testing::HasSubstr("a is 0"));
    EXPECT_THAT(refusal([&] {
                    (void)affine_resample(x, {1, 1, 0, 1, 1, 0, 0, 0, 1});
                }),
                testing::HasSubstr("no inverse"));
    EXPECT_THAT(refusal([&] {
                    (void)affine_resample(x, {NAN, 1, 0, 1, 1, 0, 0, 0, 1});
                }),
                testing::HasSubstr("inverse"));
    EXPECT_THAT(refusal([&] { (void)rotation(at::ones({16, 16}), 1); }), testing::HasSubstr("[16, 16]"));
    EXPECT_THAT(refusal([&] { (void)bandlimit_filter(kIdentity3, {.amax = 100}); }), testing::HasSubstr("amax = 100"));
}

}  // namespace
}  // namespace afs
