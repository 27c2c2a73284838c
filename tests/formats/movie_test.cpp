// Films as files, played back by another decoder (tests/support/movie.h): whole, broken off, resumed, out of space.
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <random>

#include "core/base/error.h"
#include "core/formats/video.h"
#include "tests/support/movie.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using test::Movie;
using test::play;
using test::psnr_db;
using test::TemporaryFolder;
using ::testing::HasSubstr;
using ::testing::Not;

// A smooth picture whose colours move with `index`, and a white bar at its place: no two frames are alike.
std::shared_ptr<const Image> frame(std::int64_t index, int width = 96, int height = 64, int channels = 3) {
    auto image = std::make_shared<Image>(Image{width, height, channels, {}});
    const int moved = static_cast<int>(index);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            const bool bar = x >= moved % (width - 8) && x < moved % (width - 8) + 8 && y < 16;
            for (int c = 0; c < channels; ++c)
                image->pixels.push_back(
                    static_cast<std::uint8_t>(c == 3   ? 77
                                              : bar    ? 255
                                              : c == 0 ? 40 + std::abs((x * 150 / width + moved) % 360 - 180)
                                              : c == 1 ? 60 + y * 120 / height
                                                       : 200 - x * 100 / width));
        }
    return image;
}

// What no encoder makes small.
std::shared_ptr<const Image> noise(unsigned seed, int side) {
    std::mt19937 random(seed);
    auto image = std::make_shared<Image>(Image{side, side, 3, {}});
    for (int i = 0; i < side * side * 3; ++i) image->pixels.push_back(static_cast<std::uint8_t>(random()));
    return image;
}

FilmFormat film(FilmCodec codec, int width = 96, int height = 64) {
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

std::string bytes_of(const std::filesystem::path& path) { return read_text_file(path); }

// Lossy codecs: close to the frame of that number, and closer than to its neighbours in time.
void expect_shows(const Image& got, std::int64_t index, FilmCodec codec) {
    const auto close_to = [&](std::int64_t other) { return psnr_db(got, *frame(other, got.width, got.height)); };
    if (codec == FilmCodec::ffv1) {
        EXPECT_EQ(got, *frame(index, got.width, got.height)) << "frame " << index;
        return;
    }
    const double db = close_to(index);
    EXPECT_GT(db, 36) << "frame " << index;  // measured: 38 dB and more at the default qualities
    EXPECT_GT(db, index == 0 ? 0.0 : close_to(index - 1)) << "frame " << index;
    EXPECT_GT(db, close_to(index + 1)) << "frame " << index;
}

void expect_frames(const Movie& movie, std::size_t count, FilmCodec codec) {
    ASSERT_EQ(movie.frames.size(), count);
    for (std::size_t i = 0; i < count; ++i) {
        expect_shows(movie.frames[i], static_cast<std::int64_t>(i), codec);
        EXPECT_NEAR(movie.times_s[i], static_cast<double>(i) / 30, 0.0011) << i;  // Matroska counts milliseconds
    }
}

bool can_write(FilmCodec codec) {
    const auto available = available_film_codecs();
    return std::ranges::find(available, codec) != available.end();
}

class MovieFiles : public ::testing::TestWithParam<FilmCodec> {
  protected:
    void SetUp() override {
        // Debian's FFmpeg has every codec: one that is missing is a mistake of the machine or of the build.
        ASSERT_TRUE(can_write(GetParam())) << "this FFmpeg has no encoder for it";
    }
    [[nodiscard]] std::filesystem::path path() const { return folder_ / ("film" + film_ending(GetParam())); }
    [[nodiscard]] FilmFormat format() const { return film(GetParam()); }

    void write(std::int64_t count, Overwrite overwrite = Overwrite::no) const {
        FilmWriter writer(path(), format(), overwrite);
        for (std::int64_t i = 0; i < count; ++i) writer.add(frame(i));
        writer.finish();
        EXPECT_EQ(writer.frames_kept(), count);
        if (count == 0) return;
        const auto size = static_cast<double>(std::filesystem::file_size(path()));
        const auto kept = static_cast<double>(writer.bytes_kept());
        EXPECT_GT(kept, 0);
        // The end of the file is not counted. An MP4 is written once more at the end, in another form.
        if (GetParam() != FilmCodec::h264) {
            EXPECT_NEAR(kept, size, 0.1 * size + 2000);
        }
    }

    // A process of its own films until it is killed, `after` frames after it began or went on.
    void film_until_killed(int after, bool resume = false) const {
        std::array<int, 2> ends{};
        ASSERT_EQ(::pipe(ends.data()), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            try {
                auto writer = resume ? std::make_unique<FilmWriter>(path(), format(), ResumeFilm{})
                                     : std::make_unique<FilmWriter>(path(), format(), Overwrite::no);
                for (std::int64_t i = writer->frames_kept();; ++i) {
                    writer->add(frame(i));
                    if (::write(ends[1], "x", 1) != 1) ::_exit(1);
                }
            } catch (...) {
                ::_exit(2);
            }
        }
        ::close(ends[1]);
        char one = 0;
        for (int i = 0; i < after; ++i) ASSERT_EQ(::read(ends[0], &one, 1), 1);
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        ::close(ends[0]);
        ASSERT_TRUE(WIFSIGNALED(status));
    }

    TemporaryFolder folder_;
};

TEST_P(MovieFiles, PlayBackWhatWasFilmed) {
    write(50);
    const Movie movie = play(path());
    EXPECT_EQ(movie.codec, film_codec_name(GetParam()));
    EXPECT_EQ(movie.width, 96);
    EXPECT_EQ(movie.height, 64);
    EXPECT_NEAR(movie.frames_per_second, 30.0, 0.01);
    EXPECT_NEAR(movie.duration_s, 50.0 / 30, 0.002);
    expect_frames(movie, 50, GetParam());
    const bool rgb = GetParam() == FilmCodec::ffv1;
    EXPECT_EQ(movie.matrix, rgb ? "gbr" : "bt709");
    EXPECT_EQ(movie.range, rgb ? "pc" : "tv");
    if (GetParam() == FilmCodec::h264) {
        EXPECT_EQ(movie.primaries, "bt709");
        EXPECT_EQ(movie.transfer, "bt709");
    }
}

TEST_P(MovieFiles, TakeAnyUsualRate) {
    FilmFormat format = this->format();
    format.fps_numerator = 30000;
    format.fps_denominator = 1001;
    FilmWriter writer(path(), format, Overwrite::no);
    for (int i = 0; i < 30; ++i) writer.add(frame(i));
    writer.finish();
    const Movie movie = play(path());
    EXPECT_NEAR(movie.frames_per_second, 30000.0 / 1001, 0.02);
    ASSERT_EQ(movie.times_s.size(), 30u);
    EXPECT_NEAR(movie.times_s[29], 29 * 1.001 / 30, 0.0011);
}

TEST_P(MovieFiles, HaveTheSameBytesEveryTime) {
    write(40);
    const std::string once = bytes_of(path());
    write(40, Overwrite::yes);
    EXPECT_EQ(bytes_of(path()), once);
}

TEST_P(MovieFiles, OneFrameIsAFilm) {
    write(1);
    expect_frames(play(path()), 1, GetParam());
}

TEST_P(MovieFiles, PlayAfterTheirProgramWasKilled) {
    film_until_killed(90);
    const Movie movie = play(path());
    // What the queue, the encoder's look ahead and the last piece hold is lost, two seconds at the very most.
    EXPECT_GE(movie.frames.size(), 30u);
    expect_frames(movie, movie.frames.size(), GetParam());
}

TEST_P(MovieFiles, GoOnAfterTheirProgramWasKilled) {
    film_until_killed(70);
    const std::size_t first = play(path()).frames.size();
    film_until_killed(70, true);
    const std::size_t second = play(path()).frames.size();
    EXPECT_GT(second, first);  // a film that was resumed and killed once more has no fewer frames
    FilmWriter writer(path(), format(), ResumeFilm{});
    const std::int64_t kept = writer.frames_kept();
    EXPECT_EQ(kept, static_cast<std::int64_t>(second));
    for (std::int64_t i = kept; i < kept + 40; ++i) writer.add(frame(i));
    writer.finish();
    EXPECT_EQ(writer.frames_kept(), kept + 40);
    const Movie movie = play(path());
    EXPECT_NEAR(movie.duration_s, static_cast<double>(kept + 40) / 30, 0.002);
    expect_frames(movie, static_cast<std::size_t>(kept + 40), GetParam());
}

TEST_P(MovieFiles, GoOnFromAHoleInTheirLastPiece) {
    film_until_killed(70);
    const auto whole = static_cast<std::int64_t>(play(path()).frames.size());
    std::filesystem::resize_file(path(), std::filesystem::file_size(path()) - 100);
    FilmWriter writer(path(), format(), ResumeFilm{});
    const std::int64_t kept = writer.frames_kept();
    EXPECT_LT(kept, whole);
    EXPECT_GT(kept, whole - 12);
    for (std::int64_t i = kept; i < 80; ++i) writer.add(frame(i));
    writer.finish();
    expect_frames(play(path()), 80, GetParam());
}

TEST_P(MovieFiles, AFinishedFilmIsResumedByDoingNothing) {
    write(33);
    const std::string before = bytes_of(path());
    {
        FilmWriter writer(path(), format(), ResumeFilm{});
        EXPECT_EQ(writer.frames_kept(), 33);
        writer.finish();
    }
    EXPECT_EQ(bytes_of(path()), before);
    {
        FilmWriter writer(path(), format(), ResumeFilm{});
        for (int i = 33; i < 60; ++i) writer.add(frame(i));
        writer.finish();
    }
    expect_frames(play(path()), 60, GetParam());
}

TEST_P(MovieFiles, AreResumedAfterAnyNumberOfFrames) {
    for (std::int64_t count = 1; count <= 9; ++count) {
        write(count, Overwrite::yes);
        {
            FilmWriter writer(path(), format(), ResumeFilm{});
            ASSERT_EQ(writer.frames_kept(), count);
            for (std::int64_t i = count; i < 20; ++i) writer.add(frame(i));
            writer.finish();
        }
        expect_frames(play(path()), 20, GetParam());
    }
}

TEST_P(MovieFiles, ResumingBeginsAFilmThatIsNotThere) {
    {
        FilmWriter writer(path(), format(), ResumeFilm{});
        EXPECT_EQ(writer.frames_kept(), 0);
        for (int i = 0; i < 20; ++i) writer.add(frame(i));
        writer.finish();
    }
    expect_frames(play(path()), 20, GetParam());
}

TEST_P(MovieFiles, AnotherFilmIsNotResumed) {
    FilmFormat named = format();
    named.film = "walk";
    {
        FilmWriter writer(path(), named, Overwrite::no);
        for (int i = 0; i < 20; ++i) writer.add(frame(i));
        writer.finish();
    }
    const std::string before = bytes_of(path());
    FilmFormat other = named;
    other.film = "circle";
    EXPECT_THAT(refusal([&] { FilmWriter(path(), other, ResumeFilm{}); }),
                ::testing::AllOf(HasSubstr("it is another film"), HasSubstr("film walk"), HasSubstr("film circle"),
                                 HasSubstr("--overwrite")));
    other = named;
    other.fps_numerator = 25;
    EXPECT_THAT(refusal([&] { FilmWriter(path(), other, ResumeFilm{}); }), HasSubstr("25/1"));
    other = named;
    other.width = 100;
    EXPECT_THAT(refusal([&] { FilmWriter(path(), other, ResumeFilm{}); }), HasSubstr("96x64"));
    if (GetParam() != FilmCodec::ffv1) {
        other = named;
        other.crf = 40;
        EXPECT_THAT(refusal([&] { FilmWriter(path(), other, ResumeFilm{}); }), HasSubstr("crf 40"));
    }
    EXPECT_EQ(bytes_of(path()), before);
    write_file(path(), "a letter to my aunt", Overwrite::yes);
    EXPECT_THAT(refusal([&] { FilmWriter(path(), named, ResumeFilm{}); }), HasSubstr("cannot be read as a film"));
    EXPECT_EQ(bytes_of(path()), "a letter to my aunt");
}

TEST_P(MovieFiles, PartsOfAFilmAreJoined) {
    const std::string ending = film_ending(GetParam());
    const auto part = [&](const std::string& name, std::int64_t first, std::int64_t last, const std::string& of) {
        FilmFormat format = this->format();
        format.film = of;
        format.first_frame = first;
        FilmWriter writer(folder_ / (name + ending), format, Overwrite::no);
        for (std::int64_t i = first; i <= last; ++i) writer.add(frame(i));
        writer.finish();
        return folder_ / (name + ending);
    };
    const auto a = part("a", 0, 19, "walk"), b = part("b", 20, 20, "walk"), c = part("c", 21, 69, "walk");
    const JoinedFilm joined = join_films({c, a, b}, path(), Overwrite::no);
    EXPECT_EQ(joined.codec, GetParam());
    EXPECT_EQ(joined.frames, 70);
    EXPECT_EQ(joined.width, 96);
    const Movie movie = play(path());
    EXPECT_NEAR(movie.duration_s, 70.0 / 30, 0.002);
    EXPECT_NEAR(movie.frames_per_second, 30, 0.01);
    EXPECT_EQ(movie.range, GetParam() == FilmCodec::ffv1 ? "pc" : "tv");
    expect_frames(movie, 70, GetParam());
    {  // a joined film is a film like others
        FilmFormat format = this->format();
        format.film = "walk";
        FilmWriter writer(path(), format, ResumeFilm{});
        EXPECT_EQ(writer.frames_kept(), 70);
        for (int i = 70; i < 80; ++i) writer.add(frame(i));
        writer.finish();
    }
    expect_frames(play(path()), 80, GetParam());

    const auto other = folder_ / ("other" + ending);
    EXPECT_THAT(refusal([&] {
                    (void)join_films({a, c}, other, Overwrite::no);
                }),
                HasSubstr("has the frames 0 to 19, and " + c.string() + " begins with 21"));
    const auto stranger = part("d", 20, 25, "circle");
    EXPECT_THAT(refusal([&] {
                    (void)join_films({a, stranger}, other, Overwrite::no);
                }),
                HasSubstr("are of different films"));
    EXPECT_THAT(refusal([&] { (void)join_films({a, b}, path(), Overwrite::no); }), HasSubstr("it exists already"));
    EXPECT_THAT(refusal([&] { (void)join_films({a, b}, folder_ / "film.avi", Overwrite::no); }), HasSubstr(".mp4"));
    write_file(folder_ / ("letter" + ending), "dear aunt", Overwrite::no);
    EXPECT_THAT(refusal([&] {
                    (void)join_films({a, folder_ / ("letter" + ending)}, other, Overwrite::no);
                }),
                HasSubstr("cannot be read as a film"));
    EXPECT_FALSE(std::filesystem::exists(other));
}

TEST_P(MovieFiles, WithoutFinishTheyPlayUpToWhatWasAdded) {
    {
        FilmWriter writer(path(), format(), Overwrite::no);
        for (int i = 0; i < 21; ++i) writer.add(frame(i));
    }
    expect_frames(play(path()), 21, GetParam());
}

TEST_P(MovieFiles, WithoutAFrameThereIsNoFile) {
    EXPECT_THAT(refusal([&] { FilmWriter(path(), format(), Overwrite::no).finish(); }), HasSubstr("it has no frames"));
    EXPECT_FALSE(std::filesystem::exists(path()));
    write(3);
    const std::string before = bytes_of(path());
    EXPECT_THAT(refusal([&] { FilmWriter(path(), format(), Overwrite::yes).finish(); }), HasSubstr("it has no frames"));
    EXPECT_EQ(bytes_of(path()), before);  // what was there stays until the first frame
}

TEST_P(MovieFiles, AFrameOfAnotherSizeIsRefusedAndTheFilmGoesOn) {
    FilmWriter writer(path(), format(), Overwrite::no);
    for (int i = 0; i < 9; ++i) writer.add(frame(i));
    EXPECT_THAT(refusal([&] { writer.add(frame(9, 64, 64)); }),
                HasSubstr("it is 64 x 64 with 3 channels, and the film takes 96 x 64"));
    for (int i = 9; i < 18; ++i) writer.add(frame(i, 96, 64, 4));
    writer.finish();
    expect_frames(play(path()), 18, GetParam());
}

TEST_P(MovieFiles, AnExistingFileStaysUntilAsked) {
    write_file(path(), "somebody's", Overwrite::no);
    EXPECT_THAT(refusal([&] { FilmWriter(path(), format(), Overwrite::no); }), HasSubstr("it exists already"));
    EXPECT_EQ(bytes_of(path()), "somebody's");
    write(10, Overwrite::yes);
    expect_frames(play(path()), 10, GetParam());
}

TEST_P(MovieFiles, APlaceThatCannotBeWrittenIsToldAtOnce) {
    write_file(folder_ / "file", "no folder", Overwrite::no);
    const auto inside = folder_ / "file" / path().filename();
    EXPECT_THAT(refusal([&] { FilmWriter(inside, format(), Overwrite::no); }), HasSubstr("Could not write"));
    EXPECT_THAT(refusal([&] { FilmWriter("/proc/no/film" + film_ending(GetParam()), format(), Overwrite::no); }),
                HasSubstr("Could not write"));
}

// A disk of 1 MB: a file system of its own where that is permitted, else a limit on the size of files.
bool small_disk(const std::filesystem::path& folder) {
    constexpr int kBytes = 1 << 20;
    if (::unshare(CLONE_NEWNS) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0)
        if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
            ::mount("none", folder.c_str(), "tmpfs", 0, fmt::format("size={}", kBytes).c_str()) == 0)
            return true;
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{kBytes, kBytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    return false;
}

// What `work` tells in a process of its own, whose small disk is its alone; behind what that disk is.
std::string on_small_disk(const std::filesystem::path& folder, const std::function<std::string()>& work) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) return "no pipe";
    const pid_t child = ::fork();
    if (child == 0) {
        std::string told = small_disk(folder) ? "tmpfs; " : "limit; ";
        told += work();
        const auto written = ::write(ends[1], told.data(), told.size());
        ::_exit(written == static_cast<ssize_t>(told.size()) ? 0 : 1);
    }
    ::close(ends[1]);
    std::string told(4096, '\0');
    told.resize(static_cast<std::size_t>(std::max<ssize_t>(::read(ends[0], told.data(), told.size()), 0)));
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    return told;
}

TEST_P(MovieFiles, AFullDiskEndsThemWithAMessageAndAFilmThatPlays) {
    const std::string told = on_small_disk(folder_.path(), [&] {
        std::int64_t kept = -1;
        std::string message = refusal([&] {
            FilmWriter writer(path(), film(GetParam(), 128, 128), Overwrite::no);
            try {
                for (unsigned i = 0; i < 400; ++i) writer.add(noise(i, 128));
                writer.finish();
            } catch (const Error&) {
                kept = writer.frames_kept();
                throw;
            }
        });
        const Movie movie = test::play_if_possible(path());
        bool right = true;
        for (unsigned i = 0; i < movie.frames.size(); ++i)
            right = right && (GetParam() == FilmCodec::ffv1 ? movie.frames[i] == *noise(i, 128)
                                                            : psnr_db(movie.frames[i], *noise(i, 128)) > 12);
        return message + fmt::format("; kept {} played {} right {}", kept, movie.frames.size(), right);
    });
    RecordProperty("disk", told.substr(0, 5));
    EXPECT_THAT(told, HasSubstr(told.starts_with("tmpfs") ? "No space left on device" : "File too large"));
    EXPECT_THAT(told, HasSubstr("frames are kept and play. Free some space or choose another place."));
    const auto number = [&](const std::string& word) { return std::stoi(told.substr(told.find(word) + word.size())); };
    EXPECT_GE(number("; kept "), 7) << told;
    EXPECT_LT(number("; kept "), 400);
    EXPECT_EQ(number("; kept "), number(" played ")) << told;
    EXPECT_THAT(told, HasSubstr(fmt::format("The first {} frames", number("; kept "))));
    EXPECT_THAT(told, HasSubstr("right true"));
}

// A film that takes more than half of the disk: there is no room for a second one, however short a time.
TEST_P(MovieFiles, WhereAFilmHasRoomOnlyOnceItStaysAsItIs) {
    const FilmFormat format = film(GetParam(), 128, 128);
    const auto write_noise = [&](const std::filesystem::path& file, unsigned count) {
        FilmWriter writer(file, format, Overwrite::no);
        for (unsigned i = 0; i < count; ++i) writer.add(noise(i, 128));
        writer.finish();
    };
    const TemporaryFolder elsewhere;
    const auto sample = elsewhere / path().filename();
    write_noise(sample, 16);
    const auto count =
        static_cast<unsigned>(16.0 * (720 << 10) / static_cast<double>(std::filesystem::file_size(sample)));
    const std::string told = on_small_disk(folder_.path(), [&] {
        std::string message = refusal([&] { write_noise(path(), count); });
        message += fmt::format("; resumed: {}", refusal([&] {
                                   FilmWriter writer(path(), format, ResumeFilm{});
                                   for (unsigned i = 0; i < 40; ++i) writer.add(noise(count + i, 128));
                                   writer.finish();
                               }));
        return message + fmt::format("; played {} files {}", test::play_if_possible(path()).frames.size(),
                                     std::distance(std::filesystem::directory_iterator(folder_.path()), {}));
    });
    if (!told.starts_with("tmpfs")) GTEST_SKIP() << "no file system of its own: " << told;
    EXPECT_THAT(told, HasSubstr("tmpfs; nothing was thrown; resumed: Could not write"));
    EXPECT_THAT(told, HasSubstr("No space left on device"));
    const auto number = [&](const std::string& word) { return std::stoi(told.substr(told.find(word) + word.size())); };
    EXPECT_EQ(number(" played "), static_cast<int>(count)) << told;
    EXPECT_THAT(told, HasSubstr(fmt::format("The first {} frames are kept and play", count)));
    EXPECT_EQ(number(" files "), 1) << told;
}

INSTANTIATE_TEST_SUITE_P(EveryCodec, MovieFiles, ::testing::Values(FilmCodec::h264, FilmCodec::vp9, FilmCodec::ffv1),
                         [](const auto& codec) { return film_codec_name(codec.param); });

TEST(MovieFormats, LosslessFilmsHaveAnySizeAndEveryBit) {
    ASSERT_TRUE(can_write(FilmCodec::ffv1));
    const TemporaryFolder folder;
    // Large ones are cut into more slices than small ones.
    for (const auto& [width, height] :
         {std::pair(33, 17), std::pair(4, 4), std::pair(15, 400), std::pair(5, 7), std::pair(301, 259)}) {
        FilmWriter writer(folder / "film.mkv", film(FilmCodec::ffv1, width, height), Overwrite::yes);
        for (int i = 0; i < 12; ++i) writer.add(frame(i, width, height, i % 2 == 0 ? 3 : 4));
        writer.finish();
        const Movie movie = play(folder / "film.mkv");
        ASSERT_EQ(movie.frames.size(), 12u);
        for (int i = 0; i < 12; ++i)
            EXPECT_EQ(movie.frames[static_cast<std::size_t>(i)], *frame(i, width, height)) << width << " " << i;
    }
}

TEST(MovieFormats, LosslessFilmsOfAFewPixelsAreRefused) {
    const TemporaryFolder folder;
    for (const auto& [width, height] : {std::pair(1, 1), std::pair(3, 16), std::pair(16, 3)}) {
        EXPECT_THAT(
            refusal([&] { check_film(folder / "film.mkv", film(FilmCodec::ffv1, width, height), Overwrite::no); }),
            HasSubstr("needs four pixels each way. Use the codec png."));
        check_film(folder / "film", film(FilmCodec::png, width, height), Overwrite::no);
    }
}

TEST(MovieFormats, OddSizesAreRefusedWithTheNearestEvenOne) {
    const TemporaryFolder folder;
    for (const FilmCodec codec : {FilmCodec::h264, FilmCodec::vp9}) {
        ASSERT_TRUE(can_write(codec));
        EXPECT_THAT(
            refusal([&] { FilmWriter(folder / ("film" + film_ending(codec)), film(codec, 33, 18), Overwrite::no); }),
            HasSubstr("33 x 18 is odd, and " + film_codec_name(codec) +
                      " stores one colour for two by two pixels. Use 34 x 18, or the codec ffv1, png or jpg"));
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(MovieFormats, AMissingCodecIsToldWithThoseThatAreThere) {
    const std::array<FilmCodec, 2> few = {FilmCodec::ffv1, FilmCodec::png};
    EXPECT_THAT(refusal([&] { check_film_codec(FilmCodec::h264, few); }),
                ::testing::AllOf(HasSubstr("no encoder for h264"), HasSubstr("They can write ffv1, png.")));
    check_film_codec(FilmCodec::png, few);
}

TEST(MovieFormats, QualitiesAndNamesAreCheckedFirst) {
    ASSERT_TRUE(can_write(FilmCodec::h264));
    const TemporaryFolder folder;
    const auto told = [&](const std::string& name, const std::function<void(FilmFormat&)>& change) {
        FilmFormat format = film(FilmCodec::h264);
        change(format);
        return refusal([&] { FilmWriter(folder / name, format, Overwrite::no); });
    };
    EXPECT_THAT(told("film.avi", [](FilmFormat&) {}), HasSubstr("film.mp4"));
    EXPECT_THAT(told("film.mp4", [](FilmFormat& f) { f.crf = 52; }), HasSubstr("h264 takes 1 (best) to 51"));
    EXPECT_THAT(told("film.mp4", [](FilmFormat& f) { f.bitrate = 10; }), HasSubstr("10 bits a second"));
    EXPECT_THAT(told("film.mp4", [](FilmFormat& f) { f.crf = 20, f.bitrate = 1'000'000; }), HasSubstr("both"));
    EXPECT_THAT(told("film.mp4", [](FilmFormat& f) { f.fps_numerator = 0; }), HasSubstr("0/1 frames a second"));
    EXPECT_THAT(told("film.mp4", [](FilmFormat& f) { f.fps_numerator = 241; }), HasSubstr("up to 240"));
    EXPECT_THAT(told("film.mp4", [](FilmFormat& f) { f.width = 20000; }), HasSubstr("1 to 16384 pixels"));
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(MovieFormats, ABitrateDecidesTheSize) {
    ASSERT_TRUE(can_write(FilmCodec::h264));
    const TemporaryFolder folder;
    const auto size = [&](std::int64_t rate, const std::string& name) {
        FilmFormat format = film(FilmCodec::h264, 128, 128);
        format.bitrate = rate;
        FilmWriter writer(folder / name, format, Overwrite::no);
        for (unsigned i = 0; i < 90; ++i) writer.add(noise(i, 128));
        writer.finish();
        return static_cast<double>(std::filesystem::file_size(folder / name));
    };
    const double small = size(1'000'000, "small.mp4"), large = size(4'000'000, "large.mp4");
    EXPECT_NEAR(small, 3 * 1e6 / 8, 0.5 * 3 * 1e6 / 8);  // three seconds: the encoder has little time to find its rate
    EXPECT_GT(large, 2.5 * small);
}

// The boxes at the top of an MP4, in order.
std::vector<std::string> boxes(const std::filesystem::path& path) {
    const std::string bytes = bytes_of(path);
    std::vector<std::string> names;
    for (std::size_t at = 0; at + 8 <= bytes.size();) {
        std::uint64_t size = 0;
        for (std::size_t i = 0; i < 4; ++i) size = size << 8 | static_cast<std::uint8_t>(bytes[at + i]);
        names.push_back(bytes.substr(at + 4, 4));
        if (size == 1) {
            size = 0;
            for (std::size_t i = 8; i < 16; ++i) size = size << 8 | static_cast<std::uint8_t>(bytes[at + i]);
        }
        if (size < 8) break;
        at += size;
    }
    return names;
}

TEST(MovieFormats, AFinishedMp4HasItsIndexInFrontAndNoPieces) {
    ASSERT_TRUE(can_write(FilmCodec::h264));
    const TemporaryFolder folder;
    FilmWriter writer(folder / "film.mp4", film(FilmCodec::h264), Overwrite::no);
    for (int i = 0; i < 300; ++i) writer.add(frame(i));
    writer.finish();
    const auto names = boxes(folder / "film.mp4");
    EXPECT_THAT(names, Not(::testing::Contains("moof")));
    const auto place = [&](const char* name) { return std::ranges::find(names, name) - names.begin(); };
    EXPECT_LT(place("moov"), place("mdat"));
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);  // nothing else is left
}

TEST(MovieFormats, TheLibrariesAreNamed) {
    const auto libraries = film_libraries();
    ASSERT_FALSE(libraries.empty());
    EXPECT_EQ(libraries[0].first, "libavcodec");
    EXPECT_THAT(libraries[0].second, ::testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
    EXPECT_THAT(film_libraries_licence(), HasSubstr("GPL"));
}

}  // namespace
}  // namespace afs
