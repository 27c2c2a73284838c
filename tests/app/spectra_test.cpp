// `afstudio spectra` as a user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/analysis/average_spectrum.h"
#include "core/base/json.h"
#include "core/formats/picture.h"
#include "tests/support/golden.h"
#include "tests/support/paths.h"
#include "tests/support/program.h"

namespace afs {
namespace {

using test::run_program;
using testing::HasSubstr;

// The recorded pictures as a data set.
void write_pictures(const std::filesystem::path& folder, const std::string& tensor) {
    const test::GoldenFile golden("spectra.safetensors");
    const auto shape = golden.tensor(tensor).shape;
    const auto values = golden.values(tensor);
    const auto channels = static_cast<std::size_t>(shape[1]), pixels = static_cast<std::size_t>(shape[2] * shape[3]);
    std::filesystem::create_directories(folder);
    for (std::size_t n = 0; n < static_cast<std::size_t>(shape[0]); ++n) {
        Image image{static_cast<int>(shape[3]), static_cast<int>(shape[2]), static_cast<int>(channels), {}};
        for (std::size_t k = 0; k < pixels; ++k)
            for (std::size_t c = 0; c < channels; ++c)
                image.pixels.push_back(static_cast<std::uint8_t>(values[(n * channels + c) * pixels + k]));
        write_file(folder / (std::to_string(n) + ".png"), Bytes(encode_png(image)), Overwrite::no);
    }
}

class Spectra : public testing::Test {
  protected:
    void SetUp() override { write_pictures(folder_ / "set", "pictures_32/input_u8"); }
    [[nodiscard]] std::string at(const std::string& name) const { return (folder_ / name).string(); }
    test::TemporaryFolder folder_;
};

TEST_F(Spectra, StatsPrintsTheOptionsThatCalcTakes) {
    const auto result = run_program({"spectra", "stats", "--source", at("set")});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("--mean=127.998 --std=49.1915"));
    const auto json = run_program({"spectra", "stats", "--source", at("set"), "--json"});
    const Json document = parse_json(json.out, "stats");
    EXPECT_NEAR(document["sources"][0]["mean"].get<double>(), 127.99793836805556, 1e-9);
    EXPECT_EQ(document["sources"][0]["pictures"], 6);
}

TEST_F(Spectra, CalcWritesTheOfficialSpectrum) {
    const auto result = run_program(
        {"spectra", "calc", "--source", at("set"), "--mean", "127.998", "--std", "49.191", "--dest", at("a.npz")});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const AverageSpectrum s = read_spectrum(at("a.npz"));
    ASSERT_EQ(s.side, 128);
    const test::GoldenFile golden("spectra.safetensors");
    const auto row = golden.values("s32_i4/expect_row0");
    for (std::size_t i = 0; i < row.size(); ++i) EXPECT_NEAR(s.spectrum[i], row[i], 1e-5 * row[i]);
    // Nothing is replaced without a word.
    const auto again = run_program({"spectra", "calc", "--source", at("set"), "--dest", at("a.npz")});
    EXPECT_EQ(again.exit_code, 1);
    EXPECT_THAT(again.err, HasSubstr("a.npz"));
    EXPECT_EQ(read_spectrum(at("a.npz")).spectrum, s.spectrum);
}

TEST_F(Spectra, SlicesComparesADataSetWithANetworkAndAFile) {
    ASSERT_EQ(run_program({"spectra", "calc", "--source", at("set"), "--dest", at("a.npz"), "--interp", "2"}).exit_code,
              0);
    const auto result = run_program({"spectra", "slices", "--source", at("set"), "--source",
                                     test::golden_path("nets/t-32.pkl").string(), "--source", at("a.npz"), "--num", "3",
                                     "--dest", at("s.png"), "--dest", at("s.csv")});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("of set"));
    const std::string table = read_text_file(at("s.csv"));
    EXPECT_THAT(table, HasSubstr("source,angle_deg,cycles_per_width,power_db\nset,0,0,"));
    EXPECT_THAT(table, HasSubstr("\nt-32.pkl,45,22.627417,"));
    EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 1 + 2 * (65 + 65 + 33));
    const MappedFile picture(at("s.png"));
    EXPECT_EQ(decode_picture(picture.bytes(), "slices").height, 1120);
}

TEST_F(Spectra, HeatMapsArePicturesAndTables) {
    const auto result = run_program({"spectra", "heatmap", "--source", at("set"), "--interp", "1", "--dest",
                                     at("m.png"), "--dest", at("m.csv"), "--json"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(parse_json(result.out, "heatmap")["files"].size(), 2u);
    const std::string table = read_text_file(at("m.csv"));
    EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 34);
    EXPECT_THAT(table, testing::StartsWith("fy\\fx,-16,-15,"));
}

TEST_F(Spectra, WhatCannotBeComparedOrReadIsSaidAndNothingIsWritten) {
    write_pictures(folder_ / "large", "pictures_48/input_u8");
    const auto sizes =
        run_program({"spectra", "slices", "--source", at("set"), "--source", at("large"), "--dest", at("x.png")});
    EXPECT_EQ(sizes.exit_code, 1);
    EXPECT_THAT(sizes.err, testing::AllOf(HasSubstr("large"), HasSubstr("48 x 48"), HasSubstr("32 x 32")));
    write_file(folder_ / "set/3b.png", std::string_view("\x89PNG no"), Overwrite::no);
    const auto damaged =
        run_program({"spectra", "slices", "--source", at("set"), "--dest", at("x.png"), "--dest", at("x.csv")});
    EXPECT_EQ(damaged.exit_code, 1);
    EXPECT_THAT(damaged.err, testing::AllOf(HasSubstr("3b.png"), HasSubstr("damaged")));
    EXPECT_FALSE(std::filesystem::exists(at("x.png")));
    EXPECT_FALSE(std::filesystem::exists(at("x.csv")));
    const auto missing = run_program({"spectra", "stats", "--source", at("nothing.zip")});
    EXPECT_EQ(missing.exit_code, 1);
    EXPECT_THAT(missing.err, HasSubstr("nothing.zip"));
}

TEST_F(Spectra, OptionsThatCannotBeAreRefused) {
    const auto code = [&](std::vector<std::string> more) {
        std::vector<std::string> words = {"spectra"};
        words.insert(words.end(), more.begin(), more.end());
        const auto result = run_program(words);
        EXPECT_FALSE(result.err.empty());
        return result.exit_code;
    };
    EXPECT_EQ(code({"draw", "--source", at("set")}), 2);
    EXPECT_EQ(code({"stats"}), 2);
    EXPECT_EQ(code({"calc", "--source", at("set")}), 2);
    EXPECT_EQ(code({"calc", "--source", at("set"), "--dest", at("a.png")}), 2);
    EXPECT_EQ(code({"calc", "--source", at("set"), "--mean", "1", "--dest", at("a.npz")}), 2);
    EXPECT_EQ(code({"heatmap", "--source", at("set"), "--source", at("set"), "--dest", at("a.png")}), 2);
    EXPECT_EQ(code({"calc", "--source", at("set"), "--beta", "-3", "--dest", at("a.npz")}), 1);
    EXPECT_EQ(code({"calc", "--source", at("set"), "--interp", "99", "--dest", at("a.npz")}), 1);
    EXPECT_EQ(code({"heatmap", "--source", at("set"), "--smooth", "-1", "--dest", at("a.png")}), 2);
    EXPECT_FALSE(std::filesystem::exists(at("a.npz")));
}

}  // namespace
}  // namespace afs
