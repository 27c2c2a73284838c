#include "app/cli/scene_options.h"

#include <fmt/format.h>

#include "app/cli/parse.h"
#include "core/base/error.h"
#include "core/scene/equivariance_names.h"
#include "core/scene/scene_json.h"

namespace afs::cli {
namespace {

void edit_latent(const SceneOptions& given, Latent& latent) {
    if (given.latent_plane) {
        const auto [x, y] = parse_pair(*given.latent_plane);
        latent.source = LatentPlane{x, y};
    }
    if (given.blend) latent.source = LatentSeeds{parse_blend(*given.blend)};
    if (given.interpolation)
        latent.interpolation = *given.interpolation == "slerp" ? Interpolation::slerp : Interpolation::linear;
    if (given.class_index && given.class_weights) throw CLI::ValidationError("Give one of --class and --class-weights");
    if (given.class_index) {
        latent.class_weights.clear();
        latent.class_index.reset();
        if (*given.class_index != "own") latent.class_index = parse_whole("--class", *given.class_index);
    }
    if (given.class_weights) latent.class_weights = parse_class_weights(*given.class_weights);
}

void edit_noise(const SceneOptions& given, NoiseSettings& noise) {
    if (given.noise_mode)
        noise.mode = *given.noise_mode == "random" ? SceneNoise::random
                     : *given.noise_mode == "none" ? SceneNoise::none
                                                   : SceneNoise::constant;
    if (given.noise_seed) noise.seed = parse_seed_option("--noise-seed", *given.noise_seed);
    if (given.noise_frame) noise.frame = parse_integer("--noise-frame", *given.noise_frame);
}

void edit_transform(const SceneOptions& given, Transform& transform) {
    const bool parts = given.translate || given.rotate_deg || given.scale || given.shear;
    if (parts && given.matrix)
        throw CLI::ValidationError("Give --matrix, or --translate, --rotate, --scale and --shear, not both");
    if (parts) transform.matrix.reset();
    if (given.translate) std::tie(transform.translate_x, transform.translate_y) = parse_pair(*given.translate);
    if (given.rotate_deg) transform.rotate_deg = parse_number("--rotate", *given.rotate_deg);
    if (given.scale) transform.scale = parse_number("--scale", *given.scale);
    if (given.shear) transform.shear = parse_number("--shear", *given.shear);
    if (given.matrix) transform.matrix = parse_matrix(*given.matrix);
    if (given.round_to_pixel) transform.round_to_pixel = *given.round_to_pixel;
}

template <class E, std::size_t N> E named(const std::string& word, const std::array<SceneName<E>, N>& names) {
    for (const auto& known : names)
        if (known.name == word) return known.value;
    throw CLI::ValidationError(word + " is not known");  // the option has checked it
}

template <class E, std::size_t N> std::vector<std::string> words_of(const std::array<SceneName<E>, N>& names) {
    std::vector<std::string> words;
    for (const auto& known : names) words.emplace_back(known.name);
    return words;
}

void edit_equivariance(const SceneOptions& given, EquivarianceView& view) {
    const auto edit = [](const char* option, const std::optional<std::string>& text, double& value) {
        if (text) value = parse_number(option, *text);
    };
    if (given.equivariance_of) view.operation = named(*given.equivariance_of, kEquivarianceOperations);
    if (given.equivariance_translate)
        std::tie(view.translate_x, view.translate_y) = parse_pair(*given.equivariance_translate);
    edit("--equivariance-rotate", given.equivariance_rotate, view.rotate_deg);
    if (given.equivariance_show) view.shown = named(*given.equivariance_show, kEquivarianceShown);
    edit("--equivariance-gain-db", given.equivariance_gain_db, view.gain_db);
    edit("--equivariance-blend", given.equivariance_blend, view.blend);
    edit("--equivariance-wipe", given.equivariance_wipe, view.wipe);
    edit("--equivariance-flicker-hz", given.equivariance_flicker_hz, view.flicker_hz);
    if (given.equivariance_mask) view.mask = *given.equivariance_mask;
    edit("--strip-column", given.strip_column, view.strip_column);
    if (given.strip_steps) view.strip_steps = parse_whole("--strip-steps", *given.strip_steps);
    if (given.strip_seed) view.strip_seed = parse_seed_option("--strip-seed", *given.strip_seed);
    edit("--strip-reach", given.strip_reach, view.strip_reach);
}

void edit_canvas(const SceneOptions& given, Scene& scene) {
    const bool sheet = given.sheet || given.sheet_seed;
    if (given.layer && sheet)
        throw CLI::ValidationError("Give one of --layer and --sheet: a picture shows one of them");
    LayerView& view = scene.layer_view;
    if (given.layer) {
        scene.canvas = CanvasMode::layer;
        view.layer = *given.layer;
    }
    if (given.base_channel) view.base_channel = parse_whole("--base-channel", *given.base_channel);
    if (given.channels) view.channels = parse_whole("--channels", *given.channels);
    if (given.mosaic) view.mosaic = *given.mosaic;
    if (given.normalize) view.normalize = *given.normalize;
    if (given.gain_db) view.gain_db = parse_number("--gain-db", *given.gain_db);
    if (sheet) scene.canvas = CanvasMode::sheet;
    if (given.sheet) std::tie(scene.sheet.columns, scene.sheet.rows) = parse_size("--sheet", *given.sheet);
    if (given.sheet_seed) scene.sheet.first_seed = parse_seed_option("--sheet-seed", *given.sheet_seed);
    if (given.canvas)
        scene.canvas = *given.canvas == "layer"          ? CanvasMode::layer
                       : *given.canvas == "sheet"        ? CanvasMode::sheet
                       : *given.canvas == "spectrum"     ? CanvasMode::spectrum
                       : *given.canvas == "equivariance" ? CanvasMode::equivariance
                                                         : CanvasMode::picture;
    SpectrumView& spectrum = scene.spectrum;
    if (given.spectrum_colours)
        spectrum.colours = *given.spectrum_colours == "magma"  ? SpectrumColours::magma
                           : *given.spectrum_colours == "gray" ? SpectrumColours::gray
                                                               : SpectrumColours::viridis;
    if (given.spectrum_beta) spectrum.beta = parse_number("--spectrum-beta", *given.spectrum_beta);
    if (given.spectrum_range_db) spectrum.range_db = parse_number("--spectrum-range-db", *given.spectrum_range_db);
    if (given.spectrum_all) spectrum.all_channels = *given.spectrum_all;
    if (given.spectrum_show)
        spectrum.shown = *given.spectrum_show == "waterfall" ? SpectrumShown::waterfall : SpectrumShown::map;
    if (given.spectrum_compare) {
        const std::string& what = *given.spectrum_compare;
        spectrum.compare = what == "none"      ? SpectrumCompare::nothing
                           : what == "unmoved" ? SpectrumCompare::unmoved
                                               : SpectrumCompare::layer;
        if (spectrum.compare == SpectrumCompare::layer) spectrum.compare_layer = what;
    }
    edit_equivariance(given, scene.equivariance);
}

// A flag with its opposite that stays nothing where neither was given.
void add_switch(CLI::App& app, const std::string& names, std::optional<bool>& value, const std::string& help) {
    app.add_flag_function(
        names, [&value](std::int64_t count) { value = count > 0; }, help);
}

void add_equivariance(CLI::App& app, SceneOptions& o) {
    app.add_option("--equivariance-of", o.equivariance_of,
                   "With --canvas equivariance, what moves the input: follow (--translate, --rotate, ...), "
                   "translation-int, translation-frac or rotation. Default: follow")
        ->check(CLI::IsMember(words_of(kEquivarianceOperations)));
    app.add_option("--equivariance-translate", o.equivariance_translate,
                   "Of its translations, fractions of the side, right and down. Default: 0.0625,0")
        ->type_name("X,Y");
    app.add_option("--equivariance-rotate", o.equivariance_rotate, "Of its rotation, degrees. Default: 30")
        ->type_name("DEG");
    app.add_option("--equivariance-show", o.equivariance_show,
                   "output, reference (the unmoved output, moved), difference (with sign), absolute, blend, wipe, "
                   "flicker (a file shows the output), grid (the first four) or strip (a column of pixels along a walk "
                   "of the latent). Default: difference")
        ->check(CLI::IsMember(words_of(kEquivarianceShown)));
    app.add_option("--equivariance-gain-db", o.equivariance_gain_db, "Of the differences, dB. Default: 30")
        ->type_name("DB");
    app.add_option("--equivariance-blend", o.equivariance_blend, "Share of the reference, 0 to 1. Default: 0.5")
        ->type_name("X");
    app.add_option("--equivariance-wipe", o.equivariance_wipe,
                   "The divider, fraction of the width: the reference lies right of it. Default: 0.5")
        ->type_name("X");
    app.add_option("--equivariance-flicker-hz", o.equivariance_flicker_hz,
                   "Changes a second, 0.1 to 8, in the window. Default: 2")
        ->type_name("HZ");
    add_switch(app, "--equivariance-mask,!--no-equivariance-mask", o.equivariance_mask,
               "Dim what cannot be compared. Default: on");
    app.add_option("--strip-column", o.strip_column, "Column of the strip, fraction of the width. Default: 0.5")
        ->type_name("X");
    app.add_option("--strip-steps", o.strip_steps, "Pictures of the walk, 2 to 4096. Default: 256")->type_name("N");
    app.add_option("--strip-seed", o.strip_seed, "Where the walk goes to. Default: 1")->type_name("SEED");
    app.add_option("--strip-reach", o.strip_reach, "How far it comes; 1: to that seed. Default: 1")->type_name("X");
}

}  // namespace

void SceneOptions::add(CLI::App& app, Use use) {
    app.add_option("--network", network, "Network file: official .pkl snapshot, .pt state dictionary, .safetensors")
        ->type_name("FILE");
    app.add_option("--what", what, "Network of the file. Default: G_ema")->type_name("NAME");
    app.add_option("--latent-plane", latent_plane,
                   "A point of the explorer's plane instead of seeds: blends the four seeds around it")
        ->type_name("X,Y");
    app.add_option("--blend", blend, "A weighted blend of seeds instead of seeds: SEED:WEIGHT,...")->type_name("BLEND");
    if (use == Use::film)
        app.add_option("--interpolation", interpolation,
                       "How seeds are combined: linear or along a cubic in W, or slerp on the sphere of Z. "
                       "Default: cubic")
            ->check(CLI::IsMember({"linear", "cubic", "slerp"}));
    else
        app.add_option("--interpolation", interpolation,
                       "How a plane point or a blend combines its seeds: linear in W, or slerp on the sphere of Z. "
                       "Default: linear")
            ->check(CLI::IsMember({"linear", "slerp"}));
    app.add_option("--trunc,--truncation-psi", psi, "Truncation psi; 1 = none, 0 = the average picture. Default: 1")
        ->type_name("PSI");
    app.add_option("--truncation-cutoff", truncation_cutoff,
                   "Number of w copies that are truncated, or all. Default: all")
        ->type_name("N");
    app.add_option("--class", class_index, "Class of a conditional network, or own: each seed's. Default: own")
        ->type_name("I");
    app.add_option("--class-weights", class_weights,
                   "A weighted sum of one-hot labels instead of a class: CLASS:WEIGHT,..., as in 3:0.5,7:0.5")
        ->type_name("LABEL");
    app.add_option("--noise-mode", noise_mode, "Noise of a StyleGAN2 network: const, random or none. Default: const")
        ->check(CLI::IsMember({"const", "random", "none"}));
    app.add_option("--noise-seed", noise_seed, "Stream of --noise-mode random. Default: 0")->type_name("SEED");
    app.add_option("--noise-frame", noise_frame, "Moment of --noise-mode random. Default: 0")->type_name("N");
    app.add_option("--translate", translate, "Move the picture by fractions of its side, right and down. Default: 0,0")
        ->type_name("X,Y");
    app.add_option("--rotate", rotate_deg, "Turn the picture counter-clockwise, degrees. Default: 0")->type_name("DEG");
    app.add_option("--scale", scale, "Scale the picture about its centre. Default: 1")->type_name("S");
    app.add_option("--shear", shear, "Shear it sideways, widths per height. Default: 0")->type_name("K");
    app.add_option("--matrix", matrix, "Nine numbers, row after row, that move the picture instead of the four above")
        ->type_name("A,B,...");
    add_switch(app, "--round-to-pixel,!--no-round-to-pixel", round_to_pixel, "Round the translation to whole pixels");
    add_switch(app, "--untransform,!--no-untransform", untransform,
               "Move the picture, or the layer, back: a perfectly equivariant network shows a still picture");
    app.add_option(
           "--mix", mixes,
           "Replace copies of w by another seed's: SEED:LAYERS[:WEIGHT], as in 5:8-13 or 5:0,2:0.5; repeatable; "
           "instead of a session's")
        ->type_name("MIX")
        ->allow_extra_args(false);
    app.add_flag("--no-mix", no_mix, "Leave out a session's mixing");
    app.add_option("--layer", layer, "A module's output instead of the picture (names: `afstudio inspect`)")
        ->type_name("NAME");
    app.add_option("--base-channel", base_channel, "First channel that a layer's picture shows. Default: 0")
        ->type_name("N");
    app.add_option("--channels", channels, "Channels that a layer's picture shows: 3 as RGB, 1 as gray. Default: 3")
        ->check(CLI::IsMember({"1", "3"}));
    add_switch(app, "--mosaic,!--no-mosaic", mosaic, "All channels of a layer as one picture, a grid of gray ones");
    add_switch(app, "--normalize,!--no-normalize", normalize,
               "Divide each shown channel of a layer by its largest magnitude. Default: on");
    app.add_option("--gain-db", gain_db, "Brightness of a layer's picture, dB. Default: 0")->type_name("DB");
    app.add_option("--sheet", sheet, "A contact sheet of seeds as one picture: columns x rows, up to 16x16")
        ->type_name("CxR");
    app.add_option("--sheet-seed", sheet_seed, "First seed of the contact sheet. Default: 0")->type_name("SEED");
    app.add_option(
           "--canvas", canvas,
           "What a picture shows: picture, layer, sheet, spectrum or equivariance. Default: what --layer or --sheet "
           "say, else the session")
        ->check(CLI::IsMember({"picture", "layer", "sheet", "spectrum", "equivariance"}));
    app.add_option("--spectrum-colours", spectrum_colours, "Of the spectrum: viridis, magma or gray. Default: viridis")
        ->check(CLI::IsMember({"viridis", "magma", "gray"}));
    app.add_option("--spectrum-beta", spectrum_beta, "Kaiser window of the spectrum, 0 to 100. Default: 8")
        ->type_name("X");
    app.add_option("--spectrum-range-db", spectrum_range_db,
                   "The colours span this far above and below the mean power, dB, 1 to 400. Default: 50")
        ->type_name("DB");
    add_switch(app, "--spectrum-all,!--no-spectrum-all", spectrum_all,
               "Spectrum of all channels of the layer, or of those that are shown. Default: all");
    app.add_option("--spectrum-show", spectrum_show,
                   "map: of one layer or the picture; waterfall: all layers over their frequencies. Default: map")
        ->check(CLI::IsMember({"map", "waterfall"}));
    app.add_option(
           "--spectrum-compare", spectrum_compare,
           "A second map beside the first: a module's name, output, unmoved (the same without the transform) or "
           "none. Default: none")
        ->type_name("WHAT");
    app.add_option("--filter-override", filter_overrides,
                   "What if a layer's filter were another one: LAYER:up|down:CUTOFF,HALF_WIDTH,TAPS, frequencies in "
                   "cycles per picture width, as in L3_52_512:down:20,12,24; repeatable; beside a session's")
        ->type_name("FILTER")
        ->allow_extra_args(false);
    app.add_flag("--no-filter-override", no_filter_override, "Leave out a session's filters");
    add_equivariance(app, *this);
}

Scene SceneOptions::edit(Scene scene) const {
    if (network) scene.model = {*network, scene.model.which, ""};
    if (what) scene.model.which = *what;
    edit_latent(*this, scene.latent);
    if (psi) scene.truncation.psi = parse_number("--trunc", *psi);
    if (truncation_cutoff) {
        scene.truncation.cutoff.reset();
        if (*truncation_cutoff != "all")
            scene.truncation.cutoff = parse_whole("--truncation-cutoff", *truncation_cutoff);
    }
    edit_noise(*this, scene.noise);
    edit_transform(*this, scene.transform);
    if (untransform) scene.untransform = *untransform;
    if (!mixes.empty() || no_mix) scene.mix.clear();
    int id = 0;
    for (const std::string& mix : mixes) scene.mix.push_back(parse_mix(mix, ++id));
    if (no_filter_override) scene.filters.clear();
    for (const std::string& text : filter_overrides) set_filter(scene, parse_filter(text));
    edit_canvas(*this, scene);

    Scene checked = scene;
    checked.model = {};  // a file's name may be any bytes
    try {
        check_scene(checked, "Wrong options");
    } catch (const Error& e) {
        throw CLI::ValidationError(e.why());
    }
    return scene;
}

}  // namespace afs::cli
