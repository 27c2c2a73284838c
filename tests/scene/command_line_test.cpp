#include "core/scene/command_line.h"

#include <gtest/gtest.h>

namespace afs {
namespace {

TEST(ImagesCommand, NamesOnlyWhatDiffersFromTheDefaults) {
    Scene scene;
    scene.model.path = "nets/t.pkl";
    scene.latent.source = LatentPlane{42, 0};
    EXPECT_EQ(images_command(scene), "afstudio images --network nets/t.pkl --seeds 42");
}

TEST(ImagesCommand, ExpressesEveryFieldThatMovesAPixel) {
    Scene scene;
    scene.model.path = "my nets/it's.pkl";
    scene.latent = {LatentPlane{10.25, -1.5}, 3};
    scene.truncation = {0.7, 6};
    scene.mix = {{1, 5, {0, 2}, 0.5}};
    scene.noise = {SceneNoise::random, 9, 2};
    scene.transform = {
        .translate_x = 0.1, .translate_y = -0.2, .rotate_deg = 30, .scale = 1.5, .shear = 0.25, .round_to_pixel = true};
    scene.canvas = CanvasMode::layer;
    scene.layer_view = {"L3_52_13", 4, 1, false, -6};
    EXPECT_EQ(images_command(scene),
              "afstudio images --network 'my nets/it'\\''s.pkl' --latent-plane 10.25,-1.5 --class 3 --trunc 0.7 "
              "--truncation-cutoff 6 --mix 5:0,2:0.5 "
              "--noise-mode random --noise-seed 9 --noise-frame 2 --translate 0.1,-0.2 --rotate 30 --scale 1.5 --shear "
              "0.25 --round-to-pixel "
              "--layer L3_52_13 --base-channel 4 --channels 1 --no-normalize --gain-db -6");
    scene.latent.source = LatentSeeds{{{3, 0.25}, {4, 0.75}}};
    scene.latent.interpolation = Interpolation::slerp;
    scene.latent.class_weights = {{1, 0.5}, {2, 0.25}};
    scene.transform.matrix = Matrix3{1, 0, 0.5, 0, 1, -0.25, 0, 0, 1};
    scene.layer_view.mosaic = true;
    scene.model.which = "G";
    EXPECT_EQ(images_command(scene),
              "afstudio images --network 'my nets/it'\\''s.pkl' --what G --blend 3:0.25,4:0.75 --interpolation slerp "
              "--class-weights 1:0.5,2:0.25 --trunc 0.7 --truncation-cutoff 6 --mix 5:0,2:0.5 "
              "--noise-mode random --noise-seed 9 --noise-frame 2 --matrix 1,0,0.5,0,1,-0.25,0,0,1 --round-to-pixel "
              "--layer L3_52_13 --mosaic --no-normalize --gain-db -6");
    scene = {};
    scene.model.path = "-odd.pkl";
    scene.canvas = CanvasMode::sheet;
    scene.sheet = {5, 4, 3};
    EXPECT_EQ(images_command(scene), "afstudio images --network ./-odd.pkl --sheet 4x3 --sheet-seed 5");
}

TEST(CommandLine, FilmsASession) {
    EXPECT_EQ(video_command("/my films/a.json", "-turn.mp4"),
              "afstudio video --session '/my films/a.json' --output ./-turn.mp4");
}

}  // namespace
}  // namespace afs
