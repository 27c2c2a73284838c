#include "core/data/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/formats/picture.h"
#include "core/formats/zip_writer.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<std::string> found(const DataCheck& check) {
    std::vector<std::string> list;
    for (const DataProblem& problem : check.problems) list.push_back(problem.file + " " + problem.kind);
    return list;
}

std::vector<std::string> found(const std::filesystem::path& path) { return found(check_data_set(path, 2)); }

Image picture(int width, int height, int channels, std::uint8_t value = 90) {
    return {width, height, channels,
            std::vector<std::uint8_t>(
                static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * static_cast<std::size_t>(channels),
                value)};
}

void put(const std::filesystem::path& path, Bytes bytes) { write_file(path, bytes, Overwrite::yes); }

std::string text_of(const std::vector<std::byte>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(Check, GoodDataSetsHaveNoProblems) {
    for (const char* name : {"plain.zip", "classes.zip", "vectors.zip", "nulls.zip"}) {
        const DataCheck check = check_data_set(test::golden_path("data/datasets") / name, 2);
        EXPECT_THAT(found(check), IsEmpty()) << name;
        EXPECT_EQ(check.resolution, 8);
    }
    EXPECT_EQ(check_data_set(test::golden_path("data/datasets/classes.zip"), 1).label_dim, 5);
    EXPECT_EQ(check_data_set(test::golden_path("data/datasets/vectors.zip"), 1).label_dim, 3);
}

// One report: every file that is wrong, each with all that is wrong with it.
TEST(Check, NamesEveryProblemOfEveryFile) {
    const test::TemporaryFolder folder;
    for (const char* good : {"a.png", "b.png", "c.png"}) put(folder / good, encode_png(picture(16, 16, 3)));
    put(folder / "sub/alpha.png", encode_png(picture(16, 16, 4)));
    put(folder / "gray.png", encode_png(picture(16, 16, 1)));
    put(folder / "wide.png", encode_png(picture(32, 16, 3)));
    put(folder / "odd.png", encode_png(picture(24, 24, 3)));
    put(folder / "empty.png", {});
    const std::string good = text_of(encode_png(picture(16, 16, 3)));
    write_file(folder / "cut.png", good.substr(0, good.size() / 2), Overwrite::no);
    const std::string jpeg = text_of(encode_jpeg(picture(16, 16, 3)));
    write_file(folder / "cut.jpg", jpeg.substr(0, jpeg.size() - 12), Overwrite::no);
    write_file(folder / "words.jpg", std::string_view("not a picture"), Overwrite::no);
    std::filesystem::copy(test::golden_path("data/cmyk/a.jpg"), folder / "cmyk.jpg");
    std::filesystem::copy(test::golden_path("data/gray16/a.png"), folder / "deep.png");
    write_file(folder / "old.bmp", std::string_view("BM"), Overwrite::no);
    const DataCheck check = check_data_set(folder.path(), 3);
    EXPECT_THAT(found(check),
                UnorderedElementsAre("old.bmp unreadable_format", "sub/alpha.png transparency",
                                     "gray.png other_channels", "wide.png not_square", "wide.png other_size",
                                     "odd.png not_power_of_two", "odd.png other_size", "empty.png empty_file",
                                     "cut.png damaged_picture", "cut.jpg damaged_picture", "words.jpg damaged_picture",
                                     "cmyk.jpg cmyk", "deep.png sixteen_bit", "deep.png not_power_of_two",
                                     "deep.png other_size", "deep.png other_channels"));
    EXPECT_EQ(check.pictures, 13);
    EXPECT_EQ(check.resolution, 16);
    EXPECT_EQ(check.channels, 3);
}

TEST(Check, LabelsThatDoNotMatchAreNamed) {
    const test::TemporaryFolder folder;
    for (const char* name : {"a.png", "b.png", "c.png", "d.png"}) put(folder / name, encode_png(picture(8, 8, 1)));
    const auto with = [&](std::string_view json) {
        write_file(folder / "dataset.json", json, Overwrite::yes);
        return found(folder.path());
    };
    EXPECT_THAT(with(R"({"labels": null})"), IsEmpty());
    EXPECT_THAT(with(R"({"labels": [["a.png", 1], ["b.png", 2], ["b.png", 3], ["c.png", [1]], ["gone.png", 1]]})"),
                UnorderedElementsAre("b.png label_twice", "gone.png label_without_picture", "c.png other_label",
                                     "d.png label_missing"));
    EXPECT_THAT(with(R"({"labels": [["a.png", -1], ["b.png", "x"], 7, ["c.png", 0], ["d.png", 0]]})"),
                UnorderedElementsAre("a.png label_damaged", "b.png label_damaged", "dataset.json labels_damaged"));
    EXPECT_THAT(with("{\"labels\""), ElementsAre("dataset.json labels_damaged"));
    EXPECT_THAT(with("{}"), ElementsAre("dataset.json labels_damaged"));
}

TEST(Check, ArchivesWithANameTwiceAndDamagedMembers) {
    const test::TemporaryFolder folder;
    {
        ZipWriter zip(folder / "set.zip", Overwrite::no);
        for (const char* name : {"a.png", "b.png", "a.png", "c.png", "c.png"})
            zip.add(name, encode_png(picture(8, 8, 1)));
        zip.commit();
    }
    EXPECT_THAT(found(folder / "set.zip"), ElementsAre("a.png duplicate_name", "c.png duplicate_name"));
    write_file(folder / "cut.zip", read_text_file(folder / "set.zip").substr(0, 100), Overwrite::no);
    EXPECT_THAT(found(folder / "cut.zip"), ElementsAre(" not_a_data_set"));
    EXPECT_THAT(found(folder / "none"), ElementsAre(" missing"));
    EXPECT_THAT(found(test::golden_path("data/thing.bin")), ElementsAre(" not_a_data_set"));
    EXPECT_THAT(found(test::golden_path("data/empty")), ElementsAre(" no_pictures"));
}

}  // namespace
}  // namespace afs
