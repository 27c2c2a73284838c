// Pins a whole visit to the real window, by hand: open, walk, mix, transform, look into a layer, take everything back,
// and find the same pixels in a session on the command line.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "app/gui/app.h"
#include "core/analysis/equivariance_run.h"
#include "core/base/file.h"
#include "core/formats/picture.h"
#include "core/scene/scene_json.h"
#include "tests/support/program.h"
#include "tests/ui/drag_source.h"
#include "tests/ui/window_fixture.h"

namespace afs {
namespace {

using gui::WindowLoop;
using test::WindowHand;

// The networks lie in the test's folder, where the window's dialogs then begin.
WindowOptions large(const test::TemporaryFolder& folder) {
    for (const char* name : {"t-32.pkl", "r-64.pkl"})
        std::filesystem::copy_file(test::golden_path(std::string("nets/") + name), folder / name,
                                   std::filesystem::copy_options::overwrite_existing);
    WindowOptions options = test::with_real_generator(folder, "t-32.pkl");
    options.model_path = (folder / "t-32.pkl").string();
    options.width = 1600;
    options.height = 1000;
    return options;
}

void save_as(WindowHand& hand, const std::string& keys, const std::string& name) {
    hand.key(keys);
    hand.click("File browser/Name");
    hand.type(name);
}

TEST(WindowJourney, UndoGoesBackThroughEverythingToTheFirstPicture) {
    const test::TemporaryFolder folder;
    WindowLoop loop(large(folder));
    WindowHand hand(loop);
    gui::App& app = loop.app();
    const Scene start = app.scene();
    const Image first = *app.picture();
    const auto canvas = [&] {
        const gui::CanvasArea at = app.workspace().canvas.view.picture_on_screen();
        return ImVec2(static_cast<float>((at.min.x + at.max.x) / 2), static_cast<float>((at.min.y + at.max.y) / 2));
    };

    hand.key("ctrl+o");  // open
    ASSERT_TRUE(app.file_browser().visible());
    hand.click("File browser/r-64.pkl");
    hand.click("File browser/Open");
    ASSERT_TRUE(app.scene().model.path.ends_with("r-64.pkl"));
    ASSERT_EQ(app.picture()->width, 64);
    EXPECT_EQ(app.scene().latent, start.latent);

    hand.drag("Latent/Plane", {-62, 31});  // walk
    EXPECT_NE(app.scene().latent, start.latent);
    const Image walked = *app.picture();

    hand.click("Style mixing/Add a source");  // mix
    hand.click("Style mixing/Source 1/None");
    ASSERT_EQ(app.scene().mix.size(), 1u);
    ASSERT_TRUE(app.scene().mix[0].layers.empty());
    EXPECT_EQ(*app.picture(), walked);  // no layer, no effect
    const gui::Control strip = hand.find("Style mixing/Source 1/Layers");
    const float cell = (strip.max.x - strip.min.x) / static_cast<float>(app.info().network->num_ws);
    hand.click_at({strip.min.x + 4.5f * cell, strip.centre().y});
    EXPECT_EQ(app.scene().mix[0].layers, (decltype(StyleMix::layers){4}));
    EXPECT_NE(*app.picture(), walked);

    hand.drag("Transform/Rotate", {40, 0});  // a number, by its slider, by typing, and on the canvas
    EXPECT_NE(app.scene().transform.rotate_deg, 0.0);
    hand.type_value("Transform/Rotate", "pi/4");
    EXPECT_DOUBLE_EQ(app.scene().transform.rotate_deg, 45.0);
    const std::size_t before = app.history().entries().size();
    hand.drag(canvas(), {70, -30});
    EXPECT_GT(app.scene().transform.translate_x, 0.0);
    EXPECT_EQ(app.history().entries().size(), before + 1);

    hand.click("Layers/" + app.info().network->layers[2].name);  // every channel of a layer
    hand.click("Layers/Show/All");
    EXPECT_EQ(app.scene().canvas, CanvasMode::layer);
    EXPECT_TRUE(app.scene().layer_view.mosaic);
    ASSERT_TRUE(app.info().shown->grid);
    EXPECT_GT(app.info().shown->grid->count, 1);

    const std::size_t steps = app.history().position();
    EXPECT_GE(steps, 8u);
    for (std::size_t i = 0; i < steps; ++i) {
        hand.key("ctrl+z");
        ASSERT_EQ(app.history().position(), steps - 1 - i);
    }
    EXPECT_EQ(app.scene(), start);
    EXPECT_EQ(*app.picture(), first);
}

TEST(WindowJourney, ASavedSessionGivesTheSavedPictureOnTheCommandLine) {
    const test::TemporaryFolder folder;
    const std::string session = (folder / "face.json").string(), picture = (folder / "face.png").string();
    Scene saved;
    {
        WindowLoop loop(large(folder));
        WindowHand hand(loop);
        hand.drag("Latent/Plane", {-40, 55});
        hand.type_value("Transform/Rotate", "1/8");
        loop.app().change_preferences([&](gui::Preferences& p) { p.picture_folder = folder.path().string(); });
        save_as(hand, "ctrl+shift+s", "face.json");
        ASSERT_TRUE(std::filesystem::exists(session));
        save_as(hand, "ctrl+e", "face.png");
        ASSERT_TRUE(std::filesystem::exists(picture));
        saved = loop.app().scene();
        EXPECT_EQ(saved.transform.rotate_deg, 0.125);
    }
    const auto made = test::run_program({"images", "--session", session, "--outdir", (folder / "out").string()});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    const std::filesystem::path file = std::filesystem::directory_iterator(folder / "out")->path();
    EXPECT_EQ(decode_picture(MappedFile(file).bytes(), "test"), decode_picture(MappedFile(picture).bytes(), "test"));

    WindowOptions options = large(folder);
    options.model_path.clear();
    options.session_path = session;
    WindowLoop again(options);
    test::settle(again);
    EXPECT_EQ(again.app().scene(), saved);
}

// By hand, with the real generator and the real measurement; and the command line shows the same.
TEST(WindowJourney, WhatTheEquivarianceModeShowsIsWhatTheCommandLineGives) {
    const test::TemporaryFolder folder;
    const std::string session = (folder / "turn.json").string(), picture = (folder / "turn.png").string();
    {
        WindowOptions options = large(folder);
        options.measure_equivariance = run_equivariance;
        WindowLoop loop(options);
        WindowHand hand(loop);
        gui::App& app = loop.app();
        for (const char* before : {"Layers", "Spectrum"}) app.run(gui::ActionId::toggle_panel, before);
        hand.key("alt+4");
        EXPECT_EQ(app.scene().canvas, CanvasMode::equivariance);
        hand.click("Equivariance/Movement/Turn");
        hand.type_value("Equivariance/Angle", "25");
        ASSERT_TRUE(app.info().shown->equivariance);
        EXPECT_LT(*app.info().shown->equivariance->db, 60) << "T does not turn";
        hand.click("Equivariance/Show/Wipe");
        const gui::CanvasArea at = app.workspace().canvas.view.picture_on_screen();
        const auto middle = static_cast<float>(at.centre().x), y = static_cast<float>(at.centre().y + at.height() / 4);
        hand.drag(ImVec2(middle, y), {static_cast<float>(at.width() / 4), 0});
        EXPECT_NEAR(app.scene().equivariance.wipe, 0.75, 0.01);
        EXPECT_EQ(app.scene().equivariance.rotate_deg, 25);
        hand.click("Equivariance/Live");
        test::settle(loop);  // waits for the measurement
        const gui::Measured* measured = app.lab().find(gui::Measurement::seeds, app.scene().model);
        ASSERT_TRUE(measured);
        EXPECT_EQ(measured->report.result.samples, 32);
        ASSERT_TRUE(measured->report.result.figures.at(0).ci95_db);
        EXPECT_LT(measured->report.result.figures[0].ci95_db->high, 60);
        app.change_preferences([&](gui::Preferences& p) { p.picture_folder = folder.path().string(); });
        save_as(hand, "ctrl+shift+s", "turn.json");
        save_as(hand, "ctrl+e", "turn.png");
        ASSERT_TRUE(std::filesystem::exists(session) && std::filesystem::exists(picture));
    }
    const auto made = test::run_program({"images", "--session", session, "--outdir", (folder / "out").string()});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    const std::filesystem::path file = std::filesystem::directory_iterator(folder / "out")->path();
    EXPECT_EQ(decode_picture(MappedFile(file).bytes(), "test"), decode_picture(MappedFile(picture).bytes(), "test"));
}

// A later version's session, opened, changed and saved here, goes back to it whole.
TEST(WindowJourney, WordsOfASessionThatAreUnknownHereAreKept) {
    const test::TemporaryFolder folder;
    Document document;
    document.base.model.path = (folder / "t-32.pkl").string();
    document.base.latent.source = LatentSeeds{{{3, 1.0}, {4, 0.5}}};
    const std::filesystem::path session = folder / "later.json";
    WindowOptions options = large(folder);
    Json json = document_to_json(document);
    json["lighting"] = {{"sun", 0.25}};
    json["scene"]["truncation"]["curve"] = "smooth";
    std::ofstream(session) << json.dump(2);
    options.model_path.clear();
    options.session_path = session.string();
    WindowLoop loop(options);
    WindowHand hand(loop);
    ASSERT_TRUE(loop.app().notices().toasts().empty());
    hand.type_value("Truncation and noise/Psi", "0.5");
    hand.key("ctrl+s");
    const Json saved = Json::parse(read_text_file(session));
    EXPECT_EQ(saved["scene"]["truncation"]["psi"], 0.5);
    EXPECT_EQ(saved["scene"]["truncation"]["curve"], "smooth");
    EXPECT_EQ(saved["lighting"]["sun"], 0.25);
}

TEST(WindowJourney, AFileDraggedFromAnotherProgramIsOpened) {
    const test::TemporaryFolder folder;
    WindowLoop loop(large(folder));
    test::settle(loop);
    gui::App& app = loop.app();
    const Latent latent = app.scene().latent;
    const std::filesystem::path file = folder / "größe 64 (1).pkl";
    std::filesystem::copy_file(folder / "r-64.pkl", file);
    std::string trouble = "nothing was tried";
    ASSERT_TRUE(test::while_stepping(loop, [&] { trouble = test::drag_file_onto_window(file, 800, 500); }));
    EXPECT_EQ(trouble, "");
    test::settle(loop);
    EXPECT_EQ(app.scene().model.path, file.string());
    EXPECT_EQ(app.picture()->width, 64);
    EXPECT_EQ(app.scene().latent, latent);
}

}  // namespace
}  // namespace afs
