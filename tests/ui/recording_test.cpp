// Pins recording from the window: the page that asks, the film that is made in the background while the window goes
// on, its end however it comes, and what is recorded live.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <thread>
#include <tuple>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/scene/film_presets.h"
#include "core/scene/session.h"
#include "tests/support/movie.h"
#include "tests/support/paths.h"
#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

namespace fs = std::filesystem;

// A film without a network: a gray that follows the angle. Waits before each frame as long as it is told to.
struct FakeFilm {
    std::atomic<bool> waits = false;
    std::atomic<int> made = 0;
    std::optional<Failure> fails;
    FilmRequest request;

    FilmResult operator()(const FilmRequest& wanted, const Progress& progress, const OnFilmFrame& on_frame) {
        request = wanted;
        if (fails) throw Error(fails->kind, fails->what, fails->why, fails->what_to_do);
        const Document& film = wanted.cells.at(0);
        FilmFormat format = wanted.format;
        if (format.width == 0) format.width = format.height = 16;
        format.fps_numerator = film.timeline.fps;
        const std::int64_t count = film.timeline.frame_count(), last = wanted.last.value_or(count - 1);
        FilmWriter writer(wanted.output, format, wanted.overwrite, wanted.first);
        for (std::int64_t i = wanted.first; i <= last; ++i) {
            progress.report(
                static_cast<double>(i - wanted.first) / static_cast<double>(last - wanted.first + 1),
                "frame " + std::to_string(i - wanted.first + 1) + " of " + std::to_string(last - wanted.first + 1));
            while (waits && made >= 2) {
                progress.check_stop();
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            }
            progress.check_stop();
            const auto image = picture(evaluate(film, film.timeline.time_of(i)), format);
            writer.add(image);
            on_frame({i, image, i == wanted.first ? 0.0 : 20480.0});
            ++made;
        }
        writer.finish();
        FilmResult result;
        result.frames = last - wanted.first + 1;
        result.width = format.width;
        result.height = format.height;
        return result;
    }
    static std::shared_ptr<const Image> picture(const Scene& scene, const FilmFormat& format) {
        Image image{format.width, format.height, 3, {}};
        image.pixels.assign(static_cast<std::size_t>(format.width) * format.height * 3,
                            static_cast<std::uint8_t>(std::lround(scene.transform.rotate_deg)));
        return std::make_shared<const Image>(std::move(image));
    }
};

struct RecordingTest : testing::Test {
    test::TemporaryFolder folder;
    std::shared_ptr<FakeFilm> film = std::make_shared<FakeFilm>();
    std::optional<test::AppHarness> h;

    void SetUp() override {
        AppOptions options;
        options.configuration_folder = folder / "configuration";
        options.record_film = [film = film](const FilmRequest& request, const Progress& progress,
                                            const OnFilmFrame& on_frame) {
            return (*film)(request, progress, on_frame);
        };
        h.emplace(std::move(options));
        h->open("/m/t.pkl");
        h->app->change_preferences([&](Preferences& p) { p.picture_folder = folder.path().string(); });
        Document next = h->app->history().current();
        next.timeline.duration_s = 0.5;  // 15 frames
        next.timeline.tracks = {{1, "transform.rotate_deg", true, {{0.0, 0.0}, {0.5, 150.0}}}};
        next.timeline.loop = false;
        h->app->edit_document("Turn", std::move(next));
        h->frames(3);
    }
    void record_pngs() {
        h->key(ImGuiMod_Ctrl | ImGuiKey_R);
        h->click("Record/Format/PNG");
        h->click("Record/Record");
    }
    // Until nothing is recorded any more.
    void wait() {
        const auto start = std::chrono::steady_clock::now();
        while (h->app->recorder().busy() || h->app->live().busy()) {
            h->frames(1);
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
            ASSERT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
        }
        h->frames(2);
    }
    int gray_of(const fs::path& file) {
        const Image image = decode_picture(MappedFile(file).bytes(), file.string());
        return image.pixels.at(0);
    }
};

TEST_F(RecordingTest, ThePageRecordsEveryFrameIntoItsPicture) {
    record_pngs();
    wait();
    EXPECT_EQ(film->request.device, Device{});
    const fs::path out = folder / "t-film";
    for (int i = 0; i < 15; ++i) EXPECT_EQ(gray_of(film_frame_path(out, i, FilmCodec::png)), 10 * i) << i;
    EXPECT_FALSE(fs::exists(film_frame_path(out, 15, FilmCodec::png)));
    EXPECT_NE(h->app->notices().message().find("15 frames"), std::string::npos) << h->app->notices().message();
    EXPECT_TRUE(h->has("Timeline/Recording/Show in folder"));
    h->click("Timeline/Recording/Close");
    EXPECT_FALSE(h->app->recorder().recording());
}

TEST_F(RecordingTest, MovieFilesOfEveryCodecHoldEveryFrameOfThePage) {
    constexpr std::tuple<const char*, const char*, const char*> kFiles[] = {
        {"Record/Format/H.264", "t-film.mp4", "h264"},
        {"Record/Format/VP9", "t-film.webm", "vp9"},
        {"Record/Format/FFV1", "t-film.mkv", "ffv1"}};
    for (const auto& [button, name, codec] : kFiles) {
        SCOPED_TRACE(name);
        h->key(ImGuiMod_Ctrl | ImGuiKey_R);
        h->click(button);
        h->click("Record/Record");
        wait();
        ASSERT_FALSE(h->app->recorder().recording()->failure);
        const test::Movie movie = test::play(folder / name);
        EXPECT_EQ(movie.codec, codec);
        EXPECT_NEAR(movie.frames_per_second, 30.0, 0.01);
        ASSERT_EQ(movie.frames.size(), 15U);
        for (std::size_t i = 0; i < movie.frames.size(); ++i)
            EXPECT_NEAR(movie.frames[i].pixels.at(0), 10.0 * static_cast<double>(i), 3.0) << i;
    }
}

TEST_F(RecordingTest, TheWindowGoesOnMeanwhileAndShowsHowFarItIs) {
    film->waits = true;
    record_pngs();
    while (film->made < 2) h->frames(1);
    h->frames(3);
    EXPECT_TRUE(h->has("Menu/Recording"));
    EXPECT_FALSE(h->app->steady());
    h->drag("Transform/Scale", {30, 0});  // the film is the one that was asked for
    EXPECT_NE(h->app->scene().transform.scale, 1.0);
    EXPECT_EQ(film->request.cells[0].base.transform.scale, 1.0);
    h->key(ImGuiMod_Ctrl | ImGuiKey_R);
    EXPECT_FALSE(h->control("Record/Record").enabled);
    h->key(ImGuiKey_Escape);
    film->waits = false;
    wait();
    EXPECT_FALSE(h->has("Menu/Recording"));
    EXPECT_EQ(film->made, 15);
}

TEST_F(RecordingTest, TheNewestFrameAndTheSizeOfTheWholeAreShownMeanwhile) {
    film->waits = true;
    record_pngs();
    while (film->made < 2) h->frames(1);
    h->frames(3);
    EXPECT_TRUE(h->has("Timeline/Recording/Newest frame"));
    const auto newest = h->app->recorder().newest_frame();
    ASSERT_TRUE(newest);
    EXPECT_EQ(newest->width, 16);
    const auto texture = newest->texture._TexData;
    const auto column = static_cast<int>(newest->uv_min.x * static_cast<float>(texture->Width)) + 3;
    const auto row = static_cast<int>(newest->uv_min.y * static_cast<float>(texture->Height)) + 3;
    EXPECT_EQ(*static_cast<const std::uint8_t*>(texture->GetPixelsAt(column, row)), 10);  // of the second frame
    EXPECT_EQ(h->app->recorder().recording()->bytes, 15 * 20480.0);
    film->waits = false;
    wait();
    EXPECT_FALSE(h->has("Timeline/Recording/Newest frame"));
    film->made = 0;
    film->waits = true;
    film->fails = Failure{ErrorKind::file, "Could not film", "the disk is full", "Make room."};
    record_pngs();
    EXPECT_FALSE(h->app->recorder().newest_frame());  // that of the film before is not this one's
    wait();
}

TEST_F(RecordingTest, ARateOfThePageMakesOtherStepsOfTheSameMovement) {
    h->key(ImGuiMod_Ctrl | ImGuiKey_R);
    h->click("Record/Format/PNG");
    h->hold(ImGuiMod_Ctrl, true);
    h->click("Record/Rate");
    h->hold(ImGuiMod_Ctrl, false);
    h->key(ImGuiMod_Ctrl | ImGuiKey_A);
    h->type("10");
    h->key(ImGuiKey_Enter);
    EXPECT_EQ(h->app->record_page().settings().rate, 10.0);
    h->click("Record/Record");
    wait();
    for (int i = 0; i < 5; ++i) EXPECT_EQ(gray_of(film_frame_path(folder / "t-film", i, FilmCodec::png)), 30 * i) << i;
    EXPECT_FALSE(fs::exists(film_frame_path(folder / "t-film", 5, FilmCodec::png)));
    EXPECT_EQ(h->app->film().frame_rate(), 30.0);
    EXPECT_EQ(h->app->history().undo_name(), "Turn");
    h->key(ImGuiMod_Ctrl | ImGuiKey_R);
    h->double_click("Record/Rate");  // back to the Timeline's
    EXPECT_FALSE(h->app->record_page().settings().rate);
}

TEST_F(RecordingTest, CancelKeepsWhatIsThereAndSaysSo) {
    film->waits = true;
    record_pngs();
    while (film->made < 2) h->frames(1);
    h->frames(2);
    h->click("Timeline/Recording/Cancel");
    wait();
    const Recording& ended = *h->app->recorder().recording();
    EXPECT_EQ(ended.failure->kind, ErrorKind::cancelled);
    EXPECT_NE(ended.ended.find("2 pictures are in"), std::string::npos) << ended.ended;
    EXPECT_TRUE(h->app->notices().toasts().empty());  // it was meant
    EXPECT_EQ(gray_of(film_frame_path(folder / "t-film", 1, FilmCodec::png)), 10);
}

TEST_F(RecordingTest, AFailureIsAMessageThatSaysWhatIsOnTheDisk) {
    film->fails = Failure{ErrorKind::file, "Could not film", "the disk is full", "Make room."};
    record_pngs();
    wait();
    ASSERT_EQ(h->app->notices().toasts().size(), 1u);
    const std::string text = h->app->notices().toasts()[0].failure.paragraph();
    EXPECT_NE(text.find("the disk is full"), std::string::npos);
    EXPECT_NE(text.find("nothing of it on the disk"), std::string::npos) << text;
}

TEST_F(RecordingTest, WhatIsThereIsReplacedOnlyWhenToldTo) {
    record_pngs();
    wait();
    h->key(ImGuiMod_Ctrl | ImGuiKey_R);
    h->click("Record/Format/PNG");
    EXPECT_TRUE(h->control("Record/Record").enabled);  // another name is proposed
    h->click("Record/File");
    h->key(ImGuiMod_Ctrl | ImGuiKey_A);
    h->type((folder / "t-film").string());
    h->key(ImGuiKey_Enter);
    EXPECT_FALSE(h->control("Record/Record").enabled);
    h->click("Record/Replace what is there");
    EXPECT_TRUE(h->control("Record/Record").enabled);
    h->click("Record/Record");
    wait();
    EXPECT_EQ(film->request.overwrite, Overwrite::yes);
}

TEST_F(RecordingTest, TheRequestIsWhatThePageSays) {
    h->key(ImGuiMod_Ctrl | ImGuiKey_R);
    h->click("Record/Show/2 \u00d7 2");
    h->click("Record/Format/JPEG");
    h->click("Record/Size/512\u00b2");
    h->click("Record/Only some");
    h->drag("Record/From", {600, 0});
    h->click("Record/Record");
    wait();
    EXPECT_EQ(film->request.cells[0].base.canvas, CanvasMode::equivariance);
    EXPECT_EQ(film->request.cells[0].base.equivariance.shown, EquivarianceShown::grid);
    EXPECT_EQ(film->request.format.codec, FilmCodec::jpg);
    EXPECT_EQ(film->request.format.width, 512);
    EXPECT_EQ(film->request.first, 14);
    EXPECT_EQ(film->request.last, 14);
    EXPECT_EQ(h->app->scene().canvas, CanvasMode::picture);  // the window stays as it is
}

TEST_F(RecordingTest, AFilmThatCannotBeMadeSaysWhyBesideTheButton) {
    Document next = h->app->history().current();
    next.timeline.tracks[0].path = "transform.rotated";
    h->app->edit_document("A track of nothing", std::move(next));
    h->key(ImGuiMod_Ctrl | ImGuiKey_R);
    EXPECT_FALSE(h->control("Record/Record").enabled);
}

TEST_F(RecordingTest, LiveRecordingHasTheClocksRateAndWhatTheCanvasShows) {
    h->key(ImGuiMod_Ctrl | ImGuiKey_R);
    h->click("Record/Format/PNG");
    h->key(ImGuiKey_Escape);
    h->key(ImGuiMod_Ctrl | ImGuiMod_Shift | ImGuiKey_R);
    ASSERT_TRUE(h->app->live().recording());
    EXPECT_TRUE(h->has("Menu/Recording"));
    const double began = h->ui.now();
    h->frames(30);
    h->app->edit([](Scene& s) { s.truncation.psi = 0.25; });
    h->frames(30);
    h->click("Menu/Recording");
    const double seconds = h->ui.now() - began;
    EXPECT_FALSE(h->app->live().recording());
    const fs::path out = h->app->live().path();
    wait();
    int there = 0;
    while (fs::exists(film_frame_path(out, there, FilmCodec::png))) ++there;
    EXPECT_NEAR(there, seconds * 30, 34);  // a click of the test takes a second, before which it may have ended
    EXPECT_GE(there, 29);
    const Image first = decode_picture(MappedFile(film_frame_path(out, 0, FilmCodec::png)).bytes(), "first");
    EXPECT_EQ(first.width, h->app->picture()->width);
}

TEST_F(RecordingTest, TheWindowIsRecordedFromThePicturesThatItIsGiven) {
    h->app->record_live(LiveRecorder::Source::window);
    EXPECT_FALSE(h->app->live().path().empty());
    int given = 0;
    for (int i = 0; i < 30; ++i) {
        h->frames(1);
        if (!h->app->wants_window_frame()) continue;
        h->app->offer_window_frame(Image{32, 16, 4, std::vector<std::uint8_t>(32 * 16 * 4, 7)});
        ++given;
    }
    EXPECT_NEAR(given, 15, 2);  // of the 30 frames of half a second
    h->app->record_live(LiveRecorder::Source::window);
    wait();
    EXPECT_TRUE(h->app->notices().toasts().empty());
    EXPECT_TRUE(fs::exists(h->app->live().path()));
}

TEST_F(RecordingTest, QuittingAsksWhileAFilmIsRecorded) {
    film->waits = true;
    record_pngs();
    while (film->made < 2) h->frames(1);
    h->app->quit();
    h->frames(2);
    EXPECT_FALSE(h->app->wants_quit());
    h->click("Quit/Quit anyway");
    EXPECT_TRUE(h->app->wants_quit());
}

TEST_F(RecordingTest, ACommandFilmsTheTimelineFromASessionOfItsOwn) {
    h->app->run(ActionId::copy_command);
    const std::string command = ImGui::GetClipboardText();
    const std::string before = "afstudio video --session ", after = " --output t-film.mp4";
    ASSERT_TRUE(command.starts_with(before) && command.ends_with(after)) << command;
    const Session session = load_session(command.substr(before.size(), command.size() - before.size() - after.size()));
    EXPECT_EQ(session.document.timeline, h->app->film());
    h->app->run(ActionId::clear_film);
    h->app->run(ActionId::copy_command);
    EXPECT_TRUE(std::string(ImGui::GetClipboardText()).starts_with("afstudio images --network"));
}

TEST(LiveRecorderTest, RepeatsWhatStandsAndNeverWaits) {
    const test::TemporaryFolder folder;
    LiveRecorder live([] {});
    FilmFormat format;
    format.codec = FilmCodec::png;
    format.fps_numerator = 10;
    live.start(LiveRecorder::Source::canvas, folder / "live", format, 100.0);
    const auto gray = [](std::uint8_t value, int side) {
        return std::make_shared<const Image>(
            Image{side, side, 3, std::vector<std::uint8_t>(static_cast<std::size_t>(side) * side * 3, value)});
    };
    live.offer(gray(10, 8), 100.0);
    live.offer(gray(20, 8), 100.55);  // late: frames 1 to 4 show what stood, frame 5 what came
    live.offer(gray(30, 16), 100.6);  // of another size: fitted
    live.stop();
    std::optional<LiveRecorder::Ended> ended;
    while (!(ended = live.update())) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_FALSE(ended->failure);
    EXPECT_EQ(ended->frames, 7);
    EXPECT_EQ(ended->repeated, 0);
    const auto value = [&](int i) {
        const Image image =
            decode_picture(MappedFile(film_frame_path(folder / "live", i, FilmCodec::png)).bytes(), "frame");
        EXPECT_EQ(image.width, 8);
        return image.pixels.at(0);
    };
    EXPECT_EQ(value(0), 10);
    EXPECT_EQ(value(4), 10);
    EXPECT_EQ(value(5), 20);
    EXPECT_EQ(value(6), 30);
}

TEST(Durations, AreSaidInWords) {
    EXPECT_EQ(duration_words(0.2), "less than a second");
    EXPECT_EQ(duration_words(12.4), "12 s");
    EXPECT_EQ(duration_words(200), "3 min 20 s");
    EXPECT_EQ(duration_words(3900), "1 h 5 min");
}

}  // namespace
}  // namespace afs::gui
