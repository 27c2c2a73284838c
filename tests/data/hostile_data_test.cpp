// Archives that were made to deceive, or were cut short: refused in words, never a crash, never much memory.
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "core/base/error.h"
#include "core/data/data_set.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

std::string plain_zip() {
    const MappedFile file(test::golden_path("data/datasets/plain.zip"));
    return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

// Reads everything; true when that worked. Anything but an Error ends the test.
bool readable(const std::filesystem::path& path) {
    try {
        const DataSet set(path, {.use_labels = true});
        for (std::int64_t i = 0; i < set.size(); ++i) (void)set.read(i);
        return true;
    } catch (const Error& e) {
        EXPECT_FALSE(std::string(e.what()).empty());
        return false;
    }
}

TEST(HostileData, FlippedBytesAndCutArchivesNeverCrash) {
    const test::TemporaryFolder folder;
    const std::string good = plain_zip();
    std::mt19937 random(7);
    int refused = 0;
    for (int round = 0; round < 400; ++round) {
        std::string bytes = good;
        if (round % 4 == 0)
            bytes.resize(random() % bytes.size());
        else
            for (int k = 0; k < 1 + round % 5; ++k) bytes[random() % bytes.size()] = static_cast<char>(random());
        write_file(folder / "set.zip", bytes, Overwrite::yes);
        refused += !readable(folder / "set.zip");
    }
    EXPECT_GT(refused, 200);
}

// A member that says that it unpacks to a gigabyte is refused before anything is allocated.
TEST(HostileData, AMemberThatClaimsTooMuchIsRefused) {
    std::string bytes = plain_zip();
    const std::size_t central = bytes.find("PK\x01\x02");
    ASSERT_NE(central, std::string::npos);
    const std::uint16_t deflated = 8;
    const std::uint32_t huge = 0x3fffffff;
    std::memcpy(bytes.data() + central + 10, &deflated, 2);
    std::memcpy(bytes.data() + central + 24, &huge, 4);
    const test::TemporaryFolder folder;
    write_file(folder / "bomb.zip", bytes, Overwrite::no);
    try {
        (void)DataSet(folder / "bomb.zip");
        FAIL() << "read";
    } catch (const Error& e) {
        EXPECT_NE(std::string(e.what()).find("claims 1073741823 bytes"), std::string::npos) << e.what();
    }
}

// A PNG of 60,000 x 60,000 pixels needs 10 GB: its header alone must not cost that.
TEST(HostileData, APictureThatClaimsTooManyPixelsIsRefused) {
    std::string png = "\x89PNG\r\n\x1a\n";
    png += std::string("\0\0\0\x0dIHDR\0\0\xea\x60\0\0\xea\x60\x08\x02\0\0\0", 21);
    png += std::string("\x6f\x6f\x6f\x6f", 4);
    const test::TemporaryFolder folder;
    write_file(folder / "a.png", png, Overwrite::no);
    EXPECT_FALSE(readable(folder.path()));
}

TEST(HostileData, DeflatedArchivesAreReadToo) {
    const test::TemporaryFolder folder;
    // `zip -9` of a folder is what people make; Python's ZIP_DEFLATED writes the same records.
    const std::string make = "cd '" + folder.path().string() + "' && python3 - <<'END'\n" +
                             "import zipfile\n"
                             "a = zipfile.ZipFile('" +
                             test::golden_path("data/datasets/plain.zip").string() +
                             "')\n"
                             "b = zipfile.ZipFile('packed.zip', 'w', zipfile.ZIP_DEFLATED)\n"
                             "for n in a.namelist(): b.writestr(n, a.read(n) + bytes(500))\n"
                             "b.close()\nEND\n";
    ASSERT_EQ(std::system(make.c_str()), 0);
    const DataSet stored(test::golden_path("data/datasets/plain.zip")), packed(folder / "packed.zip");
    ASSERT_EQ(stored.size(), packed.size());
    for (std::int64_t i = 0; i < stored.size(); ++i) EXPECT_EQ(stored.read(i), packed.read(i));
}

}  // namespace
}  // namespace afs
