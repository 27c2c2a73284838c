#include "core/formats/video.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/formats/film_sink.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using test::TemporaryFolder;
using ::testing::HasSubstr;

// A smooth picture whose colours move with `index`.
std::shared_ptr<const Image> frame(int index, int width = 64, int height = 48, int channels = 3) {
    auto image = std::make_shared<Image>(Image{width, height, channels, {}});
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            for (int c = 0; c < channels; ++c)
                image->pixels.push_back(static_cast<std::uint8_t>(c == 0   ? 40 + (x * 150 / width + index) % 180
                                                                  : c == 1 ? 60 + y * 120 / height
                                                                  : c == 2 ? 200 - x * 100 / width
                                                                           : 255));
    return image;
}

FilmFormat film(FilmCodec codec, int width = 64, int height = 48) {
    FilmFormat format;
    format.codec = codec;
    format.width = width;
    format.height = height;
    format.fps_numerator = 30;
    return format;
}

std::string refusal(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing was thrown";
}

Image picture(const std::filesystem::path& path) { return decode_picture(MappedFile(path).bytes(), "x"); }

TEST(FilmSequence, KeepsEveryBitAndDropsAlphaUnderNumberedNames) {
    const TemporaryFolder folder;
    FilmWriter writer(folder / "frames", film(FilmCodec::png), Overwrite::no, 41);
    for (int i = 0; i < 10; ++i) writer.add(frame(i, 64, 48, i % 2 == 0 ? 3 : 4));
    writer.finish();
    EXPECT_EQ(writer.frames_kept(), 10);
    std::uintmax_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "frames")) bytes += entry.file_size();
    EXPECT_EQ(writer.bytes_kept(), static_cast<std::int64_t>(bytes));
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(picture(folder / "frames" / ("frame0000" + std::to_string(41 + i) + ".png")), *frame(i));
}

TEST(FilmSequence, JpegStaysClose) {
    const TemporaryFolder folder;
    FilmWriter writer(folder / "frames", film(FilmCodec::jpg, 33, 17), Overwrite::no);
    writer.add(frame(3, 33, 17));
    writer.finish();
    const Image got = picture(folder / "frames/frame000000.jpg"), expect = *frame(3, 33, 17);
    ASSERT_EQ(got.pixels.size(), expect.pixels.size());
    for (std::size_t i = 0; i < got.pixels.size(); ++i)
        ASSERT_NEAR(got.pixels[i], expect.pixels[i], 8);  // quality 95 of a smooth picture
}

TEST(FilmSequence, AnErrorOfTheEncodingThreadReachesTheNextCallsAndCountsWhatIsKept) {
    const TemporaryFolder folder;
    write_file(folder / "frames/frame000002.png", "somebody's", Overwrite::no);
    FilmWriter writer(folder / "frames", film(FilmCodec::png), Overwrite::no);
    const std::string first = refusal([&] {
        for (int i = 0; i < 3 + 2 * kFilmQueue + kPicturesAtOnce; ++i) writer.add(frame(i));
    });
    EXPECT_THAT(first, HasSubstr("frame000002.png: it exists already"));
    EXPECT_THAT(first, HasSubstr("The first 2 frames are kept"));
    EXPECT_EQ(refusal([&] { writer.finish(); }), first);
    EXPECT_EQ(read_text_file(folder / "frames/frame000002.png"), "somebody's");
    EXPECT_EQ(picture(folder / "frames/frame000001.png"), *frame(1));
}

TEST(FilmSequence, OverwritesWhenAsked) {
    const TemporaryFolder folder;
    write_file(folder / "frames/frame000000.png", "old", Overwrite::no);
    EXPECT_THAT(refusal([&] { FilmWriter(folder / "frames", film(FilmCodec::png), Overwrite::no); }),
                HasSubstr("exists already"));
    FilmWriter writer(folder / "frames", film(FilmCodec::png), Overwrite::yes);
    writer.add(frame(0));
    writer.finish();
    EXPECT_EQ(picture(folder / "frames/frame000000.png"), *frame(0));
}

}  // namespace
}  // namespace afs
