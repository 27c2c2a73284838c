#include "core/model/stylegan2_generator.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <cmath>

#include "core/ops/bias_act.h"
#include "core/ops/fully_connected.h"
#include "core/ops/modulated_conv.h"
#include "core/ops/tensor_pool.h"
#include "core/ops/upfirdn2d.h"

namespace afs {

StyleGan2Generator::StyleGan2Generator(const GeneratorConfig& config, Schedule schedule, std::vector<State> state)
    : Generator(config, std::move(schedule), std::move(state)) {
    bind();
}

void StyleGan2Generator::bind() {
    const TensorLookup tensors = [this](const std::string& name) { return tensor(name); };
    mapping_ = Mapping(config_, tensors);
    constant_ = tensor("synthesis.b4.const");
    blocks_.clear();
    for (const LayerSpec& spec : schedule_.layers) {
        const std::string block_name = spec.name.substr(0, spec.name.find('.'));
        if (blocks_.empty() || blocks_.back().name != block_name) {
            Block block;
            block.name = block_name;
            block.size = spec.out_size;
            const std::string prefix = "synthesis." + block_name;
            block.resample_filter = HostFilter(tensor(prefix + ".resample_filter"));
            blocks_.push_back(std::move(block));
        }
        const std::string prefix = "synthesis." + spec.name;
        Layer layer{spec,
                    tensor(prefix + ".weight"),
                    tensor(prefix + ".bias"),
                    tensor(prefix + ".affine.weight"),
                    tensor(prefix + ".affine.bias"),
                    tensor(prefix + ".noise_const"),
                    tensor(prefix + ".noise_strength"),
                    HostFilter(tensor(prefix + ".resample_filter"))};
        Block& block = blocks_.back();
        auto& place = spec.w_index < 0 ? block.skip
                      : spec.is_torgb  ? block.torgb
                      : spec.up == 2   ? block.conv0
                                       : block.conv1;
        place = std::move(layer);
    }
}

const ModulatedKernel2& StyleGan2Generator::Layer::kernel(at::ScalarType type) const {
    if (const std::int64_t version = weight._version(); version != kept_version || type != kept_type) {
        const c10::InferenceMode ordinary(false);  // whoever comes later may record gradients with it
        const at::NoGradGuard no_grad;
        const TensorPool::Pause outside;
        kept_kernel = ModulatedKernel2(weight, type, /*demodulate=*/!spec.is_torgb);
        kept_version = version;
        kept_type = type;
    }
    return kept_kernel;
}

// One picture's (or batch's) way through the blocks.
class StyleGan2Generator::Pictures {
  public:
    Pictures(const StyleGan2Generator& owner, const Tensor& ws, const SynthesisOptions& options)
        : owner_(owner),
          ws_(ws),
          options_(options),
          arithmetic_(choose_arithmetic(options.precision, owner.device())),
          // Random noise comes from this object alone and is drawn on the CPU: the same on every thread and device.
          noise_(at::make_generator<at::CPUGeneratorImpl>(options.noise_seed)) {}

    Tensor run() {
        Tensor x = owner_.constant_.unsqueeze(0).expand({ws_.size(0), -1, -1, -1});
        Tensor picture;
        for (const Block& block : owner_.blocks_) {
            x = x.to(arithmetic_.type_of(block.conv1->spec));
            const Tensor residual = block.skip ? skip(*block.skip, x) : Tensor();
            if (block.conv0) x = convolution(*block.conv0, x, 1);
            x = convolution(*block.conv1, x, block.skip ? std::sqrt(0.5) : 1);
            if (block.skip) x = residual + x;
            if (picture.defined()) picture = upsample2d(picture, block.resample_filter());
            if (block.torgb) {
                const Tensor drawn = to_rgb(*block.torgb, x).to(at::kFloat);
                picture = picture.defined() ? picture + drawn : drawn;
            }
            if (picture.defined()) {
                show(block.name + ":0", x);
                show(block.name + ":1", picture);
            } else {
                show(block.name, x);
            }
        }
        show("output", picture);
        return picture;
    }

  private:
    void show(const std::string& name, const Tensor& activation) const {
        if (options_.on_layer) options_.on_layer(name, activation);
        check_not_stopped(options_.stop);
    }

    Tensor styles_of(const Layer& layer) const {
        return fully_connected(ws_.select(1, layer.spec.w_index), layer.affine_weight, layer.affine_bias);
    }

    Tensor convolution(const Layer& layer, const Tensor& x, double gain) {
        ModulatedConv2Spec spec;
        spec.up = layer.spec.up;
        spec.resample_filter = layer.resample_filter();
        const Float32Scope scope(arithmetic_.device, arithmetic_.tf32);
        Convolved2 convolved = convolve(layer, x, styles_of(layer), spec);
        BiasActSpec act;
        act.scale = convolved.scale;
        act.noise = noise_of(layer);
        act.activation = Activation::lrelu;
        act.gain = std::sqrt(2.0) * gain;
        if (owner_.config_.conv_clamp) act.clamp = *owner_.config_.conv_clamp * gain;
        Tensor y = bias_act(convolved.y, layer.bias.to(x.scalar_type()), act);
        show(layer.spec.name, y);
        return y;
    }

    static Convolved2 convolve(const Layer& layer, const Tensor& x, const Tensor& styles,
                               const ModulatedConv2Spec& spec) {
        if (at::GradMode::is_enabled() && layer.weight.requires_grad())  // through the kernel's own norms
            return {modulated_conv2(x, layer.weight, styles, {}, spec), {}};
        return convolve2(x, layer.kernel(x.scalar_type()), styles, spec);
    }

    Tensor noise_of(const Layer& layer) {
        if (!layer.noise_strength.defined() || options_.noise_mode == NoiseMode::none) return {};
        if (options_.noise_mode == NoiseMode::constant) return layer.noise_const * layer.noise_strength;
        const std::int64_t size = layer.spec.out_size;
        const std::vector<std::int64_t> shape = {ws_.size(0), 1, size, size};
        const Tensor drawn = options_.draw_normal ? options_.draw_normal(shape) : at::randn(shape, noise_, at::kFloat);
        return drawn.to(layer.noise_strength.device()) * layer.noise_strength;
    }

    Tensor to_rgb(const Layer& layer, const Tensor& x) const {
        const Tensor styles = styles_of(layer) * (1 / std::sqrt(static_cast<double>(layer.spec.channels_in)));
        ModulatedConv2Spec spec;
        spec.demodulate = false;
        const Float32Scope scope(arithmetic_.device, arithmetic_.tf32);
        const Convolved2 convolved = convolve(layer, x, styles, spec);
        BiasActSpec act;
        act.clamp = owner_.config_.conv_clamp;
        Tensor y = bias_act(convolved.y, layer.bias.to(x.scalar_type()), act);
        show(layer.spec.name, y);
        return y;
    }

    Tensor skip(const Layer& layer, const Tensor& x) const {
        const double scale = 1 / std::sqrt(static_cast<double>(layer.spec.channels_in));
        const Float32Scope scope(arithmetic_.device, arithmetic_.tf32);
        const Tensor weight = (layer.weight * scale).to(x.scalar_type());
        const Tensor y = conv2d_resample(x, weight, layer.resample_filter(), 2, 1, 0) * std::sqrt(0.5);
        show(layer.spec.name, y);
        return y;
    }

    const StyleGan2Generator& owner_;
    const Tensor& ws_;
    const SynthesisOptions& options_;
    Arithmetic arithmetic_;
    at::Generator noise_;
};

Tensor StyleGan2Generator::synthesize(const Tensor& ws, const SynthesisOptions& options) const {
    check_ws(ws);
    return replay_or_run(ws, options, [this](const RecordedPasses::Inputs& inputs, const SynthesisOptions& how) {
        const Float32Scope exact(device(), false);
        return Pictures(*this, inputs.ws, how).run();
    });
}

}  // namespace afs
