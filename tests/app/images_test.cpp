// `images`: the numbers that everybody else gets, in files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/base/json.h"
#include "core/formats/npy.h"
#include "core/formats/picture.h"
#include "tests/support/golden.h"
#include "tests/support/paths.h"
#include "tests/support/program.h"

namespace afs::test {
namespace {

using ::testing::HasSubstr;

std::string net(const std::string& name) { return golden_path("nets/" + name).string(); }

// Runs `images` in a folder of its own; expects success.
ProgramResult images(const TemporaryFolder& folder, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "images");
    const auto result = run_program(arguments, {.folder = folder.path()});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result;
}

void expect_near(const TensorData& got, const TensorData& expected, double tolerance) {
    ASSERT_EQ(got.shape, expected.shape);
    const auto a = to_doubles(got), b = to_doubles(expected);
    double largest = 0.0, scale = 1.0;
    for (const double value : b) scale = std::max(scale, std::abs(value));
    for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
    EXPECT_LE(largest, tolerance * scale);
}

// The tolerance is that of the recording: 1e-4 of the picture's range.
TEST(Images, NpyHoldsWhatTheOfficialCodeGives) {
    for (const std::string name : {"t-32", "r-32", "r-64", "sg2-32", "t-64-cond", "sg2-64-cond"}) {
        SCOPED_TRACE(name);
        const TemporaryFolder folder;
        images(folder, {"--network", net(name + ".pkl"), "--seeds", "0", "--format", "npy", "--save-w"});
        const GoldenFile golden("nets/" + name + ".safetensors");
        expect_near(read_npy(folder / "out/images.npy"), golden.tensor("img_seed0/expect_image"), 1e-4);
        expect_near(read_npy(folder / "out/w.npy"), golden.tensor("img_seed0/input_ws"), 1e-5);
    }
}

TEST(Images, TransformsTruncationAndMixingAreTheOfficialOnes) {
    const GoldenFile golden("nets/t-32.safetensors");
    const TemporaryFolder folder;
    images(folder, {"--network", net("t-32.pkl"), "--seeds", "5", "--trunc", "0.7", "--truncation-cutoff", "6",
                    "--format", "npy", "--outdir", "trunc"});
    expect_near(read_npy(folder / "trunc/images.npy"), golden.tensor("img_trunc/expect_image"), 1e-4);
    images(folder,
           {"--network", net("t-32.pkl"), "--seeds", "0", "--mix", "5:2,3,7", "--format", "npy", "--outdir", "mix"});
    expect_near(read_npy(folder / "mix/images.npy"), golden.tensor("img_stylemix/expect_image"), 1e-4);
    images(folder, {"--network", net("t-32.pkl"), "--seeds", "0", "--translate", "0.11,-0.07", "--format", "npy",
                    "--outdir", "move"});
    expect_near(read_npy(folder / "move/images.npy"), golden.tensor("img_translate/expect_image"), 3e-4);
}

TEST(Images, WritesOfficialNamesAndTheDisplayConversion) {
    const TemporaryFolder folder;
    const auto result = images(folder, {"--network", net("t-32.pkl"), "--seeds", "0,3,5-6", "--json"});
    const Json document = Json::parse(result.out);
    EXPECT_EQ(document["files"].size(), 4u);
    for (const char* name : {"out/seed0000.png", "out/seed0003.png", "out/seed0005.png", "out/seed0006.png"})
        EXPECT_TRUE(std::filesystem::exists(folder / name)) << name;
    const MappedFile file(folder / "out/seed0000.png");
    const Image image = decode_picture(file.bytes(), "x");
    const GoldenFile golden("nets/t-32.safetensors");
    const auto expected = golden.values("u8_seed0/expect_u8");
    ASSERT_EQ(image.pixels.size(), expected.size());
    const auto& shape = golden.tensor("u8_seed0/expect_u8").shape;
    const bool planar = shape.size() == 4 ? shape[1] == 3 : shape[0] == 3;
    for (std::size_t pixel = 0; pixel < 32 * 32; ++pixel)
        for (std::size_t k = 0; k < 3; ++k)
            EXPECT_NEAR(image.pixels[pixel * 3 + k], expected[planar ? k * 1024 + pixel : pixel * 3 + k], 1);
}

// SPEC 8: the recorded view, by the option.
TEST(Images, UntransformMovesThePictureBack) {
    const GoldenFile golden("view.safetensors");
    const auto& m = golden.parameters("untransform")["input_transform"];
    std::string matrix;
    for (const Json& row : m)
        for (const Json& value : row) matrix += (matrix.empty() ? "" : ",") + value.dump();
    const TemporaryFolder folder;
    images(folder, {"--network", net("t-32.pkl"), "--seeds", "0", "--matrix", matrix, "--untransform"});
    const MappedFile file(folder / "out/seed0000.png");
    const Image image = decode_picture(file.bytes(), "x");
    const auto expected = golden.values("untransform/expect_u8");
    ASSERT_EQ(image.pixels.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(image.pixels[i], expected[i], 1) << i;
}

TEST(Images, EquivarianceIsAPictureToo) {
    const TemporaryFolder folder;
    const std::vector<std::string> common = {"--network", net("r-32.pkl"), "--seeds", "3", "--canvas", "equivariance"};
    const auto shown = [&](const std::string& folder_name, std::vector<std::string> more) {
        more.insert(more.begin(), common.begin(), common.end());
        more.insert(more.end(), {"--outdir", folder_name});
        const ProgramResult result = images(folder, more);
        const MappedFile file(folder / (folder_name + "/seed0003.png"));
        return std::pair(decode_picture(file.bytes(), "x"), result.err);
    };
    const auto [grid, quiet] = shown("grid", {"--rotate", "20", "--equivariance-show", "grid"});
    EXPECT_EQ(grid.width, 68);
    const auto figures = images(folder, {"--network", net("r-32.pkl"), "--seeds", "3", "--canvas", "equivariance",
                                         "--rotate", "20", "--outdir", "figures", "--json"});
    const Json row = Json::parse(figures.out)["pictures"][0];
    EXPECT_GT(row["equivariance_db"].get<double>(), 20.0);
    EXPECT_GT(row["equivariance_compared"].get<double>(), 0.1);
    const auto [strip, none] = shown("strip", {"--equivariance-show", "strip", "--strip-steps", "7"});
    EXPECT_EQ(strip.width, 7);
    const auto [flicker, note] = shown("flicker", {"--equivariance-show", "flicker", "--equivariance-of", "rotation"});
    EXPECT_THAT(note, HasSubstr("cannot flicker"));
    const auto refused = run_program({"images", "--network", net("r-32.pkl"), "--seeds", "3", "--strip-steps", "1"},
                                     {.folder = folder.path()});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.err, HasSubstr("strip_steps"));
}

TEST(Images, NeverOverwritesUnlessAsked) {
    const TemporaryFolder folder;
    images(folder, {"--network", net("t-32.pkl"), "--seeds", "0"});
    const auto again =
        run_program({"images", "--network", net("t-32.pkl"), "--seeds", "0-1"}, {.folder = folder.path()});
    EXPECT_EQ(again.exit_code, 1);
    EXPECT_THAT(again.err, HasSubstr("--overwrite"));
    EXPECT_FALSE(std::filesystem::exists(folder / "out/seed0001.png")) << "work was done before the conflict was found";
    images(folder, {"--network", net("t-32.pkl"), "--seeds", "0-1", "--overwrite"});
}

TEST(Images, ALayersActivationsAndItsView) {
    const TemporaryFolder folder;
    images(folder, {"--network", net("t-32.pkl"), "--seeds", "0-1", "--layer", "L5_52_13", "--format", "npy"});
    EXPECT_EQ(read_npy(folder / "out/layer_L5_52_13.npy").shape, (std::vector<std::int64_t>{2, 13, 52, 52}));
    EXPECT_EQ(read_npy(folder / "out/images.npy").shape, (std::vector<std::int64_t>{2, 3, 32, 32}));
    images(folder, {"--network", net("t-32.pkl"), "--seeds", "0", "--layer", "L5_52_13"});
    const MappedFile file(folder / "out/seed0000.png");
    EXPECT_EQ(decode_picture(file.bytes(), "x").width, 52);
}

TEST(Images, AWFileGivesThePictureItCameFrom) {
    const TemporaryFolder folder;
    images(folder, {"--network", net("t-32.pkl"), "--seeds", "7", "--save-w"});
    images(folder, {"--network", net("t-32.pkl"), "--w", "out/w.npy", "--outdir", "again"});
    EXPECT_TRUE(read_text_file(folder / "out/seed0007.png") == read_text_file(folder / "again/proj00.png"));
}

TEST(Images, AConditionalNetworkTakesEachSeedsOwnClassUnlessToldOne) {
    const TemporaryFolder folder;
    const Json own = Json::parse(images(folder, {"--network", net("t-64-cond.pkl"), "--seeds", "0-2", "--json"}).out);
    const Json told = Json::parse(images(folder, {"--network", net("t-64-cond.pkl"), "--seeds", "0-2", "--class", "4",
                                                  "--json", "--outdir", "told"})
                                      .out);
    for (const Json& picture : own["pictures"]) EXPECT_TRUE(picture.contains("class"));
    for (const Json& picture : told["pictures"]) EXPECT_EQ(picture["class"], 4);
}

TEST(Images, TellTheSpectraOfAllLayers) {
    const TemporaryFolder folder;
    const Json told = Json::parse(images(folder, {"--network", net("t-32.pkl"), "--seeds", "3", "--canvas", "spectrum",
                                                  "--spectrum-show", "waterfall", "--json"})
                                      .out);
    const Json& layers = told["pictures"][0]["waterfall"];
    ASSERT_EQ(layers.size(), 17u);  // input, 15 rows, output
    const Json& first = layers[1];
    EXPECT_EQ(first["frequency"].size(), first["radial_db"].size());
    EXPECT_NEAR(first["cutoff"].get<double>(), 2.0, 1e-12);
    EXPECT_NEAR(first["stopband"].get<double>(), std::exp2(2.1), 1e-9);
    EXPECT_TRUE(layers[16]["stopband"].is_null()) << "nothing filters the output";
    const MappedFile file(folder / "out/seed0003.png");
    EXPECT_EQ(decode_picture(file.bytes(), "x").width, 1000);
    const Json two =
        Json::parse(images(folder, {"--network", net("t-32.pkl"), "--seeds", "3", "--canvas", "spectrum", "--layer",
                                    "L5_52_13", "--spectrum-compare", "L9_52_13", "--outdir", "two", "--json"})
                        .out);
    EXPECT_NE(two["pictures"][0]["spectrum"]["radial_db"], two["pictures"][0]["compared"]["radial_db"]);
}

TEST(Images, AverageTheSpectraOfAllLayersOverSeeds) {
    const TemporaryFolder folder;
    const auto told = [&](const std::string& seeds, const std::string& dir) {
        return Json::parse(images(folder, {"--network", net("t-32.pkl"), "--seeds", seeds, "--spectrum-mean",
                                           "--outdir", dir, "--json"})
                               .out);
    };
    const Json both = told("3,4", "both"), one = told("3", "one"), other = told("4", "other");
    EXPECT_EQ(both["mean"]["pictures"], 2);
    EXPECT_TRUE(both["pictures"].empty());
    const MappedFile file(folder / "both/spectrum_mean.png");
    EXPECT_EQ(decode_picture(file.bytes(), "x").width, 1000);
    ASSERT_EQ(both["mean"]["waterfall"].size(), 17u);
    for (std::size_t i = 0; i < 17; ++i) {
        const auto share = [&](const Json& of) { return of["mean"]["waterfall"][i]["beyond_cutoff"]; };
        if (!share(both).is_number()) continue;
        const double a = share(one), b = share(other), mean = share(both);
        EXPECT_GE(mean, std::min(a, b) - 1e-9) << i;
        EXPECT_LE(mean, std::max(a, b) + 1e-9) << i;
    }
    // The mean of one seed is that seed's.
    const Json alone = Json::parse(images(folder, {"--network", net("t-32.pkl"), "--seeds", "3", "--canvas", "spectrum",
                                                   "--spectrum-show", "waterfall", "--outdir", "alone", "--json"})
                                       .out);
    EXPECT_EQ(one["mean"]["waterfall"], alone["pictures"][0]["waterfall"]);
    for (const auto& [more, why] : std::vector<std::pair<std::vector<std::string>, std::string>>{
             {{"--latent-plane", "1,2"}, "needs seeds"},
             {{"--seeds", "1", "--format", "npy"}, "not an .npy"},
             {{"--seeds", "1", "--filter-override", "L99:down:2,2,24"}, "no layer \"L99\""}}) {
        std::vector<std::string> words = {"images",          "--network", net("t-32.pkl"),
                                          "--spectrum-mean", "--outdir",  "wrong"};
        words.insert(words.end(), more.begin(), more.end());
        const auto result = run_program(words, {.folder = folder.path()});
        EXPECT_EQ(result.exit_code, 1) << result.err;
        EXPECT_THAT(result.err, HasSubstr(why));
        EXPECT_FALSE(std::filesystem::exists(folder / "wrong"));
    }
}

TEST(Images, TakeAnotherFilterAndRefuseOneThatCannotBe) {
    const TemporaryFolder folder;
    const std::vector<std::string> common = {"--network", net("t-32.pkl"), "--seeds", "3"};
    const auto with = [&](std::vector<std::string> more) {
        more.insert(more.begin(), common.begin(), common.end());
        return more;
    };
    images(folder, with({"--outdir", "own"}));
    images(folder, with({"--outdir", "other", "--filter-override", "L5_52_13:down:2,2,24"}));
    EXPECT_NE(read_text_file(folder / "own/seed0003.png"), read_text_file(folder / "other/seed0003.png"));
    for (const auto& [filter, why] :
         std::vector<std::pair<std::string, std::string>>{{"L99:down:2,2,24", "no layer \"L99\""},
                                                          {"L5_52_13:down:999,2,24", "half the rate"},
                                                          {"L14_32_3:down:2,2,24", "no down filter"}}) {
        auto arguments = with({"--outdir", "wrong", "--filter-override", filter});
        arguments.insert(arguments.begin(), "images");
        const auto result = run_program(arguments, {.folder = folder.path()});
        EXPECT_EQ(result.exit_code, 1) << filter;
        EXPECT_THAT(result.err, HasSubstr(why));
        EXPECT_FALSE(std::filesystem::exists(folder / "wrong"));
    }
}

TEST(Images, EqualCommandsGiveEqualBytes) {
    const TemporaryFolder folder;
    for (const char* dir : {"a", "b"})
        images(folder, {"--network", net("sg2-32.pkl"), "--seeds", "3", "--noise-mode", "random", "--noise-seed", "5",
                        "--outdir", dir});
    EXPECT_EQ(read_text_file(folder / "a/seed0003.png"), read_text_file(folder / "b/seed0003.png"));
}

TEST(Images, AnInterruptLeavesWholeFilesAndExits130) {
    const TemporaryFolder folder;
    const auto result = run_program({"images", "--network", net("t-64-cond.pkl"), "--seeds", "0-9999", "--save-w"},
                                    {.folder = folder.path(), .interrupt_after_ms = 2500});
    EXPECT_EQ(result.exit_code, 130) << result.err;
    EXPECT_FALSE(std::filesystem::exists(folder / "out/w.npy")) << "an incomplete file appeared";
    int pictures = 0;
    if (std::filesystem::exists(folder / "out"))
        for (const auto& entry : std::filesystem::directory_iterator(folder / "out")) {
            EXPECT_EQ(entry.path().extension(), ".png") << entry.path();
            const MappedFile file(entry.path());
            EXPECT_EQ(decode_picture(file.bytes(), "x").width, 64);
            ++pictures;
        }
    EXPECT_LT(pictures, 10000);
}

}  // namespace
}  // namespace afs::test
