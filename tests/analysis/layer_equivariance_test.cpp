// Where equivariance breaks: layers judged in their own sampling grids.
#include "core/analysis/layer_equivariance.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>

#include "core/base/error.h"
#include "core/model/init_network.h"
#include "core/model/network_file.h"
#include "core/model/presets.h"
#include "tests/model/tensors.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

// A layer of a network that is perfectly equivariant: waves of two frequencies, sampled at `rate` with a margin.
Tensor waves(int size, double rate, const Matrix3& back) {
    Tensor x = at::empty({1, 2, size, size}, at::kFloat);
    auto values = x.accessor<float, 4>();
    for (int channel = 0; channel < 2; ++channel)
        for (int row = 0; row < size; ++row)
            for (int column = 0; column < size; ++column) {
                const double u = (column + 0.5 - size / 2.0) / rate, v = (row + 0.5 - size / 2.0) / rate;
                const double s = back[0] * u + back[1] * v + back[2], t = back[3] * u + back[4] * v + back[5];
                values[0][channel][row][column] =
                    static_cast<float>(5.0 + std::cos((9.0 + 4 * channel) * s + 4.0 * t) * std::sin(7.0 * t - 0.2));
            }
    return x;
}

double rel_db(const Comparison& c) {
    const double error = ((c.output - c.reference).square() * c.mask).sum().item<double>();
    const Tensor mean = (c.reference * c.mask).sum({2, 3}, true) / c.mask.sum();
    return 10 * std::log10(((c.reference - mean).square() * c.mask).sum().item<double>() / error);
}

TEST(CompareLayer, AsksInTheLayersOwnGridWhateverItsRateAndMargin) {
    for (const auto& [size, rate] : {std::pair{36, 16.0}, {52, 32.0}, {84, 64.0}, {64, 64.0}}) {
        SCOPED_TRACE(testing::Message() << size << " samples, rate " << rate);
        const Tensor unmoved = waves(size, rate, kIdentity3);
        Movement shift{EquivarianceKind::translation_frac, 0.0613, -0.0941, 0.0};
        const Comparison moved = compare_layer(unmoved, waves(size, rate, *inverse(shift.matrix())), shift, rate);
        EXPECT_GT(rel_db(moved), 40.0);
        Movement turn{EquivarianceKind::rotation, 0.0, 0.0, 0.7};
        const Comparison turned = compare_layer(unmoved, waves(size, rate, *inverse(turn.matrix())), turn, rate);
        EXPECT_GT(rel_db(turned), 30.0);
        // Margins are not compared: at most the picture's own samples count.
        EXPECT_LE(moved.mask.sum().item<double>(), rate * rate);
        EXPECT_GT(turned.mask.sum().item<double>(), 0.0);
        // A layer that stays behind is far from it.
        EXPECT_LT(rel_db(compare_layer(unmoved, unmoved, shift, rate)), 15.0);
    }
}

TEST(CompareLayer, SaysTheSameOfTheWholeReferenceAndOfWhatIsCompared) {
    at::manual_seed(7);
    const Tensor unmoved = at::randn({1, 20, 52, 52}).to(at::kHalf), moved = at::randn({1, 20, 52, 52}) + 3.0;
    for (const Movement& movement :
         {Movement{EquivarianceKind::translation_frac, 0.061, -0.09, 0.0},
          Movement{EquivarianceKind::rotation, 0.0, 0.0, 0.7},
          Movement{EquivarianceKind::rotation, 0, 0, 0, Matrix3{1.1, 0.2, 0.05, -0.1, 0.9, 0.02, 0, 0, 1}}}) {
        const Comparison whole = compare_layer(unmoved, moved, movement, 32.0),
                         part = compare_layer(unmoved, moved, movement, 32.0, /*whole=*/false);
        RelativeError a, b;
        a.add(whole);
        b.add(part);
        EXPECT_EQ(*a.db(), *b.db());
        EXPECT_NEAR(*a.db(), rel_db(whole), 1e-4);  // of sums in float32
    }
}

TEST(RelativeError, KnowsNothingOfLayersThatAreTheSameEverywhere) {
    const Tensor constant = at::full({1, 3, 20, 20}, 0.1);
    RelativeError error;
    error.add({constant, constant, at::ones({1, 1, 20, 20})});
    EXPECT_FALSE(error.db());
    error.add({constant, constant, at::zeros({1, 1, 20, 20})});
    EXPECT_FALSE(error.db());
}

const LayerEquivariance& last(const LayerProfile& profile) { return profile.layers.back(); }

TEST(MeasureLayers, ShowsThatTBreaksUnderRotationInItsFirstLayersAndRDoesNot) {
    GeneratorConfig t = preset_config("stylegan3-t", 64, 2048, 32), r = preset_config("stylegan3-r", 64, 1024, 16);
    t.z_dim = t.w_dim = r.z_dim = r.w_dim = 32;
    const LayerProfile of_t = measure_layers(*init_network(t, 1), {.samples = 3});
    const LayerProfile of_r = measure_layers(*init_network(r, 1), {.samples = 3});
    ASSERT_EQ(of_t.layers.size(), 16u);  // the input, 14 layers, ToRGB
    EXPECT_EQ(of_t.layers.front().name, "input");
    for (const LayerProfile* profile : {&of_t, &of_r})
        for (const LayerEquivariance& layer : profile->layers) {
            ASSERT_TRUE(layer.eqt_rel_db && layer.eqr_rel_db) << layer.name;
            RecordProperty(layer.name, fmt::format("{:.1f} {:.1f}", *layer.eqt_rel_db, *layer.eqr_rel_db));
            EXPECT_GT(*layer.eqt_rel_db, 20.0) << layer.name;
        }
    // The Fourier features turn exactly, in either network.
    EXPECT_GT(*of_t.layers.front().eqr_rel_db, 30.0);
    EXPECT_GT(*of_r.layers.front().eqr_rel_db, 30.0);
    EXPECT_LT(*last(of_t).eqr_rel_db, 10.0);
    EXPECT_GT(*last(of_r).eqr_rel_db, *last(of_t).eqr_rel_db + 10.0);
    EXPECT_GT(*last(of_t).eqt_rel_db, *last(of_t).eqr_rel_db + 10.0);
}

TEST(MeasureLayers, ReturnsWhatItHasWhenItIsStopped) {
    const Network network = NetworkFile::open(test::golden_path("nets/t-32.pkl"));
    std::stop_source source;
    const LayerProfile profile =
        measure_layers(*network.generator, {.samples = 100, .stop = source.get_token()}, [&](const LayerProfile& p) {
            if (p.samples == 2) source.request_stop();
        });
    EXPECT_EQ(profile.samples, 2);
    EXPECT_FALSE(profile.complete());
    EXPECT_FALSE(profile.layers.empty());
}

TEST(MeasureLayers, RefusesANetworkThatCannotBeMoved) {
    const Network network = NetworkFile::open(test::golden_path("nets/sg2-32.pkl"));
    EXPECT_THROW((void)measure_layers(*network.generator, {.samples = 1}), Error);
}

}  // namespace
}  // namespace afs
