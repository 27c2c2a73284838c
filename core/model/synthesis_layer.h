// One row of an alias-free schedule as a layer that runs (SPEC 6). Private to the room.
#pragma once

#include <memory>

#include "core/model/arithmetic.h"
#include "core/model/host_filter.h"
#include "core/model/mapping.h"
#include "core/model/replaced_filters.h"
#include "core/ops/filtered_lrelu.h"
#include "core/ops/modulated_conv.h"

namespace afs {

class SynthesisLayer {
  public:
    SynthesisLayer(const LayerSpec& spec, const GeneratorConfig& config, const TensorLookup& tensors);

    // x: [N, Cin, in, in].  w: [N, w_dim] float32. Result: [N, Cout, out, out] of the layer's number format.
    // `filters`: instead of its own; may be null.
    [[nodiscard]] Tensor operator()(const Tensor& x, const Tensor& w, const Arithmetic& arithmetic,
                                    const ReplacedFilters* filters = nullptr) const;

    // The same in parts, without gradients, for a network that lets each nonlinearity apply the next convolution's
    // scales as well (docs/architecture.md, Speed): x' = activate(convolve(x * before), after) [* the next layer's
    // before]. type: the layer's number format, the same for all parts. In half precision the scales, and what
    // convolve() and activate() return, have Cin and Cout padded as half_kernel() says, with zeros; x may or may not
    // be.
    [[nodiscard]] Modulation modulation(const Tensor& w, c10::ScalarType type) const;
    [[nodiscard]] Tensor convolve(const Tensor& scaled_x, c10::ScalarType type) const;
    // store_scale: [N, Cout] or undefined.
    [[nodiscard]] Tensor activate(const Tensor& convolved, const Tensor& after, const Tensor& store_scale,
                                  const ReplacedFilters* filters = nullptr) const;

    // What can be computed of the weight once; made anew when the weight's values have changed, or for another type.
    [[nodiscard]] const std::shared_ptr<const ModulatedKernel>& kernel(c10::ScalarType type) const;

    // What a gradient may be asked for.
    [[nodiscard]] std::vector<Tensor> parameters() const { return {weight_, bias_, affine_weight_, affine_bias_}; }

    [[nodiscard]] const LayerSpec& spec() const { return spec_; }

  private:
    [[nodiscard]] Tensor styles(const Tensor& w) const;
    [[nodiscard]] FilteredLreluSpec nonlinearity(const ReplacedFilters* filters) const;

    LayerSpec spec_;
    std::optional<double> clamp_;
    mutable std::shared_ptr<const ModulatedKernel> kernel_;
    mutable std::int64_t kernel_version_ = -1;  // of the weight's values
    mutable c10::ScalarType kernel_type_ = c10::ScalarType::Undefined;
    Tensor weight_, bias_, affine_weight_, affine_bias_, magnitude_ema_;
    HostFilter up_filter_, down_filter_;
};

}  // namespace afs
