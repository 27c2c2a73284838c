#include "core/scene/command_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

namespace afs {
namespace {

std::string number(double value) {
    return fmt::format("{}", value);
}  // the shortest text that reads back as the same double

std::string quoted(const std::string& word) {
    const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
        return std::isalnum(c) || std::string_view("-_./,:=+").find(static_cast<char>(c)) != std::string_view::npos;
    });
    if (plain) return word;
    std::string text = "'";
    for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
}

}  // namespace

std::vector<std::string> images_arguments(const Scene& scene) {
    std::vector<std::string> words = {"images", "--network", scene.model.path};
    const auto add = [&](const char* option, std::string value) {
        words.insert(words.end(), {option, std::move(value)});
    };
    if (const auto* plane = std::get_if<LatentPlane>(&scene.latent.source)) {
        const auto seeds = plane_seeds(*plane);
        if (seeds.size() == 1)
            add("--seeds", std::to_string(seeds[0].seed));
        else
            add("--latent-plane", number(plane->x) + "," + number(plane->y));
    } else if (const auto* list = std::get_if<LatentSeeds>(&scene.latent.source)) {
        if (list->seeds.size() == 1 && list->seeds[0].weight == 1.0)
            add("--seeds", std::to_string(list->seeds[0].seed));
        else {
            std::string blend;
            for (const SeedWeight& s : list->seeds)
                blend += fmt::format("{}{}:{}", blend.empty() ? "" : ",", s.seed, s.weight);
            add("--blend", blend);
        }
    }
    if (scene.latent.class_index) add("--class", std::to_string(*scene.latent.class_index));
    if (scene.truncation.psi != 1.0) add("--trunc", number(scene.truncation.psi));
    if (scene.truncation.cutoff) add("--truncation-cutoff", std::to_string(*scene.truncation.cutoff));
    for (const StyleMix& mix : scene.mix)
        if (!mix.layers.empty() && mix.enabled)
            add("--mix", fmt::format("{}:{}{}", mix.seed, fmt::join(mix.layers, ","),
                                     mix.weight == 1.0 ? "" : ":" + number(mix.weight)));
    if (scene.noise.mode == SceneNoise::none) add("--noise-mode", "none");
    if (scene.noise.mode == SceneNoise::random) {
        add("--noise-mode", "random");
        add("--noise-seed", std::to_string(scene.noise.seed));
        if (scene.noise.frame != 0) add("--noise-frame", std::to_string(scene.noise.frame));
    }
    const Transform& t = scene.transform;
    if (t.translate_x != 0.0 || t.translate_y != 0.0)
        add("--translate", number(t.translate_x) + "," + number(t.translate_y));
    if (t.rotate_deg != 0.0) add("--rotate", number(t.rotate_deg));
    if (t.scale != 1.0) add("--scale", number(t.scale));
    if (t.shear != 0.0) add("--shear", number(t.shear));
    if (t.round_to_pixel) words.emplace_back("--round-to-pixel");
    if (scene.canvas == CanvasMode::layer) {
        add("--layer", scene.layer_view.layer);
        if (scene.layer_view.base_channel != 0) add("--base-channel", std::to_string(scene.layer_view.base_channel));
        if (scene.layer_view.channels != 3) add("--channels", std::to_string(scene.layer_view.channels));
        if (!scene.layer_view.normalize) words.emplace_back("--no-normalize");
        if (scene.layer_view.gain_db != 0.0) add("--gain-db", number(scene.layer_view.gain_db));
    }
    return words;
}

std::string images_command(const Scene& scene) {
    std::string line = "afstudio";
    for (const std::string& word : images_arguments(scene)) line += " " + quoted(word);
    return line;
}

}  // namespace afs
