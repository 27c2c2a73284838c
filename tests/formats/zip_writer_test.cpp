#include "core/formats/zip_writer.h"

#include <gtest/gtest.h>

#include "core/formats/gzip.h"
#include "core/formats/picture.h"
#include "core/formats/zip_directory.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

TEST(ZipWriter, WhatIsWrittenIsReadByUsAndByPython) {
    const test::TemporaryFolder folder;
    {
        ZipWriter zip(folder / "a.zip", Overwrite::no);
        zip.add("x/empty", std::string_view());
        zip.add("x/\xc3\xa4.txt", std::string_view("words"));
        EXPECT_FALSE(std::filesystem::exists(folder / "a.zip")) << "half written";
        zip.commit();
    }
    const MappedFile file(folder / "a.zip");
    const ZipDirectory directory(file.bytes(), "a.zip");
    ASSERT_EQ(directory.entries().size(), 2u);
    EXPECT_EQ(directory.unpack(*directory.find("x/\xc3\xa4.txt"), 100).size(), 5u);
    const std::string check = "python3 -c \"import zipfile; z = zipfile.ZipFile('" + (folder / "a.zip").string() +
                              "'); assert z.testzip() is None and z.read('x/\xc3\xa4.txt') == b'words' and "
                              "z.infolist()[0].date_time == (1980, 1, 1, 0, 0, 0)\"";
    EXPECT_EQ(std::system(check.c_str()), 0);
}

// 65,535 members and more need the ZIP64 record.
TEST(ZipWriter, ManyMembersMakeAZip64Archive) {
    const test::TemporaryFolder folder;
    constexpr int kMany = 66'000;
    {
        ZipWriter zip(folder / "a.zip", Overwrite::no);
        for (int i = 0; i < kMany; ++i) zip.add(std::to_string(i), std::to_string(i));
        zip.commit();
    }
    const MappedFile file(folder / "a.zip");
    const ZipDirectory directory(file.bytes(), "a.zip", 100'000);
    ASSERT_EQ(directory.entries().size(), static_cast<std::size_t>(kMany));
    EXPECT_EQ(directory.data(*directory.find("65999")).size(), 5u);
    const std::string check = "python3 -c \"import zipfile; z = zipfile.ZipFile('" + (folder / "a.zip").string() +
                              "'); assert len(z.infolist()) == 66000 and z.read('65999') == b'65999'\"";
    EXPECT_EQ(std::system(check.c_str()), 0);
}

TEST(StoredPng, IsReadBackAsItWas) {
    for (const int channels : {1, 3, 4}) {
        Image image{300, 100, channels, {}};
        for (int i = 0; i < 300 * 100 * channels; ++i)
            image.pixels.push_back(static_cast<std::uint8_t>(i * 7 + i / 300));
        EXPECT_EQ(decode_picture(encode_stored_png(image), "png"), image);
    }
}

TEST(Gzip, UnpacksWhatGzipPackedAndKeepsToItsLimit) {
    const test::TemporaryFolder folder;
    const std::string make =
        "cd '" + folder.path().string() +
        "' && head -c 3000000 /dev/zero | gzip > a.gz && (echo one | gzip; echo two | gzip) > b.gz";
    ASSERT_EQ(std::system(make.c_str()), 0);
    EXPECT_EQ(unpack_gzip(MappedFile(folder / "a.gz").bytes(), 3'000'000, "t").size(), 3'000'000u);
    EXPECT_THROW((void)unpack_gzip(MappedFile(folder / "a.gz").bytes(), 2'999'999, "t"), Error);
    EXPECT_EQ(unpack_gzip(MappedFile(folder / "b.gz").bytes(), 100, "t").size(), 8u);
    EXPECT_THROW((void)unpack_gzip({}, 100, "t"), Error);
}

}  // namespace
}  // namespace afs
