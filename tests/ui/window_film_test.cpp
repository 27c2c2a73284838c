// Pins a film made by hand in the real window: its pictures are, byte for byte, those of the command line from the
// session; and a live recording of the window is the window.
#include <gtest/gtest.h>

#include <fstream>

#include "app/gui/app.h"
#include "core/base/file.h"
#include "core/formats/picture.h"
#include "core/render/film.h"
#include "core/scene/timeline_edit.h"
#include "tests/support/program.h"
#include "tests/ui/window_fixture.h"

namespace afs {
namespace {

namespace fs = std::filesystem;
using gui::WindowLoop;
using test::WindowHand;

WindowOptions filming(const test::TemporaryFolder& folder) {
    fs::copy_file(test::golden_path("nets/t-32.pkl"), folder / "t-32.pkl", fs::copy_options::overwrite_existing);
    WindowOptions options = test::with_real_generator(folder, "t-32.pkl");
    options.model_path = (folder / "t-32.pkl").string();
    options.record_film = render_film;
    options.width = 1600;
    options.height = 1000;
    return options;
}

std::string bytes_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(WindowFilm, PicturesRecordedInTheWindowAreThoseOfTheCommandLineByteForByte) {
    const test::TemporaryFolder folder;
    const fs::path session = folder / "turn.json", window = folder / "window", program = folder / "program";
    constexpr int kFrames = 12;
    {
        WindowLoop loop(filming(folder));
        WindowHand hand(loop);
        gui::App& app = loop.app();
        app.change_preferences([&](gui::Preferences& p) { p.picture_folder = folder.path().string(); });
        hand.click("Timeline/Presets/Circle");
        ASSERT_EQ(app.film().tracks.size(), 2u);
        hand.type_value("Timeline/Length", "0.4");
        ASSERT_EQ(app.film().frame_count(), kFrames);
        hand.drag("Truncation and noise/Psi", {-30, 0});  // no track: of the whole film
        EXPECT_LT(app.history().current().base.truncation.psi, 1.0);
        const gui::Control ruler = hand.find("Timeline/Ruler");
        hand.click_at({ruler.min.x + 0.4f * (ruler.max.x - ruler.min.x), ruler.centre().y});
        EXPECT_GT(app.workspace().timeline.frame, 2);
        hand.drag("Transform/Rotate", {40, 0});
        hand.find("Transform/Rotate");
        hand.key("k");  // over it
        ASSERT_TRUE(find_track(app.film(), "transform.rotate_deg"));
        hand.key("ctrl+shift+s");
        hand.click("File browser/Name");
        hand.type("turn.json");
        ASSERT_TRUE(fs::exists(session));

        hand.key("ctrl+r");
        hand.click("Record/Format/PNG");
        hand.click("Record/File");
        hand.key("ctrl+a");
        hand.type(window.string());
        hand.click("Record/Record");
        test::settle(loop);  // waits for the film
        ASSERT_TRUE(app.recorder().recording());
        EXPECT_FALSE(app.recorder().recording()->failure);
        EXPECT_EQ(app.recorder().recording()->result.frames, kFrames);
        EXPECT_TRUE(app.recorder().newest_frame());
        double bytes = 0;
        for (const auto& entry : fs::directory_iterator(window)) bytes += static_cast<double>(entry.file_size());
        ASSERT_TRUE(app.recorder().recording()->bytes);
        // Foretold from the frames before the last one.
        EXPECT_NEAR(*app.recorder().recording()->bytes, bytes, 0.3 * bytes);
    }
    const auto made = test::run_program(
        {"video", "--session", session.string(), "--codec", "png", "--output", program.string(), "--quiet"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    for (int i = 0; i < kFrames; ++i) {
        const std::string ours = bytes_of(film_frame_path(window, i, FilmCodec::png));
        EXPECT_GT(ours.size(), 100u);
        EXPECT_EQ(ours, bytes_of(film_frame_path(program, i, FilmCodec::png))) << i;
    }
    EXPECT_NE(bytes_of(film_frame_path(window, 0, FilmCodec::png)),
              bytes_of(film_frame_path(window, 4, FilmCodec::png)));
}

TEST(WindowFilm, ALiveRecordingOfTheWindowHasItsSizeAndItsTime) {
    const test::TemporaryFolder folder;
    WindowLoop loop(filming(folder));
    test::settle(loop);
    gui::App& app = loop.app();
    app.change_preferences([&](gui::Preferences& p) { p.picture_folder = folder.path().string(); });
    app.run(gui::ActionId::record);  // chooses the format that live recordings have, too
    WindowHand hand(loop);
    hand.click("Record/Format/PNG");
    hand.click("Record/Close");
    app.run(gui::ActionId::record_window);
    ASSERT_TRUE(app.live().recording());
    for (int i = 0; i < 20; ++i) loop.step();
    app.run(gui::ActionId::record_window);
    test::settle(loop);
    const fs::path out = app.live().path();
    int there = 0;
    while (fs::exists(film_frame_path(out, there, FilmCodec::png))) ++there;
    EXPECT_GE(there, 3);
    const Image frame = decode_picture(MappedFile(film_frame_path(out, 0, FilmCodec::png)).bytes(), "test");
    EXPECT_EQ(frame.width, 1600);
    EXPECT_EQ(frame.height, 1000);
}

}  // namespace
}  // namespace afs
