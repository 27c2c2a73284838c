#include "app/cli/scene_options.h"

#include "app/cli/parse.h"

namespace afs::cli {

void SceneOptions::add(CLI::App& app) {
    app.add_option("--network", network, "Network file: official .pkl snapshot, .pt state dictionary, .safetensors")
        ->required()
        ->type_name("FILE");
    app.add_option("--trunc,--truncation-psi", psi, "Truncation psi; 1 = none, 0 = the average picture. Default: 1")
        ->type_name("PSI");
    app.add_option("--truncation-cutoff", truncation_cutoff, "Number of w copies that are truncated. Default: all")
        ->check(CLI::Range(0, 1000))
        ->type_name("N");
    app.add_option("--class", class_index, "Class of a conditional network. Default: each seed's own")->type_name("I");
    app.add_option("--noise-mode", noise_mode, "Noise of a StyleGAN2 network: const, random or none. Default: const")
        ->check(CLI::IsMember({"const", "random", "none"}));
    app.add_option("--noise-seed", noise_seed, "Stream of --noise-mode random. Default: 0")->type_name("SEED");
    app.add_option("--noise-frame", noise_frame, "Moment of --noise-mode random. Default: 0")->type_name("N");
    app.add_option("--translate", translate, "Move the picture by fractions of its side, right and down. Default: 0,0")
        ->type_name("X,Y");
    app.add_option("--rotate", rotate_deg, "Turn the picture counter-clockwise, degrees. Default: 0")->type_name("DEG");
    app.add_option("--scale", scale, "Scale the picture about its centre. Default: 1")->type_name("S");
    app.add_option("--shear", shear, "Shear it sideways, widths per height. Default: 0")->type_name("K");
    app.add_flag("--round-to-pixel", round_to_pixel, "Round the translation to whole pixels");
    app.add_option("--mix", mixes,
                   "Replace copies of w by another seed's: SEED:LAYERS[:WEIGHT], as in 5:8-13 or 5:0,2:0.5; repeatable")
        ->type_name("MIX")
        ->allow_extra_args(false);
    app.add_option("--layer", layer, "A module's output instead of the picture (names: `afstudio inspect`)")
        ->type_name("NAME");
    app.add_option("--base-channel", base_channel, "First channel that a layer's picture shows. Default: 0")
        ->check(CLI::Range(0, 1 << 20))
        ->type_name("N");
    app.add_option("--channels", channels, "Channels that a layer's picture shows: 3 as RGB, 1 as gray. Default: 3")
        ->check(CLI::IsMember({1, 3}));
    app.add_flag("--no-normalize", no_normalize,
                 "Do not divide each shown channel of a layer by its largest magnitude");
    app.add_option("--gain-db", gain_db, "Brightness of a layer's picture, dB. Default: 0")->type_name("DB");
}

Scene SceneOptions::scene() const {
    Scene scene;
    scene.model.path = network;
    scene.latent.class_index = class_index;
    scene.truncation = {psi, truncation_cutoff};
    scene.noise = {noise_mode == "random" ? SceneNoise::random
                   : noise_mode == "none" ? SceneNoise::none
                                          : SceneNoise::constant,
                   noise_seed, noise_frame};
    if (!translate.empty()) std::tie(scene.transform.translate_x, scene.transform.translate_y) = parse_pair(translate);
    scene.transform.rotate_deg = rotate_deg;
    scene.transform.scale = scale;
    scene.transform.shear = shear;
    scene.transform.round_to_pixel = round_to_pixel;
    int id = 0;
    for (const std::string& mix : mixes) scene.mix.push_back(parse_mix(mix, ++id));
    if (!layer.empty()) {
        scene.canvas = CanvasMode::layer;
        scene.layer_view = {layer, base_channel, channels, !no_normalize, gain_db};
    }
    return scene;
}

}  // namespace afs::cli
