#include "core/model/synthesis_layer.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <cmath>

#include "core/ops/filtered_lrelu.h"
#include "core/ops/fully_connected.h"
#include "core/ops/modulated_conv.h"
#include "core/ops/tensor_pool.h"

namespace afs {

SynthesisLayer::SynthesisLayer(const LayerSpec& spec, const GeneratorConfig& config, const TensorLookup& tensors)
    : spec_(spec), clamp_(config.conv_clamp) {
    const std::string prefix = "synthesis." + spec.name;
    weight_ = tensors(prefix + ".weight");
    bias_ = tensors(prefix + ".bias");
    affine_weight_ = tensors(prefix + ".affine.weight");
    affine_bias_ = tensors(prefix + ".affine.bias");
    magnitude_ema_ = tensors(prefix + ".magnitude_ema");
    up_filter_ = HostFilter(tensors(prefix + ".up_filter"));
    down_filter_ = HostFilter(tensors(prefix + ".down_filter"));
}

const std::shared_ptr<const ModulatedKernel>& SynthesisLayer::kernel(c10::ScalarType type) const {
    if (const std::int64_t version = weight_._version(); version != kernel_version_ || type != kernel_type_) {
        const c10::InferenceMode ordinary(false);  // whoever comes later may record gradients with it
        const at::NoGradGuard no_grad;
        const TensorPool::Pause outside;
        kernel_ = std::make_shared<const ModulatedKernel>(
            type == at::kFloat ? ModulatedKernel(weight_) : half_kernel(weight_, type, !spec_.is_torgb));
        kernel_version_ = version;
        kernel_type_ = type;
    }
    return kernel_;
}

Tensor SynthesisLayer::styles(const Tensor& w) const {
    const Tensor styles = fully_connected(w, affine_weight_, affine_bias_);
    if (!spec_.is_torgb) return styles;
    return styles * (1 / std::sqrt(static_cast<double>(spec_.channels_in) * spec_.kernel * spec_.kernel));
}

FilteredLreluSpec SynthesisLayer::nonlinearity(const ReplacedFilters* filters) const {
    FilteredLreluSpec lrelu;
    lrelu.up_filter = up_filter_();
    lrelu.down_filter = down_filter_();
    lrelu.up = spec_.up;
    lrelu.down = spec_.down;
    lrelu.padding = {spec_.padding[0], spec_.padding[1], spec_.padding[2], spec_.padding[3]};
    lrelu.gain = spec_.is_torgb ? 1.0 : std::sqrt(2.0);
    lrelu.slope = spec_.is_torgb ? 1.0 : 0.2;
    lrelu.clamp = clamp_;
    if (const auto* const replaced = filters ? filters->find(spec_) : nullptr) {
        if (replaced->up) lrelu.up_filter = replaced->up_filter;
        if (replaced->down) lrelu.down_filter = replaced->down_filter;
        const auto& padding = replaced->spec.padding;
        lrelu.padding = {padding[0], padding[1], padding[2], padding[3]};
    }
    return lrelu;
}

Tensor SynthesisLayer::operator()(const Tensor& x, const Tensor& w, const Arithmetic& arithmetic,
                                  const ReplacedFilters* filters) const {
    const at::ScalarType type = arithmetic.type_of(spec_);
    const Tensor features = [&] {
        const Float32Scope scope(arithmetic.device, arithmetic.tf32);
        const Tensor gain = magnitude_ema_.rsqrt();
        const bool demodulate = !spec_.is_torgb;
        if (at::GradMode::is_enabled() && weight_.requires_grad())  // through the kernel's own norms
            return modulated_conv3(x.to(type), weight_, styles(w), demodulate, gain, bias_);
        return modulated_conv3(x.to(type), *kernel(at::kFloat), styles(w), demodulate, gain, bias_);
    }();
    return filtered_lrelu(features, /*bias=*/{}, nonlinearity(filters));  // the convolution has added it
}

Modulation SynthesisLayer::modulation(const Tensor& w, c10::ScalarType type) const {
    return modulation3(*kernel(type), styles(w), /*demodulate=*/!spec_.is_torgb, magnitude_ema_.rsqrt());
}

Tensor SynthesisLayer::convolve(const Tensor& scaled_x, c10::ScalarType type) const {
    const ModulatedKernel& k = *kernel(type);
    Tensor x = scaled_x.to(type);
    if (type != at::kFloat) {
        const std::int64_t missing = k.weight.size(1) - x.size(1);
        if (missing > 0) x = at::constant_pad_nd(x, {0, 0, 0, 0, 0, missing});
        x = x.contiguous(at::MemoryFormat::ChannelsLast);
    }
    return convolve3(x, k);
}

Tensor SynthesisLayer::activate(const Tensor& convolved, const Tensor& after, const Tensor& store_scale,
                                const ReplacedFilters* filters) const {
    FilteredLreluSpec lrelu = nonlinearity(filters);
    lrelu.load_scale = after;
    lrelu.store_scale = store_scale;
    const std::int64_t padding = convolved.size(1) - bias_.size(0);
    return filtered_lrelu(convolved, padding == 0 ? bias_ : at::constant_pad_nd(bias_, {0, padding}), lrelu);
}

}  // namespace afs
