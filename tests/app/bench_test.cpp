// `bench`: that it measures what it says, never how fast it was.
#include <gmock/gmock.h>

#include "core/base/json.h"
#include "tests/support/paths.h"
#include "tests/support/program.h"

namespace afs::test {
namespace {

using ::testing::HasSubstr;

Json bench(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "bench");
    arguments.insert(arguments.end(), {"--json", "--repeats", "2"});
    const auto result = run_program(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return Json::parse(result.out);
}

TEST(Bench, TimesAGeneratorAndEachOfItsLayers) {
    const Json document = bench({"--what", "generator", "--cfg", "stylegan3-t", "--resolution", "32", "--cbase", "512",
                                 "--cmax", "32", "--compare", "reference"});
    EXPECT_GT(document.at("machine").at("peak_gflops").get<double>(), 0);
    EXPECT_GT(document.at("machine").at("bandwidth_gbytes_per_s").get<double>(), 0);
    const Json& generator = document.at("generator");
    EXPECT_GT(generator.at("min_ms").get<double>(), 0);
    EXPECT_LE(generator.at("min_ms").get<double>(), generator.at("median_ms").get<double>());
    EXPECT_EQ(generator.at("repeats"), 2);
    EXPECT_GT(generator.at("peak_memory_bytes").get<double>(), 1e7);
    EXPECT_GT(generator.at("reference_median_ms").get<double>(), 0);
    ASSERT_EQ(generator.at("layers").size(), 17U);  // input, 15 layers, output
    EXPECT_EQ(generator.at("layers").front().at("name"), "input");
    EXPECT_EQ(generator.at("layers").back().at("name"), "output");
}

TEST(Bench, TimesAFileAndStyleGan2Too) {
    const std::string file = golden_path("nets/r-32.pkl").string();
    EXPECT_GT(bench({"--network", file}).at("generator").at("median_ms").get<double>(), 0);
    const Json sg2 =
        bench({"--cfg", "stylegan2", "--resolution", "16", "--cbase", "256", "--cmax", "16", "--batch", "3"});
    EXPECT_EQ(sg2.at("generator").at("batch"), 3);
}

// T at 256x256 with 16384/512 channels, first row: 6.8 GFLOP of convolution, 0.13 of nonlinearity.
TEST(Bench, CountsTheArithmeticOfOperators) {
    const Json rows =
        bench({"--what", "ops", "--cfg", "stylegan3-t", "--resolution", "32", "--cbase", "16384"}).at("ops");
    ASSERT_GE(rows.size(), 6U);
    EXPECT_EQ(rows[0].at("op"), "modulated_conv");
    EXPECT_EQ(rows[1].at("op"), "filtered_lrelu");
    EXPECT_EQ(rows[2].at("op"), "filtered_lrelu with gradient");
    EXPECT_EQ(rows[0].at("layer"), rows[1].at("layer"));
    EXPECT_NEAR(rows[0].at("gflop").get<double>(), 6.81, 0.01);  // 2 * 512^2 * 9 * 38^2
    EXPECT_NEAR(rows[1].at("gflop").get<double>(), 0.13, 0.005);
    for (const Json& row : rows) {
        EXPECT_GT(row.at("median_ms").get<double>(), 0);
        EXPECT_GT(row.at("share_of_peak").get<double>(), 0);
        EXPECT_TRUE(row.at("reference_ms").is_null());
        EXPECT_EQ(row.at("type"), "Float");
    }
}

// SPEC 6: at this size every layer may run in half precision.
TEST(Bench, MeasuresOperatorsInThePrecisionThatWasAskedFor) {
    const Json rows = bench({"--what", "ops", "--cfg", "stylegan3-r", "--resolution", "16", "--cbase", "512", "--cmax",
                             "20", "--precision", "bf16"})
                          .at("ops");
    ASSERT_GE(rows.size(), 3U);
    for (const Json& row : rows) EXPECT_EQ(row.at("type"), "BFloat16");
}

TEST(Bench, TimesFramesOfTheDemoModel) {
    const Json frame = bench({"--what", "frame"}).at("frame");
    EXPECT_GT(frame.at("median_ms").get<double>(), 0);
    EXPECT_GT(frame.at("frames_per_second").get<double>(), 0);
}

TEST(Bench, TimesTrainingStepsAndTheirPhases) {
    const Json train = bench({"--what", "train", "--cfg", "stylegan3-t", "--resolution", "16", "--cbase", "256",
                              "--cmax", "16", "--batch", "2", "--compare", "reference"})
                           .at("train");
    const double step = train.at("median_step_ms").get<double>();
    EXPECT_GT(step, 0);
    EXPECT_EQ(train.at("batch"), 2);
    EXPECT_GT(train.at("reference_median_step_ms").get<double>(), 0);
    ASSERT_EQ(train.at("phases").size(), 3U);
    EXPECT_EQ(train.at("phases")[0].at("name"), "Gboth");
    EXPECT_EQ(train.at("phases")[2].at("name"), "Dreg");
    EXPECT_EQ(train.at("phases")[2].at("interval"), 16);
    // ms a step are s a thousand steps; R1 has its share.
    const double reg = train.at("phases")[2].at("median_ms").get<double>() / 16;
    EXPECT_NEAR(train.at("sec_per_kimg").get<double>(), (step + reg) / 2, 1e-6 * step);
}

TEST(Bench, RefusesWhatCannotBeMeasured) {
    EXPECT_EQ(run_program({"bench", "--what", "ops", "--network", "x.pkl"}).exit_code, 2);
    EXPECT_EQ(run_program({"bench", "--what", "frame", "--cfg", "stylegan3-t"}).exit_code, 2);
    EXPECT_EQ(run_program({"bench", "--what", "generator", "--repeats", "0"}).exit_code, 2);
    EXPECT_EQ(run_program({"bench", "--what", "train", "--network", "x.pkl"}).exit_code, 2);
    const auto sg2 = run_program({"bench", "--what", "ops", "--cfg", "stylegan2", "--resolution", "16"});
    EXPECT_EQ(sg2.exit_code, 1);
    EXPECT_THAT(sg2.err, HasSubstr("stylegan2"));
    const auto missing = run_program({"bench", "--network", "no-such-file.pkl"});
    EXPECT_EQ(missing.exit_code, 1);
    EXPECT_THAT(missing.err, HasSubstr("no-such-file.pkl"));
}

}  // namespace
}  // namespace afs::test
