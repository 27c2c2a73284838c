#include "core/data/data_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "tests/support/golden.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string why(const std::filesystem::path& path, const DataSetOptions& options = {}) {
    try {
        const DataSet set(path, options);
        for (std::int64_t i = 0; i < set.size(); ++i) (void)set.read(i);
    } catch (const Error& e) {
        return e.what();
    }
    return "read";
}

void put(const std::filesystem::path& path, const Image& image) {
    std::filesystem::create_directories(path.parent_path());
    write_file(path, Bytes(encode_png(image)), Overwrite::no);
}

Image gray(int side, std::uint8_t value) {
    return {side, side, 1,
            std::vector<std::uint8_t>(static_cast<std::size_t>(side) * static_cast<std::size_t>(side), value)};
}

class RecordedDataSet : public testing::TestWithParam<std::string> {};

// SPEC 15: which pictures, in which order, mirrored or not, with which labels. Everything exact.
TEST_P(RecordedDataSet, HoldsWhatTheOfficialReaderFinds) {
    const test::GoldenFile golden("data.safetensors");
    const std::string name = GetParam();
    const Json& p = golden.parameters(name);
    DataSetOptions options;
    const Json& o = p["options"];
    if (o.contains("max_size")) options.max_size = o["max_size"].get<std::int64_t>();
    options.random_seed = o.value("random_seed", 0u);
    options.xflip = o.value("xflip", false);
    options.use_labels = o.value("use_labels", false);
    if (o.contains("resolution")) options.resolution = o["resolution"].get<int>();
    const auto path = test::golden_path("data") / p["file"].get<std::string>();
    if (p.contains("error")) {
        EXPECT_NE(why(path, options), "read");
        return;
    }
    const DataSet set(path, options);
    EXPECT_EQ(set.name(), p["name"]);
    ASSERT_EQ(set.size(), p["length"].get<std::int64_t>());
    EXPECT_EQ(set.resolution(), p["resolution"].get<int>());
    EXPECT_EQ(set.channels(), p["num_channels"].get<int>());
    EXPECT_EQ(set.label_dim(), p["label_dim"].get<int>());
    EXPECT_EQ(set.label_dim() > 0 && set.labels_are_classes(), p["has_onehot_labels"].get<bool>());
    const auto raw = golden.values(name + "/expect_raw_idx"), flips = golden.values(name + "/expect_xflip");
    for (std::int64_t i = 0; i < set.size(); ++i) {
        EXPECT_EQ(static_cast<double>(set.item(i).picture), raw[static_cast<std::size_t>(i)]) << i;
        EXPECT_EQ(set.item(i).mirrored, flips[static_cast<std::size_t>(i)] != 0) << i;
    }
    if (set.label_dim() > 0) {
        std::vector<double> labels;
        for (std::int64_t i = 0; i < set.size(); ++i)
            for (const float v : set.label(i)) labels.push_back(v);
        EXPECT_EQ(labels, golden.values(name + "/expect_labels"));
    }
    const auto pictures = golden.values(name + "/expect_images");  // [4, C, H, W]
    const std::int64_t indices[] = {0, 1, set.size() / 2, set.size() - 1};
    std::size_t at = 0;
    for (const std::int64_t index : indices) {
        const Image image = set.read(index);
        const auto channels = static_cast<std::size_t>(image.channels);
        for (std::size_t c = 0; c < channels; ++c)
            for (std::size_t pixel = 0; pixel < image.pixels.size() / channels; ++pixel)
                ASSERT_EQ(image.pixels[pixel * channels + c], pictures[at++]) << index;
    }
    EXPECT_EQ(at, pictures.size());
}
INSTANTIATE_TEST_SUITE_P(Golden, RecordedDataSet,
                         testing::ValuesIn(test::GoldenFile("data.safetensors").case_names("ds_")),
                         [](const auto& c) { return c.param; });

TEST(DataSet, FoldersAreReadWithTheirSubfoldersInTextOrder) {
    const test::TemporaryFolder folder;
    put(folder / "b/2.png", gray(4, 20));
    put(folder / "a.png", gray(4, 10));
    put(folder / "b/10.PNG", gray(4, 30));
    write_file(folder / "notes.txt", std::string_view("no picture"), Overwrite::no);
    const DataSet set(folder.path());
    ASSERT_EQ(set.size(), 3);
    EXPECT_THAT((std::vector{set.picture_name(0), set.picture_name(1), set.picture_name(2)}),
                ElementsAre("a.png", "b/10.PNG", "b/2.png"));
    EXPECT_EQ(set.read(1).pixels[0], 30);
    EXPECT_EQ(set.channels(), 1);
}

TEST(DataSet, WhatDoesNotFitIsNamedWithItsFile) {
    const test::TemporaryFolder folder;
    put(folder / "set/a.png", gray(8, 1));
    put(folder / "set/b.png", gray(4, 1));
    EXPECT_THAT(why(folder / "set"), testing::AllOf(HasSubstr("b.png"), HasSubstr("4 x 4 gray"), HasSubstr("8 x 8")));
    put(folder / "wide/a.png", {8, 4, 1, std::vector<std::uint8_t>(32)});
    EXPECT_THAT(why(folder / "wide"), HasSubstr("a.png, is 8 x 4"));
    put(folder / "clear/a.png", {4, 4, 4, std::vector<std::uint8_t>(64)});
    EXPECT_THAT(why(folder / "clear"), HasSubstr("transparency"));
    put(folder / "webp/a.png", gray(4, 1));
    write_file(folder / "webp/b.webp", std::string_view("RIFF"), Overwrite::no);
    EXPECT_THAT(why(folder / "webp"), testing::AllOf(HasSubstr("b.webp"), HasSubstr("neither PNG nor JPEG")));
    write_file(folder / "bad/a.png", std::string_view("\x89PNG broken"), Overwrite::no);
    EXPECT_THAT(why(folder / "bad"), testing::AllOf(HasSubstr("a.png"), HasSubstr("damaged")));
    EXPECT_THAT(why(folder / "set", {.max_size = 0}), HasSubstr("0 pictures"));
}

TEST(DataSet, LabelsThatDoNotFitAreNamed) {
    const test::TemporaryFolder folder;
    put(folder / "a.png", gray(4, 1));
    put(folder / "b.png", gray(4, 1));
    const auto with = [&](std::string_view json) {
        write_file(folder / "dataset.json", json, Overwrite::yes);
        return why(folder.path(), {.use_labels = true});
    };
    EXPECT_EQ(with(R"({"labels": null})"), "read");
    EXPECT_EQ(with(R"({"labels": [["b.png", 3], ["a.png", 0], ["gone.png", 9]]})"), "read");
    EXPECT_EQ(DataSet(folder.path(), {.use_labels = true}).label_dim(), 4);
    EXPECT_THAT(with(R"({"labels": [["a.png", 1]]})"), HasSubstr("no label for the picture \"b.png\""));
    EXPECT_THAT(with(R"({"labels": [["a.png", 1], ["b.png", [1]]]})"), HasSubstr("is a vector, others are classes"));
    EXPECT_THAT(with(R"({"labels": [["a.png", [1, 2]], ["b.png", [1]]]})"), HasSubstr("has 1 numbers"));
    EXPECT_THAT(with(R"({"labels": [["a.png", -1], ["b.png", 2]]})"), HasSubstr("is -1"));
    EXPECT_THAT(with(R"({"labels": [["a.png", 99999999999], ["b.png", 2]]})"), HasSubstr("99999999999"));
    EXPECT_THAT(with(R"({"labels": ["a.png"]})"), HasSubstr("not [name, label]"));
    EXPECT_THAT(with(R"({"labels": 7})"), HasSubstr("neither a list nor null"));
    EXPECT_THAT(with("{"), HasSubstr("not valid JSON"));
}

}  // namespace
}  // namespace afs
