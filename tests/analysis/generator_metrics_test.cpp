// Pins that a generator in memory is measured as one in a file is.
#include "core/analysis/generator_metrics.h"

#include <gmock/gmock.h>

#include "core/analysis/equivariance_run.h"
#include "core/base/error.h"
#include "core/model/network_file.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

std::string network() { return test::golden_path("nets/t-32.pkl").string(); }

TEST(GeneratorMetrics, OfEquivarianceNeedNoDetectorAndAreThoseOfTheFile) {
    GeneratorMetrics what;
    what.names = {"fid50k_full", "eqr50k", "eqt50k_int", "ppl2_wend"};
    what.samples = 8;
    what.seed = 3;
    EXPECT_THAT(metrics_without_detector(what.names, {}), testing::ElementsAre("fid50k_full", "ppl2_wend"));
    EXPECT_THAT(metrics_without_detector(what.names, {{"lpips", "f.pt"}}), testing::ElementsAre("fid50k_full"));

    const auto results = compute_metrics(what, NetworkFile::open(network(), "G_ema").generator);
    EquivarianceRun run;
    run.network = network();
    run.request.samples = 8;
    run.request.seed = 3;
    run.request.kinds = {EquivarianceKind::rotation, EquivarianceKind::translation_int};
    const EquivarianceResult wanted = run_equivariance(run).result;
    ASSERT_EQ(results.size(), 2u);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(results[i].metric, i == 0 ? "eqr50k" : "eqt50k_int");
        ASSERT_EQ(results[i].results.size(), 1u);
        EXPECT_EQ(results[i].results[0].first, results[i].metric);
        EXPECT_EQ(results[i].results[0].second, wanted.figures[i].db);
        EXPECT_EQ(results[i].samples, 8);
    }
}

TEST(GeneratorMetrics, AreRefusedOrStoppedInWords) {
    GeneratorMetrics what;
    what.samples = 8;
    what.names = {"fid"};
    const auto generator = NetworkFile::open(network(), "G_ema").generator;
    EXPECT_THROW((void)compute_metrics(what, generator), Error);
    what.names = {"eqt50k_int"};
    std::stop_source stop;
    stop.request_stop();
    try {
        (void)compute_metrics(what, generator, Progress({}, stop.get_token()));
        FAIL();
    } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::cancelled);
    }
}

}  // namespace
}  // namespace afs
