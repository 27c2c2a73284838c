// Scenes in which no field has its default. The structured bindings stop compiling when a struct gets a field, so that
// a new one cannot be left out of the tests that use them.
#pragma once

#include <gtest/gtest.h>

#include "core/scene/scene.h"

namespace afs::test {

enum class SourceKind { plane, seeds, w, z };

inline LatentW some_w() { return {2, 3, {0.1f, -2.5f, 1e-30f, 3.4e38f, -0.0f, 7.0f}}; }

inline Latent changed_latent(SourceKind kind) {
    Latent latent;
    auto& [source, class_index, class_weights, interpolation] = latent;
    switch (kind) {
        case SourceKind::plane: source = LatentPlane{10.25, -1.0 / 3.0}; break;
        case SourceKind::seeds: source = LatentSeeds{{{4294967295u, 0.1}, {7, -2.5}}}; break;
        case SourceKind::w: source = some_w(); break;
        case SourceKind::z: source = LatentZ{{0.25f, -1.5f, 1.0f / 3.0f}}; break;
    }
    class_index = 3;
    class_weights = {{2, 0.1}, {5, 0.7}};
    interpolation = Interpolation::slerp;
    return latent;
}

inline Scene changed_scene(SourceKind kind) {
    Scene scene;
    auto& [model, latent, mix, truncation, noise, transform, untransform, canvas, layer_view, sheet, spectrum,
           equivariance, filters] = scene;
    {
        auto& [path, which, sha256] = model;
        path = "/models/ff \u00e9 \"q\".pkl";
        which = "G";
        sha256 = "0123abcd";
    }
    latent = changed_latent(kind);
    {
        auto& [id, seed, layers, weight, enabled] = mix.emplace_back();
        id = 7;
        seed = 42;
        layers = {0, 3, 2};
        weight = 0.3;
        enabled = false;
    }
    mix.push_back({3, 43, {1}, 0.9, false});
    {
        auto& [psi, cutoff] = truncation;
        psi = 0.7;
        cutoff = 0;
    }
    {
        auto& [mode, seed, frame] = noise;
        mode = SceneNoise::random;
        seed = 4000000000u;
        frame = -12;
    }
    {
        auto& [translate_x, translate_y, rotate_deg, scale, shear, round_to_pixel, matrix] = transform;
        translate_x = 0.1;
        translate_y = -0.2;
        rotate_deg = 725.0 / 7.0;
        scale = 1.5;
        shear = 0.25;
        round_to_pixel = true;
        matrix = Matrix3{1.1, 0.2, 0.3, -0.4, 1.5, 0.6, 0.01, 0.02, 1.03};
    }
    canvas = CanvasMode::layer;
    {
        auto& [layer, base_channel, channels, normalize, gain_db, mosaic] = layer_view;
        layer = "L3_52_13";
        base_channel = 4;
        channels = 1;
        normalize = false;
        gain_db = -6.5;
        mosaic = true;
    }
    {
        auto& [first_seed, columns, rows] = sheet;
        first_seed = 77;
        columns = 5;
        rows = 2;
    }
    {
        auto& [colours, beta, range_db, all_channels, shown, compare, compare_layer] = spectrum;
        colours = SpectrumColours::magma;
        beta = 3.5;
        range_db = 80;
        all_channels = false;
        shown = SpectrumShown::waterfall;
        compare = SpectrumCompare::layer;
        compare_layer = "L1_36_13";
    }
    untransform = true;
    {
        auto& [operation, translate_x, translate_y, rotate_deg, shown, gain_db, blend, wipe, flicker_hz, mask,
               strip_column, strip_steps, strip_seed, strip_reach] = equivariance;
        operation = EquivarianceOperation::rotation;
        translate_x = 0.11;
        translate_y = -0.07;
        rotate_deg = 17.25;
        shown = EquivarianceShown::wipe;
        gain_db = 41.5;
        blend = 0.3;
        wipe = 0.7;
        flicker_hz = 3.5;
        mask = false;
        strip_column = 0.25;
        strip_steps = 77;
        strip_seed = 5;
        strip_reach = 0.4;
    }
    {
        auto& [id, layer, side, cutoff, half_width, taps, enabled] = filters.emplace_back();
        id = 4;
        layer = "L5_52_13";
        side = FilterSide::up;
        cutoff = 10.0 / 3.0;
        half_width = 2.25;
        taps = 25;
        enabled = false;
    }
    filters.push_back({9, "L7_84_10", FilterSide::up, 7.5, 1.5, 1, false});
    return scene;
}

// Fails where changed_scene left a field as it was: then it would prove nothing.
inline void expect_no_default(const Scene& changed) {
    const Scene fresh;
    const auto& [model, latent, mix, truncation, noise, transform, untransform, canvas, layer_view, sheet, spectrum,
                 equivariance, filters] = changed;
    EXPECT_NE(model.path, fresh.model.path);
    EXPECT_NE(model.which, fresh.model.which);
    EXPECT_NE(model.sha256, fresh.model.sha256);
    EXPECT_NE(latent.source, fresh.latent.source);
    EXPECT_NE(latent.class_index, fresh.latent.class_index);
    EXPECT_NE(latent.class_weights, fresh.latent.class_weights);
    EXPECT_NE(latent.interpolation, fresh.latent.interpolation);
    const StyleMix plain;
    EXPECT_NE(mix.at(0).id, plain.id);
    EXPECT_NE(mix.at(0).seed, plain.seed);
    EXPECT_NE(mix.at(0).layers, plain.layers);
    EXPECT_NE(mix.at(0).weight, plain.weight);
    EXPECT_NE(mix.at(0).enabled, plain.enabled);
    EXPECT_NE(truncation.psi, fresh.truncation.psi);
    EXPECT_NE(truncation.cutoff, fresh.truncation.cutoff);
    EXPECT_NE(noise.mode, fresh.noise.mode);
    EXPECT_NE(noise.seed, fresh.noise.seed);
    EXPECT_NE(noise.frame, fresh.noise.frame);
    EXPECT_NE(transform.translate_x, fresh.transform.translate_x);
    EXPECT_NE(transform.translate_y, fresh.transform.translate_y);
    EXPECT_NE(transform.rotate_deg, fresh.transform.rotate_deg);
    EXPECT_NE(transform.scale, fresh.transform.scale);
    EXPECT_NE(transform.shear, fresh.transform.shear);
    EXPECT_NE(transform.round_to_pixel, fresh.transform.round_to_pixel);
    EXPECT_NE(transform.matrix, fresh.transform.matrix);
    EXPECT_NE(untransform, fresh.untransform);
    EXPECT_NE(canvas, fresh.canvas);
    EXPECT_NE(layer_view.layer, fresh.layer_view.layer);
    EXPECT_NE(layer_view.base_channel, fresh.layer_view.base_channel);
    EXPECT_NE(layer_view.channels, fresh.layer_view.channels);
    EXPECT_NE(layer_view.normalize, fresh.layer_view.normalize);
    EXPECT_NE(layer_view.gain_db, fresh.layer_view.gain_db);
    EXPECT_NE(layer_view.mosaic, fresh.layer_view.mosaic);
    EXPECT_NE(sheet.first_seed, fresh.sheet.first_seed);
    EXPECT_NE(sheet.columns, fresh.sheet.columns);
    EXPECT_NE(sheet.rows, fresh.sheet.rows);
    EXPECT_NE(equivariance.operation, fresh.equivariance.operation);
    EXPECT_NE(equivariance.translate_x, fresh.equivariance.translate_x);
    EXPECT_NE(equivariance.translate_y, fresh.equivariance.translate_y);
    EXPECT_NE(equivariance.rotate_deg, fresh.equivariance.rotate_deg);
    EXPECT_NE(equivariance.shown, fresh.equivariance.shown);
    EXPECT_NE(equivariance.gain_db, fresh.equivariance.gain_db);
    EXPECT_NE(equivariance.blend, fresh.equivariance.blend);
    EXPECT_NE(equivariance.wipe, fresh.equivariance.wipe);
    EXPECT_NE(equivariance.flicker_hz, fresh.equivariance.flicker_hz);
    EXPECT_NE(equivariance.mask, fresh.equivariance.mask);
    EXPECT_NE(equivariance.strip_column, fresh.equivariance.strip_column);
    EXPECT_NE(equivariance.strip_steps, fresh.equivariance.strip_steps);
    EXPECT_NE(equivariance.strip_seed, fresh.equivariance.strip_seed);
    EXPECT_NE(equivariance.strip_reach, fresh.equivariance.strip_reach);
    EXPECT_NE(spectrum.colours, fresh.spectrum.colours);
    EXPECT_NE(spectrum.beta, fresh.spectrum.beta);
    EXPECT_NE(spectrum.range_db, fresh.spectrum.range_db);
    EXPECT_NE(spectrum.all_channels, fresh.spectrum.all_channels);
    EXPECT_NE(spectrum.shown, fresh.spectrum.shown);
    EXPECT_NE(spectrum.compare, fresh.spectrum.compare);
    EXPECT_NE(spectrum.compare_layer, fresh.spectrum.compare_layer);
    const FilterOverride own;
    EXPECT_NE(filters.at(0).id, own.id);
    EXPECT_NE(filters.at(0).layer, own.layer);
    EXPECT_NE(filters.at(0).side, own.side);
    EXPECT_NE(filters.at(0).cutoff, own.cutoff);
    EXPECT_NE(filters.at(0).half_width, own.half_width);
    EXPECT_NE(filters.at(0).taps, own.taps);
    EXPECT_NE(filters.at(0).enabled, own.enabled);
}

}  // namespace afs::test
