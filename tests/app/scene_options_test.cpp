// Options edit a scene, and "copy as command" is their inverse: the scene that the copied words make is the one that
// was copied, in everything that decides the picture.
#include "app/cli/scene_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <random>

#include "app/cli/parse.h"
#include "core/scene/command_line.h"
#include "tests/scene/every_field.h"

namespace afs::cli {
namespace {

using test::SourceKind;
using ::testing::HasSubstr;

// As `images` reads them; --seeds are a matter of the command, not of the scene.
Scene parsed(std::vector<std::string> words, const Scene& base = {}) {
    CLI::App app("test");
    SceneOptions options;
    options.add(app);
    std::string seeds;
    app.add_option("--seeds", seeds);
    if (!words.empty() && words.front() == "images") words.erase(words.begin());
    std::reverse(words.begin(), words.end());
    app.parse(words);
    Scene scene = options.edit(base);
    if (!seeds.empty()) scene.latent.source = LatentSeeds{{{parse_seeds(seeds).at(0), 1.0}}};
    return scene;
}

// What of a scene decides its picture: everything else has its default.
Scene essence(Scene scene) {
    scene.model.sha256.clear();
    Latent& latent = scene.latent;
    const auto* plane = std::get_if<LatentPlane>(&latent.source);
    if (plane && plane_seeds(*plane).size() == 1) latent.source = LatentSeeds{plane_seeds(*plane)};
    const auto* list = std::get_if<LatentSeeds>(&latent.source);
    if (scene.canvas == CanvasMode::sheet) latent.source = LatentPlane{};
    if (scene.canvas == CanvasMode::sheet || (list && list->seeds.size() == 1 && list->seeds[0].weight == 1.0))
        latent.interpolation = Interpolation::linear;
    if (!latent.class_weights.empty()) latent.class_index.reset();
    std::erase_if(scene.mix, [](const StyleMix& mix) { return mix.layers.empty() || !mix.enabled; });
    for (std::size_t i = 0; i < scene.mix.size(); ++i) scene.mix[i].id = static_cast<int>(i) + 1;
    if (scene.noise.mode != SceneNoise::random) scene.noise = {scene.noise.mode, 0, 0};
    if (scene.transform.matrix)
        scene.transform = {.round_to_pixel = scene.transform.round_to_pixel, .matrix = scene.transform.matrix};
    if (!shows_layer(scene)) scene.layer_view = {};
    if (scene.canvas != CanvasMode::equivariance) scene.equivariance = {};
    if (scene.canvas != CanvasMode::spectrum) scene.spectrum = {};
    if (scene.spectrum.compare != SpectrumCompare::layer) scene.spectrum.compare_layer = "output";
    std::erase_if(scene.filters, [](const FilterOverride& f) { return !f.enabled; });
    for (std::size_t i = 0; i < scene.filters.size(); ++i) scene.filters[i].id = static_cast<int>(i) + 1;
    if (scene.canvas != CanvasMode::sheet) scene.sheet = {};
    if (scene.layer_view.mosaic) {
        scene.layer_view.base_channel = 0;
        scene.layer_view.channels = 3;
    }
    return scene;
}

TEST(CopiedCommand, MakesTheSameSceneAgainForEveryField) {
    for (const SourceKind kind : {SourceKind::plane, SourceKind::seeds})
        for (const CanvasMode canvas : {CanvasMode::picture, CanvasMode::layer, CanvasMode::sheet, CanvasMode::spectrum,
                                        CanvasMode::equivariance})
            for (const bool mosaic : {false, true})
                for (const bool matrix : {false, true})
                    for (const bool weights : {false, true}) {
                        Scene scene = test::changed_scene(kind);
                        scene.canvas = canvas;
                        scene.layer_view.mosaic = mosaic;
                        if (!matrix) scene.transform.matrix.reset();
                        if (!weights) scene.latent.class_weights.clear();
                        scene.mix[0].enabled = true;
                        EXPECT_TRUE(parsed(images_arguments(scene)) == essence(scene)) << images_command(scene);
                    }
}

TEST(CopiedCommand, MakesTheSameSceneAgainBitForBit) {
    std::mt19937 random(7);
    const auto whole = [&](int most) { return std::uniform_int_distribution<int>(0, most)(random); };
    // Of every magnitude, with all their digits.
    const auto number = [&] {
        const double mantissa = std::uniform_real_distribution<double>(-1, 1)(random);
        return whole(3) == 0 ? whole(10) / 4.0 : std::ldexp(mantissa, whole(18) - 12);
    };
    for (int i = 0; i < 5000; ++i) {
        Scene scene;
        scene.model = {"/nets/a b.pkl", whole(1) ? "G_ema" : "G", ""};
        if (whole(1))
            scene.latent.source = LatentPlane{number() * 1e6, number()};
        else
            scene.latent.source = LatentSeeds{{{static_cast<std::uint32_t>(random()), number()}, {3, number()}}};
        if (whole(1)) scene.latent.interpolation = Interpolation::slerp;
        if (whole(1)) scene.latent.class_index = whole(1000);
        if (whole(1)) scene.latent.class_weights = {{whole(9), number()}, {whole(9), number()}};
        scene.truncation.psi = number();
        if (whole(1)) scene.truncation.cutoff = whole(18);
        for (int k = whole(3); k > 0; --k)
            scene.mix.push_back(
                {k, static_cast<std::uint32_t>(random()), {whole(15), whole(15)}, number(), whole(3) > 0});
        scene.noise = {static_cast<SceneNoise>(whole(2)), static_cast<std::uint32_t>(random()), whole(1000) - 500};
        scene.transform = {number(), number(), number() * 100, number(), number(), whole(1) == 1};
        if (whole(1))
            scene.transform.matrix = Matrix3{number(), number(), number(), number(), number(), number(), 0, 0, 1};
        scene.untransform = whole(1) == 1;
        scene.canvas = static_cast<CanvasMode>(whole(4));
        scene.layer_view = {
            "L" + std::to_string(whole(13)), whole(500), whole(1) ? 3 : 1, whole(1) == 1, number(), whole(1) == 1};
        scene.sheet = {static_cast<std::uint32_t>(random()), 1 + whole(15), 1 + whole(15)};
        scene.spectrum.shown = static_cast<SpectrumShown>(whole(1));
        scene.spectrum.compare = static_cast<SpectrumCompare>(whole(2));
        scene.spectrum.compare_layer = "L" + std::to_string(whole(13));
        for (int k = whole(2); k > 0; --k)
            scene.filters.push_back({k, "b" + std::to_string(k) + ":" + std::to_string(whole(1)),
                                     whole(1) ? FilterSide::up : FilterSide::down, std::abs(number()) + 1e-5,
                                     std::abs(number()) + 1e-5, 1 + whole(kMostFilterTaps - 1), whole(3) > 0});
        EquivarianceView& view = scene.equivariance;
        view.operation = static_cast<EquivarianceOperation>(whole(3));
        view.shown = static_cast<EquivarianceShown>(whole(8));
        view.translate_x = number();
        view.rotate_deg = number() * 100;
        view.gain_db = number();
        view.wipe = whole(1000) / 1000.0;
        view.mask = whole(1) == 1;
        view.strip_steps = 2 + whole(4094);
        view.strip_reach = number();
        ASSERT_TRUE(parsed(images_arguments(scene)) == essence(scene)) << images_command(scene);
    }
}

TEST(CopiedCommand, NamesASessionForWhatFlagsCannotSay) {
    for (const SourceKind kind : {SourceKind::w, SourceKind::z}) {
        Scene scene = test::changed_scene(kind);
        EXPECT_FALSE(flags_can_say(scene));
        EXPECT_EQ(images_command(scene, "/tmp/my scene.json"), "afstudio images --session '/tmp/my scene.json'");
        scene.canvas = CanvasMode::sheet;
        EXPECT_TRUE(flags_can_say(scene)) << "a sheet has its own seeds";
    }
    Scene empty;
    empty.latent.source = LatentSeeds{{}};
    EXPECT_FALSE(flags_can_say(empty));
    EXPECT_TRUE(flags_can_say({}));
}

TEST(SceneOptions, LeaveAloneWhatWasNotGiven) {
    for (const SourceKind kind : {SourceKind::plane, SourceKind::seeds, SourceKind::w, SourceKind::z}) {
        const Scene base = test::changed_scene(kind);
        EXPECT_TRUE(parsed({}, base) == base);
    }
}

TEST(SceneOptions, EditWhatASessionSays) {
    const Scene base = test::changed_scene(SourceKind::w);
    const auto edited = [&](std::vector<std::string> words) { return parsed(std::move(words), base); };
    EXPECT_EQ(edited({"--trunc", "0.25"}).truncation, (Truncation{0.25, 0}));
    EXPECT_EQ(edited({"--truncation-cutoff", "all"}).truncation, (Truncation{0.7, std::nullopt}));
    EXPECT_EQ(edited({"--network", "b.pkl"}).model, (ModelRef{"b.pkl", "G", ""}));
    EXPECT_EQ(edited({"--what", "D"}).model.path, base.model.path);
    EXPECT_EQ(edited({"--class", "own"}).latent.class_index, std::nullopt);
    EXPECT_TRUE(edited({"--class", "1"}).latent.class_weights.empty());
    EXPECT_EQ(edited({"--latent-plane", "1,2"}).latent.source, decltype(Latent::source)(LatentPlane{1, 2}));
    EXPECT_TRUE(edited({"--no-filter-override"}).filters.empty());
    EXPECT_EQ(edited({"--filter-override", "L5_52_13:up:3,1,6"}).filters.size(), 2u) << "it had one of that side";
    EXPECT_EQ(edited({"--filter-override", "b4:0:down:3,1,6"}).filters.at(2),
              (FilterOverride{10, "b4:0", FilterSide::down, 3, 1, 6, true}));
    EXPECT_EQ(edited({"--spectrum-show", "map"}).spectrum.shown, SpectrumShown::map);
    EXPECT_EQ(edited({"--spectrum-compare", "unmoved"}).spectrum.compare, SpectrumCompare::unmoved);
    EXPECT_EQ(edited({"--spectrum-compare", "none"}).spectrum.compare, SpectrumCompare::nothing);
    EXPECT_EQ(edited({"--spectrum-compare", "L7_84_32"}).spectrum.compare_layer, "L7_84_32");
    EXPECT_TRUE(edited({"--no-mix"}).mix.empty());
    EXPECT_EQ(edited({"--mix", "5:1"}).mix, (std::vector<StyleMix>{{1, 5, {1}, 1.0}}));
    EXPECT_FALSE(edited({"--no-round-to-pixel"}).transform.round_to_pixel);
    EXPECT_FALSE(edited({"--rotate", "10"}).transform.matrix) << "the parts replace a free matrix";
    EXPECT_EQ(edited({"--rotate", "10"}).transform.translate_x, base.transform.translate_x);
    EXPECT_EQ(edited({"--canvas", "picture"}).canvas, CanvasMode::picture);
    EXPECT_EQ(edited({"--sheet", "2x3"}).canvas, CanvasMode::sheet);
    EXPECT_EQ(edited({"--sheet", "2x3"}).sheet, (SheetView{77, 2, 3}));
    EXPECT_FALSE(edited({"--no-mosaic"}).layer_view.mosaic);
    EXPECT_TRUE(edited({"--normalize"}).layer_view.normalize);
    EXPECT_EQ(edited({"--layer", "input"}).layer_view.gain_db, base.layer_view.gain_db);
}

TEST(SceneOptions, RefuseInWordsWhatNoSceneCanBe) {
    struct Wrong {
        std::vector<std::string> words;
        const char* expected;
    };
    for (const Wrong& wrong : {Wrong{{"--trunc", "much"}, "--trunc: \"much\" is not a number"},
                               Wrong{{"--trunc", "nan"}, "not a number"},
                               Wrong{{"--trunc", "1e300"}, "truncation.psi is 1e+300"},
                               Wrong{{"--rotate", "inf"}, "not a number"},
                               Wrong{{"--rotate", "1x"}, "not a number"},
                               Wrong{{"--gain-db", "4000"}, "layer_view.gain_db"},
                               Wrong{{"--matrix", "1,0,0,0,1,0"}, "nine numbers"},
                               Wrong{{"--matrix", "1,0,0,0,x,0,0,0,1"}, "nine numbers"},
                               Wrong{{"--matrix", "1,0,0,0,1,0,0,0,1", "--rotate", "3"}, "not both"},
                               Wrong{{"--class", "-1"}, "--class"},
                               Wrong{{"--class", "one"}, "--class"},
                               Wrong{{"--class-weights", "3"}, "CLASS:WEIGHT"},
                               Wrong{{"--class-weights", "3:1", "--class", "3"}, "one of"},
                               Wrong{{"--sheet", "0x3"}, "4x3"},
                               Wrong{{"--sheet", "17x3"}, "sheet.columns is 17"},
                               Wrong{{"--sheet", "3"}, "4x3"},
                               Wrong{{"--sheet-seed", "4294967296"}, "--sheet-seed"},
                               Wrong{{"--sheet", "2x2", "--layer", "input"}, "one of"},
                               Wrong{{"--noise-seed", "-1"}, "--noise-seed"},
                               Wrong{{"--noise-frame", "0.5"}, "--noise-frame"},
                               Wrong{{"--truncation-cutoff", "5000"}, "truncation.cutoff"},
                               Wrong{{"--interpolation", "cubic"}, "cubic"},
                               Wrong{{"--filter-override", "L3:down:3"}, "LAYER:up|down"},
                               Wrong{{"--filter-override", "L3:side:3,1,6"}, "LAYER:up|down"},
                               Wrong{{"--filter-override", "L3:down:3,1,97"}, "1 to 96"},
                               Wrong{{"--filter-override", "L3:down:0,1,6"}, "filters[0].cutoff is 0"},
                               Wrong{{"--spectrum-show", "all"}, "all"},
                               Wrong{{"--channels", "2"}, "2"}}) {
        try {
            (void)parsed(wrong.words);
            ADD_FAILURE() << wrong.words[0] << " " << wrong.words[1] << " was accepted";
        } catch (const CLI::ParseError& e) {
            EXPECT_THAT(e.what(), HasSubstr(wrong.expected));
        }
    }
}

}  // namespace
}  // namespace afs::cli
