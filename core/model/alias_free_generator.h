// StyleGAN3's generator (SPEC 2-6). Private to the room: others hold a Generator.
#pragma once

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
    void bind() override;

    Mapping mapping_;
    FourierInput input_;
    std::vector<SynthesisLayer> layers_;
};

}  // namespace afs
