// Films on the command line: the frames of `images --time`, the same on every run, in parts, and after an interruption.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "core/base/json.h"
#include "core/formats/picture.h"
#include "core/scene/film_presets.h"
#include "core/scene/session.h"
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
    const auto resumed = walk("stopped", {"--resume", "--json"});
    ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
    const Json told = Json::parse(resumed.out);
    EXPECT_EQ(told["frames"].get<int>() + told["frames_kept"].get<int>(), 32);
    EXPECT_GE(told["frames"].get<int>(), 1);
    EXPECT_EQ(contents(folder / "stopped"), once);
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
    const Case cases[] = {{{"--range", "5-999"}, 1, "frames 5 to 999 are not in a film of 8 frames"},
                          {{"--range", "7-3"}, 1, "frames 7 to 3"},
                          {{"--range", "3"}, 2, "is not A-B"},
                          {{"--fps", "0"}, 2, "--fps"},
                          {{"--fps", "30000/0"}, 2, "--fps"},
                          {{"--grid", "3x1"}, 2, "do not share out"},
                          {{"--size", "0"}, 2, "--size"},
                          {{"--supersample", "99"}, 1, "is not 1 to 16"},
                          {{"--supersample", "2", "--view", "spectrum"}, 1, "shows something else"},
                          {{"--codec", "mpeg"}, 1, "there is no codec"},
                          {{"--resume", "--overwrite"}, 1, "Give one of the two"},
                          {{"--num-keyframes", "0"}, 2, "--num-keyframes"}};
    for (const Case& c : cases) {
        auto arguments = good;
        arguments.insert(arguments.end(), c.more.begin(), c.more.end());
        const auto made = film(arguments);
        EXPECT_EQ(made.exit_code, c.code) << c.more[0] << " " << made.err;
        EXPECT_THAT(made.err, HasSubstr(c.says));
        EXPECT_FALSE(std::filesystem::exists(out)) << c.more[0];
    }
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

}  // namespace
}  // namespace afs::test
