// The mapping network of both families, and of a discriminator's labels, which has no z (SPEC 2, 12). Private to the
// room.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/model/generator_config.h"
#include "core/ops/tensor_convert.h"

namespace afs {

// A network's tensor by its official name; undefined where it has none.
using TensorLookup = std::function<Tensor(const std::string& name)>;

class Mapping {
  public:
    Mapping() = default;
    Mapping(const GeneratorConfig& config, const TensorLookup& tensors);

    [[nodiscard]] Tensor operator()(const Tensor& z, const Tensor& c) const;  // Generator::map
    // Undefined in a discriminator.
    [[nodiscard]] const Tensor& w_avg() const { return w_avg_; }

  private:
    struct Layer {
        Tensor weight, bias;
    };
    int z_dim_ = 0, c_dim_ = 0;
    double lr_multiplier_ = 0.01;
    Layer embed_;
    std::vector<Layer> layers_;
    Tensor w_avg_;
};

}  // namespace afs
