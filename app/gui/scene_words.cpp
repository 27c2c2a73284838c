#include "app/gui/scene_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <vector>

#include "app/gui/widgets/number_text.h"

namespace afs::gui {
namespace {

void transform_words(const Transform& before, const Transform& after, std::vector<std::string>& words) {
    if (before == after) return;
    Transform reset;
    reset.round_to_pixel = after.round_to_pixel;
    if (after == reset && before.round_to_pixel == after.round_to_pixel) {
        words.push_back("Reset transform");
        return;
    }
    if (before.translate_x != after.translate_x || before.translate_y != after.translate_y)
        words.push_back(
            fmt::format("Move to {}, {}", number_text(after.translate_x, 3), number_text(after.translate_y, 3)));
    if (before.rotate_deg != after.rotate_deg)
        words.push_back(fmt::format("Rotate to {}\u00b0", number_text(after.rotate_deg, 1)));
    if (before.scale != after.scale) words.push_back(fmt::format("Scale to {}", number_text(after.scale, 3)));
    if (before.shear != after.shear) words.push_back(fmt::format("Shear to {}", number_text(after.shear, 3)));
    if (before.matrix != after.matrix)
        words.push_back(!after.matrix ? "Transform by its parts" : before.matrix ? "Edit the matrix" : "Free matrix");
    if (before.round_to_pixel != after.round_to_pixel)
        words.push_back(after.round_to_pixel ? "Round to whole pixels" : "Move by fractions of a pixel");
}

std::string blend_words(const std::vector<SeedWeight>& before, const std::vector<SeedWeight>& after) {
    if (after.size() > before.size()) return fmt::format("Blend in seed {}", after.back().seed);
    if (after.size() < before.size()) return "Take a seed out of the blend";
    const auto same_but = [&](auto field) {
        std::size_t changed = 0, at = 0;
        for (std::size_t i = 0; i < after.size(); ++i)
            if (before[i].*field != after[i].*field) {
                ++changed;
                at = i;
            }
        return std::pair(changed, at);
    };
    const auto [seeds, seed_at] = same_but(&SeedWeight::seed);
    const auto [weights, weight_at] = same_but(&SeedWeight::weight);
    if (seeds == 0 && weights == 1)
        return fmt::format("Weight {} of seed {}", number_text(after[weight_at].weight, 2), after[weight_at].seed);
    if (seeds == 0) return "Weights of the blend";
    if (seeds == 1 && weights == 0) return fmt::format("Seed {} in the blend", after[seed_at].seed);
    return "Order of the blend";
}

std::string source_words(const Latent& before, const Latent& after) {
    const std::string where = describe_latent(after);
    if (std::holds_alternative<LatentPlane>(after.source))
        return (where.starts_with("seed") ? "Go to " : "Walk to ") + where;
    const auto* list = std::get_if<LatentSeeds>(&after.source);
    if (!list) return "Use " + where;
    if (const auto* old = std::get_if<LatentSeeds>(&before.source)) return blend_words(old->seeds, list->seeds);
    return list->seeds.size() == 1 ? "Go to " + where : "Blend " + where;
}

void latent_words(const Latent& before, const Latent& after, std::vector<std::string>& words) {
    if (before.source != after.source) words.push_back(source_words(before, after));
    if (before.class_index != after.class_index)
        words.push_back(after.class_index ? fmt::format("Class {}", *after.class_index) : "Class by seed");
    if (before.class_weights != after.class_weights)
        words.push_back(after.class_weights.empty() ? "One class" : "Class weights");
    if (before.interpolation != after.interpolation)
        words.push_back(after.interpolation == Interpolation::linear ? "Blend in W" : "Blend on the sphere of Z");
}

// One edit touches one source; whatever else is at least said.
void mix_words(const std::vector<StyleMix>& before, const std::vector<StyleMix>& after,
               std::vector<std::string>& words) {
    if (before == after) return;
    if (before.size() != after.size()) {
        words.push_back(after.empty()                  ? "Remove all mixing"
                        : after.size() < before.size() ? "Remove a mixing source"
                                                       : fmt::format("Mix in seed {}", after.back().seed));
        return;
    }
    const std::size_t count = words.size();
    for (std::size_t i = 0; i < after.size(); ++i) {
        const StyleMix &old = before[i], &now = after[i];
        if (old.id != now.id) break;
        if (old.seed != now.seed) words.push_back(fmt::format("Mixing seed {}", now.seed));
        if (old.layers != now.layers)
            words.push_back(fmt::format("Mix {} layers of seed {}", now.layers.size(), now.seed));
        if (old.weight != now.weight) words.push_back(fmt::format("Mixing weight {}", number_text(now.weight, 2)));
        if (old.enabled != now.enabled)
            words.push_back(fmt::format("{} seed {}", now.enabled ? "Mix in" : "Leave out", now.seed));
    }
    if (words.size() == count) words.emplace_back("Style mixing");
}

void noise_words(const NoiseSettings& before, const NoiseSettings& after, std::vector<std::string>& words) {
    if (before.mode != after.mode) {
        const char* mode = after.mode == SceneNoise::constant ? "constant"
                           : after.mode == SceneNoise::random ? "random"
                                                              : "off";
        words.push_back(fmt::format("Noise {}", mode));
    }
    if (before.seed != after.seed) words.push_back(fmt::format("Noise seed {}", after.seed));
    if (before.frame != after.frame) words.push_back(fmt::format("Noise frame {}", after.frame));
}

void layer_words(const LayerView& before, const LayerView& after, std::vector<std::string>& words) {
    if (before.layer != after.layer) {
        words.push_back("Show layer " + after.layer);
        return;  // the channel follows the layer
    }
    if (before.base_channel != after.base_channel) words.push_back(fmt::format("Channel {}", after.base_channel));
    if (before.mosaic != after.mosaic) words.push_back(after.mosaic ? "All channels" : "Chosen channels");
    if (before.channels != after.channels)
        words.push_back(after.channels == 1 ? "One channel" : "Three channels as RGB");
    if (before.normalize != after.normalize)
        words.push_back(after.normalize ? "Normalise channels" : "Channels as they are");
    if (before.gain_db != after.gain_db) words.push_back(fmt::format("Gain {} dB", number_text(after.gain_db, 1)));
}

void sheet_words(const SheetView& before, const SheetView& after, std::vector<std::string>& words) {
    if (before.first_seed != after.first_seed) words.push_back(fmt::format("Sheet from seed {}", after.first_seed));
    if (before.columns != after.columns || before.rows != after.rows)
        words.push_back(fmt::format("Sheet of {} \u00d7 {}", after.columns, after.rows));
}

void spectrum_words(const SpectrumView& before, const SpectrumView& after, std::vector<std::string>& words) {
    if (before.colours != after.colours)
        words.push_back(after.colours == SpectrumColours::viridis ? "Spectrum in viridis"
                        : after.colours == SpectrumColours::magma ? "Spectrum in magma"
                                                                  : "Spectrum in gray");
    if (before.beta != after.beta) words.push_back(fmt::format("Spectrum beta {}", number_text(after.beta, 1)));
    if (before.range_db != after.range_db)
        words.push_back(fmt::format("Spectrum range {} dB", number_text(after.range_db, 0)));
    if (before.all_channels != after.all_channels)
        words.push_back(after.all_channels ? "Spectrum of all channels" : "Spectrum of the shown channels");
    if (before.shown != after.shown)
        words.emplace_back(after.shown == SpectrumShown::waterfall ? "Spectra of all layers" : "Spectrum of one layer");
    if (before.compare != after.compare || before.compare_layer != after.compare_layer)
        words.push_back(after.compare == SpectrumCompare::nothing   ? "Spectrum alone"
                        : after.compare == SpectrumCompare::unmoved ? "Compare with the unmoved spectrum"
                                                                    : "Compare with " + after.compare_layer);
}

void filter_words(const std::vector<FilterOverride>& before, const std::vector<FilterOverride>& after,
                  std::vector<std::string>& words) {
    if (before == after) return;
    if (after.empty()) {
        words.emplace_back("The network's own filters");
        return;
    }
    if (after.size() < before.size()) {
        words.emplace_back("Reset a filter");
        return;
    }
    for (const FilterOverride& f : after) {
        const auto old = std::ranges::find_if(
            before, [&](const FilterOverride& b) { return b.layer == f.layer && b.side == f.side; });
        if (old != before.end() && *old == f) continue;
        const std::string name = fmt::format("{} filter of {}", f.side == FilterSide::up ? "Up" : "Down", f.layer);
        if (old == before.end())
            words.push_back("Replace the " + std::string(f.side == FilterSide::up ? "up" : "down") + " filter of " +
                            f.layer);
        else if (old->cutoff != f.cutoff)
            words.push_back(fmt::format("{}: cutoff {}", name, number_text(f.cutoff, 2)));
        else if (old->half_width != f.half_width)
            words.push_back(fmt::format("{}: half width {}", name, number_text(f.half_width, 2)));
        else if (old->taps != f.taps)
            words.push_back(fmt::format("{}: {} taps", name, f.taps));
        else
            words.push_back(name);
    }
}

void equivariance_words(const EquivarianceView& before, const EquivarianceView& after,
                        std::vector<std::string>& words) {
    if (before.operation != after.operation) {
        constexpr const char* kWords[] = {"Compare the transform", "Compare a shift by whole pixels", "Compare a shift",
                                          "Compare a turn"};
        words.emplace_back(kWords[static_cast<int>(after.operation)]);
    }
    if (before.translate_x != after.translate_x || before.translate_y != after.translate_y)
        words.push_back(
            fmt::format("Shift by {}, {}", number_text(after.translate_x, 3), number_text(after.translate_y, 3)));
    if (before.rotate_deg != after.rotate_deg)
        words.push_back(fmt::format("Turn by {}\u00b0", number_text(after.rotate_deg, 1)));
    if (before.shown != after.shown) {
        constexpr const char* kWords[] = {"Show the moved output", "Show the reference", "Show the difference",
                                          "Show the magnitude",    "Blend both",         "Wipe between both",
                                          "Flicker between both",  "Show all four",      "Show the pixel strip"};
        words.emplace_back(kWords[static_cast<int>(after.shown)]);
    }
    if (before.gain_db != after.gain_db)
        words.push_back(fmt::format("Difference gain {} dB", number_text(after.gain_db, 0)));
    if (before.blend != after.blend) words.push_back(fmt::format("Blend {}", number_text(after.blend, 2)));
    if (before.wipe != after.wipe) words.push_back(fmt::format("Divider at {}", number_text(after.wipe, 2)));
    if (before.flicker_hz != after.flicker_hz)
        words.push_back(fmt::format("Flicker at {} Hz", number_text(after.flicker_hz, 1)));
    if (before.mask != after.mask) words.emplace_back(after.mask ? "Dim what is not compared" : "Hide the mask");
    if (before.strip_column != after.strip_column)
        words.push_back(fmt::format("Strip of column {}", number_text(after.strip_column, 2)));
    if (before.strip_steps != after.strip_steps) words.push_back(fmt::format("Strip of {} steps", after.strip_steps));
    if (before.strip_seed != after.strip_seed) words.push_back(fmt::format("Strip towards seed {}", after.strip_seed));
    if (before.strip_reach != after.strip_reach)
        words.push_back(fmt::format("Strip reaches {}", number_text(after.strip_reach, 2)));
}

const char* canvas_words(CanvasMode mode) {
    switch (mode) {
        case CanvasMode::picture: return "Show the picture";
        case CanvasMode::layer: return "Show a layer";
        case CanvasMode::sheet: return "Show a contact sheet";
        case CanvasMode::spectrum: return "Show a spectrum";
        case CanvasMode::equivariance: return "Show equivariance";
    }
    return "";
}

}  // namespace

std::string describe_change(const Scene& before, const Scene& after) {
    std::vector<std::string> words;
    if (before.model.path != after.model.path || before.model.which != after.model.which)
        words.push_back("Open " + file_name(after.model.path));
    latent_words(before.latent, after.latent, words);
    mix_words(before.mix, after.mix, words);
    if (before.truncation.psi != after.truncation.psi)
        words.push_back(fmt::format("Truncation {}", number_text(after.truncation.psi, 2)));
    if (before.truncation.cutoff != after.truncation.cutoff)
        words.push_back(after.truncation.cutoff ? fmt::format("Truncate {} layers", *after.truncation.cutoff)
                                                : "Truncate all layers");
    noise_words(before.noise, after.noise, words);
    transform_words(before.transform, after.transform, words);
    if (before.untransform != after.untransform)
        words.emplace_back(after.untransform ? "Untransform the picture" : "Leave the picture moved");
    layer_words(before.layer_view, after.layer_view, words);
    sheet_words(before.sheet, after.sheet, words);
    spectrum_words(before.spectrum, after.spectrum, words);
    equivariance_words(before.equivariance, after.equivariance, words);
    filter_words(before.filters, after.filters, words);
    if (before.canvas != after.canvas && words.empty()) words.emplace_back(canvas_words(after.canvas));
    if (words.empty()) return before == after ? "" : "Edit";
    if (words.size() > 2) return fmt::format("{} and {} more", words.front(), words.size() - 1);
    return words.size() == 1 ? words.front() : words.front() + ", " + words.back();
}

std::string describe_latent(const Latent& latent) {
    if (const auto* plane = std::get_if<LatentPlane>(&latent.source)) {
        const auto seeds = plane_seeds(*plane);
        if (seeds.size() == 1) return fmt::format("seed {}", seeds.front().seed);
        return fmt::format("{}, {}", number_text(plane->x, 2), number_text(plane->y, 2));
    }
    if (const auto* list = std::get_if<LatentSeeds>(&latent.source)) {
        if (list->seeds.size() == 1) return fmt::format("seed {}", list->seeds.front().seed);
        return fmt::format("{} seeds", list->seeds.size());
    }
    return std::holds_alternative<LatentZ>(latent.source) ? "z from a file" : "w from a file";
}

const char* why_no_z(const Latent& latent) {
    if (std::holds_alternative<LatentZ>(latent.source)) return "";
    if (std::holds_alternative<LatentW>(latent.source)) return "A w has no z that is known.";
    const auto* plane = std::get_if<LatentPlane>(&latent.source);
    const std::size_t count = plane ? plane_seeds(*plane).size() : std::get<LatentSeeds>(latent.source).seeds.size();
    if (count == 1 || latent.interpolation == Interpolation::slerp) return "";
    return "Seeds blended in W have no common z: choose Slerp, or go to one seed.";
}

std::string file_name(const std::string& path) { return std::filesystem::path(path).filename().string(); }

}  // namespace afs::gui
