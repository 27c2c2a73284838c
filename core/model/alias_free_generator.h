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
    [[nodiscard]] Tensor synthesize(const Tensor& ws, const SynthesisOptions& options) const override;

  private:
    [[nodiscard]] Tensor run(const RecordedPasses::Inputs& inputs, const SynthesisOptions& options) const;
    void bind() override;
    [[nodiscard]] std::vector<Modulation3> compute_modulations(const Tensor& ws, const Arithmetic& arithmetic) const;
    // Of every layer, kept while neither ws nor the weights change: who drags the picture changes only the input.
    [[nodiscard]] const std::vector<Modulation3>& modulations(const Tensor& ws, const Arithmetic& arithmetic) const;
    // Tells of an activation by its name; what it looks like is worked out only where somebody looks.
    using Show = std::function<void(const std::string& name, const std::function<Tensor()>& activation)>;
    // Without gradients. Every activation leaves its nonlinearity with the scale of the convolution that follows.
    [[nodiscard]] Tensor run_folded(Tensor x, const Tensor& ws, const Arithmetic& arithmetic,
                                    const ReplacedFilters* filters, const Show& show) const;
    // Without gradients. What a layer's module depends on is read after the module before it was shown.
    [[nodiscard]] Tensor run_layer_by_layer(Tensor x, const Tensor& ws, const Arithmetic& arithmetic,
                                            const ReplacedFilters* filters, const Show& show) const;
    // With gradients, of which RecomputeScope speaks.
    [[nodiscard]] Tensor run_recomputed(Tensor x, const Tensor& ws, const Arithmetic& arithmetic,
                                        const SynthesisOptions& options) const;

    Mapping mapping_;
    FourierInput input_;
    std::vector<SynthesisLayer> layers_;
    mutable std::vector<Modulation3> modulations_;
    mutable Tensor modulations_ws_;  // theirs; undefined when there are none
    mutable std::int64_t modulations_version_ = 0;
    mutable c10::ScalarType modulations_half_ = c10::ScalarType::Undefined;
};

}  // namespace afs
