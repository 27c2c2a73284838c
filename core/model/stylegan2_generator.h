// StyleGAN2's generator in its three architectures (SPEC 11). Private to the room: others hold a Generator.
#pragma once

#include "core/model/arithmetic.h"
#include "core/model/generator.h"
#include "core/model/host_filter.h"
#include "core/model/mapping.h"
#include "core/ops/modulated_conv.h"

namespace afs {

class StyleGan2Generator final : public Generator {
  public:
    StyleGan2Generator(const GeneratorConfig& config, Schedule schedule, std::vector<State> state);

    [[nodiscard]] Tensor map(const Tensor& z, const Tensor& c) const override { return mapping_(z, c); }
    [[nodiscard]] Tensor w_avg() const override { return mapping_.w_avg(); }

  private:
    struct Layer {          // a 3x3 convolution, a ToRGB, or a resnet's 1x1 skip: what a kind lacks is undefined
        std::size_t index;  // in the schedule
        LayerSpec spec;
        Tensor weight, bias, affine_weight, affine_bias, noise_const, noise_strength;
        HostFilter resample_filter;

        [[nodiscard]] Tensor styles(const Tensor& ws) const;
        [[nodiscard]] Modulation modulation(const Tensor& ws, c10::ScalarType type) const;
        // What can be computed of the weight once for pictures of one type; made anew when its values have changed.
        [[nodiscard]] const std::shared_ptr<const ModulatedKernel2>& kernel(c10::ScalarType type) const;
        [[nodiscard]] const std::shared_ptr<const PackedKernel>& skip_kernel() const;
        [[nodiscard]] Tensor skip_weight() const;

        mutable std::shared_ptr<const ModulatedKernel2> kept_kernel = {};
        mutable std::shared_ptr<const PackedKernel> kept_skip = {};
        mutable c10::ScalarType kept_type = c10::ScalarType::Float;
        mutable std::int64_t kept_version = -1;  // of the weight's values
    };
    struct Block {
        std::string name;  // "b64"
        int size = 0;
        std::optional<Layer> skip, conv0, conv1, torgb;
        HostFilter resample_filter;  // of the picture so far
    };
    class Pictures;

    [[nodiscard]] Styles styles(const Tensor& ws, Precision precision) const override;
    [[nodiscard]] Tensor draw(const Styles& styles, const Tensor& transform,
                              const SynthesisOptions& options) const override;
    [[nodiscard]] Tensor draw_unkept(const Tensor& ws, const SynthesisOptions& options) const override;
    void bind() override;

    Mapping mapping_;
    Tensor constant_;  // [C, 4, 4]
    std::vector<Block> blocks_;
};

}  // namespace afs
