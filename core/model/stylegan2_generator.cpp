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
        Layer layer{static_cast<std::size_t>(&spec - schedule_.layers.data()),
                    spec,
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

const std::shared_ptr<const ModulatedKernel2>& StyleGan2Generator::Layer::kernel(at::ScalarType type) const {
    if (const std::int64_t version = weight._version(); version != kept_version || type != kept_type) {
        const c10::InferenceMode ordinary(false);  // whoever comes later may record gradients with it
        const at::NoGradGuard no_grad;
        const TensorPool::Pause outside;
        kept_kernel = std::make_shared<const ModulatedKernel2>(weight, type, /*demodulate=*/!spec.is_torgb);
        kept_version = version;
        kept_type = type;
    }
    return kept_kernel;
}

// Both of a skip's constant factors ride on its values.
Tensor StyleGan2Generator::Layer::skip_weight() const {
    return weight * (std::sqrt(0.5) / std::sqrt(static_cast<double>(spec.channels_in)));
}

const std::shared_ptr<const PackedKernel>& StyleGan2Generator::Layer::skip_kernel() const {
    if (const std::int64_t version = weight._version(); version != kept_version) {
        const c10::InferenceMode ordinary(false);  // whoever comes later may record gradients with it
        const at::NoGradGuard no_grad;
        const TensorPool::Pause outside;
        kept_skip = std::make_shared<const PackedKernel>(skip_weight());
        kept_version = version;
    }
    return kept_skip;
}

Tensor StyleGan2Generator::Layer::styles(const Tensor& ws) const {
    const Tensor styles = fully_connected(ws.select(1, spec.w_index), affine_weight, affine_bias);
    if (!spec.is_torgb) return styles;
    return styles * (1 / std::sqrt(static_cast<double>(spec.channels_in)));
}

Modulation StyleGan2Generator::Layer::modulation(const Tensor& ws, c10::ScalarType type) const {
    return modulation2(*kernel(type), styles(ws), type, /*demodulate=*/!spec.is_torgb);
}

Styles StyleGan2Generator::styles(const Tensor& ws, Precision precision) const {
    const Arithmetic arithmetic = choose_arithmetic(precision, device());
    Styles result;
    result.layers.resize(schedule_.layers.size());
    for (const Block& block : blocks_) {
        const at::ScalarType type = arithmetic.type_of(block.conv1->spec);
        for (const auto* const layer : {&block.conv0, &block.conv1, &block.torgb}) {
            if (!*layer) continue;
            result.layers[(*layer)->index] = (*layer)->modulation(ws, type);
            result.kernels.push_back((*layer)->kernel(type));
        }
        if (block.skip) result.kernels.push_back(block.skip->skip_kernel());
    }
    return result;
}

// One picture's (or batch's) way through the blocks.
class StyleGan2Generator::Pictures {
  public:
    // By kept styles, or, where they are null, by the layers' own from ws.
    Pictures(const StyleGan2Generator& owner, const Styles* kept, const Tensor& ws, const SynthesisOptions& options)
        : owner_(owner),
          kept_(kept),
          ws_(ws),
          batch_(kept ? kept->layers[owner.blocks_.front().conv1->index].before.size(0) : ws.size(0)),
          options_(options),
          arithmetic_(choose_arithmetic(options.precision, owner.device())),
          // Random noise comes from this object alone and is drawn on the CPU: the same on every thread and device.
          noise_(at::make_generator<at::CPUGeneratorImpl>(options.noise_seed)) {}

    Tensor run() {
        Tensor x = owner_.constant_.unsqueeze(0).expand({batch_, -1, -1, -1});
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

    Tensor convolution(const Layer& layer, const Tensor& x, double gain) {
        ModulatedConv2Spec spec;
        spec.up = layer.spec.up;
        spec.resample_filter = layer.resample_filter();
        const Float32Scope scope(arithmetic_.device, arithmetic_.tf32);
        Convolved2 convolved = convolve(layer, x, spec);
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

    [[nodiscard]] Convolved2 convolve(const Layer& layer, const Tensor& x, const ModulatedConv2Spec& spec) const {
        const at::ScalarType type = x.scalar_type();
        if (kept_) return convolve2(x, *layer.kernel(type), kept_->layers[layer.index], spec);
        if (at::GradMode::is_enabled() && layer.weight.requires_grad())  // through the kernel's own norms
            return {modulated_conv2(x, layer.weight, layer.styles(ws_), {}, spec), {}};
        return convolve2(x, *layer.kernel(type), layer.modulation(ws_, type), spec);
    }

    Tensor noise_of(const Layer& layer) {
        if (!layer.noise_strength.defined() || options_.noise_mode == NoiseMode::none) return {};
        if (options_.noise_mode == NoiseMode::constant) return layer.noise_const * layer.noise_strength;
        const std::int64_t size = layer.spec.out_size;
        const std::vector<std::int64_t> shape = {batch_, 1, size, size};
        const Tensor drawn = options_.draw_normal ? options_.draw_normal(shape) : at::randn(shape, noise_, at::kFloat);
        return drawn.to(layer.noise_strength.device()) * layer.noise_strength;
    }

    Tensor to_rgb(const Layer& layer, const Tensor& x) const {
        ModulatedConv2Spec spec;
        spec.demodulate = false;
        const Float32Scope scope(arithmetic_.device, arithmetic_.tf32);
        const Convolved2 convolved = convolve(layer, x, spec);
        BiasActSpec act;
        act.clamp = owner_.config_.conv_clamp;
        Tensor y = bias_act(convolved.y, layer.bias.to(x.scalar_type()), act);
        show(layer.spec.name, y);
        return y;
    }

    Tensor skip(const Layer& layer, const Tensor& x) const {
        const Float32Scope scope(arithmetic_.device, arithmetic_.tf32);
        const bool learns = at::GradMode::is_enabled() && layer.weight.requires_grad();
        const Tensor y = learns ? at::conv2d(x, layer.skip_weight().to(x.scalar_type()))
                                : layer.skip_kernel()->convolve(x, /*bias=*/{}, /*padding=*/0);
        Tensor upsampled = upsample2d(y, layer.resample_filter());
        show(layer.spec.name, upsampled);
        return upsampled;
    }

    const StyleGan2Generator& owner_;
    const Styles* kept_;
    Tensor ws_;
    std::int64_t batch_;
    const SynthesisOptions& options_;
    Arithmetic arithmetic_;
    at::Generator noise_;
};

Tensor StyleGan2Generator::draw(const Styles& styles, const Tensor& /*transform: the input is constant*/,
                                const SynthesisOptions& options) const {
    return Pictures(*this, &styles, {}, options).run();
}

Tensor StyleGan2Generator::draw_unkept(const Tensor& ws, const SynthesisOptions& options) const {
    return Pictures(*this, nullptr, ws, options).run();
}

}  // namespace afs
