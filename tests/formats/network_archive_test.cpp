#include "core/formats/network_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/base/error.h"
#include "core/formats/safetensors.h"
#include "tests/support/golden.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using test::golden_path;
using ::testing::HasSubstr;

class GoldenNetwork : public ::testing::TestWithParam<const char*> {};

// The recorded numbers come from the official code's own loading of the same file.
TEST_P(GoldenNetwork, HoldsTheRecordedTensorsAndConfiguration) {
    const std::string name = GetParam();
    const NetworkArchive archive = read_network_archive(golden_path("nets/" + name + ".pkl"));
    EXPECT_EQ(archive.format, "pickle");
    const test::GoldenFile golden("nets/" + name + ".safetensors");
    const Json& summary = golden.parameters("summary");

    const NetworkRecord* g = archive.find("G_ema");
    ASSERT_NE(g, nullptr);
    EXPECT_EQ(g->class_name, "Generator");
    EXPECT_EQ(g->init_kwargs, summary.at("init_kwargs")) << g->init_kwargs.dump();
    for (const char* key : {"z_dim", "c_dim", "w_dim", "img_resolution", "img_channels"})
        EXPECT_EQ(g->attributes.at(key), summary.at(key)) << key;

    const Json &shapes = summary.at("shapes"), &sums = summary.at("tensors_sum_sumsq");
    EXPECT_EQ(g->tensors.size(), shapes.size());
    for (const NamedTensor& tensor : g->tensors) {
        ASSERT_TRUE(shapes.contains(tensor.name)) << tensor.name;
        EXPECT_EQ(Json(tensor.tensor.shape), shapes.at(tensor.name)) << tensor.name;
        double sum = 0, squares = 0, magnitude = 0;
        for (const double x : to_doubles(tensor.tensor)) {
            sum += x;
            squares += x * x;
            magnitude += std::abs(x);
        }
        const Json& expected = sums.at(tensor.name);
        // Every bit is kept: only the order of summation may differ.
        EXPECT_NEAR(squares, expected[1].get<double>(), 1e-12 * squares) << tensor.name;
        EXPECT_NEAR(sum, expected[0].get<double>(), 1e-12 * magnitude) << tensor.name;
    }

    const NetworkRecord *other = archive.find("G"), *d = archive.find("D");
    ASSERT_NE(other, nullptr);
    ASSERT_NE(d, nullptr);
    ASSERT_EQ(other->tensors.size(), g->tensors.size());
    EXPECT_EQ(other->tensors[0].tensor.bytes.data() == g->tensors[0].tensor.bytes.data(),
              summary.at("G_is_same_object_as_G_ema").get<bool>());
    EXPECT_EQ(d->class_name, "Discriminator");
    std::int64_t d_count = 0;
    double d_sum = 0, d_magnitude = 0;
    for (const NamedTensor& tensor : d->tensors) {
        if (!tensor.parameter) continue;
        d_count += tensor.tensor.numel();
        for (const double x : to_doubles(tensor.tensor)) {
            d_sum += x;
            d_magnitude += std::abs(x);
        }
    }
    EXPECT_EQ(d_count, summary.at("D_param_count").get<std::int64_t>());
    EXPECT_NEAR(d_sum, summary.at("D_sum").get<double>(), 1e-12 * d_magnitude);
    EXPECT_EQ(archive.training_set_kwargs, summary.at("training_set_kwargs"));
    EXPECT_EQ(archive.find("augment_pipe") != nullptr, summary.at("has_augment_pipe").get<bool>());
}

TEST_P(GoldenNetwork, ListsModulesAndTensorsInTheOrderOfAStateDictionary) {
    const NetworkArchive archive = read_network_archive(golden_path(std::string("nets/") + GetParam() + ".pkl"));
    for (const auto& [key, record] : archive.networks) {
        // Tensors of one module are neighbours, parameters first.
        std::string module = "";
        bool buffers = false;
        for (const NamedTensor& tensor : record.tensors) {
            const auto dot = tensor.name.rfind('.');
            const std::string owner = dot == std::string::npos ? "" : tensor.name.substr(0, dot);
            if (owner != module) buffers = false;
            module = owner;
            EXPECT_FALSE(buffers && tensor.parameter) << tensor.name;
            buffers = !tensor.parameter;
        }
        for (const auto& [path, class_name] : record.modules) EXPECT_FALSE(path.empty() || class_name.empty());
    }
}

INSTANTIATE_TEST_SUITE_P(, GoldenNetwork,
                         ::testing::Values("t-32", "t-64-cond", "r-32", "r-64", "sg2-32", "sg2-64-cond",
                                           "sg2-16-resnet", "sg2-16-orig"),
                         [](const auto& network) {
                             std::string name = network.param;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

TEST(Snapshot, TheAdaFormNestsItsSettings) {
    const NetworkArchive archive = read_network_archive(golden_path("nets/sg2-32-ada.pkl"));
    const NetworkRecord* g = archive.find("G_ema");
    ASSERT_NE(g, nullptr);
    EXPECT_TRUE(g->init_kwargs.at("synthesis_kwargs").is_object());
    EXPECT_EQ(g->init_kwargs.at("synthesis_kwargs").at("channel_base"), 256);
    const NetworkArchive plain = read_network_archive(golden_path("nets/sg2-32.pkl"));
    EXPECT_EQ(g->tensors.size(), plain.find("G_ema")->tensors.size());
}

TEST(Snapshot, OneObjectUnderTwoKeysSharesItsBytes) {
    const NetworkArchive archive = read_network_archive(golden_path("nets/mini.pkl"));
    ASSERT_EQ(archive.networks.size(), 3u);
    EXPECT_EQ(archive.networks[0].first, "G");
    EXPECT_EQ(archive.networks[1].first, "D");
    EXPECT_EQ(archive.networks[2].first, "G_ema");
    EXPECT_THAT(archive.absent, ::testing::ElementsAre("augment_pipe"));
    const auto &g = archive.networks[0].second.tensors, &ema = archive.networks[2].second.tensors;
    ASSERT_EQ(g.size(), ema.size());
    for (std::size_t i = 0; i < g.size(); ++i) EXPECT_EQ(g[i].tensor.bytes.data(), ema[i].tensor.bytes.data());
    EXPECT_EQ(archive.training_set_kwargs.at("path"), "/data/tiny.zip");
}

TEST(SafetensorsArchive, NetworksAreToldApartByTheirPrefixAndMetadataIsKept) {
    const test::TemporaryFolder folder;
    std::vector<std::pair<std::string, TensorData>> tensors;
    for (const char* name : {"G_ema.a.weight", "D.b", "G.a.weight", "G_ema.a.bias", "G.", "other.weight"})
        tensors.emplace_back(name, make_tensor_data({1}, std::vector<float>{static_cast<float>(tensors.size())}));
    write_safetensors(folder / "x.bin", tensors, {{"afs.version", "1"}, {"afs.config", "{}"}}, Overwrite::no);

    const NetworkArchive archive = read_network_archive(folder / "x.bin");  // the name says nothing
    EXPECT_EQ(archive.format, "safetensors");
    EXPECT_EQ(archive.metadata.dump(), R"({"afs.version":"1","afs.config":"{}"})");
    std::vector<std::string> keys;
    for (const auto& [key, record] : archive.networks) {
        keys.push_back(key);
        EXPECT_TRUE(record.init_kwargs.is_null());
        EXPECT_TRUE(record.class_name.empty());
    }
    EXPECT_THAT(keys, ::testing::ElementsAre("G_ema", "D", "G", ""));
    ASSERT_EQ(archive.find("G_ema")->tensors.size(), 2u);
    EXPECT_EQ(archive.find("G_ema")->tensors[1].name, "a.bias");
    EXPECT_THAT(to_doubles(archive.find("G_ema")->find("a.bias")->tensor), ::testing::ElementsAre(3.0));
    EXPECT_NE(archive.find("")->find("other.weight"), nullptr);
    EXPECT_NE(archive.find("")->find("G."), nullptr);
    EXPECT_EQ(archive.find("augment_pipe"), nullptr);
}

TEST(Snapshot, TensorsOutliveTheArchive) {
    TensorData kept;
    {
        const NetworkArchive archive =
            read_network_archive(golden_path("nets/sg2-64-cond.pkl"));  // protocol 2: decoded
        kept = archive.find("G_ema")->tensors.front().tensor;
    }
    const test::GoldenFile golden("nets/sg2-64-cond.safetensors");
    double sum = 0;
    for (const double x : to_doubles(kept)) sum += x * x;
    const Json& sums = golden.parameters("summary").at("tensors_sum_sumsq");
    EXPECT_NEAR(sum, sums.begin().value()[1].get<double>(), 1e-12 * sum) << sums.begin().key();
}

}  // namespace
}  // namespace afs
