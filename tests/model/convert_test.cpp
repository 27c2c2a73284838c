// Pins docs/file-formats.md: converting keeps every bit and the configuration, in every direction.
#include "core/model/convert.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "core/base/error.h"
#include "core/model/describe.h"
#include "core/model/init_network.h"
#include "core/model/network_file.h"
#include "tests/model/tensors.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

void expect_equal_tensors(const NetworkRecord& got, const NetworkRecord& want) {
    ASSERT_EQ(got.tensors.size(), want.tensors.size());
    for (const NamedTensor& tensor : want.tensors) {
        const NamedTensor* other = got.find(tensor.name);
        ASSERT_NE(other, nullptr) << tensor.name;
        EXPECT_EQ(other->tensor.dtype, tensor.tensor.dtype) << tensor.name;
        EXPECT_EQ(other->tensor.shape, tensor.tensor.shape) << tensor.name;
        EXPECT_TRUE(std::ranges::equal(other->tensor.bytes, tensor.tensor.bytes)) << tensor.name;
    }
}

GeneratorConfig small_config() {
    GeneratorConfig config;
    config.z_dim = config.w_dim = 8;
    config.img_resolution = 16;
    config.channel_base = 64;
    config.channel_max = 4;
    return config;
}

class Convert : public testing::TestWithParam<const char*> {
  protected:
    test::TemporaryFolder folder_;
    std::filesystem::path source_ = test::golden_path(std::string("nets/") + GetParam() + ".pkl");
};

TEST_P(Convert, KeepsEveryBitOfEveryNetwork) {
    const auto native = folder_ / "a.safetensors", torch = folder_ / "b.pt", again = folder_ / "c.safetensors";
    const Conversion first = convert_network(source_, native, "", Overwrite::no);
    const Conversion second = convert_network(native, torch, "all", Overwrite::no);
    const Conversion third = convert_network(torch, again, "", Overwrite::no);
    EXPECT_EQ(first.bytes, second.bytes);
    EXPECT_EQ(first.tensors, third.tensors);
    EXPECT_THAT(first.warnings, IsEmpty());
    const NetworkArchive want = read_network_archive(source_);
    for (const auto& file : {native, torch, again}) {
        SCOPED_TRACE(file.filename());
        const NetworkArchive got = read_network_archive(file);
        ASSERT_EQ(got.networks.size(), want.networks.size());
        for (const auto& [name, record] : want.networks) {
            SCOPED_TRACE(name);
            ASSERT_NE(got.find(name), nullptr);
            expect_equal_tensors(*got.find(name), record);
        }
    }
}

TEST_P(Convert, KeepsWhatTheNetworkIs) {
    const auto native = folder_ / "a.safetensors";
    (void)convert_network(source_, native, "all", Overwrite::no);
    const Network want = NetworkFile::open(source_), got = NetworkFile::open(native);
    EXPECT_EQ(got.config, want.config);
    EXPECT_EQ(got.format, "safetensors");
    EXPECT_EQ(got.training_set_kwargs, want.training_set_kwargs);
    EXPECT_THAT(got.warnings, IsEmpty());
    ASSERT_EQ(got.generator->state().size(), want.generator->state().size());
    for (std::size_t i = 0; i < want.generator->state().size(); ++i) {
        EXPECT_EQ(got.generator->state()[i].name, want.generator->state()[i].name);
        EXPECT_TRUE(test::same_bits(got.generator->state()[i].tensor, want.generator->state()[i].tensor));
    }
    ASSERT_EQ(got.others.size(), want.others.size());
    for (std::size_t i = 0; i < want.others.size(); ++i) {
        EXPECT_EQ(got.others[i].class_name, want.others[i].class_name);
        EXPECT_EQ(got.others[i].num_params, want.others[i].num_params);
    }
    Json a = describe_network_file(source_).json, b = describe_network_file(native).json;
    a.erase("format");
    b.erase("format");
    EXPECT_EQ(a, b);
}

TEST_P(Convert, WritesOneNetworkWithTheOfficialNames) {
    const auto torch = folder_ / "g.pt", back = folder_ / "g.safetensors";
    EXPECT_THAT(convert_network(source_, torch, "", Overwrite::no).networks, ElementsAre("G_ema"));
    const NetworkArchive archive = read_network_archive(torch);
    ASSERT_EQ(archive.networks.size(), 1u);
    EXPECT_EQ(archive.networks[0].first, "");
    expect_equal_tensors(archive.networks[0].second, *read_network_archive(source_).find("G_ema"));
    EXPECT_EQ(NetworkFile::open(torch).config, NetworkFile::open(source_).config);
    EXPECT_THAT(convert_network(torch, back, "", Overwrite::no).networks, ElementsAre("G_ema"));
    EXPECT_THAT(NetworkFile::open(back).warnings, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Golden, Convert,
                         testing::Values("t-32", "t-64-cond", "r-32", "r-64", "sg2-32", "sg2-32-ada", "sg2-64-cond",
                                         "sg2-16-resnet", "sg2-16-orig", "mini"));

TEST(ConvertFile, PartsCanBeTakenOut) {
    const test::TemporaryFolder folder;
    const auto source = test::golden_path("nets/t-32.pkl");
    EXPECT_THAT(convert_network(source, folder / "d.safetensors", "D", Overwrite::no).networks, ElementsAre("D"));
    EXPECT_THAT(convert_network(source, folder / "all.safetensors", "all", Overwrite::no).networks,
                UnorderedElementsAre("G", "D", "G_ema", "augment_pipe"));
    EXPECT_EQ(convert_network(source, folder / "g.safetensors", "G", Overwrite::no).tensors,
              convert_network(source, folder / "g_ema.safetensors", "G_ema", Overwrite::no).tensors);
    EXPECT_THAT(NetworkFile::open(folder / "g.safetensors").warnings, ElementsAre(HasSubstr("its G was opened")));
    EXPECT_EQ(NetworkFile::open(folder / "g.safetensors").which, "G");
    const Json d = describe_network_file(folder / "d.safetensors").json;
    EXPECT_EQ(d["kind"], "network");
    EXPECT_EQ(d["networks"][0]["class"], "Discriminator");
    EXPECT_THROW((void)NetworkFile::open(folder / "d.safetensors"), Error);
    EXPECT_THAT(convert_network(folder / "d.safetensors", folder / "d.pt", "", Overwrite::no).networks,
                ElementsAre("D"));
    EXPECT_EQ(describe_network_file(folder / "d.pt").json["networks"][0]["class"], "Discriminator");
}

TEST(ConvertFile, KeepsTypesThatTheGeneratorWouldWiden) {
    const test::TemporaryFolder folder;
    const auto source = test::golden_path("nets/bad/half_weights.pkl");
    (void)convert_network(source, folder / "half.safetensors", "all", Overwrite::no);
    const NetworkArchive want = read_network_archive(source), got = read_network_archive(folder / "half.safetensors");
    expect_equal_tensors(*got.find("G_ema"), *want.find("G_ema"));
    EXPECT_TRUE(std::ranges::any_of(got.find("G_ema")->tensors,
                                    [](const NamedTensor& t) { return t.tensor.dtype == DType::f16; }));
}

TEST(ConvertFile, KeepsBareTensorsOfAnyKind) {
    const test::TemporaryFolder folder;
    const auto source = test::golden_path("nets/bad/ok_state.pt");
    (void)convert_network(source, folder / "state.safetensors", "", Overwrite::no);
    const NetworkArchive got = read_network_archive(folder / "state.safetensors");
    expect_equal_tensors(got.networks.at(0).second, read_network_archive(source).networks.at(0).second);
    EXPECT_EQ(describe_network_file(folder / "state.safetensors").json["kind"], "tensors");
}

TEST(ConvertFile, KeepsTheLabelAndOtherTexts) {
    const test::TemporaryFolder folder;
    NetworksToSave save;
    save.networks.push_back(saved_network("G_ema", *Generator::create(small_config(), 1)));
    save.texts = {{"afs.label", "untrained demo"}, {"author", "me"}};
    save_networks(folder / "a.safetensors", save, Overwrite::no);
    (void)convert_network(folder / "a.safetensors", folder / "b.pt", "", Overwrite::no);
    (void)convert_network(folder / "b.pt", folder / "c.safetensors", "", Overwrite::no);
    const Network c = NetworkFile::open(folder / "c.safetensors");
    EXPECT_EQ(c.metadata["afs.label"], "untrained demo");
    EXPECT_EQ(c.metadata["author"], "me");
}

TEST(ConvertFile, LeavesNothingBehindWhenItRefuses) {
    const test::TemporaryFolder folder;
    const auto refuse = [&](const char* source, const std::filesystem::path& out, const std::string& what) {
        try {
            (void)convert_network(test::golden_path(source), out, what, Overwrite::no);
        } catch (const Error& e) {
            return std::string(e.what());
        }
        return std::string();
    };
    EXPECT_THAT(refuse("nets/bad/wrong_weight_shape.pkl", folder / "x.safetensors", "all"), HasSubstr("asks for"));
    EXPECT_THAT(refuse("nets/bad/missing_bias.pkl", folder / "x.pt", "G_ema"), HasSubstr("is missing"));
    EXPECT_THAT(refuse("nets/mini.pkl", folder / "x.onnx", "all"), HasSubstr(".safetensors or .pt"));
    EXPECT_THAT(refuse("nets/mini.pkl", folder / "x.pt", "H"), HasSubstr("parts are"));
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
    std::ofstream(folder / "there.pt") << "precious";
    EXPECT_THAT(refuse("nets/mini.pkl", folder / "there.pt", "G_ema"), HasSubstr("there.pt"));
    EXPECT_EQ(std::filesystem::file_size(folder / "there.pt"), 8u);
    (void)convert_network(test::golden_path("nets/mini.pkl"), folder / "there.pt", "G_ema", Overwrite::yes);
    EXPECT_GT(std::filesystem::file_size(folder / "there.pt"), 8u);
}

}  // namespace
}  // namespace afs
