// `inspect`, `convert`, `init`: files in, files out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/base/json.h"
#include "core/formats/network_archive.h"
#include "core/formats/npy.h"
#include "tests/support/paths.h"
#include "tests/support/program.h"

namespace afs::test {
namespace {

using ::testing::HasSubstr;

std::string net(const std::string& name) { return golden_path("nets/" + name).string(); }

ProgramResult expect_done(const std::vector<std::string>& arguments, const TemporaryFolder& folder) {
    const auto result = run_program(arguments, {.folder = folder.path()});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result;
}

TEST(Inspect, GivesTheKeysThatScriptsRelyOn) {
    const TemporaryFolder folder;
    const Json t = Json::parse(expect_done({"inspect", net("t-32.pkl"), "--json"}, folder).out);
    for (const char* key : {"kind", "format", "config", "img_resolution", "img_channels", "z_dim", "c_dim", "w_dim",
                            "num_ws", "num_params", "layers", "networks", "training_set_kwargs"})
        EXPECT_TRUE(t.contains(key)) << key;
    EXPECT_EQ(t["img_resolution"], 32);
    EXPECT_EQ(t["num_ws"], 16);
    EXPECT_EQ(t["num_params"], 27330) << "param_count_G_ema of the recording";
    EXPECT_EQ(t["layers"].size(), 15u);
    for (const char* key :
         {"name",          "in_size",        "out_size", "in_rate",  "out_rate", "in_cutoff",      "out_cutoff",
          "in_half_width", "out_half_width", "up",       "down",     "up_taps",  "down_taps",      "padding",
          "channels_in",   "channels_out",   "kernel",   "critical", "radial",   "half_precision", "is_torgb"})
        EXPECT_TRUE(t["layers"][3].contains(key)) << key;
    const Json cond = Json::parse(expect_done({"inspect", net("sg2-64-cond.pkl"), "--json"}, folder).out);
    EXPECT_EQ(cond["c_dim"], 5);
    EXPECT_EQ(cond["num_params"], 10800);
}

TEST(Inspect, SpeaksToPeopleToo) {
    const TemporaryFolder folder;
    const auto text = expect_done({"inspect", net("r-32.pkl")}, folder).out;
    EXPECT_THAT(text, HasSubstr("L0_36_"));
    EXPECT_THAT(text, HasSubstr("radial"));
}

void expect_equal_networks(const std::filesystem::path& a_path, const std::filesystem::path& b_path,
                           const std::string& a_name, const std::string& b_name) {
    const NetworkArchive a = read_network_archive(a_path), b = read_network_archive(b_path);
    const NetworkRecord *from = a.find(a_name), *to = b.find(b_name);
    ASSERT_TRUE(from && to) << a_name << " " << b_name;
    ASSERT_EQ(from->tensors.size(), to->tensors.size());
    for (const NamedTensor& tensor : from->tensors) {
        const NamedTensor* const other = to->find(tensor.name);
        ASSERT_TRUE(other) << tensor.name;
        EXPECT_EQ(tensor.tensor.dtype, other->tensor.dtype) << tensor.name;
        EXPECT_EQ(tensor.tensor.shape, other->tensor.shape) << tensor.name;
        EXPECT_TRUE(std::equal(tensor.tensor.bytes.begin(), tensor.tensor.bytes.end(), other->tensor.bytes.begin(),
                               other->tensor.bytes.end()))
            << tensor.name;
    }
}

TEST(Convert, KeepsEveryBitOfEveryNetworkThereAndBack) {
    for (const char* name : {"t-32", "r-64", "sg2-64-cond", "sg2-16-resnet", "sg2-32-ada"}) {
        SCOPED_TRACE(name);
        const TemporaryFolder folder;
        const std::string pkl = net(std::string(name) + ".pkl");
        expect_done({"convert", pkl, "a.safetensors"}, folder);
        for (const char* which : {"G", "D", "G_ema"})
            expect_equal_networks(pkl, folder / "a.safetensors", which, which);
        expect_done({"convert", "a.safetensors", "b.pt"}, folder);
        expect_equal_networks(pkl, folder / "b.pt", "G_ema", "");
        // The picture is the same from all three.
        for (const std::string& file : {pkl, std::string("a.safetensors"), std::string("b.pt")})
            expect_done({"images", "--network", file, "--seeds", "3", "--format", "npy", "--outdir",
                         "out-" + std::filesystem::path(file).extension().string().substr(1)},
                        folder);
        const auto expected = to_doubles(read_npy(folder / "out-pkl/images.npy"));
        EXPECT_EQ(to_doubles(read_npy(folder / "out-safetensors/images.npy")), expected);
        EXPECT_EQ(to_doubles(read_npy(folder / "out-pt/images.npy")), expected);
    }
}

TEST(Convert, RefusesUnknownEndingsExistingFilesAndMissingNetworks) {
    const TemporaryFolder folder;
    EXPECT_EQ(run_program({"convert", net("t-32.pkl"), "a.onnx"}, {.folder = folder.path()}).exit_code, 2);
    EXPECT_EQ(run_program({"convert", "/no/such.pkl", "a.pt"}, {.folder = folder.path()}).exit_code, 1);
    EXPECT_EQ(run_program({"convert", net("bad/os_system.pkl"), "a.pt"}, {.folder = folder.path()}).exit_code, 1);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
    expect_done({"convert", net("t-32.pkl"), "a.pt"}, folder);
    EXPECT_EQ(run_program({"convert", net("t-32.pkl"), "a.pt"}, {.folder = folder.path()}).exit_code, 1);
    expect_done({"convert", net("t-32.pkl"), "a.pt", "--overwrite"}, folder);
    EXPECT_EQ(run_program({"convert", "a.pt", "d.safetensors", "--what", "D"}, {.folder = folder.path()}).exit_code, 1);
}

TEST(Init, MakesTheSameLivelyNetworkFromTheSameSeed) {
    const TemporaryFolder folder;
    const std::vector<std::string> small = {"--resolution", "32",      "--cbase", "512",     "--cmax",
                                            "16",           "--z-dim", "32",      "--w-dim", "32"};
    for (const std::string cfg : {"stylegan3-t", "stylegan3-r", "stylegan2"}) {
        SCOPED_TRACE(cfg);
        for (const std::string copy : {"a", "b"}) {
            std::vector<std::string> arguments = {"init", cfg + copy + ".safetensors", "--cfg", cfg, "--seed", "7"};
            arguments.insert(arguments.end(), small.begin(), small.end());
            expect_done(arguments, folder);
        }
        EXPECT_EQ(read_text_file(folder / (cfg + "a.safetensors")), read_text_file(folder / (cfg + "b.safetensors")));
        expect_done(
            {"images", "--network", cfg + "a.safetensors", "--seeds", "0-3", "--format", "npy", "--outdir", cfg},
            folder);
        const auto x = to_doubles(read_npy(folder / (cfg + "/images.npy")));
        double sum = 0, squares = 0;
        for (const double value : x) sum += value, squares += value * value;
        const double mean = sum / static_cast<double>(x.size()),
                     std = std::sqrt(squares / static_cast<double>(x.size()) - mean * mean);
        // Neither gray nor saturated: init aims at 0.45.
        EXPECT_GT(std, 0.2);
        EXPECT_LT(std, 0.9);
    }
    EXPECT_EQ(run_program({"init", "x.safetensors", "--resolution", "100"}, {.folder = folder.path()}).exit_code, 1);
    EXPECT_EQ(run_program({"init", "x.safetensors", "--resolution", "1000000000"}, {.folder = folder.path()}).exit_code,
              1);
}

// The official size of a large network: 22.3 million parameters, 1024 pixels. Few channels keep the test short; the
// schedule is the whole one.
TEST(Program, A1024NetworkGoesThroughInspectConvertAndImages) {
    const TemporaryFolder folder;
    expect_done({"init", "big.safetensors", "--resolution", "1024", "--cbase", "4096", "--cmax", "64"}, folder);
    EXPECT_EQ(Json::parse(expect_done({"inspect", "big.safetensors", "--json"}, folder).out)["img_resolution"], 1024);
    expect_done({"convert", "big.safetensors", "big.pt"}, folder);
    expect_done({"images", "--network", "big.pt", "--seeds", "0", "--format", "npy"}, folder);
    EXPECT_EQ(read_npy(folder / "out/images.npy").shape, (std::vector<std::int64_t>{1, 3, 1024, 1024}));
}

}  // namespace
}  // namespace afs::test
