#include "core/data/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "core/base/error.h"
#include "core/data/data_set.h"
#include "core/data/fixed_point_resize.h"
#include "core/data/import_source.h"
#include "tests/support/golden.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const test::GoldenFile& golden() {
    static const test::GoldenFile file("data.safetensors");
    return file;
}

std::filesystem::path source_of(const std::string& name) {
    if (name.starts_with("cifar")) return test::golden_path("data/cifar/cifar-10-python.tar.gz");
    if (name.starts_with("mnist")) return test::golden_path("data/mnist/train-images-idx3-ubyte.gz");
    return test::golden_path("data") / golden().parameters(name)["source"].get<std::string>();
}

ImportOptions options_of(const Json& words) {
    ImportOptions options;
    for (const Json& word : words) {
        const std::string text = word, value = text.substr(text.find('=') + 1);
        if (text.starts_with("--transform="))
            options.transform =
                value == "center-crop" ? ImportTransform::center_crop : ImportTransform::center_crop_wide;
        else if (text.starts_with("--resolution="))
            options.resolution = {std::stoi(value), std::stoi(value.substr(value.find_first_of("x,") + 1))};
        else if (text.starts_with("--max-images="))
            options.max_images = std::stoi(value);
    }
    return options;
}

std::string bytes_of(const std::filesystem::path& path) { return read_text_file(path); }

std::string why(const std::filesystem::path& source, const std::filesystem::path& destination,
                const ImportOptions& options = {}) {
    try {
        (void)import_data_set(source, destination, options);
    } catch (const Error& e) {
        return e.what();
    }
    return "imported";
}

class RecordedImport : public testing::TestWithParam<std::string> {};

// SPEC 15: names, labels, sizes and every pixel of what the official tool makes. Exact but for the JPEG (its decoder
// may differ by 2, resized by 3).
TEST_P(RecordedImport, GivesTheOfficialDataSet) {
    const std::string name = GetParam();
    const Json& p = golden().parameters(name);
    const test::TemporaryFolder folder;
    const std::string destination = p["dest"];
    ImportOptions options = options_of(p["options"]);
    options.threads = 3;
    const ImportResult result = import_data_set(source_of(name), folder / destination, options);

    const TensorData& expected = golden().tensor(name + "/expect_pixels");
    ASSERT_EQ(result.pictures, expected.shape[0]);
    std::vector<std::string> names;
    const PictureFiles files(folder / destination);
    if (destination.ends_with(".zip")) {
        const MappedFile archive(folder / destination);
        const ZipDirectory directory(archive.bytes(), "archive");
        for (const ZipEntry& entry : directory.entries()) {
            EXPECT_EQ(entry.method, 0) << "stored";
            names.emplace_back(entry.name);
        }
    } else {
        names = files.names();
        names.emplace_back("dataset.json");
        EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1) << "nothing else is left";
    }
    EXPECT_EQ(Json(names), p["names"]);
    const auto labels = files.read("dataset.json");
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(labels->bytes.data()), labels->bytes.size()),
              p["dataset_json"]);

    const auto pixels = golden().values(name + "/expect_pixels");
    std::size_t at = 0;
    for (const std::string& picture : files.names()) {
        const auto member = files.read(picture);
        const std::string_view png(reinterpret_cast<const char*>(member->bytes.data()), member->bytes.size());
        EXPECT_EQ(png.substr(41, 2), "\x78\x01") << "not compressed";
        if (at == 0) {
            EXPECT_EQ(png.size(), p["png_first_bytes"].get<std::size_t>());
        }
        const Image image = decode_picture(member->bytes, picture);
        const bool jpeg = p["source"] == "rgb" && picture == "00000/img00000005.png";
        for (const std::uint8_t value : image.pixels) {
            ASSERT_LT(at, pixels.size());
            if (jpeg)
                ASSERT_NEAR(value, pixels[at], 3) << picture;
            else
                ASSERT_EQ(value, pixels[at]) << picture << ", value " << at;
            ++at;
        }
    }
    EXPECT_EQ(at, pixels.size());
}

std::vector<std::string> imported_cases() {
    std::vector<std::string> names;
    for (const std::string& name : golden().case_names())
        if (golden().parameters(name)["kind"] == "tool" && golden().parameters(name)["exit_code"] == 0 &&
            name != "as_is_palette" && name != "as_is_empty")
            names.push_back(name);
    return names;
}
INSTANTIATE_TEST_SUITE_P(Golden, RecordedImport, testing::ValuesIn(imported_cases()),
                         [](const auto& c) { return c.param; });

class RecordedRefusal : public testing::TestWithParam<std::string> {};

// What the official tool refuses is refused in words, and nothing is left behind. Those of the recorded cases that only
// the command line can see are in tests/app.
TEST_P(RecordedRefusal, SaysWhatIsWrongAndLeavesNothing) {
    const std::string name = GetParam();
    const Json& p = golden().parameters(name);
    const test::TemporaryFolder folder;
    const std::string message = why(source_of(name), folder / "out.zip", options_of(p["options"]));
    EXPECT_NE(message, "imported") << p["message"];
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}
INSTANTIATE_TEST_SUITE_P(Golden, RecordedRefusal,
                         testing::Values("as_is_rgba", "as_is_rgba16", "as_is_gray16", "as_is_la", "as_is_cmyk",
                                         "as_is_mixed", "as_is_mixedch", "as_is_notpow2", "as_is_notsquare",
                                         "as_is_empty", "as_is_broken", "as_is_thing.bin", "as_is_absent", "crop_rgba",
                                         "crop_no_resolution", "resize_not_square"),
                         [](const auto& c) {
                             std::string name = c.param;
                             std::ranges::replace(name, '.', '_');
                             return name;
                         });

TEST(Import, TakesMoreThanTheOfficialTool) {
    const test::TemporaryFolder folder;
    const ImportOptions crop{.transform = ImportTransform::center_crop, .resolution = std::pair{16, 16}};
    for (const char* source : {"gray", "gray16", "palette"}) {
        const auto to = folder / (std::string(source) + ".zip");
        EXPECT_EQ(why(test::golden_path("data") / source, to, crop), "imported");
        EXPECT_EQ(DataSet(to).resolution(), 16);
    }
    // A palette's colours, not its indices.
    const DataSet set(folder / "palette.zip");
    const auto colours = golden().values("decoded_palette/as_rgb");
    const Image image = set.read(0);
    ASSERT_EQ(image.pixels.size(), colours.size());
    for (std::size_t i = 0; i < colours.size(); ++i) ASSERT_EQ(image.pixels[i], colours[i]);
    ImportOptions flat = crop;
    flat.flatten = true;
    for (const char* source : {"rgba", "la", "rgba16"})
        EXPECT_EQ(why(test::golden_path("data") / source, folder / (std::string(source) + ".zip"), flat), "imported");
}

// 16 bits become 8 by dropping the lower ones, not by taking them for linear light.
TEST(Import, SixteenBitsKeepTheirBrightness) {
    const auto wide = golden().values("decoded_gray16/expect_pixels");
    const MappedFile file(test::golden_path("data/gray16/a.png"));
    const Image image = decode_picture(file.bytes(), "gray16");
    ASSERT_EQ(image.pixels.size(), wide.size());
    for (std::size_t i = 0; i < wide.size(); ++i) ASSERT_NEAR(image.pixels[i], wide[i] / 257.0, 0.51) << i;
}

TEST(Import, IsTheSameOnAnyNumberOfThreads) {
    const test::TemporaryFolder folder;
    ImportOptions options{.transform = ImportTransform::center_crop, .resolution = std::pair{64, 64}};
    for (const int threads : {1, 2, 7}) {
        options.threads = threads;
        EXPECT_EQ(why(test::golden_path("data/rgb"), folder / (std::to_string(threads) + ".zip"), options), "imported");
    }
    EXPECT_EQ(bytes_of(folder / "1.zip"), bytes_of(folder / "2.zip"));
    EXPECT_EQ(bytes_of(folder / "1.zip"), bytes_of(folder / "7.zip"));
}

TEST(Import, DroppedPicturesAreNamed) {
    const test::TemporaryFolder folder;
    const ImportResult result =
        import_data_set(test::golden_path("data/wide"), folder / "out.zip",
                        {.transform = ImportTransform::center_crop_wide, .resolution = std::pair{32, 20}});
    EXPECT_EQ(result.pictures, 2);
    ASSERT_EQ(result.dropped.size(), 3u);
    EXPECT_THAT(result.dropped[0].file, HasSubstr("w0.png"));
    EXPECT_THAT(result.dropped[0].why, HasSubstr("too small for a band of 32 x 20"));
    EXPECT_THAT(why(test::golden_path("data/wide"), folder / "none.zip",
                    {.transform = ImportTransform::center_crop_wide, .resolution = std::pair{1024, 512}}),
                HasSubstr("all of its 5 pictures were dropped"));
}

TEST(Import, WhatExistsIsKeptUnlessAskedFor) {
    const test::TemporaryFolder folder;
    const auto square = test::golden_path("data/square");
    write_file(folder / "out.zip", std::string_view("mine"), Overwrite::no);
    EXPECT_THAT(why(square, folder / "out.zip"), HasSubstr("exists already"));
    EXPECT_EQ(bytes_of(folder / "out.zip"), "mine");
    EXPECT_EQ(why(square, folder / "out.zip", {.overwrite = Overwrite::yes}), "imported");
    write_file(folder / "set/mine.txt", std::string_view("mine"), Overwrite::no);
    EXPECT_THAT(why(square, folder / "set", {.overwrite = Overwrite::yes}), HasSubstr("the folder is not empty"));
    std::filesystem::create_directory(folder / "empty");
    EXPECT_EQ(why(square, folder / "empty/"), "imported");
    EXPECT_EQ(DataSet(folder / "empty", {.use_labels = true}).label_dim(), 3);
    EXPECT_EQ(why(square, folder / "new/deep/set"), "imported");
}

TEST(Import, ACancelledImportLeavesNothing) {
    for (const char* destination : {"out.zip", "out"}) {
        const test::TemporaryFolder folder;
        std::stop_source stop;
        int reports = 0;
        const Progress progress(
            [&](const ProgressState&) {
                if (++reports == 2) stop.request_stop();
            },
            stop.get_token());
        try {
            (void)import_data_set(test::golden_path("data/square"), folder / destination, {.threads = 2}, progress);
            FAIL() << "was not cancelled";
        } catch (const Error& e) {
            EXPECT_EQ(e.kind(), ErrorKind::cancelled);
        }
        EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << destination;
    }
}

TEST(Import, LabelsThatAreNoneAreNamedBeforeAnythingIsRead) {
    const test::TemporaryFolder folder;
    std::filesystem::copy(test::golden_path("data/square"), folder / "set");
    write_file(folder / "set/dataset.json", std::string_view(R"({"labels": [["s0.png", 1], ["s1.png", "cat"]]})"),
               Overwrite::yes);
    EXPECT_THAT(why(folder / "set", folder / "out.zip"), AllOf(HasSubstr("s1.png"), HasSubstr("neither a class nor")));
    write_file(folder / "set/dataset.json", std::string_view(R"({"labels": [["s0.png", 1]]})"), Overwrite::yes);
    const ImportResult result = import_data_set(folder / "set", folder / "out.zip", {});
    EXPECT_FALSE(result.labels);
    ASSERT_EQ(result.warnings.size(), 1u);
    EXPECT_THAT(result.warnings[0], HasSubstr("4 of 5 pictures have no label"));
}

// The published file: byte strings of Python 2, `numpy.core`.
TEST(Import, ReadsPicklesOfPythonTwo) {
    const test::TemporaryFolder folder;
    const std::string script = R"(
import io, struct, sys, tarfile
def text(s): return b'U' + bytes([len(s)]) + s
def batch(n, first):
    data = bytes((first + i) % 256 for i in range(n * 3072))
    p = b'\x80\x02}(' + text(b'data') + b'cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00t' + text(b'b') + b'tR'
    p += b'(K\x01(K' + bytes([n]) + b'M\x00\x0ctcnumpy\ndtype\n(' + text(b'u1') + b'K\x00K\x01tR(K\x03' + text(b'|')
    p += b'NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T' + struct.pack('<i', len(data)) + data + b'tb'
    p += text(b'labels') + b'](' + b''.join(b'K' + bytes([i % 10]) for i in range(n)) + b'eu.'
    return p
with tarfile.open(sys.argv[1], 'w:gz') as tar:
    for i in range(5):
        b = batch(2, 50 * i)
        info = tarfile.TarInfo('cifar-10-batches-py/data_batch_%d' % (i + 1)); info.size = len(b)
        tar.addfile(info, io.BytesIO(b))
)";
    write_file(folder / "make.py", script, Overwrite::no);
    const auto archive = folder / "cifar-10-python.tar.gz";
    ASSERT_EQ(std::system(("python3 '" + (folder / "make.py").string() + "' '" + archive.string() + "'").c_str()), 0);
    EXPECT_EQ(why(archive, folder / "out.zip"), "imported");
    const DataSet set(folder / "out.zip", {.use_labels = true});
    ASSERT_EQ(set.size(), 10);
    EXPECT_EQ(set.label(1)[1], 1.0f);
    EXPECT_EQ(set.read(2).pixels[0], 50);  // R of the first pixel of the second batch
    EXPECT_EQ(set.read(2).pixels[1], 50);  // G: 1024 values later, 256 in the count
    EXPECT_EQ(set.read(2).pixels[3], 51);
}

TEST(Import, DamagedArchivesOfPublishedSetsAreRefusedInWords) {
    const test::TemporaryFolder folder;
    const std::string good = bytes_of(test::golden_path("data/cifar/cifar-10-python.tar.gz"));
    const auto archive = folder / "cifar-10-python.tar.gz";
    write_file(archive, good.substr(0, good.size() / 2), Overwrite::yes);
    EXPECT_THAT(why(archive, folder / "out.zip"), HasSubstr("ends too early"));
    write_file(archive, std::string_view("no gzip at all"), Overwrite::yes);
    EXPECT_THAT(why(archive, folder / "out.zip"), HasSubstr("not a gzip file"));
    for (std::size_t at = 100; at < good.size(); at += good.size() / 40) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 0x55);
        write_file(archive, bad, Overwrite::yes);
        EXPECT_NE(why(archive, folder / "out.zip"), "imported") << at;
    }
    const auto mnist = folder / "train-images-idx3-ubyte.gz";
    std::filesystem::copy(test::golden_path("data/mnist/train-images-idx3-ubyte.gz"), mnist);
    EXPECT_THAT(why(mnist, folder / "out.zip"), HasSubstr("train-labels-idx1-ubyte.gz"));
    std::filesystem::copy(mnist, folder / "train-labels-idx1-ubyte.gz");
    EXPECT_THAT(why(mnist, folder / "out.zip"), HasSubstr("labels are no idx file"));
    EXPECT_FALSE(std::filesystem::exists(folder / "out.zip"));
}

TEST(FixedPointResize, KeepsConstantsAndSizes) {
    const Image flat{77, 33, 3, std::vector<std::uint8_t>(77 * 33 * 3, 200)};
    for (const auto& [w, h] : {std::pair{16, 16}, {77, 8}, {200, 33}, {1, 1}, {128, 64}}) {
        const Image out = resize_fixed_point(flat, w, h);
        EXPECT_EQ(out.pixels, std::vector<std::uint8_t>(static_cast<std::size_t>(w * h * 3), 200)) << w << " x " << h;
    }
    EXPECT_EQ(resize_fixed_point(flat, 77, 33), flat);
    EXPECT_THROW((void)resize_fixed_point(flat, 0, 4), Error);
}

}  // namespace
}  // namespace afs
