// Sessions on the command line: the window's pixels, byte for byte, and clear words where one cannot be used.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/json.h"
#include "core/base/random_state.h"
#include "core/formats/npy.h"
#include "core/formats/picture.h"
#include "core/render/contact_sheet.h"
#include "core/render/renderer.h"
#include "core/scene/command_line.h"
#include "core/scene/latent_file.h"
#include "core/scene/session.h"
#include "tests/support/paths.h"
#include "tests/support/program.h"

namespace afs::test {
namespace {

using ::testing::HasSubstr;

std::string net(const std::string& name) { return golden_path("nets/" + name).string(); }

std::vector<float> ramp(int count) {
    std::vector<float> values;
    for (int i = 0; i < count; ++i) values.push_back(static_cast<float>(std::sin(0.7 * i)));
    return values;
}

// Scenes that together use every field that moves a pixel.
std::vector<std::pair<std::string, Scene>> scenes() {
    std::vector<std::pair<std::string, Scene>> all;
    const auto add = [&](const char* name, const char* file, const std::function<void(Scene&)>& change) {
        Scene scene;
        scene.model.path = net(file);
        change(scene);
        all.emplace_back(name, scene);
    };
    add("plane", "t-32.pkl", [](Scene& s) {
        s.latent.source = LatentPlane{4.3, 0.6};
        s.truncation = {0.7, 6};
        s.mix = {{1, 9, {2, 3}, 0.4}, {2, 10, {4}, 1.0}};
        s.transform = {.translate_x = 0.11, .translate_y = -0.03, .rotate_deg = 12.3, .scale = 1.1, .shear = 0.2};
    });
    add("slerp", "t-32.pkl", [](Scene& s) {
        s.latent.source = LatentSeeds{{{1, 0.3}, {2, 0.3}, {3, 0.4}}};
        s.latent.interpolation = Interpolation::slerp;
        s.transform.matrix = Matrix3{0.9, 0.3, 0.05, -0.2, 1.1, 0.1, 0, 0, 1};
        s.transform.round_to_pixel = true;
    });
    add("w", "t-32.pkl", [](Scene& s) { s.latent.source = LatentW{16, 32, ramp(16 * 32)}; });
    add("z", "t-32.pkl", [](Scene& s) { s.latent.source = LatentZ{ramp(32)}; });
    add("classes", "t-64-cond.pkl", [](Scene& s) {
        s.latent.source = LatentSeeds{{{8, 1.0}}};
        s.latent.class_weights = {{0, 0.5}, {3, 0.75}};
    });
    add("noise", "sg2-32.pkl", [](Scene& s) { s.noise = {SceneNoise::random, 5, 17}; });
    add("layer", "t-32.pkl", [](Scene& s) {
        s.canvas = CanvasMode::layer;
        s.layer_view = {"L5_52_13", 7, 1, false, 3.5, false};
    });
    add("mosaic", "t-32.pkl", [](Scene& s) {
        s.canvas = CanvasMode::layer;
        s.layer_view = {"L5_52_13", 0, 3, true, -2.0, true};
    });
    add("sheet", "t-32.pkl", [](Scene& s) {
        s.canvas = CanvasMode::sheet;
        s.sheet = {30, 3, 2};
        s.truncation.psi = 0.5;
    });
    add("untransform", "t-32.pkl", [](Scene& s) {
        s.transform = {.translate_x = 0.07, .rotate_deg = 25};
        s.untransform = true;
    });
    add("difference", "r-32.pkl", [](Scene& s) {
        s.canvas = CanvasMode::equivariance;
        s.transform = {.translate_x = 0.07, .rotate_deg = 25};
    });
    add("layer grid", "r-32.pkl", [](Scene& s) {
        s.canvas = CanvasMode::equivariance;
        s.layer_view.layer = "input";
        s.equivariance.operation = EquivarianceOperation::rotation;
        s.equivariance.shown = EquivarianceShown::grid;
        s.equivariance.gain_db = 12.5;
    });
    add("strip", "sg2-32.pkl", [](Scene& s) {
        s.canvas = CanvasMode::equivariance;
        s.equivariance.shown = EquivarianceShown::strip;
        s.equivariance.strip_steps = 9;
        s.equivariance.strip_column = 0.3;
    });
    return all;
}

std::filesystem::path only_file(const std::filesystem::path& folder) {
    std::filesystem::path found;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        EXPECT_TRUE(found.empty()) << "more than one file in " << folder;
        found = entry.path();
    }
    return found;
}

Image picture_in(const std::filesystem::path& folder) {
    const MappedFile file(only_file(folder));
    return decode_picture(file.bytes(), "picture");
}

TEST(Session, AndItsCopiedCommandGiveTheWindowsPixels) {
    for (auto& [name, scene] : scenes()) {
        SCOPED_TRACE(name);
        const TemporaryFolder folder;
        const auto open = open_network(scene.model, {});
        scene.model = open->info->model;
        FrameRequest request;
        request.scene = scene;
        const FrameResult frame = render_frame(request, *open);  // what the window's worker calls
        ASSERT_FALSE(frame.failure) << frame.failure->paragraph();
        save_session(folder / "s.json", {scene, {}, nullptr}, Overwrite::no);

        const auto by_session =
            run_program({"images", "--session", "s.json", "--outdir", "a"}, {.folder = folder.path()});
        ASSERT_EQ(by_session.exit_code, 0) << by_session.err;
        EXPECT_EQ(by_session.err, "");
        EXPECT_TRUE(picture_in(folder / "a") == without_alpha(*frame.image));

        auto words = images_arguments(scene, "s.json");
        words.insert(words.end(), {"--outdir", "b"});
        const auto by_flags = run_program(words, {.folder = folder.path()});
        ASSERT_EQ(by_flags.exit_code, 0) << by_flags.err;
        EXPECT_TRUE(read_text_file(only_file(folder / "b")) == read_text_file(only_file(folder / "a")))
            << "not byte for byte: " << images_command(scene, "s.json");
    }
}

TEST(Session, OptionsEditIt) {
    const TemporaryFolder folder;
    Scene scene;
    scene.model.path = net("t-32.pkl");
    scene.latent.source = LatentPlane{3.5, 0};
    scene.truncation.psi = 0.4;
    save_session(folder / "s.json", {scene, {}, nullptr}, Overwrite::no);
    const auto run = [&](std::vector<std::string> words) {
        words.insert(words.begin(), "images");
        const auto result = run_program(words, {.folder = folder.path()});
        ASSERT_EQ(result.exit_code, 0) << result.err;
    };
    run({"--session", "s.json", "--seeds", "1,2", "--rotate", "20", "--outdir", "a"});
    run({"--network", net("t-32.pkl"), "--seeds", "1,2", "--trunc", "0.4", "--rotate", "20", "--outdir", "b"});
    for (const char* name : {"seed0001.png", "seed0002.png"})
        EXPECT_TRUE(read_text_file(folder / "a" / name) == read_text_file(folder / "b" / name));
    // Seeds that are named are pictures even where the session shows a sheet.
    scene.canvas = CanvasMode::sheet;
    save_session(folder / "s.json", {scene, {}, nullptr}, Overwrite::yes);
    run({"--session", "s.json", "--seeds", "1,2", "--rotate", "20", "--outdir", "c"});
    EXPECT_TRUE(read_text_file(folder / "c/seed0002.png") == read_text_file(folder / "b/seed0002.png"));
}

TEST(Session, OfAMovedModelSaysWhereItLooked) {
    const TemporaryFolder folder;
    std::filesystem::copy_file(net("t-32.pkl"), folder / "m.pkl");
    Scene scene;
    scene.model.path = (folder / "m.pkl").string();
    save_session(folder / "s.json", {scene, {}, nullptr}, Overwrite::no);
    std::filesystem::rename(folder / "m.pkl", folder / "n.pkl");
    const auto lost = run_program({"images", "--session", "s.json"}, {.folder = folder.path()});
    EXPECT_EQ(lost.exit_code, 1);
    EXPECT_THAT(lost.err, HasSubstr("m.pkl"));
    EXPECT_THAT(lost.err, HasSubstr("--network"));
    EXPECT_FALSE(std::filesystem::exists(folder / "out"));
    const auto found = run_program({"images", "--session", "s.json", "--network", "n.pkl"}, {.folder = folder.path()});
    EXPECT_EQ(found.exit_code, 0) << found.err;
}

TEST(Session, OfAnotherFileUnderTheSameNameWarns) {
    const TemporaryFolder folder;
    Scene scene;
    scene.model = {net("t-32.pkl"), "G_ema", std::string(64, 'a')};
    save_session(folder / "s.json", {scene, {}, nullptr}, Overwrite::no);
    const auto result = run_program({"images", "--session", "s.json"}, {.folder = folder.path()});
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.err, HasSubstr("is not the file"));
}

TEST(Session, OfALayerThatTheNetworkLacksShowsItsPicture) {
    const TemporaryFolder folder;
    Scene scene;
    scene.model.path = net("t-32.pkl");
    save_session(folder / "picture.json", {scene, {}, nullptr}, Overwrite::no);
    scene.canvas = CanvasMode::layer;
    scene.layer_view.layer = "L5_148_512";
    save_session(folder / "layer.json", {scene, {}, nullptr}, Overwrite::no);
    const auto run = [&](std::vector<std::string> words) {
        words.insert(words.begin(), "images");
        return run_program(words, {.folder = folder.path()});
    };
    ASSERT_EQ(run({"--session", "picture.json", "--outdir", "a"}).exit_code, 0);
    const auto shown = run({"--session", "layer.json", "--outdir", "b"});
    EXPECT_EQ(shown.exit_code, 0);
    EXPECT_THAT(shown.err, HasSubstr("no layer L5_148_512"));
    EXPECT_TRUE(read_text_file(only_file(folder / "a")) == read_text_file(only_file(folder / "b")));
    // Who names a layer, or asks for its numbers, wants that one.
    for (const std::vector<std::string>& more :
         {std::vector<std::string>{"--layer", "L5_148_512"}, std::vector<std::string>{"--format", "npy"}}) {
        std::vector<std::string> words = {"--session", "layer.json", "--outdir", "c"};
        words.insert(words.end(), more.begin(), more.end());
        const auto refused = run(words);
        EXPECT_EQ(refused.exit_code, 1);
        EXPECT_THAT(refused.err, HasSubstr("L5_52_13"));  // what there is
        EXPECT_FALSE(std::filesystem::exists(folder / "c"));
    }
}

TEST(Session, BadOnesAreOneParagraphAndLeaveNothing) {
    const std::string head = R"({"format": "afstudio-session", "version": 1,)";
    for (const auto& [text, expected] : std::vector<std::pair<std::string, std::string>>{
             {"{\n\n!", "line 3"},
             {R"({"format": "afstudio-session", "version": 99})", "newer"},
             {head + "\n\"scene\": {\"truncation\": {\"psi\": \"0.7\"}}}", "line 2: scene.truncation.psi"},
             {head + "\n\"scene\": {\"latent\": {\"source\": \"seeds\", \"seeds\": [{\"seed\": -5}]}}}", "-5"},
             {"[]", "not a session"}}) {
        const TemporaryFolder folder;
        write_file(folder / "s.json", text, Overwrite::no);
        const auto result = run_program({"images", "--session", "s.json"}, {.folder = folder.path()});
        EXPECT_EQ(result.exit_code, 1) << text;
        EXPECT_THAT(result.err, HasSubstr(expected));
        EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
        EXPECT_FALSE(std::filesystem::exists(folder / "out"));
    }
}

TEST(Session, WithAWOfAnotherWidthNamesBoth) {
    const TemporaryFolder folder;
    Scene scene;
    scene.model.path = net("t-32.pkl");
    scene.latent.source = LatentW{1, 512, ramp(512)};
    save_session(folder / "s.json", {scene, {}, nullptr}, Overwrite::no);
    const auto result = run_program({"images", "--session", "s.json"}, {.folder = folder.path()});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.err, ::testing::AllOf(HasSubstr("512"), HasSubstr("32")));
}

TEST(Latents, SavedZAndWGiveTheSamePicturesAgain) {
    const TemporaryFolder folder;
    const auto run = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"images", "--network", net("t-32.pkl")});
        const auto result = run_program(words, {.folder = folder.path()});
        ASSERT_EQ(result.exit_code, 0) << result.err;
    };
    run({"--seeds", "4,5", "--save-w", "--save-z", "--outdir", "a"});
    const TensorData z = read_npy(folder / "a/z.npy");
    EXPECT_EQ(z.shape, (std::vector<std::int64_t>{2, 32}));
    run({"--z", "a/z.npy", "--outdir", "b"});
    run({"--w", "a/w.npy", "--outdir", "c"});
    for (const int i : {0, 1}) {
        const std::string seed = read_text_file(folder / ("a/seed000" + std::to_string(4 + i) + ".png"));
        EXPECT_TRUE(read_text_file(folder / ("b/z0" + std::to_string(i) + ".png")) == seed);
        EXPECT_TRUE(read_text_file(folder / ("c/proj0" + std::to_string(i) + ".png")) == seed);
    }
    const auto none = run_program({"images", "--network", net("t-32.pkl"), "--latent-plane", "0.5,0", "--save-z"},
                                  {.folder = folder.path()});
    EXPECT_EQ(none.exit_code, 1);
    EXPECT_THAT(none.err, HasSubstr("Z"));
    EXPECT_FALSE(std::filesystem::exists(folder / "out/z.npy"));
}

TEST(Sheet, AsNumbersHasEveryCell) {
    const TemporaryFolder folder;
    const auto result = run_program({"images", "--network", net("t-32.pkl"), "--sheet", "2x2", "--sheet-seed", "7",
                                     "--format", "npy", "--save-z", "--json"},
                                    {.folder = folder.path()});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(read_npy(folder / "out/images.npy").shape, (std::vector<std::int64_t>{4, 3, 32, 32}));
    EXPECT_EQ(Json::parse(result.out)["pictures"][3]["seed"], 10);
    const auto z = to_doubles(read_npy(folder / "out/z.npy"));
    EXPECT_EQ(static_cast<float>(z[3 * 32]), latent_from_seed(10, 32)[0]);
}

}  // namespace
}  // namespace afs::test
