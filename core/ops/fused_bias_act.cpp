#include "core/ops/fused_bias_act.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "core/base/log.h"
#include "core/ops/kernel_call.h"
#include "core/ops/plain_operators.h"
#include "core/ops/thread_pool.h"
#include "kernels/bias_act.h"

namespace afs::detail {
namespace {

using kernels::BiasActParams;

struct Piecewise {
    double slope = 1.0, gain = 1.0, clamp = -1.0;
    std::int64_t dim = 1;  // of the bias
};

// x's values as the kernel wants them: without gaps. Channels-last pictures may stay so where the channels' dimension
// is the bias'.
bool is_channels_last(const Tensor& x, std::int64_t dim) {
    return x.dim() == 4 && dim == 1 && !x.is_contiguous() && x.is_contiguous(at::MemoryFormat::ChannelsLast);
}
Tensor without_gaps(const Tensor& x, std::int64_t dim) { return is_channels_last(x, dim) ? x : x.contiguous(); }

BiasActParams params_of(const Tensor& x, const Piecewise& f) {
    BiasActParams p;
    p.storage = kernel_storage(x.scalar_type());
    p.x = x.const_data_ptr();
    p.slope = static_cast<float>(f.slope);
    p.gain = static_cast<float>(f.gain);
    p.clamp = static_cast<float>(f.clamp);
    if (is_channels_last(x, f.dim)) {
        p.channels = x.size(1);
        p.outer = x.numel() / p.channels;
        p.inner = 1;
        p.batch = x.size(0);
    } else if (f.dim < x.dim()) {
        p.channels = x.size(f.dim);
        p.outer = p.inner = 1;
        for (std::int64_t i = 0; i < f.dim; ++i) p.outer *= x.size(i);
        for (std::int64_t i = f.dim + 1; i < x.dim(); ++i) p.inner *= x.size(i);
        p.batch = f.dim == 1 ? x.size(0) : 1;
    } else {  // no bias, and no such dimension
        p.outer = p.channels = 1;
        p.inner = x.numel();
    }
    return p;
}

// On CUDA: behind what the current stream of `device` has been asked for; returns before it is done.
void start(const BiasActParams& p, at::Device device) {
#ifdef AFS_WITH_CUDA
    if (device.is_cuda())
        return launch_on_gpu(device, "Could not compute an activation on the GPU",
                             [&](void* stream) { return kernels::cuda::bias_act(p, stream); });
#else
    (void)device;
#endif
    kernels::cpu::bias_act(p, thread_pool());
}

Tensor forward(const Tensor& given_x, const Tensor& given_bias, const Tensor& given_scale, const Tensor& given_noise,
               const Piecewise& f) {
    const Tensor x = without_gaps(given_x.detach(), f.dim);
    Tensor y = at::empty_like(x);
    BiasActParams p = params_of(x, f);
    const Tensor bias = as_floats(given_bias), scale = as_floats(given_scale);
    Tensor noise;
    if (given_noise.defined()) {  // [H, W] shared, or [N, 1, H, W]
        const bool shared = given_noise.dim() < 4 || given_noise.size(0) == 1;
        const std::int64_t samples = shared ? 1 : x.size(0);
        noise = as_floats(given_noise.expand({samples, 1, x.size(2), x.size(3)}));
        p.noise_stride = shared ? 0 : x.size(2) * x.size(3);
    }
    p.y = y.mutable_data_ptr();
    p.bias = data_of(bias);
    p.scale = data_of(scale);
    p.noise = data_of(noise);
    start(p, x.device());
    return y;
}

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

void keep(AutogradContext* context, const Piecewise& f) {
    context->saved_data["f"] = std::vector<double>{f.slope, f.gain, f.clamp};
    context->saved_data["dim"] = f.dim;
}
Piecewise kept(AutogradContext* context) {
    const auto f = context->saved_data["f"].toDoubleVector();
    return {f[0], f[1], f[2], context->saved_data["dim"].toInt()};
}

// dy -> dx, given y. Linear in dy and its own transpose; its gradient with respect to y is 0.
struct Slopes : public torch::autograd::Function<Slopes> {
    static Tensor forward(AutogradContext* context, const Tensor& dy, const Tensor& y, const Piecewise& f) {
        keep(context, f);
        context->save_for_backward({y});
        const bool last = is_channels_last(y, f.dim);
        const Tensor d = dy.detach().contiguous(last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
        Tensor dx = at::empty_like(y);
        BiasActParams p = params_of(y, f);
        p.x = d.const_data_ptr();
        p.result = y.const_data_ptr();
        p.y = dx.mutable_data_ptr();
        start(p, y.device());
        return dx;
    }
    static variable_list backward(AutogradContext* context, variable_list ddx) {
        return {Slopes::apply(ddx[0], context->get_saved_variables()[0].detach(), kept(context)), {}, {}};
    }
};

struct Fused : public torch::autograd::Function<Fused> {
    static Tensor forward(AutogradContext* context, const Tensor& x, const std::optional<Tensor>& bias,
                          const Piecewise& f) {
        Tensor y = detail::forward(x, bias.value_or(Tensor()), {}, {}, f);
        keep(context, f);
        context->save_for_backward({y});
        context->saved_data["bias_type"] = bias ? c10::IValue(bias->scalar_type()) : c10::IValue();
        return y;
    }
    static variable_list backward(AutogradContext* context, variable_list dy) {
        const Piecewise f = kept(context);
        const Tensor y = context->get_saved_variables()[0].detach();
        const Tensor dx = Slopes::apply(dy[0], y, f);
        Tensor db;
        if (const c10::IValue type = context->saved_data["bias_type"]; !type.isNone()) {
            std::vector<std::int64_t> others;
            for (std::int64_t i = 0; i < dx.dim(); ++i)
                if (i != f.dim) others.push_back(i);
            db = (others.empty() ? dx : dx.sum(others, /*keepdim=*/false, at::kFloat)).to(type.toScalarType());
        }
        return {dx, db, {}};
    }
};

// Slope, gain and clamp, where that is what the operator is.
std::optional<Piecewise> piecewise(const BiasActSpec& spec) {
    Piecewise f;
    switch (spec.activation) {
        case Activation::linear: break;
        case Activation::relu: f.slope = 0.0; break;
        case Activation::lrelu: f.slope = spec.alpha.value_or(0.2); break;
        default: return std::nullopt;
    }
    f.gain = spec.gain.value_or(default_gain(spec.activation));
    f.clamp = spec.clamp.value_or(-1.0);
    f.dim = spec.dim;
    // The gradient is told from the result, which must say what the sign was.
    if (!(f.slope >= 0.0) || !(f.gain > 0.0)) return std::nullopt;
    return f;
}

}  // namespace

std::optional<Tensor> bias_act_by_kernel(const Tensor& x, const Tensor& bias, const BiasActSpec& spec) {
    if (!has_kernels(x.device()) || !has_kernel_storage(x.scalar_type()) || PlainOperators::active())
        return std::nullopt;
    for (const Tensor& other : {bias, spec.scale, spec.noise})
        if (other.defined() && other.device() != x.device()) return std::nullopt;  // LibTorch knows what to say
    const std::optional<Piecewise> f = piecewise(spec);
    if (!f) {
        log_once(
            "bias_act: an activation other than linear, relu and lrelu, or a gain or slope below 0, is not one of this "
            "program's kernels: LibTorch's operators compute it, which takes longer.");
        return std::nullopt;
    }
    const bool differentiable = learns(x) || learns(bias) || learns(spec.scale) || learns(spec.noise);
    // LibTorch's products have gradients for their scales.
    if (differentiable && (spec.scale.defined() || spec.noise.defined())) return std::nullopt;
    if (differentiable) return Fused::apply(x, bias.defined() ? std::optional(bias) : std::nullopt, *f);
    return forward(x, bias, spec.scale, spec.noise, *f);
}

}  // namespace afs::detail
