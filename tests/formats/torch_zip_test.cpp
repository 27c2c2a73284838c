#include "core/formats/torch_zip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "core/base/error.h"
#include "core/formats/zip_directory.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::filesystem::path data_path(const char* name) {
    return test::golden_path("../formats/data") / name;  // made by make.py with PyTorch itself
}

std::vector<double> values(const NetworkArchive& archive, const char* network, const char* name) {
    const NetworkRecord* record = archive.find(network);
    const NamedTensor* tensor = record != nullptr ? record->find(name) : nullptr;
    if (tensor == nullptr) {
        ADD_FAILURE() << network << " has no " << name;
        return {};
    }
    return to_doubles(tensor->tensor);
}

class StateDictionary : public ::testing::TestWithParam<const char*> {};

TEST_P(StateDictionary, OfPyTorchIsReadWithItsViewsAndTypes) {
    const NetworkArchive archive = read_network_archive(data_path(GetParam()));
    ASSERT_EQ(archive.networks.size(), 2u);
    EXPECT_EQ(archive.networks[0].first, "G_ema");
    EXPECT_TRUE(archive.networks[0].second.init_kwargs.is_null());
    EXPECT_THAT(values(archive, "G_ema", "synthesis.weight"), ElementsAre(6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17));
    EXPECT_THAT(values(archive, "G_ema", "synthesis.transposed"), ElementsAre(0, 6, 12, 18, 1, 7, 13, 19));
    EXPECT_THAT(archive.find("G_ema")->find("synthesis.transposed")->tensor.shape, ElementsAre(2, 4));
    EXPECT_THAT(values(archive, "G_ema", "parameter"), ElementsAre(1.5, -2.5));
    EXPECT_THAT(values(archive, "G_ema", "scalar"), ElementsAre(7));
    EXPECT_THAT(archive.find("G_ema")->find("scalar")->tensor.shape, ElementsAre());
    EXPECT_THAT(archive.find("G_ema")->find("empty")->tensor.shape, ElementsAre(0, 3));
    EXPECT_EQ(values(archive, "G_ema", "expanded"), std::vector<double>(10, 3.0));
    for (const char* name : {"float64", "float16", "bfloat16", "int32", "int16", "int8", "uint8", "bool"}) {
        EXPECT_THAT(values(archive, "D", name), ElementsAre(0, 1, 1)) << name;
        EXPECT_EQ(dtype_name(archive.find("D")->find(name)->tensor.dtype), name);
    }
}

INSTANTIATE_TEST_SUITE_P(, StateDictionary, ::testing::Values("flat.pt", "flat-legacy.pt", "afs.pt"),
                         [](const auto& file) {
                             std::string name = file.param;
                             std::replace_if(
                                 name.begin(), name.end(), [](char c) { return !std::isalpha(c); }, '_');
                             return name;
                         });

TEST(TorchZip, NestedDictionariesBecomeDottedNames) {
    const NetworkArchive archive = read_network_archive(data_path("nested.pt"));
    EXPECT_THAT(values(archive, "G_ema", "weight"), ElementsAre(0, 1, 2, 3, 4, 5));
    EXPECT_THAT(values(archive, "G_ema", "bias"), ElementsAre(0.5, 0.5, 0.5));
    EXPECT_THAT(values(archive, "", "optimizer.state.0.exp_avg"), ElementsAre(1, 1));
}

TEST(TorchZip, AWholePickledModuleIsRefusedByName) {
    try {
        (void)read_network_archive(data_path("module.pt"));
        FAIL() << "accepted";
    } catch (const Error& e) {
        EXPECT_THAT(e.why(), HasSubstr("\"torch.nn.modules.linear.Linear\""));
    }
}

TEST(TorchZip, WithoutADictionaryThereIsNoNetwork) {
    EXPECT_THROW((void)read_network_archive(data_path("list.pt")), Error);
}

TEST(TorchZip, WhatIsWrittenIsReadBackWithItsMetadata) {
    const test::TemporaryFolder folder;
    const NetworkArchive source = read_network_archive(data_path("flat.pt"));
    std::vector<std::pair<std::string, TensorData>> tensors;
    for (const auto& [key, record] : source.networks)
        for (const NamedTensor& tensor : record.tensors) tensors.emplace_back(key + "." + tensor.name, tensor.tensor);
    write_torch_zip(folder / "out.pt", tensors, {{"afs.version", "1"}, {"afs.config", "{\"\u00e9\": 1}"}},
                    Overwrite::no);

    const NetworkArchive back = read_network_archive(folder / "out.pt");
    EXPECT_EQ(back.format, "torch-zip");
    EXPECT_EQ(back.metadata.at("afs.config"), "{\"\u00e9\": 1}");
    ASSERT_EQ(back.networks.size(), source.networks.size());
    for (std::size_t n = 0; n < back.networks.size(); ++n) {
        const auto &got = back.networks[n].second.tensors, &expected = source.networks[n].second.tensors;
        ASSERT_EQ(got.size(), expected.size());
        for (std::size_t i = 0; i < got.size(); ++i) {
            EXPECT_EQ(got[i].name, expected[i].name);
            EXPECT_EQ(got[i].tensor.dtype, expected[i].tensor.dtype);
            EXPECT_EQ(got[i].tensor.shape, expected[i].tensor.shape);
            EXPECT_TRUE(std::ranges::equal(got[i].tensor.bytes, expected[i].tensor.bytes)) << got[i].name;
        }
    }

    // PyTorch maps such files: every member begins at a multiple of 64 bytes.
    const MappedFile file(folder / "out.pt");
    const ZipDirectory zip(file.bytes(), "out.pt");
    for (const ZipEntry& entry : zip.entries())
        EXPECT_EQ((zip.data(entry).data() - file.bytes().data()) % 64, 0) << entry.name;
    EXPECT_THROW(write_torch_zip(folder / "out.pt", tensors, {}, Overwrite::no), Error);
    tensors.push_back(tensors.front());
    EXPECT_THROW(write_torch_zip(folder / "twice.pt", tensors, {}, Overwrite::no), Error);
    EXPECT_FALSE(std::filesystem::exists(folder / "twice.pt"));
}

// --- The directory, by hand ------------------------------------------------------------------------------------------

template <class Number> void put(std::string& bytes, Number value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

// One stored member "a" = "hello" whose sizes and offset stand in a ZIP64 field, and a ZIP64 end record.
std::string zip64_file(std::uint64_t offset = 0, std::uint64_t size = 5) {
    std::string bytes = "PK\3\4";
    bytes.append(22, '\0');
    put(bytes, std::uint16_t{1});
    put(bytes, std::uint16_t{0});
    bytes += "ahello";
    const std::uint64_t directory = bytes.size();
    bytes += "PK\1\2";
    bytes.append(16, '\0');
    put(bytes, std::uint32_t{0xffffffff});
    put(bytes, std::uint32_t{0xffffffff});
    put(bytes, std::uint16_t{1});
    put(bytes, std::uint16_t{28});
    bytes.append(10, '\0');
    put(bytes, std::uint32_t{0xffffffff});
    bytes += "a";
    put(bytes, std::uint16_t{1});
    put(bytes, std::uint16_t{24});
    put(bytes, size);
    put(bytes, size);
    put(bytes, offset);
    const std::uint64_t record = bytes.size();
    bytes += "PK\6\6";
    put(bytes, std::uint64_t{44});
    bytes.append(12, '\0');
    put(bytes, std::uint64_t{1});
    put(bytes, std::uint64_t{1});
    put(bytes, record - directory);
    put(bytes, directory);
    bytes += "PK\6\7";
    put(bytes, std::uint32_t{0});
    put(bytes, record);
    put(bytes, std::uint32_t{1});
    bytes += "PK\5\6";
    put(bytes, std::uint32_t{0});
    put(bytes, std::uint16_t{0xffff});
    put(bytes, std::uint16_t{0xffff});
    put(bytes, std::uint32_t{0xffffffff});
    put(bytes, std::uint32_t{0xffffffff});
    put(bytes, std::uint16_t{0});
    return bytes;
}

TEST(ZipDirectory, ReadsZip64Fields) {
    const std::string bytes = zip64_file();
    const ZipDirectory zip(std::as_bytes(std::span(bytes)), "x");
    ASSERT_NE(zip.find("a"), nullptr);
    const Bytes data = zip.data(*zip.find("a"));
    EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(data.data()), data.size()), "hello");
    EXPECT_EQ(zip.find("b"), nullptr);
}

TEST(ZipDirectory, OffsetsAndSizesBeyondTheFileAreRefused) {
    for (const auto& [offset, size] : {std::pair<std::uint64_t, std::uint64_t>{1ull << 40, 5},
                                       {~0ull, 5},
                                       {~0ull - 29, 5},
                                       {0, 1ull << 40},
                                       {0, ~0ull},
                                       {1, 5}}) {
        const std::string bytes = zip64_file(offset, size);
        const ZipDirectory zip(std::as_bytes(std::span(bytes)), "x");
        EXPECT_THROW((void)zip.data(*zip.find("a")), Error) << offset << " " << size;
    }
}

TEST(ZipDirectory, EveryCutAndEveryByteChangedIsAnErrorOrReadsInsideTheFile) {
    const std::string whole = zip64_file();
    for (std::size_t i = 0; i < whole.size(); ++i)
        for (const int change : {-1, 1, 0x80, 0xff}) {
            std::string bytes = whole;
            if (change < 0)
                bytes.resize(i);
            else
                bytes[i] = static_cast<char>(bytes[i] ^ change);
            try {
                const ZipDirectory zip(std::as_bytes(std::span(bytes)), "x");
                for (const ZipEntry& entry : zip.entries()) {
                    const Bytes data = zip.data(entry);
                    EXPECT_LE(data.size(), bytes.size());
                }
            } catch (const Error& e) {
                EXPECT_EQ(e.kind(), ErrorKind::format);
            }
        }
}

}  // namespace
}  // namespace afs
