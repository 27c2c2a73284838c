// Films on the command line: the frames of `images --time`, the same on every run, in parts, and after an interruption.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <limits>
#include <map>

#include "core/base/json.h"
#include "core/formats/picture.h"
#include "core/scene/film_presets.h"
#include "core/scene/session.h"
#include "tests/support/movie.h"
#include "tests/support/paths.h"
#include "tests/support/program.h"

namespace afs::test {
namespace {

using ::testing::HasSubstr;

std::string net(const std::string& name) { return golden_path("nets/" + name).string(); }

Image picture(const std::filesystem::path& path) { return decode_picture(MappedFile(path).bytes(), "test"); }

std::filesystem::path frame(const std::filesystem::path& folder, int index) {
    return folder / fmt::format("frame{:06}.png", index);
}

// A folder's pictures by name, whole.
std::map<std::string, std::string> contents(const std::filesystem::path& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream file(entry.path(), std::ios::binary);
        files[entry.path().filename().string()] = {std::istreambuf_iterator<char>(file), {}};
    }
    return files;
}

ProgramResult film(std::vector<std::string> arguments, const ProgramOptions& options = {}) {
    arguments.insert(arguments.begin(), {"video", "--device", "cpu"});
    return run_program(arguments, options);
}

// Two seconds at 6 frames a second in which much moves.
Document moving(const std::string& model) {
    Document document;
    document.base.model.path = model;
    document.base.mix = {{.id = 3, .seed = 9, .layers = {2, 3}, .weight = 0.0}};
    document.timeline.fps = 6;
    document = circle(walk_through_seeds(std::move(document), {1, 2, 3}, 2.0 / 3, SeedPath::cubic), 0.1);
    document.timeline.tracks.push_back(
        {7, "mix[id=3].weight", true, {{0.0, 0.0, Easing::smooth}, {1.0, 1.0, Easing::hold}}});
    document.timeline.tracks.push_back(
        {8,
         "canvas",
         true,
         {{0.0, std::string("picture"), Easing::hold}, {1.5, std::string("spectrum"), Easing::hold}}});
    return document;
}

TEST(Video, FramesAreThePicturesOfTheirMoments) {
    const TemporaryFolder folder;
    const std::string session = (folder / "film.json").string();
    save_session(session, moving(net("t-32.pkl")), Overwrite::no);
    const auto made = film({"--session", session, "--output", (folder / "frames").string(), "--json"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    const Json told = Json::parse(made.out);
    EXPECT_EQ(told["frames"], 12);
    EXPECT_EQ(told["fps"], 6.0);
    EXPECT_EQ(contents(folder / "frames").size(), 12u);
    EXPECT_NE(picture(frame(folder / "frames", 0)), picture(frame(folder / "frames", 6)));
    for (const int index : {0, 5, 10}) {
        const auto still =
            run_program({"images", "--session", session, "--time", fmt::format("{:.17g}", index / 6.0), "--outdir",
                         (folder / fmt::format("still{}", index)).string(), "--device", "cpu", "--json"});
        ASSERT_EQ(still.exit_code, 0) << still.err;
        const std::string file = Json::parse(still.out)["files"][0];
        EXPECT_EQ(picture(file), picture(frame(folder / "frames", index))) << index;
    }
    const auto text = run_program({"images", "--session", session, "--time", "1/6"});
    EXPECT_EQ(text.exit_code, 2);
    EXPECT_THAT(text.err, HasSubstr("--time"));
}

TEST(Video, EveryRunEveryPartAndEveryResumeGivesTheSameFrames) {
    const TemporaryFolder folder;
    const auto walk = [&](const std::string& output, std::vector<std::string> more = {},
                          const ProgramOptions& options = {}) {
        std::vector<std::string> all = {"--network",
                                        net("r-64.pkl"),
                                        "--seeds",
                                        "0-3",
                                        "--w-frames",
                                        "8",
                                        "--trunc",
                                        "0.7",
                                        "--translate-circle",
                                        "0.1",
                                        "--rotate-turns",
                                        "1",
                                        "--output",
                                        (folder / output).string()};
        all.insert(all.end(), more.begin(), more.end());
        return film(all, options);
    };
    ASSERT_EQ(walk("once").exit_code, 0);
    const auto once = contents(folder / "once");
    EXPECT_EQ(once.size(), 32u);
    ASSERT_EQ(walk("again").exit_code, 0);
    EXPECT_EQ(contents(folder / "again"), once);
    for (const char* range : {"20-31", "0-9", "10-19"}) ASSERT_EQ(walk("parts", {"--range", range}).exit_code, 0);
    EXPECT_EQ(contents(folder / "parts"), once);

    const auto stopped = walk("stopped", {}, {.interrupt_after_ms = 700});
    EXPECT_TRUE(stopped.exit_code == 130 || stopped.exit_code == 0) << stopped.err;
    std::filesystem::create_directories(folder / "stopped");
    std::filesystem::remove(frame(folder / "stopped", 2));  // whatever is missing
    // What a killed process was writing; none has this number.
    std::ofstream(folder / "stopped/.frame000002.png.2147483646.0.part") << "half of it";
    const auto resumed = walk("stopped", {"--resume", "--json"});
    ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
    const Json told = Json::parse(resumed.out);
    EXPECT_EQ(told["frames"].get<int>() + told["frames_kept"].get<int>(), 32);
    EXPECT_GE(told["frames"].get<int>(), 1);
    EXPECT_EQ(contents(folder / "stopped"), once);
}

TEST(Video, RatesAreTakenAsTelevisionMeansThem) {
    const TemporaryFolder folder;
    int number = 0;
    for (const auto& [written, rate] : {std::pair("29.97", 30000.0 / 1001), std::pair("23.976", 24000.0 / 1001),
                                        std::pair("24000/1001", 24000.0 / 1001), std::pair("12.5", 12.5)}) {
        const auto made = film({"--network", net("t-32.pkl"), "--seeds", "0", "--w-frames", "1", "--fps", written,
                                "--output", (folder / std::to_string(number++)).string(), "--json"});
        ASSERT_EQ(made.exit_code, 0) << made.err;
        EXPECT_DOUBLE_EQ(Json::parse(made.out)["fps"].get<double>(), rate) << written;
    }
}

TEST(Video, AGridShowsEachSeedsOwnFilm) {
    const TemporaryFolder folder;
    const auto make = [&](const std::string& seeds, const std::string& grid, const std::string& output) {
        const auto made = film({"--network", net("t-32.pkl"), "--seeds", seeds, "--grid", grid, "--w-frames", "2",
                                "--output", (folder / output).string()});
        EXPECT_EQ(made.exit_code, 0) << made.err;
    };
    make("4-7", "2x1", "grid");  // 4 and 5 at the left, 6 and 7 at the right
    make("4-5", "1x1", "left");
    make("6-7", "1x1", "right");
    for (int i = 0; i < 4; ++i) {
        const Image grid = picture(frame(folder / "grid", i)), left = picture(frame(folder / "left", i)),
                    right = picture(frame(folder / "right", i));
        ASSERT_EQ(grid.width, 64);
        ASSERT_EQ(grid.height, 32);
        for (std::size_t y = 0; y < 32; ++y)
            for (std::size_t x = 0; x < 64 * 3; ++x)
                ASSERT_EQ(grid.pixels[y * 192 + x], x < 96 ? left.pixels[y * 96 + x] : right.pixels[y * 96 + x - 96]);
    }
}

// An alias-free picture that is sampled twice as densely holds the plain one, moved by a quarter of a pixel.
TEST(Video, SupersamplingTakesSamplesBetweenThePixels) {
    const TemporaryFolder folder;
    const auto make = [&](const std::string& output, std::vector<std::string> more) {
        std::vector<std::string> all = {"--network", net("t-32.pkl"),           "--seeds", "5", "--w-frames", "1",
                                        "--output",  (folder / output).string()};
        all.insert(all.end(), more.begin(), more.end());
        const auto made = film(all);
        EXPECT_EQ(made.exit_code, 0) << made.err;
    };
    make("dense", {"--supersample", "2"});
    const double quarter = 0.25 / 32;
    make("shifted", {"--translate", fmt::format("{0},{0}", quarter)});
    const Image dense = picture(frame(folder / "dense", 0)), shifted = picture(frame(folder / "shifted", 0));
    ASSERT_EQ(dense.width, 64);
    for (std::size_t y = 0; y < 32; ++y)
        for (std::size_t x = 0; x < 32; ++x)
            for (std::size_t c = 0; c < 3; ++c)
                ASSERT_NEAR(dense.pixels[(2 * y * 64 + 2 * x) * 3 + c], shifted.pixels[(y * 32 + x) * 3 + c], 1);
}

TEST(Video, WrongWishesAreRefusedBeforeAnythingIsMade) {
    const TemporaryFolder folder;
    const std::string out = (folder / "out").string();
    const std::vector<std::string> good = {"--network", net("t-32.pkl"), "--seeds", "0-3", "--w-frames",
                                           "2",         "--output",      out};
    struct Case {
        std::vector<std::string> more;
        int code;
        std::string says;
    };
    const Case cases[] = {
        {{"--range", "5-999"}, 1, "frames 5 to 999 are not in a film of 8 frames"},
        {{"--range", "7-3"}, 1, "frames 7 to 3"},
        {{"--range", "3"}, 2, "is not A-B"},
        {{"--fps", "0"}, 2, "--fps"},
        {{"--fps", "30000/0"}, 2, "--fps"},
        {{"--grid", "3x1"}, 2, "do not share out"},
        {{"--size", "0"}, 2, "--size"},
        {{"--supersample", "99"}, 1, "is not 1 to 16"},
        {{"--supersample", "2", "--view", "spectrum"}, 1, "shows something else"},
        {{"--codec", "mpeg"}, 1, "there is no codec"},
        {{"--join", "a.mp4"}, 2, "--join makes a film of films"},
        {{"--resume", "--overwrite"}, 1, "Give one of the two"},
        {{"--num-keyframes", "0"}, 2, "--num-keyframes"},
        {{"--num-keyframes", "100000", "--fps", "1"}, 2, "makes a film of 56 hours; 24 are the most"}};
    for (const Case& c : cases) {
        auto arguments = good;
        arguments.insert(arguments.end(), c.more.begin(), c.more.end());
        const auto made = film(arguments);
        EXPECT_EQ(made.exit_code, c.code) << c.more[0] << " " << made.err;
        EXPECT_THAT(made.err, HasSubstr(c.says));
        EXPECT_FALSE(std::filesystem::exists(out)) << c.more[0];
    }
    for (const char* name : {"film.mov", "film.GIF"}) {
        const auto made = film({"--network", net("t-32.pkl"), "--seeds", "0", "--output", (folder / name).string()});
        EXPECT_EQ(made.exit_code, 2) << name;
        EXPECT_THAT(made.err,
                    HasSubstr("name it .mp4 (H.264), .webm (VP9) or .mkv (FFV1, lossless), or name a folder"));
        EXPECT_FALSE(std::filesystem::exists(folder / name));
    }
    const auto named = film(
        {"--network", net("t-32.pkl"), "--seeds", "0", "--codec", "png", "--output", (folder / "film.mp4").string()});
    EXPECT_EQ(named.exit_code, 2);
    EXPECT_THAT(named.err, HasSubstr("png makes a folder of pictures, and .mp4 is the ending of a film"));
    EXPECT_FALSE(std::filesystem::exists(folder / "film.mp4"));
    EXPECT_EQ(film({"--network", net("t-32.pkl"), "--seeds", "0", "--output", ""}).exit_code, 2);
    const auto constant = film(
        {"--network", net("sg2-32.pkl"), "--seeds", "1", "--w-frames", "1", "--supersample", "2", "--output", out});
    EXPECT_EQ(constant.exit_code, 1);
    EXPECT_THAT(constant.err, HasSubstr("constant input"));
    // An existing film stays.
    ASSERT_EQ(film(good).exit_code, 0);
    const auto before = contents(out);
    const auto again = film(good);
    EXPECT_EQ(again.exit_code, 1);
    EXPECT_THAT(again.err, HasSubstr("exists already"));
    EXPECT_EQ(contents(out), before);
    // A picture that is in the way of a later frame is told before the first one is made.
    for (int i = 0; i < 8; ++i)
        if (i != 6) std::filesystem::remove(frame(out, i));
    const auto later = film(good);
    EXPECT_EQ(later.exit_code, 1);
    EXPECT_THAT(later.err, HasSubstr("frame000006.png: it exists already"));
    EXPECT_EQ(contents(out).size(), 1u);
}

TEST(Video, ASessionWithABrokenTimelineNamesTheLine) {
    const TemporaryFolder folder;
    const std::string session = (folder / "film.json").string();
    std::ofstream(session)
        << "{\"format\": \"afstudio-session\", \"version\": 1, \"scene\": {\"model\": {\"path\": \"" << net("t-32.pkl")
        << "\"}},\n\"timeline\": {\"tracks\": [\n{\"id\": 1, \"path\": \"transform.rotat_deg\", \"keys\": []}]}}";
    const auto made = film({"--session", session, "--output", (folder / "out").string()});
    EXPECT_EQ(made.exit_code, 1);
    EXPECT_THAT(made.err, HasSubstr("line 3: timeline.tracks[0].path is \"transform.rotat_deg\", which this scene does "
                                    "not have; the nearest is transform.rotate_deg"));
    EXPECT_FALSE(std::filesystem::exists(folder / "out"));
}

TEST(Video, WhatASessionHasOfAnotherNetworkIsToldOnce) {
    const TemporaryFolder folder;
    const std::string session = (folder / "film.json").string();
    Document document = moving(net("t-32.pkl"));
    document.base.canvas = CanvasMode::layer;
    document.base.layer_view.layer = "L7_of_another";
    std::erase_if(document.timeline.tracks, [](const Track& track) { return track.path == "canvas"; });
    save_session(session, document, Overwrite::no);
    const auto made = film({"--session", session, "--output", (folder / "out").string(), "--json"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    EXPECT_EQ(Json::parse(made.out)["notes"], Json({"This network has no layer L7_of_another: the picture is shown."}));
}

// Films as files, played back by another decoder.

std::string demo() { return (golden_path("") / "../../assets/demo.safetensors").lexically_normal().string(); }

TEST(VideoFile, ShowsThePicturesOfTheirMoments) {
    const TemporaryFolder folder;
    const std::string session = (folder / "film.json").string();
    Document document;
    document.base.model.path = demo();
    document.timeline.fps = 12;
    document = turns(circle(walk_through_seeds(std::move(document), {1, 2}, 1.0, SeedPath::cubic), 0.1), 1);
    save_session(session, document, Overwrite::no);
    std::map<int, Image> stills;
    for (const int index : {0, 7, 23}) {
        const auto still =
            run_program({"images", "--session", session, "--time", fmt::format("{:.17g}", index / 12.0), "--outdir",
                         (folder / fmt::format("still{}", index)).string(), "--device", "cpu", "--json"});
        ASSERT_EQ(still.exit_code, 0) << still.err;
        stills[index] = picture(Json::parse(still.out)["files"][0].get<std::string>());
    }
    struct Case {
        std::string ending, codec;
        // Of the brightness, at least: codecs keep colours at half resolution, which alone takes the fine colours of
        // this model to 33..39 dB. Measured: 42.0..44.3 (h264), 40.6..49.2 (vp9).
        double db;
    };
    for (const Case& c : {Case{".mp4", "h264", 40}, Case{".webm", "vp9", 39},
                          Case{".mkv", "ffv1", std::numeric_limits<double>::infinity()}}) {
        const auto path = folder / ("film" + c.ending);
        const auto made = film({"--session", session, "--output", path.string(), "--json"});
        ASSERT_EQ(made.exit_code, 0) << made.err;
        const Json told = Json::parse(made.out);
        EXPECT_EQ(told["codec"], c.codec);
        EXPECT_EQ(told["frames"], 24);
        EXPECT_EQ(told["width"], 128);
        const Movie movie = play(path);
        EXPECT_EQ(movie.codec, c.codec);
        EXPECT_EQ(movie.frames.size(), 24u);
        EXPECT_EQ(movie.width, 128);
        EXPECT_EQ(movie.height, 128);
        EXPECT_NEAR(movie.frames_per_second, 12, 0.01);
        EXPECT_NEAR(movie.duration_s, 2.0, 0.002);
        for (const auto& [index, still] : stills) {
            const Image& shown = movie.frames.at(static_cast<std::size_t>(index));
            EXPECT_GE(luma_psnr_db(shown, still), c.db) << c.codec << " " << index;
            // A wrong matrix or range of colours moves these by 4 and more; measured: 0.22.
            for (std::size_t channel = 0; channel < 3; ++channel)
                EXPECT_NEAR(mean_level(shown, channel), mean_level(still, channel), 0.5) << c.codec << " " << index;
        }
    }
}

// A film of 160 small frames that another test ends in the middle.
std::vector<std::string> long_walk(const std::filesystem::path& output, std::vector<std::string> more = {}) {
    std::vector<std::string> all = {"--network", net("r-64.pkl"),  "--seeds", "0-3",      "--w-frames",
                                    "40",        "--rotate-turns", "1",       "--output", output.string()};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

// When the first frames are in the file for good.
std::function<bool()> begun(const std::filesystem::path& path) {
    return [path] {
        std::error_code ignored;
        const auto size = std::filesystem::file_size(path, ignored);
        return !ignored && size > 4096;
    };
}

TEST(VideoFile, GoesOnAfterItsProgramWasKilled) {
    const TemporaryFolder folder;
    ASSERT_EQ(film(long_walk(folder / "frames")).exit_code, 0);
    const auto expected = contents(folder / "frames");
    ASSERT_EQ(expected.size(), 160u);
    for (const char* ending : {".mkv", ".mp4"}) {
        const auto path = folder / (std::string("film") + ending);
        const auto killed = film(long_walk(path), {.kill_when = begun(path)});
        ASSERT_EQ(killed.exit_code, 128 + SIGKILL) << ending;
        const std::size_t before = play(path).frames.size();
        EXPECT_GE(before, 1u) << ending;
        EXPECT_LT(before, 160u) << ending;
        // Without the word, it stays as it is.
        const auto refused = film(long_walk(path));
        EXPECT_EQ(refused.exit_code, 1);
        EXPECT_THAT(refused.err, HasSubstr("it exists already"));
        const auto resumed = film(long_walk(path, {"--resume", "--json"}));
        ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
        const Json told = Json::parse(resumed.out);
        EXPECT_EQ(told["frames_kept"], before);
        EXPECT_EQ(told["frames"], 160 - before);
        const Movie movie = play(path);
        ASSERT_EQ(movie.frames.size(), 160u);
        EXPECT_NEAR(movie.duration_s, 160.0 / 60, 0.002);
        for (int i = 0; i < 160; ++i) {
            const Image still = picture(frame(folder / "frames", i));
            if (std::string(ending) == ".mkv")
                EXPECT_EQ(movie.frames[static_cast<std::size_t>(i)], still) << i;
            else
                EXPECT_GT(psnr_db(movie.frames[static_cast<std::size_t>(i)], still), 25) << i;
        }
        // Once more: it is complete.
        const auto again = film(long_walk(path, {"--resume", "--json"}));
        ASSERT_EQ(again.exit_code, 0) << again.err;
        EXPECT_EQ(Json::parse(again.out)["frames"], 0);
        // The options of another film.
        const auto other = film(long_walk(path, {"--resume", "--trunc", "0.5"}));
        EXPECT_EQ(other.exit_code, 1);
        EXPECT_THAT(other.err, HasSubstr("it is another film"));
        EXPECT_EQ(play(path).frames.size(), 160u);
    }
}

TEST(VideoFile, AnInterruptedOnePlaysUpToThere) {
    const TemporaryFolder folder;
    const auto path = folder / "film.mp4";
    const auto stopped = film(long_walk(path), {.interrupt_when = begun(path)});
    EXPECT_EQ(stopped.exit_code, 130) << stopped.err;
    const Movie movie = play(path);
    EXPECT_GE(movie.frames.size(), 8u);
    EXPECT_LT(movie.frames.size(), 160u);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

// The layers of this film differ in size: parts agree all the same.
Document through_layers() {
    Document document;
    document.base.model.path = net("t-32.pkl");
    document.base.canvas = CanvasMode::layer;
    document.base.layer_view.layer = "input";
    document.timeline.duration_s = 2.0;
    document.timeline.fps = 6;
    document.timeline.tracks.push_back(
        {1,
         "layer_view.layer",
         true,
         {{0.0, std::string("input"), Easing::hold}, {1.0, std::string("output"), Easing::hold}}});
    return document;
}

TEST(VideoFile, PartsAreOfOneSizeAndHaveTheirFrames) {
    const TemporaryFolder folder;
    const std::string session = (folder / "film.json").string();
    save_session(session, through_layers(), Overwrite::no);
    const auto make = [&](const std::string& output, std::vector<std::string> more = {}) {
        std::vector<std::string> all = {"--session", session, "--output", (folder / output).string()};
        all.insert(all.end(), more.begin(), more.end());
        const auto made = film(all);
        EXPECT_EQ(made.exit_code, 0) << made.err;
    };
    make("whole.mkv");
    make("first.mkv", {"--range", "0-4"});
    make("second.mkv", {"--range", "5-11"});
    make("frames", {"--range", "8-9"});
    const Movie whole = play(folder / "whole.mkv");
    Movie parts = play(folder / "first.mkv");
    const Movie second = play(folder / "second.mkv");
    EXPECT_EQ(parts.frames.size(), 5u);
    EXPECT_EQ(second.frames.size(), 7u);
    parts.frames.insert(parts.frames.end(), second.frames.begin(), second.frames.end());
    EXPECT_EQ(parts.frames, whole.frames);
    EXPECT_NE(whole.frames[5], whole.frames[6]);
    EXPECT_EQ(picture(frame(folder / "frames", 8)), whole.frames[8]);
    const auto joined =
        run_program({"video", "--join", (folder / "second.mkv").string(), (folder / "first.mkv").string(), "--output",
                     (folder / "joined.mkv").string(), "--json"});
    ASSERT_EQ(joined.exit_code, 0) << joined.err;
    EXPECT_EQ(Json::parse(joined.out)["frames"], 12);
    EXPECT_EQ(play(folder / "joined.mkv").frames, whole.frames);
    // Another part of the same film is not what an interrupted one goes on with.
    const auto other =
        film({"--session", session, "--output", (folder / "second.mkv").string(), "--range", "4-11", "--resume"});
    EXPECT_EQ(other.exit_code, 1);
    EXPECT_THAT(other.err, HasSubstr("from frame 5; now"));
}

TEST(VideoFile, AFullDiskIsToldAndTheFilmPlaysUpToThere) {
    const TemporaryFolder folder;
    const auto path = folder / "film.mkv";
    std::vector<std::string> arguments = {
        "-c", "ulimit -f 128; exec \"$0\" \"$@\"", program_path().string(), "video", "--device", "cpu"};
    for (const std::string& word : long_walk(path)) arguments.push_back(word);
    const auto made = run_program(arguments, {.program = "/bin/bash"});
    EXPECT_EQ(made.exit_code, 1) << made.err;
    EXPECT_THAT(made.err, HasSubstr("File too large. The first "));
    EXPECT_THAT(made.err, HasSubstr("frames are kept and play. Free some space or choose another place."));
    EXPECT_GE(play(path).frames.size(), 8u);
}

TEST(VideoFile, WishesThatACodecCannotMeetAreRefused) {
    const TemporaryFolder folder;
    const auto refused = [&](const std::string& output, std::vector<std::string> more, const std::string& says) {
        std::vector<std::string> all = {"--network", net("t-32.pkl"),           "--seeds", "0", "--w-frames", "2",
                                        "--output",  (folder / output).string()};
        all.insert(all.end(), more.begin(), more.end());
        const auto made = film(all);
        EXPECT_EQ(made.exit_code, 1) << output;
        EXPECT_THAT(made.err, HasSubstr(says));
        EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
    };
    refused("film.mp4", {"--size", "33"}, "Use 34 x 34, or the codec ffv1, png or jpg");
    refused("film.mp4", {"--crf", "99"}, "h264 takes 1 (best) to 51");
    refused("film.mp4", {"--crf", "20", "--bitrate", "1M"}, "both a crf and a bitrate");
    refused("film.mkv", {"--crf", "20"}, "ffv1 has neither a crf nor a bitrate");
    refused("film.mp4", {"--codec", "vp9"}, "film.webm");
    refused("film.avi", {"--codec", "h264"}, "film.mp4");
}

TEST(VideoSheet, ShowsFramesEvenlyInTime) {
    const TemporaryFolder folder;
    const std::string session = (folder / "film.json").string();
    save_session(session, moving(net("t-32.pkl")), Overwrite::no);
    ASSERT_EQ(film({"--session", session, "--output", (folder / "frames").string()}).exit_code, 0);
    const auto made =
        film({"--session", session, "--contact-sheet", "3x2", "--output", (folder / "sheet.png").string(), "--json"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    const Json told = Json::parse(made.out);
    EXPECT_EQ(told["frames"], Json({0, 2, 4, 6, 8, 10}));  // a loop: its end is its beginning
    const Image sheet = picture(folder / "sheet.png");
    ASSERT_EQ(sheet.width, 3 * 32 + 2 * 2);
    ASSERT_EQ(sheet.height, 2 * 32 + 2);
    for (int cell = 0; cell < 6; ++cell) {
        const Image still = picture(frame(folder / "frames", 2 * cell));
        for (std::size_t y = 0; y < 32; ++y) {
            const auto* const row = &sheet.pixels[((static_cast<std::size_t>(cell / 3) * 34 + y) * 100 +
                                                   static_cast<std::size_t>(cell % 3) * 34) *
                                                  3];
            ASSERT_TRUE(std::equal(row, row + 96, &still.pixels[y * 96])) << "cell " << cell;
        }
    }
    const auto part = film({"--session", session, "--contact-sheet", "3x1", "--range", "2-7", "--size", "16",
                            "--output", (folder / "part.jpg").string(), "--json"});
    ASSERT_EQ(part.exit_code, 0) << part.err;
    EXPECT_EQ(Json::parse(part.out)["frames"], Json({2, 4, 7}));  // the first and the last of them
    EXPECT_EQ(picture(folder / "part.jpg").height, 16);
    const auto few = film({"--session", session, "--contact-sheet", "8x8", "--range", "0-2", "--output",
                           (folder / "few.png").string(), "--json"});
    ASSERT_EQ(few.exit_code, 0) << few.err;
    EXPECT_EQ(Json::parse(few.out)["frames"], Json({0, 1, 2}));
    EXPECT_EQ(Json::parse(few.out)["rows"], 1);
    EXPECT_EQ(film({"--session", session, "--contact-sheet", "2x2", "--output", (folder / "x.mp4").string()}).exit_code,
              1);
    EXPECT_EQ(film({"--session", session, "--contact-sheet", "2", "--output", (folder / "x.png").string()}).exit_code,
              2);
    const auto again =
        film({"--session", session, "--contact-sheet", "2x2", "--output", (folder / "sheet.png").string()});
    EXPECT_EQ(again.exit_code, 1);
    EXPECT_THAT(again.err, HasSubstr("exists already"));
}

}  // namespace
}  // namespace afs::test
