// Pins SPEC 5 against the recorded filters. Tolerance 2e-7 absolute: both sides design in float64 and round once to
// float32 (measured 1.5e-8).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "core/base/error.h"
#include "core/model/filters.h"
#include "tests/support/golden.h"

namespace afs {
namespace {

constexpr double kTolerance = 2e-7;

void expect_taps(const std::vector<double>& got, const std::vector<double>& want) {
    ASSERT_EQ(got.size(), want.size());
    for (std::size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], want[i], kTolerance) << "tap " << i;
}

TEST(Lowpass, MatchesEveryRecordedDesign) {
    const test::GoldenFile golden("filters.safetensors");
    int designs = 0;
    for (const std::string& name : golden.case_names("lowpass_")) {
        SCOPED_TRACE(name);
        const Json& p = golden.parameters(name);
        const LowpassSpec spec{p["numtaps"], p["cutoff"], p["width"], p["fs"], p["radial"]};
        const auto taps = design_lowpass(spec);
        EXPECT_EQ(taps.empty(), p["identity"].get<bool>());
        if (taps.empty()) continue;
        EXPECT_NEAR(kaiser_attenuation(spec.taps, spec.width, spec.rate), p["attenuation"].get<double>(), 1e-9);
        EXPECT_NEAR(kaiser_beta(p["attenuation"]), p["kaiser_beta"].get<double>(), 1e-9);
        expect_taps(taps, golden.values(name + "/expect_filter"));
        ++designs;
    }
    EXPECT_GT(designs, 10);
}

TEST(Lowpass, MatchesTheFiltersOfRealLayers) {
    const test::GoldenFile golden("filters.safetensors");
    int filters = 0;
    for (const std::string& name : golden.case_names()) {
        if (name[0] != 't' && name[0] != 'r') continue;  // "t256_L3_up"
        SCOPED_TRACE(name);
        const bool r = name[0] == 'r';
        const auto separator = name.find('_');
        GeneratorConfig config;
        config.img_resolution = std::stoi(name.substr(1, separator - 1));
        config.conv_kernel = r ? 1 : 3;
        config.use_radial_filters = r;
        const LayerSpec layer = make_schedule(config).layers[std::stoul(name.substr(separator + 2))];
        const bool up = name.ends_with("_up");
        expect_taps(design_lowpass(up ? up_filter_spec(layer) : down_filter_spec(layer)),
                    golden.values(name + "/expect_filter"));
        ++filters;
    }
    EXPECT_GT(filters, 10);
}

TEST(Lowpass, RadialDesignOfOddLengthHasItsLimitAtTheCentre) {
    // Continuity: taps around the centre of an odd design must not jump.
    const auto taps = design_lowpass({.taps = 13, .cutoff = 2, .width = 4, .rate = 64, .radial = true});
    ASSERT_EQ(taps.size(), 169u);
    EXPECT_NEAR(std::accumulate(taps.begin(), taps.end(), 0.0), 1, 1e-12);
    const double centre = taps[6 * 13 + 6], beside = taps[6 * 13 + 5];
    EXPECT_GT(centre, beside);
    EXPECT_LT(centre, 1.05 * beside);
}

TEST(Lowpass, RefusesNumbersThatMakeNoFilter) {
    EXPECT_THROW((void)design_lowpass({.taps = 0, .cutoff = 1, .width = 1, .rate = 4}), Error);
    EXPECT_THROW((void)design_lowpass({.taps = 12, .cutoff = 0, .width = 1, .rate = 4}), Error);
    EXPECT_THROW((void)design_lowpass({.taps = 12, .cutoff = 1, .width = -1, .rate = 4}), Error);
}

}  // namespace
}  // namespace afs
