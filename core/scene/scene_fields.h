// Every field of a scene once: its key in session files, and the values that it may have. Private to the room: reading
// and writing walk the same list, so neither can forget what the other knows. The structured bindings stop compiling
// when a struct gets a field that its list lacks.
//
// An archive has: object(key, struct), list(key, vector of structs, most), number, integer, one_of, flag, text, choice,
// optional_integer, integers, matrix, floats; for timelines also field_value.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>

#include "core/scene/equivariance_names.h"
#include "core/scene/scene.h"
#include "core/scene/timeline.h"

namespace afs::scene_fields {

struct Range {
    double low, high;
};
struct Whole {
    std::int64_t low, high;
};

inline constexpr Range kPlane{-1e15, 1e15};  // beyond it seeds are no longer told apart
inline constexpr Range kAnyShare{-1e6, 1e6}, kAngle{-1e9, 1e9}, kElement{-1e9, 1e9};
inline constexpr Range kGainDb{-400, 400};  // beyond it nothing is left of a float32
inline constexpr Range kBeta{0, 100}, kRangeDb{1, 400};
inline constexpr Range kFrequency{1e-6, 1e6};
inline constexpr Whole kTaps{1, kMostFilterTaps};
inline constexpr Range kShare{0, 1}, kFlickerHz{0.1, 8};
inline constexpr Whole kSeed{0, 0xffffffffll}, kCopies{0, 1000}, kClass{0, 1'000'000}, kChannel{0, 1 << 20};
inline constexpr Whole kFrame{-(1ll << 53), 1ll << 53}, kId{0, std::numeric_limits<std::int32_t>::max()};
inline constexpr Range kTime{0, Timeline::kLongestS}, kDuration{1e-3, Timeline::kLongestS};
inline constexpr Whole kFps{1, 1'000'000};
inline constexpr std::size_t kMostTracks = 1000, kMostKeys = 1'000'000;
inline constexpr std::size_t kMostSeeds = 10'000, kMostMixes = 1000, kMostLayers = 1000, kMostText = 8192;
inline constexpr std::int64_t kLargestWidth = 1 << 20;

template <class E> using Choice = SceneName<E>;
inline constexpr std::array<Choice<SceneNoise>, 3> kNoiseModes = {
    {{SceneNoise::constant, "constant"}, {SceneNoise::random, "random"}, {SceneNoise::none, "none"}}};
inline constexpr std::array<Choice<CanvasMode>, 5> kCanvasModes = {{{CanvasMode::picture, "picture"},
                                                                    {CanvasMode::layer, "layer"},
                                                                    {CanvasMode::sheet, "sheet"},
                                                                    {CanvasMode::spectrum, "spectrum"},
                                                                    {CanvasMode::equivariance, "equivariance"}}};
inline constexpr std::array<Choice<SpectrumColours>, 3> kSpectrumColours = {
    {{SpectrumColours::viridis, "viridis"}, {SpectrumColours::magma, "magma"}, {SpectrumColours::gray, "gray"}}};
inline constexpr std::array<Choice<SpectrumShown>, 2> kSpectrumShown = {
    {{SpectrumShown::map, "map"}, {SpectrumShown::waterfall, "waterfall"}}};
inline constexpr std::array<Choice<SpectrumCompare>, 3> kSpectrumCompare = {
    {{SpectrumCompare::nothing, "nothing"}, {SpectrumCompare::layer, "layer"}, {SpectrumCompare::unmoved, "unmoved"}}};
inline constexpr std::array<Choice<FilterSide>, 2> kFilterSides = {
    {{FilterSide::up, "up"}, {FilterSide::down, "down"}}};
inline constexpr std::array<Choice<Interpolation>, 2> kInterpolations = {
    {{Interpolation::linear, "linear"}, {Interpolation::slerp, "slerp"}}};
inline constexpr std::array<Choice<Easing>, 5> kEasings = {{{Easing::hold, "hold"},
                                                            {Easing::linear, "linear"},
                                                            {Easing::smooth, "smooth"},
                                                            {Easing::cubic, "cubic"},
                                                            {Easing::circular, "circular"}}};
// In the order of Latent::source's alternatives.
inline constexpr std::array<Choice<std::size_t>, 4> kSources = {{{0, "plane"}, {1, "seeds"}, {2, "w"}, {3, "z"}}};

template <class A> void walk(A& a, ModelRef& model) {
    auto& [path, which, sha256] = model;
    a.text("path", path);
    a.text("which", which);
    a.text("sha256", sha256);
}

template <class A> void walk(A& a, SeedWeight& s) {
    auto& [seed, weight] = s;
    a.integer("seed", seed, kSeed);
    a.number("weight", weight, kAnyShare);
}

template <class A> void walk(A& a, ClassWeight& c) {
    auto& [index, weight] = c;
    a.integer("class", index, kClass);
    a.number("weight", weight, kAnyShare);
}

// The alternatives of a latent's source write beside its other keys: timelines say `latent.x`.
template <class A> void walk(A& a, LatentPlane& plane) {
    auto& [x, y] = plane;
    a.number("x", x, kPlane);
    a.number("y", y, kPlane);
}

template <class A> void walk(A& a, LatentSeeds& list) {
    auto& [seeds] = list;
    a.list("seeds", seeds, kMostSeeds);
}

template <class A> void walk(A& a, LatentW& w) {
    auto& [num_ws, w_dim, values] = w;
    a.integer("num_ws", num_ws, Whole{1, kCopies.high});
    a.integer("w_dim", w_dim, Whole{1, kLargestWidth});
    a.floats("values", values, static_cast<std::int64_t>(num_ws) * w_dim);
}

template <class A> void walk(A& a, LatentZ& z) {
    auto& [values] = z;
    auto z_dim = static_cast<std::int64_t>(values.size());
    a.integer("z_dim", z_dim, Whole{1, kLargestWidth});
    a.floats("values", values, z_dim);
}

template <class A> void walk(A& a, Latent& latent) {
    auto& [source, class_index, class_weights, interpolation] = latent;
    std::size_t kind = source.index();
    a.choice("source", kind, kSources);
    if (kind != source.index()) {
        if (kind == 0) source = LatentPlane{};
        if (kind == 1) source = LatentSeeds{};
        if (kind == 2) source = LatentW{};
        if (kind == 3) source = LatentZ{};
    }
    std::visit([&](auto& alternative) { walk(a, alternative); }, source);
    a.choice("interpolation", interpolation, kInterpolations);
    a.optional_integer("class", class_index, kClass);
    a.list("class_weights", class_weights, kMostSeeds);
}

template <class A> void walk(A& a, StyleMix& mix) {
    auto& [id, seed, layers, weight, enabled] = mix;
    a.integer("id", id, kId);
    a.integer("seed", seed, kSeed);
    a.integers("layers", layers, kCopies, kMostLayers);
    a.number("weight", weight, kAnyShare);
    a.flag("enabled", enabled);
}

template <class A> void walk(A& a, Truncation& truncation) {
    auto& [psi, cutoff] = truncation;
    a.number("psi", psi, kAnyShare);
    a.optional_integer("cutoff", cutoff, kCopies);
}

template <class A> void walk(A& a, NoiseSettings& noise) {
    auto& [mode, seed, frame] = noise;
    a.choice("mode", mode, kNoiseModes);
    a.integer("seed", seed, kSeed);
    a.integer("frame", frame, kFrame);
}

template <class A> void walk(A& a, Transform& transform) {
    auto& [translate_x, translate_y, rotate_deg, scale, shear, round_to_pixel, matrix] = transform;
    a.number("translate_x", translate_x, kAnyShare);
    a.number("translate_y", translate_y, kAnyShare);
    a.number("rotate_deg", rotate_deg, kAngle);
    a.number("scale", scale, kAnyShare);
    a.number("shear", shear, kAnyShare);
    a.flag("round_to_pixel", round_to_pixel);
    a.matrix("matrix", matrix, kElement);
}

template <class A> void walk(A& a, LayerView& view) {
    auto& [layer, base_channel, channels, normalize, gain_db, mosaic] = view;
    a.text("layer", layer);
    a.integer("base_channel", base_channel, kChannel);
    a.one_of("channels", channels, {1, 3});
    a.flag("normalize", normalize);
    a.number("gain_db", gain_db, kGainDb);
    a.flag("mosaic", mosaic);
}

template <class A> void walk(A& a, SheetView& sheet) {
    auto& [first_seed, columns, rows] = sheet;
    a.integer("first_seed", first_seed, kSeed);
    a.integer("columns", columns, Whole{1, SheetView::kMostColumns});
    a.integer("rows", rows, Whole{1, SheetView::kMostRows});
}

template <class A> void walk(A& a, SpectrumView& spectrum) {
    auto& [colours, beta, range_db, all_channels, shown, compare, compare_layer] = spectrum;
    a.choice("colours", colours, kSpectrumColours);
    a.number("beta", beta, kBeta);
    a.number("range_db", range_db, kRangeDb);
    a.flag("all_channels", all_channels);
    a.choice("shown", shown, kSpectrumShown);
    a.choice("compare", compare, kSpectrumCompare);
    a.text("compare_layer", compare_layer);
}

template <class A> void walk(A& a, EquivarianceView& view) {
    auto& [operation, translate_x, translate_y, rotate_deg, shown, gain_db, blend, wipe, flicker_hz, mask, strip_column,
           strip_steps, strip_seed, strip_reach] = view;
    a.choice("operation", operation, kEquivarianceOperations);
    a.number("translate_x", translate_x, kAnyShare);
    a.number("translate_y", translate_y, kAnyShare);
    a.number("rotate_deg", rotate_deg, kAngle);
    a.choice("shown", shown, kEquivarianceShown);
    a.number("gain_db", gain_db, kGainDb);
    a.number("blend", blend, kShare);
    a.number("wipe", wipe, kShare);
    a.number("flicker_hz", flicker_hz, kFlickerHz);
    a.flag("mask", mask);
    a.number("strip_column", strip_column, kShare);
    a.integer("strip_steps", strip_steps, Whole{2, EquivarianceView::kMostSteps});
    a.integer("strip_seed", strip_seed, kSeed);
    a.number("strip_reach", strip_reach, kAnyShare);
}

template <class A> void walk(A& a, FilterOverride& filter) {
    auto& [id, layer, side, cutoff, half_width, taps, enabled] = filter;
    a.integer("id", id, kId);
    a.text("layer", layer);
    a.choice("side", side, kFilterSides);
    a.number("cutoff", cutoff, kFrequency);
    a.number("half_width", half_width, kFrequency);
    a.integer("taps", taps, kTaps);
    a.flag("enabled", enabled);
}

template <class A> void walk(A& a, Scene& scene) {
    auto& [model, latent, mix, truncation, noise, transform, untransform, canvas, layer_view, sheet, spectrum,
           equivariance, filters] = scene;
    a.object("model", model);
    a.object("latent", latent);
    a.list("mix", mix, kMostMixes);
    a.object("truncation", truncation);
    a.object("noise", noise);
    a.object("transform", transform);
    a.flag("untransform", untransform);
    a.choice("canvas", canvas, kCanvasModes);
    a.object("layer_view", layer_view);
    a.object("sheet", sheet);
    a.object("spectrum", spectrum);
    a.object("equivariance", equivariance);
    a.list("filters", filters, kMostMixes);
}

template <class A> void walk(A& a, TimelineKey& key) {
    auto& [time_s, value, easing] = key;
    a.number("time", time_s, kTime);
    a.field_value("value", value);
    a.choice("easing", easing, kEasings);
}

template <class A> void walk(A& a, Track& track) {
    auto& [id, path, enabled, keys] = track;
    a.integer("id", id, kId);
    a.text("path", path);
    a.flag("enabled", enabled);
    a.list("keys", keys, kMostKeys);
}

template <class A> void walk(A& a, Timeline& timeline) {
    auto& [duration_s, fps, fps_divisor, loop, tracks] = timeline;
    a.number("duration", duration_s, kDuration);
    a.integer("fps", fps, kFps);
    a.integer("fps_divisor", fps_divisor, kFps);
    a.flag("loop", loop);
    a.list("tracks", tracks, kMostTracks);
}

}  // namespace afs::scene_fields
