#include "core/analysis/feature_metrics.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/analysis/perceptual_path.h"
#include "core/base/error.h"
#include "tests/model/tensors.h"

namespace afs {
namespace {

using test::golden_tensor;
using test::max_abs;
using test::max_difference;

const test::GoldenFile& golden() {
    static const test::GoldenFile file("metrics.safetensors");
    return file;
}

double number(const std::string& name) { return golden().values(name).at(0); }

FeatureMoments moments_of(const Tensor& features) {
    FeatureStatistics statistics({.moments = true});
    statistics.append(features);
    return statistics.moments();
}

class RecordedMetric : public testing::TestWithParam<std::string> {
  protected:
    [[nodiscard]] Tensor tensor(const char* key) const { return golden_tensor(golden(), GetParam() + "/" + key); }
    [[nodiscard]] double value(const char* key) const { return number(GetParam() + "/" + key); }
    [[nodiscard]] const Json& parameters() const { return golden().parameters(GetParam()); }
};
const auto kName = [](const auto& c) { return c.param; };

using RecordedStatistics = RecordedMetric;

// Sums in float64: 1e-12 of their scale covers another order of adding.
TEST_P(RecordedStatistics, AreThoseOfAllBatches) {
    const Json& p = parameters();
    FeatureStatistics::Keep keep{.all = true, .moments = true};
    if (!p["max_items"].is_null()) keep.max_items = p["max_items"].get<std::int64_t>();
    FeatureStatistics statistics(keep);
    const Tensor x = tensor("input_x");
    std::int64_t at = 0;
    for (const Json& batch : p["batches"]) {
        statistics.append(x.narrow(0, at, batch.get<std::int64_t>()));
        at += batch.get<std::int64_t>();
    }
    EXPECT_EQ(statistics.items(), p["num_items"].get<std::int64_t>());
    EXPECT_EQ(statistics.full(), p["is_full"].get<bool>());
    EXPECT_EQ(max_difference(statistics.all(), tensor("expect_all")), 0.0);
    const double scale = max_abs(tensor("expect_raw_cov"));
    EXPECT_LE(max_difference(statistics.raw_sum(), tensor("expect_raw_mean")), 1e-12 * scale);
    EXPECT_LE(max_difference(statistics.raw_products(), tensor("expect_raw_cov")), 1e-12 * scale);
    EXPECT_LE(max_difference(statistics.moments().mean, tensor("expect_mean")), 1e-12 * scale);
    EXPECT_LE(max_difference(statistics.moments().covariance, tensor("expect_cov")), 1e-12 * scale);
}
INSTANTIATE_TEST_SUITE_P(Golden, RecordedStatistics, testing::ValuesIn(golden().case_names("stats_")), kName);

using RecordedFid = RecordedMetric;

// The recorded value comes from a complex square root: it agrees with the symmetric form to 2e-9 where ranks are
// missing, to 1e-14 elsewhere. Tolerance as in the golden README.
TEST_P(RecordedFid, IsTheOfficialDistance) {
    const double got = frechet_distance(moments_of(tensor("input_real")), moments_of(tensor("input_gen")));
    EXPECT_NEAR(got, value("expect_fid"), 1e-6 + 1e-7 * std::abs(value("expect_fid")));
    EXPECT_NEAR(got, value("symmetric_form"), 1e-6 + 1e-7 * std::abs(value("symmetric_form")));
}
INSTANTIATE_TEST_SUITE_P(Golden, RecordedFid, testing::ValuesIn(golden().case_names("fid_")), kName);

using RecordedKid = RecordedMetric;

// The official metric computes in float32 (3e-7 from float64).
TEST_P(RecordedKid, IsTheOfficialDistanceOfTheSameSubsets) {
    const Json& p = parameters();
    RandomState random(p["numpy_global_seed"].get<std::uint32_t>());
    const double got = kernel_distance(
        tensor("input_real"), tensor("input_gen"),
        {.subsets = p["num_subsets"].get<std::int64_t>(), .max_subset_size = p["max_subset_size"].get<std::int64_t>()},
        random);
    EXPECT_NEAR(got, value("expect_kid_float64"), 1e-12 * std::max(1.0, std::abs(got)));
    EXPECT_NEAR(got, value("expect_kid"), 1e-5 * std::abs(got));
}
INSTANTIATE_TEST_SUITE_P(Golden, RecordedKid, testing::ValuesIn(golden().case_names("kid_")), kName);

using RecordedPrecision = RecordedMetric;

// Exact: the nearest decision is 7e-4 away (the recorded shares are rounded to float32). Radii: float64 rounded to
// float32.
TEST_P(RecordedPrecision, IsExactInBatchesOfAnySize) {
    const Tensor real = tensor("input_real"), generated = tensor("input_gen");
    const auto expected = golden().values(GetParam() + "/expect_precision_recall");
    for (const std::int64_t batch : {1, 7, 16, 1000}) {
        const PrecisionRecallOptions options{.k = parameters()["k"].get<int>(), .batch = batch};
        const PrecisionRecall got = precision_recall(real, generated, options);
        EXPECT_EQ(static_cast<float>(got.precision), static_cast<float>(expected[0])) << batch;
        EXPECT_EQ(static_cast<float>(got.recall), static_cast<float>(expected[1])) << batch;
        EXPECT_LE(max_difference(neighbour_radii(real, options), tensor("expect_kth_real")),
                  1e-7 * max_abs(tensor("expect_kth_real")));
        EXPECT_LE(max_difference(neighbour_radii(generated, options), tensor("expect_kth_gen")),
                  1e-7 * max_abs(tensor("expect_kth_gen")));
    }
}
INSTANTIATE_TEST_SUITE_P(Golden, RecordedPrecision, testing::ValuesIn(golden().case_names("pr_")), kName);

using RecordedScore = RecordedMetric;

TEST_P(RecordedScore, IsTheOfficialOne) {
    const auto expected = golden().values(GetParam() + "/expect_mean_std");
    const InceptionScore got = inception_score(tensor("input_probs"), parameters()["num_splits"].get<int>());
    EXPECT_NEAR(got.mean, expected[0], 1e-6 * expected[0]);
    EXPECT_NEAR(got.std, expected[1], 1e-6 * expected[0]);
}
INSTANTIATE_TEST_SUITE_P(Golden, RecordedScore, testing::ValuesIn(golden().case_names("is_")), kName);

// acos amplifies float32's rounding near 1; in float64 the formula agrees to 1e-12.
TEST(PerceptualPath, InterpolatesAlongGreatCircles) {
    const auto tensor = [](const char* key) { return golden_tensor(golden(), std::string("slerp_0/") + key); };
    const Tensor a = tensor("input_a"), b = tensor("input_b"), t = tensor("input_t");
    EXPECT_LE(max_difference(spherical_interpolation(a, b, t), tensor("expect_y")), 2e-6);
    EXPECT_LE(max_difference(spherical_interpolation(a, b, t + 1e-4), tensor("expect_y_eps")), 2e-6);
    EXPECT_LE(max_difference(spherical_interpolation(a.to(at::kDouble), b.to(at::kDouble), t.to(at::kDouble)),
                             tensor("expect_y_float64")),
              1e-12);
    EXPECT_LE(max_difference(at::lerp(a, b, t), tensor("expect_lerp")), 2e-6);
}

using RecordedPath = RecordedMetric;

// The whole metric with the recorded stand-ins for both networks. In float32 the small step cancels most digits: 3e-2
// of the largest (measured 1.3e-2 by the recording); in float64 1e-6.
TEST_P(RecordedPath, IsTheOfficialLength) {
    const Json& p = parameters();
    const auto measure = [&](at::ScalarType type) {
        const Tensor a = tensor("input_A").to(type), b = tensor("input_B").to(type);
        const std::int64_t channels = p["channels"].get<std::int64_t>(), side = p["resolution"].get<std::int64_t>();
        PathFunctions functions;
        functions.mapping = [&](const Tensor& z) { return at::mm(z, a).tanh().unsqueeze(1).repeat({1, 3, 1}); };
        functions.synthesis = [&](const Tensor& ws) {
            return at::mm(ws.flatten(1), b)
                .tanh()
                .view({-1, channels, 8, 8})
                .repeat_interleave(side / 8, 2)
                .repeat_interleave(side / 8, 3);
        };
        functions.features = [&](const Tensor& x) {
            const auto expected = p["detector_input_shape"].get<std::vector<std::int64_t>>();
            EXPECT_EQ(x.sizes().slice(1), at::IntArrayRef(expected).slice(1));
            return (at::adaptive_avg_pool2d(x, {4, 4}) / 100).flatten(1);
        };
        PathOptions options{.space = p["space"] == "w" ? PathSpace::w : PathSpace::z,
                            .whole_path = p["sampling"] == "full",
                            .crop = p["crop"].get<bool>(),
                            .epsilon = p["epsilon"].get<double>(),
                            .resolution = static_cast<int>(side)};
        std::vector<Tensor> all;
        const Tensor t = tensor("input_t").to(type), z = tensor("input_z").to(type);
        for (std::int64_t i = 0; i < t.size(0); ++i) all.push_back(path_distances(functions, z[i], t[i], options));
        return at::cat(all).narrow(0, 0, p["num_samples"].get<std::int64_t>());
    };
    const Tensor precise = measure(at::kDouble), wanted = tensor("expect_dist_float64");
    EXPECT_LE(max_difference(precise, wanted), 1e-6 * max_abs(wanted));
    const Tensor single = measure(at::kFloat);
    EXPECT_LE(max_difference(single, tensor("expect_dist")), 3e-2 * max_abs(tensor("expect_dist")));
    const TrimmedMean mean = trimmed_mean(single);
    EXPECT_NEAR(mean.mean, value("expect_ppl"), 0.01 * value("expect_ppl"));
    EXPECT_EQ(mean.kept, p["kept"].get<std::int64_t>());
}
INSTANTIATE_TEST_SUITE_P(Golden, RecordedPath, testing::ValuesIn(golden().case_names("ppl_")), kName);

using RecordedTrim = RecordedMetric;

TEST_P(RecordedTrim, KeepsTheSameSamples) {
    const TrimmedMean got = trimmed_mean(tensor("input_dist"));
    const auto bounds = golden().values(GetParam() + "/expect_lo_hi");
    EXPECT_EQ(got.low, bounds[0]);
    EXPECT_EQ(got.high, bounds[1]);
    EXPECT_EQ(got.kept, parameters()["kept"].get<std::int64_t>());
    EXPECT_NEAR(got.mean, value("expect_mean"), 1e-6 * std::abs(got.mean));
}
INSTANTIATE_TEST_SUITE_P(Golden, RecordedTrim, testing::ValuesIn(golden().case_names("trim_")), kName);

TEST(FeatureMetrics, DetectorsGetTheOfficialBytes) {
    EXPECT_EQ(max_difference(detector_pictures(golden_tensor(golden(), "to_u8/input_x")),
                             golden_tensor(golden(), "to_u8/expect_y")),
              0.0);
}

TEST(FeatureMetrics, WhatCannotBeComparedIsNamed) {
    RandomState random(0);
    const Tensor a = at::rand({10, 4}), b = at::rand({10, 5});
    EXPECT_THROW((void)kernel_distance(a, b, {}, random), Error);
    EXPECT_THROW((void)kernel_distance(a.narrow(0, 0, 1), a, {}, random), Error);
    EXPECT_THROW((void)precision_recall(a, b), Error);
    EXPECT_THROW((void)precision_recall(a.narrow(0, 0, 3), a), Error);
    EXPECT_THROW((void)frechet_distance(moments_of(a), moments_of(b)), Error);
    EXPECT_THROW((void)inception_score(a, 11), Error);
    EXPECT_THROW((void)trimmed_mean(at::empty({0})), Error);
    FeatureStatistics statistics({.moments = true});
    EXPECT_THROW((void)statistics.moments(), Error);
    statistics.append(a);
    EXPECT_THROW((void)statistics.all(), Error);
    EXPECT_THROW(statistics.append(b), Error);
}

}  // namespace
}  // namespace afs
