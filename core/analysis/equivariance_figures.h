// What a measurement of equivariance asks and answers (SPEC 9), as values. Torch-free: panels and commands hold them.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/filter_change.h"
#include "core/base/matrix3.h"
#include "core/ops/device.h"

namespace afs {

enum class EquivarianceKind {
    translation_int,   // EQ-T (eqt50k_int): by whole pixels
    translation_frac,  // EQ-T_frac (eqt50k_frac)
    rotation           // EQ-R (eqr50k)
};
inline constexpr int kEquivarianceKinds = 3;

struct Interval {
    double low = 0.0, high = 0.0;
    bool operator==(const Interval&) const = default;
};

struct EquivarianceFigure {
    EquivarianceKind kind = EquivarianceKind::translation_int;
    double db = 0.0;                  // infinite where not one value differed
    std::optional<Interval> ci95_db;  // by bootstrap over batches; from two batches on
};

struct EquivarianceRequest {
    std::vector<EquivarianceKind> kinds = {EquivarianceKind::translation_int, EquivarianceKind::translation_frac,
                                           EquivarianceKind::rotation};
    std::int64_t samples = 50'000;
    std::uint32_t seed = 0;  // of the latents, classes, shifts and angles: the same samples whichever kinds are asked
    int batch = 4;           // one shift and one angle a batch; 4 for the official metrics
    Precision precision = Precision::automatic;
    std::stop_token stop = {};
    // Instead of what the kinds draw: moves every picture. There is one figure then, whatever the kinds are.
    std::optional<Matrix3> movement = {};
    bool whole_pixels = false;               // its translation was rounded
    std::vector<FilterChange> filters = {};  // what if the network had these
};

struct EquivarianceResult {
    std::int64_t samples = 0, wanted = 0;  // fewer than wanted: it was stopped, or is not done yet
    std::uint32_t seed = 0;
    std::vector<EquivarianceFigure> figures;  // in the order of the request's kinds
    [[nodiscard]] bool complete() const { return samples == wanted; }
};

// How well one layer's activations follow the movement of the input: the error's power relative to the variance of the
// layer itself, so that layers can be compared. Nothing where the layer is too small to tell.
struct LayerEquivariance {
    std::string name;
    std::optional<double> eqt_rel_db, eqr_rel_db;  // translation by fractions, rotation
};

struct LayerProfileRequest {
    int samples = 16;
    std::uint32_t seed = 0;
    Precision precision = Precision::automatic;
    std::stop_token stop = {};
    std::vector<FilterChange> filters = {};
};

struct LayerProfile {
    int samples = 0, wanted = 0;
    std::vector<LayerEquivariance> layers;  // "input" and every layer of the schedule, in order
    [[nodiscard]] bool complete() const { return samples == wanted; }
};

// Of one frame, or the state of a pixel strip.
struct FrameEquivariance {
    // Of the picture as the metrics give it; of a layer relative to its own variance. Infinite where not one value
    // differs; nothing where none can be compared.
    std::optional<double> db;
    bool of_layer = false;
    double compared = 0.0;  // share of the values that the mask leaves
};

// The figure (SPEC 9) in words: what it means for pictures, in one sentence without a full stop.
[[nodiscard]] inline std::string meaning_of_db(double db) {
    if (std::isinf(db)) return "not one value differs";
    // Of pictures with a range of 2, shown in 256 grey levels: the root mean square of the difference, in levels.
    const double levels = std::pow(10.0, -db / 20.0) * 2.0 * 127.5;
    const std::string consequence = levels < 1.0    ? "texture moves with the object"
                                    : levels < 5.0  ? "texture follows the object, with a faint shimmer"
                                    : levels < 20.0 ? "some texture stays behind on the pixel grid"
                                                    : "the picture does not follow the movement";
    const std::string count = levels < 1.0 ? "less than one" : "about " + std::to_string(std::lround(levels));
    return "differences of " + count + " grey level" + (levels < 1.5 ? "" : "s") + " in the mean: " + consequence;
}

}  // namespace afs
