// Where equivariance breaks: the question of the metric asked of every layer's activations in its own sampling grid.
// Ours.
//
// A movement of the picture by t moves a layer's samples by t times its rate, whatever its margin, and turns them about
// the centre. Compared is what lies inside the picture both before and after the movement, without the tails of the
// operators' filters; margins serve as the surroundings of those, as they do in the network.
#pragma once

#include <functional>

#include "core/analysis/equivariance.h"

namespace afs {

// unmoved, moved: [N, C, size, size] of one layer, any floating-point type; rate: samples per picture width.
// translation_int is treated as translation_frac. `whole`: the reference is wanted where it is not compared, too.
[[nodiscard]] Comparison compare_layer(const Tensor& unmoved, const Tensor& moved, const Movement& movement,
                                       double rate, bool whole = true);

// The power of the error of comparisons, against the variance of their references.
class RelativeError {
  public:
    void add(const Comparison& comparison);
    [[nodiscard]] std::optional<double> db() const;  // nothing where no value was compared, or all are equal

  private:
    double error_ = 0.0, variance_ = 0.0;
};

// `on_sample` is called after every sample. Stops as measure_equivariance does, and throws as it does.
[[nodiscard]] LayerProfile measure_layers(const Generator& generator, const LayerProfileRequest& request,
                                          const std::function<void(const LayerProfile&)>& on_sample = {},
                                          const DrawnLabels& labels = {});

}  // namespace afs
