#include "core/scene/film_presets.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/base/error.h"
#include "core/base/random_state.h"
#include "core/scene/spherical.h"

namespace afs {
namespace {

// The track of a field, in the place of the one that it had; new ones get an id that no other has.
void put_track(Timeline& timeline, const std::string& path, std::vector<TimelineKey> keys) {
    std::erase_if(timeline.tracks, [&](const Track& track) { return track.path == path; });
    int id = 1;
    for (const Track& track : timeline.tracks) id = std::max(id, track.id + 1);
    timeline.tracks.push_back({id, path, true, std::move(keys)});
}

}  // namespace

Document walk_through_seeds(Document document, const std::vector<std::uint32_t>& seeds, double seconds_each,
                            SeedPath path) {
    AFS_CHECK(!seeds.empty() && seconds_each > 0);
    Timeline& timeline = document.timeline;
    std::erase_if(timeline.tracks,
                  [](const Track& track) { return track.path == "latent" || track.path.starts_with("latent."); });
    timeline.duration_s = seconds_each * static_cast<double>(seeds.size());
    timeline.loop = true;
    Latent& base = document.base.latent;
    base.source = LatentSeeds{{{seeds.front(), 1.0}}};
    base.interpolation = path == SeedPath::slerp ? Interpolation::slerp : Interpolation::linear;
    if (seeds.size() == 1) return document;
    std::vector<TimelineKey> keys;
    for (std::size_t i = 0; i < seeds.size(); ++i) {
        Latent latent = base;
        latent.source = LatentSeeds{{{seeds[i], 1.0}}};
        keys.push_back({seconds_each * static_cast<double>(i), std::move(latent),
                        path == SeedPath::cubic ? Easing::cubic : Easing::linear});
    }
    put_track(timeline, "latent", std::move(keys));
    return document;
}

// Half cosines between the extremes of a circle are the circle (Easing::circular).
Document circle(Document document, double radius) {
    const double d = document.timeline.duration_s;
    const Transform& base = document.base.transform;
    const auto key = [](double time_s, double value) { return TimelineKey{time_s, value, Easing::circular}; };
    put_track(document.timeline, "transform.translate_x",
              {key(0, base.translate_x + radius), key(d / 2, base.translate_x - radius)});
    put_track(document.timeline, "transform.translate_y",
              {key(d / 4, base.translate_y + radius), key(3 * d / 4, base.translate_y - radius)});
    document.timeline.loop = true;
    return document;
}

Document turns(Document document, double number) {
    const double from = document.base.transform.rotate_deg;
    put_track(document.timeline, "transform.rotate_deg",
              {{0.0, from, Easing::linear}, {document.timeline.duration_s, from + 360.0 * number, Easing::linear}});
    return document;
}

Document zoom_pulse(Document document, double factor) {
    const double scale = document.base.transform.scale;
    put_track(document.timeline, "transform.scale",
              {{0.0, scale, Easing::circular}, {document.timeline.duration_s / 2, scale * factor, Easing::circular}});
    document.timeline.loop = true;
    return document;
}

Document random_walk(Document document, int count, std::uint32_t seed) {
    AFS_CHECK(count >= 2);
    RandomState random(seed);
    std::vector<std::uint32_t> seeds;
    const std::vector<SeedWeight> now = latent_seeds(document.base.latent);
    if (now.size() == 1) seeds.push_back(now.front().seed);
    // Six digits, as everywhere where a seed is drawn for people.
    while (static_cast<int>(seeds.size()) < count) seeds.push_back(random.integer(1'000'000));
    const double seconds_each = document.timeline.duration_s / count;
    return walk_through_seeds(std::move(document), seeds, seconds_each, SeedPath::cubic);
}

Document psi_sweep(Document document, double lowest) {
    put_track(document.timeline, "truncation.psi",
              {{0.0, 1.0, Easing::circular}, {document.timeline.duration_s / 2, lowest, Easing::circular}});
    document.timeline.loop = true;
    return document;
}

Document layer_walk(Document document, const std::vector<std::string>& layers) {
    AFS_CHECK(!layers.empty());
    std::vector<TimelineKey> keys;
    const double each = document.timeline.duration_s / static_cast<double>(layers.size());
    for (std::size_t i = 0; i < layers.size(); ++i)
        keys.push_back({each * static_cast<double>(i), layers[i], Easing::hold});
    std::erase_if(document.timeline.tracks, [](const Track& track) { return track.path == "canvas"; });
    put_track(document.timeline, "layer_view.layer", std::move(keys));
    document.base.canvas = CanvasMode::layer;
    document.base.layer_view.layer = layers.front();
    return document;
}

Document equivariance_demo(Document document, double radius) {
    std::erase_if(document.timeline.tracks, [](const Track& track) {
        return track.path == "canvas" || track.path == "equivariance.shown" || track.path == "equivariance.operation";
    });
    document.base.canvas = CanvasMode::equivariance;
    document.base.equivariance.shown = EquivarianceShown::grid;
    document.base.equivariance.operation = EquivarianceOperation::follow;
    return circle(std::move(document), radius);
}

}  // namespace afs
