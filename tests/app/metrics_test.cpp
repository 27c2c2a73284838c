// `afstudio metrics` with detector networks, as a user runs it.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>

#include "core/base/json.h"
#include "core/data/demo.h"
#include "tests/support/paths.h"
#include "tests/support/program.h"

namespace afs {
namespace {

using test::run_program;
using testing::HasSubstr;

class FeatureMetrics : public testing::Test {
  protected:
    void SetUp() override {
        make_demo_set(folder_ / "set.zip", {.pictures = 70, .resolution = 32, .threads = 2});
        save("real.pt", "torch.adaptive_avg_pool2d(x.float(), [2, 2]).flatten(1) / 100",
             "torch.softmax(self.forward(x), 1)");
        save("constant.pt", "torch.ones([x.shape[0], 5])", "torch.ones([x.shape[0], 4]) / 4");
    }
    void save(const char* name, const std::string& features, const std::string& probabilities) const {
        torch::jit::Module module("Detector");
        module.define("def forward(self, x: Tensor) -> Tensor:\n    return " + features + "\n");
        if (!probabilities.empty())
            module.define("def probabilities(self, x: Tensor) -> Tensor:\n    return " + probabilities + "\n");
        module.save(at(name));
    }
    [[nodiscard]] std::string at(const std::string& name) const { return (folder_ / name).string(); }
    [[nodiscard]] test::ProgramResult measure(const std::string& metrics, const std::string& detector,
                                              const std::vector<std::string>& more = {}) const {
        std::vector<std::string> words = {"metrics",  "--network",   test::golden_path("nets/t-32.pkl").string(),
                                          "--data",   at("set.zip"), "--metrics",
                                          metrics,    "--num",       "30",
                                          "--device", "cpu",         "--json"};
        for (const char* role : {"inception", "vgg16", "lpips"}) {
            words.emplace_back("--detector");
            words.push_back(std::string(role) + "=" + at(detector));
        }
        words.insert(words.end(), more.begin(), more.end());
        return run_program(words, {.environment = {{"XDG_CACHE_HOME", at("cache")}}});
    }
    test::TemporaryFolder folder_;
};

Json figures(const std::vector<std::string>& words) {
    std::vector<std::string> all = words;
    for (const char* more : {"--network", "", "--device", "cpu", "--json"})
        all.push_back(*more ? more : test::golden_path("nets/t-32.pkl").string());
    const auto result = run_program(all);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return parse_json(result.out, words.front());
}

TEST(EquivarianceMetrics, AreMeasuredWithTheFiltersThatAreAskedFor) {
    const std::string filter = "L9_52_13:down:8,8,1";
    const Json own = figures({"metrics", "--metrics", "eqt50k_int", "--num", "8"});
    const Json other = figures({"metrics", "--metrics", "eqt50k_int", "--num", "8", "--filter-override", filter});
    const Json same = figures({"equivariance", "--kinds", "t_int", "--samples", "8", "--filter-override", filter});
    EXPECT_FALSE(own.contains("filter_overrides"));
    EXPECT_EQ(other["filter_overrides"], Json::array({filter}));
    const double db = other["eqt50k_int"]["value"].get<double>();
    // Which of the two is larger says nothing: these are eight samples of random weights.
    EXPECT_NE(db, own["eqt50k_int"]["value"].get<double>());
    int found = 0;
    for (const auto& [key, value] : same.items())
        if (key.ends_with("_db") && !key.ends_with("_ci95_db")) {
            ++found;
            EXPECT_DOUBLE_EQ(value.get<double>(), db) << key;
        }
    EXPECT_EQ(found, 1);
}

TEST(EquivarianceMetrics, TheOthersSayThatTheyKnowNoChangedFilters) {
    const auto result = run_program({"metrics", "--network", test::golden_path("nets/t-32.pkl").string(), "--metrics",
                                     "eqt50k_int,fid50k_full", "--filter-override", "L9_52_13:down:8,8,1"});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.err, HasSubstr("--filter-override: only eqt50k_int"));
}

constexpr const char* kAll = "fid50k_full,kid50k_full,pr50k3_full,ppl2_wend,is50k";

// To a detector that sees no difference, all pictures are the same.
TEST_F(FeatureMetrics, ADetectorThatSeesNothingFindsNoDistance) {
    const auto result = measure(kAll, "constant.pt");
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const Json json = parse_json(result.out, "metrics");
    EXPECT_NEAR(json["fid50k_full"]["value"].get<double>(), 0.0, 1e-9);
    EXPECT_NEAR(json["kid50k_full"]["value"].get<double>(), 0.0, 1e-9);
    EXPECT_EQ(json["pr50k3_full_precision"]["value"], 1.0);
    EXPECT_EQ(json["pr50k3_full_recall"]["value"], 1.0);
    EXPECT_EQ(json["ppl2_wend"]["value"], 0.0);
    EXPECT_NEAR(json["is50k_mean"]["value"].get<double>(), 1.0, 1e-6);
    EXPECT_NEAR(json["is50k_std"]["value"].get<double>(), 0.0, 1e-6);
    for (const auto& [name, row] : json.items()) EXPECT_EQ(row["num"], 30) << name;
}

TEST_F(FeatureMetrics, OneThatSeesFindsTheSameEachTime) {
    const auto result = measure(kAll, "real.pt");
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const Json json = parse_json(result.out, "metrics");
    EXPECT_GT(json["fid50k_full"]["value"].get<double>(), 0.01);
    EXPECT_GT(json["ppl2_wend"]["value"].get<double>(), 0.0);
    EXPECT_GT(json["is50k_mean"]["value"].get<double>(), 1.0);
    EXPECT_EQ(measure(kAll, "real.pt").out, result.out);
    EXPECT_NE(measure(kAll, "real.pt", {"--seed", "4"}).out, result.out);
    // SPEC 16: "full" metrics and is50k do not mirror what training mirrored.
    EXPECT_EQ(measure(kAll, "real.pt", {"--mirror"}).out, result.out);
}

TEST_F(FeatureMetrics, RealPicturesAreLookedAtOnce) {
    const std::vector<std::string> told = {"--log-level", "info"};
    const auto first = measure("fid50k_full,kid50k_full,pr50k3_full", "real.pt", told);
    ASSERT_EQ(first.exit_code, 0) << first.err;
    EXPECT_THAT(first.err, testing::Not(HasSubstr("known from an earlier")));
    const auto second = measure("fid50k_full,kid50k_full,pr50k3_full", "real.pt", told);
    EXPECT_EQ(second.out, first.out);
    EXPECT_THAT(second.err, HasSubstr("The inception features of the real pictures were known"));
    EXPECT_THAT(second.err, HasSubstr("The vgg16 features of the real pictures were known"));
    // Another detector, and the same one with one picture changed, have other features.
    EXPECT_THAT(measure("fid50k_full", "constant.pt", told).err, testing::Not(HasSubstr("known from an earlier")));
    make_demo_set(folder_ / "other.zip", {.pictures = 70, .resolution = 32, .seed = 1, .threads = 2});
    std::filesystem::rename(folder_ / "other.zip", folder_ / "set.zip");
    const auto other = measure("fid50k_full", "real.pt", told);
    EXPECT_THAT(other.err, testing::Not(HasSubstr("known from an earlier")));
    EXPECT_NE(parse_json(other.out, "metrics")["fid50k_full"], parse_json(first.out, "metrics")["fid50k_full"]);
    // A folder that cannot be written is no reason to fail.
    std::filesystem::remove_all(folder_ / "cache");
    write_file(folder_ / "cache", std::string_view("a file"), Overwrite::no);
    const auto without = measure("fid50k_full", "real.pt");
    EXPECT_EQ(parse_json(without.out, "metrics")["fid50k_full"], parse_json(other.out, "metrics")["fid50k_full"]);
    EXPECT_THAT(without.err, HasSubstr("not kept for the next time"));
}

TEST_F(FeatureMetrics, WhatIsMissingOrFailsIsSaid) {
    const std::string network = test::golden_path("nets/t-32.pkl").string();
    const auto none =
        run_program({"metrics", "--network", network, "--data", at("set.zip"), "--metrics", "fid50k_full"});
    EXPECT_EQ(none.exit_code, 1);
    EXPECT_THAT(none.err, HasSubstr("--detector inception=FILE"));
    const auto no_data = run_program(
        {"metrics", "--network", network, "--metrics", "fid50k_full", "--detector", "inception=" + at("real.pt")});
    EXPECT_EQ(no_data.exit_code, 1);
    EXPECT_THAT(no_data.err, HasSubstr("--data"));
    EXPECT_EQ(run_program(
                  {"metrics", "--network", network, "--metrics", "fid50k_full", "--detector", "nose=" + at("real.pt")})
                  .exit_code,
              2);
    const auto no_script = measure("fid50k_full", "set.zip");
    EXPECT_EQ(no_script.exit_code, 1);
    EXPECT_THAT(no_script.err, HasSubstr("Could not use the inception detector"));
    save("flat.pt", "x.float().mean()", "");
    EXPECT_THAT(measure("fid50k_full", "flat.pt").err, HasSubstr("not [64, F]"));
    EXPECT_THAT(measure("is50k", "flat.pt").err, HasSubstr("no method \"probabilities\""));
    EXPECT_THAT(measure("fid50k_full", "gone.pt").err, HasSubstr("there is no such file"));
}

}  // namespace
}  // namespace afs
