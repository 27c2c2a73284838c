// StyleGAN3's generator (SPEC 2-6). Private to the room: others hold a Generator.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/model/fourier_input.h"
#include "core/model/generator.h"
#include "core/model/synthesis_layer.h"

namespace afs {

class AliasFreeGenerator final : public Generator {
  public:
    AliasFreeGenerator(const GeneratorConfig& config, Schedule schedule, std::vector<State> state);

    [[nodiscard]] Tensor map(const Tensor& z, const Tensor& c) const override { return mapping_(z, c); }
    [[nodiscard]] Tensor w_avg() const override { return mapping_.w_avg(); }

  private:
    [[nodiscard]] Styles styles(const Tensor& ws, Precision precision) const override;
    [[nodiscard]] Tensor draw(const Styles& styles, const Tensor& transform,
                              const SynthesisOptions& options) const override;
    [[nodiscard]] Tensor draw_unkept(const Tensor& ws, const SynthesisOptions& options) const override;
    void bind() override;

    // Tells of an activation by its name; what it looks like is worked out only where somebody looks.
    using Show = std::function<void(const std::string& name, const std::function<Tensor()>& activation)>;
    [[nodiscard]] static Show show_to(const SynthesisOptions& options);
    // Without gradients. Every activation leaves its nonlinearity with the scale of the convolution that follows.
    [[nodiscard]] Tensor run_folded(Tensor x, const std::vector<Modulation>& scales, const Arithmetic& arithmetic,
                                    const ReplacedFilters* filters, const Show& show) const;
    // Without gradients. A layer's scales are asked for after the layer before it was shown.
    using ScalesOf = std::function<Modulation(std::size_t layer)>;
    [[nodiscard]] Tensor run_layer_by_layer(Tensor x, const ScalesOf& scales_of, const Arithmetic& arithmetic,
                                            const ReplacedFilters* filters, const Show& show) const;
    // With gradients, of which RecomputeScope speaks.
    [[nodiscard]] Tensor run_recomputed(Tensor x, const Tensor& ws, const Arithmetic& arithmetic,
                                        const SynthesisOptions& options) const;
    [[nodiscard]] Tensor finished(const Tensor& x, const Show& show) const;  // the picture

    Mapping mapping_;
    FourierInput input_;
    std::vector<SynthesisLayer> layers_;
};

}  // namespace afs
