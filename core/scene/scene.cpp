#include "core/scene/scene.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace afs {

Matrix3 picture_matrix(const Transform& t, int side_px) {
    const auto rounded = [&](double fraction) {
        return t.round_to_pixel && side_px > 0 ? std::nearbyint(fraction * side_px) / side_px : fraction;
    };
    if (t.matrix) {
        Matrix3 free = *t.matrix;
        free[2] = rounded(free[2]);
        free[5] = rounded(free[5]);
        return free;
    }
    const double x = rounded(t.translate_x), y = rounded(t.translate_y);
    // Whole quarter turns are exact: an angle in degrees is reduced before it becomes radians.
    const double turns = std::remainder(t.rotate_deg, 360.0);
    double c = std::cos(turns * std::numbers::pi / 180.0), s = std::sin(turns * std::numbers::pi / 180.0);
    if (std::remainder(turns, 90.0) == 0.0) {
        c = std::nearbyint(c);
        s = std::nearbyint(s);
    }
    const Matrix3 translate_rotate = {c, s, x, -s, c, y, 0, 0, 1};
    const Matrix3 shear_scale = {t.scale, t.shear * t.scale, 0, 0, t.scale, 0, 0, 0, 1};
    return multiply(translate_rotate, shear_scale);
}

NetworkTransform network_transform(const Transform& transform, int side_px) {
    const auto inverted = inverse(picture_matrix(transform, side_px));
    if (!inverted) return {kIdentity3, true};
    return {*inverted, false};
}

bool shows_layer(const Scene& scene) {
    if (scene.canvas == CanvasMode::spectrum && scene.spectrum.shown == SpectrumShown::waterfall) return false;
    return scene.canvas != CanvasMode::picture && scene.canvas != CanvasMode::sheet && !scene.layer_view.layer.empty();
}

std::vector<FilterChange> filter_changes(const Scene& scene) {
    std::vector<FilterChange> changes;
    for (const FilterOverride& f : scene.filters)
        if (f.enabled) changes.push_back({f.layer, f.side, f.cutoff, f.half_width, f.taps});
    return changes;
}

const FilterOverride* find_filter(const Scene& scene, const std::string& layer, FilterSide side) {
    for (const FilterOverride& f : scene.filters)
        if (f.layer == layer && f.side == side) return &f;
    return nullptr;
}

void reset_filter(Scene& scene, const std::string& layer, FilterSide side) {
    std::erase_if(scene.filters, [&](const FilterOverride& f) { return f.layer == layer && f.side == side; });
}

void set_filter(Scene& scene, const FilterChange& change) {
    int id = 0;
    for (FilterOverride& f : scene.filters) {
        id = std::max(id, f.id);
        if (f.layer != change.layer || f.side != change.side) continue;
        f = {f.id, f.layer, f.side, change.cutoff, change.half_width, change.taps, true};
        return;
    }
    scene.filters.push_back({id + 1, change.layer, change.side, change.cutoff, change.half_width, change.taps, true});
}

Transform equivariance_movement(const Scene& scene) {
    const EquivarianceView& view = scene.equivariance;
    switch (view.operation) {
        case EquivarianceOperation::follow: return scene.transform;
        case EquivarianceOperation::translation_int:
            return {.translate_x = view.translate_x, .translate_y = view.translate_y, .round_to_pixel = true};
        case EquivarianceOperation::translation_frac:
            return {.translate_x = view.translate_x, .translate_y = view.translate_y};
        case EquivarianceOperation::rotation: return {.rotate_deg = view.rotate_deg};
    }
    return {};
}

Scene strip_step(const Scene& scene, int step) {
    constexpr int kEveryLayer = 64;  // networks have fewer; those that there are not are ignored
    const EquivarianceView& view = scene.equivariance;
    Scene one = scene;
    one.canvas = CanvasMode::picture;
    StyleMix towards{.id = 0, .seed = view.strip_seed, .layers = {}};
    for (int layer = 0; layer < kEveryLayer; ++layer) towards.layers.push_back(layer);
    towards.weight = view.strip_reach * step / std::max(view.strip_steps - 1, 1);
    one.mix.push_back(std::move(towards));
    return one;
}

Scene sheet_cell(const Scene& scene, int cell) {
    Scene one = scene;
    one.canvas = CanvasMode::picture;
    one.latent.source = LatentSeeds{{{scene.sheet.first_seed + static_cast<std::uint32_t>(cell), 1.0}}};
    return one;
}

Scene thumbnail_scene(const Scene& scene, std::uint32_t seed) {
    Scene one;
    one.model = scene.model;
    one.model.sha256.clear();  // becomes known while a model opens; the picture stays the same
    one.latent.source = LatentSeeds{{{seed, 1.0}}};
    one.latent.class_index = scene.latent.class_index;
    one.latent.class_weights = scene.latent.class_weights;
    one.truncation = scene.truncation;
    return one;
}

std::vector<SeedWeight> plane_seeds(const LatentPlane& plane) {
    const double x0 = std::floor(plane.x), y0 = std::floor(plane.y);
    const double fx = plane.x - x0, fy = plane.y - y0;
    std::vector<SeedWeight> seeds;
    for (int j = 0; j < 2; ++j)
        for (int i = 0; i < 2; ++i) {
            const double weight = (i ? fx : 1.0 - fx) * (j ? fy : 1.0 - fy);
            if (weight == 0.0) continue;
            // Reduced in floating point first: a far walk must not overflow an integer.
            const double seed = std::fmod(x0 + i + 100.0 * (y0 + j), 4294967296.0);
            seeds.push_back({static_cast<std::uint32_t>(static_cast<std::int64_t>(seed)), weight});
        }
    return seeds;
}

}  // namespace afs
