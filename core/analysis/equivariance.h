// The equivariance metrics EQ-T, EQ-T_frac and EQ-R of the paper (SPEC 9): the picture of a moved input against the
// moved picture, in decibels.
#pragma once

#include <array>
#include <functional>
#include <string>

#include "core/analysis/drawn_labels.h"
#include "core/analysis/equivariance_figures.h"
#include "core/analysis/resampling.h"
#include "core/model/generator.h"

namespace afs {

// Throws Error{network} where the network's input cannot be transformed.
void check_transformable(const Generator& generator, const std::string& tried);

struct SquaredError {
    double sum = 0.0;    // of masked squared differences
    double count = 0.0;  // of compared values: the mask's, for every channel and picture
};
// a, b: [N, C, H, W]; mask: [1, 1, H, W].
[[nodiscard]] SquaredError masked_error(const Tensor& a, const Tensor& b, const Tensor& mask);
// The paper's figure: 20 log10(2) - 10 log10(mean squared difference); 2 is the range of pictures.
[[nodiscard]] double equivariance_db(double mean_squared_difference);

// One movement of a picture; the metrics draw one for a batch.
struct Movement {
    EquivarianceKind kind = EquivarianceKind::translation_int;
    double tx = 0.0, ty = 0.0;             // fractions of the side, right and down
    double angle = 0.0;                    // radians, counter-clockwise
    std::optional<Matrix3> affine = {};    // instead of the others: what moves the picture is none of the metrics'
    [[nodiscard]] Matrix3 matrix() const;  // that moves the picture
};
// The movement that a matrix makes; `whole_pixels`: its translation was rounded.
[[nodiscard]] Movement movement_of(const Matrix3& picture_matrix, bool whole_pixels);
// u: the five uniform numbers from [0, 1) of a batch in the official order: two for EQ-T, two for EQ-T_frac, one for
// EQ-R. `side`: of the picture, pixels.
[[nodiscard]] Movement draw_movement(EquivarianceKind kind, const std::array<double, 5>& u, int side);

// What is compared for a movement. `moved`: of the moved input; both results have one mask.
struct Comparison {
    // [N, C, H, W]: the output (filtered, where the operator filters, too), and the operator's result
    Tensor output, reference;
    Tensor mask;  // [1, 1, H, W]
};
[[nodiscard]] Comparison compare(const Tensor& unmoved, const Tensor& moved, const Movement& movement);

// The sums of one batch for every movement, or for what every kind draws. ws: [N, num_ws, w_dim].
[[nodiscard]] std::vector<SquaredError> equivariance_batch(const Generator& generator, const Tensor& ws,
                                                           const std::vector<Movement>& movements,
                                                           const SynthesisOptions& options = {});
[[nodiscard]] std::vector<SquaredError> equivariance_batch(const Generator& generator, const Tensor& ws,
                                                           const std::array<double, 5>& u,
                                                           const std::vector<EquivarianceKind>& kinds,
                                                           const SynthesisOptions& options = {});

// Streams: `on_batch` is called after every batch with the figures until then. A stop that comes after the first batch
// ends it with fewer samples than wanted; before that it throws Error{cancelled}. Throws Error{network} where the input
// cannot be transformed, Error{argument} for requests that ask for nothing, for filters that the network cannot have,
// or for pictures too small to compare. `labels`: of a conditional network.
[[nodiscard]] EquivarianceResult measure_equivariance(
    const Generator& generator, const EquivarianceRequest& request,
    const std::function<void(const EquivarianceResult&)>& on_batch = {}, const DrawnLabels& labels = {});

}  // namespace afs
