// `equivariance` and `metrics`, as a script uses them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/file.h"
#include "core/base/json.h"
#include "core/formats/picture.h"
#include "tests/support/paths.h"
#include "tests/support/program.h"

namespace afs::test {
namespace {

using ::testing::HasSubstr;

std::string net(const std::string& name) { return golden_path("nets/" + name).string(); }

TEST(Equivariance, PrintsTheKeysThatScriptsRelyOn) {
    const auto result = run_program(
        {"equivariance", "--network", net("t-32.pkl"), "--samples", "12", "--seed", "3", "--per-layer", "--json"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const Json json = Json::parse(result.out);
    EXPECT_EQ(json["samples"], 12);
    EXPECT_EQ(json["seed"], 3);
    EXPECT_EQ(json["complete"], true);
    for (const std::string key : {"eqt_int", "eqt_frac", "eqr"}) {
        const double db = json[key + "_db"];
        ASSERT_EQ(json[key + "_ci95_db"].size(), 2u) << key;
        EXPECT_LE(json[key + "_ci95_db"][0].get<double>(), db);
        EXPECT_GE(json[key + "_ci95_db"][1].get<double>(), db);
    }
    EXPECT_GT(json["eqt_int_db"].get<double>(), json["eqr_db"].get<double>() + 10) << "T translates and does not turn";
    EXPECT_EQ(json["per_layer_samples"], 12);
    ASSERT_EQ(json["per_layer"].size(), 16u);
    EXPECT_EQ(json["per_layer"][0]["name"], "input");
    EXPECT_TRUE(json["per_layer"][3]["eqt_rel_db"].is_number());
    EXPECT_TRUE(json["per_layer"][3]["eqr_rel_db"].is_number());
}

TEST(Equivariance, DrawsTheClassesOfAConditionalNetworkFromADataSetOrEvenly) {
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder / "set");
    write_file(folder / "set/a.png", Bytes(encode_png({8, 8, 3, std::vector<std::uint8_t>(192, 100)})), Overwrite::no);
    const auto label = [&](const char* text) {
        write_file(folder / "set/dataset.json", std::string(R"({"labels": [["a.png", )") + text + "]]}",
                   Overwrite::yes);
    };
    const auto measure = [&](const std::string& command, const std::vector<std::string>& more) {
        std::vector<std::string> words = {command, "--network", net("t-64-cond.pkl"), "--json", "--quiet"};
        words.insert(words.end(), more.begin(), more.end());
        return run_program(words, {.folder = folder.path()});
    };
    const std::vector<std::string> how = {"--kinds", "t_int", "--samples", "4"};
    const auto with_data = [](std::vector<std::string> words) {
        words.insert(words.end(), {"--data", "set"});
        return words;
    };
    const Json even = Json::parse(measure("equivariance", how).out);
    EXPECT_EQ(even["classes"], "uniform");
    label("[0, 0, 1, 0, 0]");
    const Json second = Json::parse(measure("equivariance", with_data(how)).out);
    EXPECT_EQ(second["classes"], "set");
    EXPECT_NE(second["eqt_int_db"], even["eqt_int_db"]);
    const Json metric = Json::parse(measure("metrics", with_data({"--metrics", "eqt50k_int", "--num", "4"})).out);
    EXPECT_EQ(metric["eqt50k_int"]["value"], second["eqt_int_db"]);
    label("[0, 1]");
    const auto wrong = measure("equivariance", with_data(how));
    EXPECT_EQ(wrong.exit_code, 1);
    EXPECT_EQ(wrong.out, "");
    EXPECT_THAT(wrong.err, HasSubstr("labels have length 2, the network's 5"));
}

TEST(Equivariance, MeasuresTheKindsThatWereAskedAndDrawsThem) {
    const TemporaryFolder folder;
    const std::vector<std::string> words = {"equivariance", "--network", net("r-32.pkl"), "--samples", "8",
                                            "--kinds",      "r",         "--plot",        "eq.png"};
    const auto result = run_program(words, {.folder = folder.path()});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("EQ-R"));
    EXPECT_THAT(result.out, ::testing::Not(HasSubstr("EQ-T")));
    EXPECT_GT(std::filesystem::file_size(folder / "eq.png"), 1000u);
    const auto again = run_program(words, {.folder = folder.path()});
    EXPECT_EQ(again.exit_code, 1) << "it exists";
    EXPECT_THAT(again.err, HasSubstr("eq.png"));
}

TEST(Equivariance, GivesThePartialResultAndSaysSoWhenInterrupted) {
    const auto result = run_program({"equivariance", "--network", net("t-32.pkl"), "--samples", "1000000", "--json"},
                                    {.interrupt_after_ms = 6000});
    EXPECT_EQ(result.exit_code, 130);
    const Json json = Json::parse(result.out);
    EXPECT_EQ(json["complete"], false);
    EXPECT_GT(json["samples"].get<int>(), 0);
    EXPECT_LT(json["samples"].get<int>(), 1000000);
    EXPECT_TRUE(json["eqt_int_db"].is_number());
    EXPECT_THAT(result.err, HasSubstr("Interrupted after"));
}

TEST(Equivariance, AsksWhatWouldBeWithAnotherFilter) {
    const auto measure = [](std::vector<std::string> more) {
        std::vector<std::string> words = {"equivariance", "--network", net("t-32.pkl"), "--samples", "8",
                                          "--kinds",      "t_frac",    "--per-layer",   "--json"};
        words.insert(words.end(), more.begin(), more.end());
        const auto result = run_program(words);
        EXPECT_EQ(result.exit_code, 0) << result.err;
        return Json::parse(result.out);
    };
    const Json own = measure({});
    // Without its filter the layer aliases.
    const Json other = measure({"--filter-override", "L9_52_13:down:8,8,1"});
    EXPECT_EQ(other["filter_overrides"][0], "L9_52_13:down:8,8,1");
    EXPECT_NE(own["eqt_frac_db"], other["eqt_frac_db"]);
    const auto layer = [](const Json& of, const std::string& name) {
        for (const Json& row : of["per_layer"])
            if (row["name"] == name) return row["eqt_rel_db"].get<double>();
        return 0.0;
    };
    EXPECT_EQ(layer(own, "L8_52_13"), layer(other, "L8_52_13")) << "what comes before it stays";
    EXPECT_LT(layer(other, "L9_52_13"), layer(own, "L9_52_13"));
    const auto wrong = run_program(
        {"equivariance", "--network", net("t-32.pkl"), "--samples", "8", "--filter-override", "L99:down:8,8,1"});
    EXPECT_EQ(wrong.exit_code, 1);
    EXPECT_THAT(wrong.err, HasSubstr("no layer \"L99\""));
    EXPECT_EQ(wrong.out, "");
}

TEST(Equivariance, SaysWhyAConstantInputCannotBeMeasured) {
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"equivariance", "--network", net("sg2-32.pkl")},
          {"metrics", "--network", net("sg2-32.pkl"), "--metrics", "eqr50k"}}) {
        const auto result = run_program(words);
        EXPECT_EQ(result.exit_code, 1);
        EXPECT_THAT(result.err, HasSubstr("learned constant"));
        EXPECT_EQ(result.out, "");
    }
}

TEST(Equivariance, WrongWordsEndWithTwo) {
    const std::string t = net("t-32.pkl");
    for (const std::vector<std::string>& words : {std::vector<std::string>{"equivariance"},
                                                  {"equivariance", "--network", t, "--kinds", "q"},
                                                  {"equivariance", "--network", t, "--kinds", ""},
                                                  {"equivariance", "--network", t, "--samples", "0"},
                                                  {"equivariance", "--network", t, "--seed", "-1"},
                                                  {"metrics", "--network", t},
                                                  {"metrics", "--network", t, "--metrics", "eqx"}}) {
        const auto result = run_program(words);
        EXPECT_EQ(result.exit_code, 2) << words.back() << result.err;
        EXPECT_EQ(result.out, "");
    }
}

TEST(Metrics, GivesTheOfficialNamesAndTheNumberOfSamples) {
    const auto result = run_program(
        {"metrics", "--network", net("t-32.pkl"), "--metrics", "eqt50k_int,eqt50k_frac", "--num", "8", "--json"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const Json json = Json::parse(result.out);
    ASSERT_EQ(json.size(), 2u);
    for (const char* key : {"eqt50k_int", "eqt50k_frac"}) {
        EXPECT_TRUE(json[key]["value"].is_number());
        EXPECT_EQ(json[key]["num"], 8);
        EXPECT_EQ(json[key]["ci95"].size(), 2u);
    }
}

TEST(Metrics, SaysWhatAMetricLacks) {
    const auto result = run_program({"metrics", "--network", net("t-32.pkl"), "--metrics", "fid50k_full"});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.err, HasSubstr("--detector inception=FILE"));
}

}  // namespace
}  // namespace afs::test
