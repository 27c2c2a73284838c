#include "core/scene/command_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "core/scene/equivariance_names.h"
#include "core/scene/spherical.h"

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

class Words {
  public:
    explicit Words(std::vector<std::string> words) : words_(std::move(words)) {}
    void add(const char* option) { words_.emplace_back(option); }
    void add(const char* option, std::string value) { words_.insert(words_.end(), {option, std::move(value)}); }
    [[nodiscard]] std::vector<std::string> take() { return std::move(words_); }

  private:
    std::vector<std::string> words_;
};

void say_source(const Latent& latent, Words& words) {
    const auto* plane = std::get_if<LatentPlane>(&latent.source);
    const auto seeds = latent_seeds(latent);
    if (seeds.size() == 1 && seeds[0].weight == 1.0) {
        words.add("--seeds", std::to_string(seeds[0].seed));
        return;
    }
    if (plane) {
        words.add("--latent-plane", number(plane->x) + "," + number(plane->y));
    } else {
        std::string blend;
        for (const SeedWeight& s : seeds) blend += fmt::format("{}{}:{}", blend.empty() ? "" : ",", s.seed, s.weight);
        words.add("--blend", blend);
    }
    if (latent.interpolation == Interpolation::slerp) words.add("--interpolation", "slerp");
}

void say_label(const Latent& latent, Words& words) {
    if (!latent.class_weights.empty()) {
        std::string label;
        for (const ClassWeight& c : latent.class_weights)
            label += fmt::format("{}{}:{}", label.empty() ? "" : ",", c.index, c.weight);
        words.add("--class-weights", label);
    } else if (latent.class_index) {
        words.add("--class", std::to_string(*latent.class_index));
    }
}

void say_noise(const NoiseSettings& noise, Words& words) {
    if (noise.mode == SceneNoise::none) words.add("--noise-mode", "none");
    if (noise.mode != SceneNoise::random) return;
    words.add("--noise-mode", "random");
    words.add("--noise-seed", std::to_string(noise.seed));
    if (noise.frame != 0) words.add("--noise-frame", std::to_string(noise.frame));
}

void say_transform(const Transform& t, Words& words) {
    if (t.matrix) {
        words.add("--matrix", fmt::format("{}", fmt::join(*t.matrix, ",")));
    } else {
        if (t.translate_x != 0.0 || t.translate_y != 0.0)
            words.add("--translate", number(t.translate_x) + "," + number(t.translate_y));
        if (t.rotate_deg != 0.0) words.add("--rotate", number(t.rotate_deg));
        if (t.scale != 1.0) words.add("--scale", number(t.scale));
        if (t.shear != 0.0) words.add("--shear", number(t.shear));
    }
    if (t.round_to_pixel) words.add("--round-to-pixel");
}

void say_spectrum(const SpectrumView& view, Words& words) {
    words.add("--canvas", "spectrum");
    if (view.colours != SpectrumColours::viridis)
        words.add("--spectrum-colours", view.colours == SpectrumColours::magma ? "magma" : "gray");
    if (view.beta != SpectrumView{}.beta) words.add("--spectrum-beta", number(view.beta));
    if (view.range_db != SpectrumView{}.range_db) words.add("--spectrum-range-db", number(view.range_db));
    if (!view.all_channels) words.add("--no-spectrum-all");
    if (view.shown == SpectrumShown::waterfall) words.add("--spectrum-show", "waterfall");
    if (view.compare == SpectrumCompare::unmoved) words.add("--spectrum-compare", "unmoved");
    if (view.compare == SpectrumCompare::layer) words.add("--spectrum-compare", view.compare_layer);
}

template <class E, std::size_t N> std::string name_of(E value, const std::array<SceneName<E>, N>& names) {
    for (const auto& known : names)
        if (known.value == value) return std::string(known.name);
    return {};
}

void say_equivariance(const EquivarianceView& view, Words& words) {
    const EquivarianceView fresh;
    const auto say_number = [&](const char* option, double value, double usual) {
        if (value != usual) words.add(option, number(value));
    };
    words.add("--canvas", "equivariance");
    if (view.operation != fresh.operation)
        words.add("--equivariance-of", name_of(view.operation, kEquivarianceOperations));
    if (view.translate_x != fresh.translate_x || view.translate_y != fresh.translate_y)
        words.add("--equivariance-translate", number(view.translate_x) + "," + number(view.translate_y));
    say_number("--equivariance-rotate", view.rotate_deg, fresh.rotate_deg);
    if (view.shown != fresh.shown) words.add("--equivariance-show", name_of(view.shown, kEquivarianceShown));
    say_number("--equivariance-gain-db", view.gain_db, fresh.gain_db);
    say_number("--equivariance-blend", view.blend, fresh.blend);
    say_number("--equivariance-wipe", view.wipe, fresh.wipe);
    say_number("--equivariance-flicker-hz", view.flicker_hz, fresh.flicker_hz);
    if (!view.mask) words.add("--no-equivariance-mask");
    say_number("--strip-column", view.strip_column, fresh.strip_column);
    if (view.strip_steps != fresh.strip_steps) words.add("--strip-steps", std::to_string(view.strip_steps));
    if (view.strip_seed != fresh.strip_seed) words.add("--strip-seed", std::to_string(view.strip_seed));
    say_number("--strip-reach", view.strip_reach, fresh.strip_reach);
}

void say_canvas(const Scene& scene, Words& words) {
    if (scene.canvas == CanvasMode::sheet) {
        words.add("--sheet", fmt::format("{}x{}", scene.sheet.columns, scene.sheet.rows));
        if (scene.sheet.first_seed != 0) words.add("--sheet-seed", std::to_string(scene.sheet.first_seed));
    }
    const LayerView& view = scene.layer_view;
    if (scene.canvas == CanvasMode::spectrum) say_spectrum(scene.spectrum, words);
    if (scene.canvas == CanvasMode::equivariance) say_equivariance(scene.equivariance, words);
    if (!shows_layer(scene)) return;
    words.add("--layer", view.layer);
    if (view.mosaic) {
        words.add("--mosaic");
    } else {
        if (view.base_channel != 0) words.add("--base-channel", std::to_string(view.base_channel));
        if (view.channels != 3) words.add("--channels", std::to_string(view.channels));
    }
    if (!view.normalize) words.add("--no-normalize");
    if (view.gain_db != 0.0) words.add("--gain-db", number(view.gain_db));
}

// A name that looks like an option is no name to a command line.
std::string file_argument(const std::string& path) { return path.starts_with("-") ? "./" + path : path; }

}  // namespace

bool flags_can_say(const Scene& scene) {
    return scene.canvas == CanvasMode::sheet || !latent_seeds(scene.latent).empty();
}

std::vector<std::string> images_arguments(const Scene& scene, const std::filesystem::path& session_file) {
    if (!flags_can_say(scene) && !session_file.empty())
        return {"images", "--session", file_argument(session_file.string())};
    Words words({"images", "--network", file_argument(scene.model.path)});
    if (scene.model.which != ModelRef{}.which) words.add("--what", scene.model.which);
    if (scene.canvas != CanvasMode::sheet && flags_can_say(scene)) say_source(scene.latent, words);
    say_label(scene.latent, words);
    if (scene.truncation.psi != 1.0) words.add("--trunc", number(scene.truncation.psi));
    if (scene.truncation.cutoff) words.add("--truncation-cutoff", std::to_string(*scene.truncation.cutoff));
    for (const StyleMix& mix : scene.mix)
        if (!mix.layers.empty() && mix.enabled)
            words.add("--mix", fmt::format("{}:{}{}", mix.seed, fmt::join(mix.layers, ","),
                                           mix.weight == 1.0 ? "" : ":" + number(mix.weight)));
    say_noise(scene.noise, words);
    say_transform(scene.transform, words);
    if (scene.untransform) words.add("--untransform");
    for (const FilterOverride& f : scene.filters)
        if (f.enabled)
            words.add("--filter-override",
                      fmt::format("{}:{}:{},{},{}", f.layer, f.side == FilterSide::up ? "up" : "down", number(f.cutoff),
                                  number(f.half_width), f.taps));
    say_canvas(scene, words);
    return words.take();
}

std::string images_command(const Scene& scene, const std::filesystem::path& session_file) {
    std::string line = "afstudio";
    for (const std::string& word : images_arguments(scene, session_file)) line += " " + quoted(word);
    return line;
}

std::string video_command(const std::filesystem::path& session_file, const std::string& output) {
    return "afstudio video --session " + quoted(session_file.string()) + " --output " +
           quoted(output.starts_with('-') ? "./" + output : output);
}

}  // namespace afs
