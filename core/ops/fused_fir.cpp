#include "core/ops/fused_fir.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "core/base/log.h"
#include "core/ops/kernel_call.h"
#include "core/ops/plain_operators.h"
#include "core/ops/thread_pool.h"
#include "kernels/filtered_lrelu.h"

namespace afs::detail {
namespace {

using kernels::FilteredLreluParams;
using kernels::SignUse;

// Taps in host memory, as the kernels want them: in the order of a correlation, gain included.
struct Taps {
    int width = 1, height = 1;
    bool plane = false;
    std::vector<float> x = {1.0F}, y = {1.0F};  // a plane lies in x: [height, width]

    Taps() = default;
    Taps(const Tensor& filter, double gain, bool reverse) {
        if (!filter.defined()) {
            x[0] = static_cast<float>(gain);
            return;
        }
        const Tensor f = filter.to(at::kCPU, at::kFloat).contiguous();
        x.assign(f.const_data_ptr<float>(), f.const_data_ptr<float>() + f.numel());
        if (reverse) std::ranges::reverse(x);
        height = static_cast<int>(filter.size(0));
        width = static_cast<int>(filter.size(-1));
        plane = filter.dim() == 2;
        if (!plane) y = x;
        for (float& tap : x) tap = static_cast<float>(tap * gain);
    }
    [[nodiscard]] Taps reversed() const {
        Taps result = *this;
        std::ranges::reverse(result.x);
        std::ranges::reverse(result.y);
        return result;
    }
    [[nodiscard]] kernels::FirFilter filter() const {
        return {width, height, plane ? nullptr : x.data(), plane ? nullptr : y.data(), plane ? x.data() : nullptr};
    }
};

// Everything about a call but its tensors. Immutable once made: gradients share it.
struct Call {
    Taps up_filter, down_filter;
    int up = 1, down = 1, pad_x = 0, pad_y = 0;
    std::int64_t in_h = 0, in_w = 0, out_h = 0, out_w = 0;
    float slope = 1.0F, clamp = -1.0F;
    int sign_w = 0, sign_h = 0, sign_x0 = 0, sign_y0 = 0;

    // The transposed linear map, for SignUse::read. u'[j] there is this call's v[j + shift].
    [[nodiscard]] Call adjoint() const {
        Call t = *this;
        t.up_filter = down_filter.reversed();
        t.down_filter = up_filter.reversed();
        std::swap(t.up, t.down);
        std::swap(t.in_h, t.out_h);
        std::swap(t.in_w, t.out_w);
        t.pad_x = up_filter.width + down_filter.width - 2 - pad_x;
        t.pad_y = up_filter.height + down_filter.height - 2 - pad_y;
        t.sign_x0 += pad_x - up_filter.width + 1;
        t.sign_y0 += pad_y - up_filter.height + 1;
        return t;
    }
};

FilteredLreluParams params_of(const Call& call, SignUse use) {
    FilteredLreluParams p;
    p.in_h = static_cast<int>(call.in_h);
    p.in_w = static_cast<int>(call.in_w);
    p.out_h = static_cast<int>(call.out_h);
    p.out_w = static_cast<int>(call.out_w);
    p.up_filter = call.up_filter.filter();
    p.down_filter = call.down_filter.filter();
    p.up = call.up;
    p.down = call.down;
    p.pad_x = call.pad_x;
    p.pad_y = call.pad_y;
    p.slope = call.slope;
    p.clamp = call.clamp;
    p.sign = {use, nullptr, call.sign_w, call.sign_h, call.sign_x0, call.sign_y0};
    return p;
}

// What a call reads per channel, in the kernels' own format.
struct PerChannel {
    Tensor bias, load_scale, store_scale;
};

std::int64_t sign_bytes(const FilteredLreluParams& p, at::Device device) {
#ifdef AFS_WITH_CUDA
    if (device.is_cuda()) return kernels::cuda::filtered_lrelu_sign_bytes(p);
#else
    (void)device;
#endif
    return kernels::cpu::filtered_lrelu_sign_bytes(p);
}

// On CUDA: behind what the current stream of `device` has been asked for; returns before it is done.
void start(const FilteredLreluParams& p, at::Device device) {
#ifdef AFS_WITH_CUDA
    if (device.is_cuda())
        return launch_on_gpu(device, "Could not filter a layer on the GPU",
                             [&](void* stream) { return kernels::cuda::filtered_lrelu(p, stream); });
#else
    (void)device;
#endif
    kernels::cpu::filtered_lrelu(p, thread_pool());
}

// What the kernels write fastest: on a CPU always channels-last, on CUDA as they read.
at::MemoryFormat result_format(const Tensor& x) {
    return x.is_cuda() ? x.suggest_memory_format() : at::MemoryFormat::ChannelsLast;
}

// signs: made here when written.
Tensor run(const Call& call, const Tensor& x, const PerChannel& per_channel, SignUse use, Tensor& signs) {
    FilteredLreluParams p = params_of(call, use);
    p.batch = static_cast<int>(x.size(0));
    p.channels = static_cast<int>(x.size(1));
    Tensor y = at::empty({x.size(0), x.size(1), call.out_h, call.out_w}, x.options().memory_format(result_format(x)));
    if (y.numel() == 0) return y;
    if (use == SignUse::write) signs = at::empty({sign_bytes(p, x.device())}, x.options().dtype(at::kByte));
    if (use != SignUse::none) p.sign.bits = signs.mutable_data_ptr<std::uint8_t>();
    p.x = x.const_data_ptr();
    p.y = y.mutable_data_ptr();
    p.storage = kernel_storage(x.scalar_type());
    for (int i = 0; i < 4; ++i) {
        p.x_stride[i] = x.stride(i);
        p.y_stride[i] = y.stride(i);
    }
    const Tensor bias = as_floats(per_channel.bias), load_scale = as_floats(per_channel.load_scale),
                 store_scale = as_floats(per_channel.store_scale);
    p.bias = data_of(bias);
    p.load_scale = data_of(load_scale);
    p.store_scale = data_of(store_scale);
    start(p, x.device());
    return y;
}

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// What autograd keeps beside the tensors.
struct CallHolder : torch::CustomClassHolder {
    explicit CallHolder(Call c) : call(std::move(c)) {}
    Call call;
};
using CallPtr = std::shared_ptr<const Call>;

Tensor linear(const Tensor& x, const std::optional<Tensor>& signs, const CallPtr& call);

// A call that is linear in x: the pieces of the activation are given by `signs`, or there is no bend.
struct Linear : public torch::autograd::Function<Linear> {
    static Tensor forward(AutogradContext* context, const Tensor& x, const std::optional<Tensor>& signs,
                          const CallPtr& call) {
        if (signs) context->save_for_backward({*signs});
        context->saved_data["call"] = c10::IValue::make_capsule(c10::make_intrusive<CallHolder>(*call));
        Tensor kept = signs.value_or(Tensor());
        return run(*call, x.detach(), {}, signs ? SignUse::read : SignUse::none, kept);
    }
    static variable_list backward(AutogradContext* context, variable_list dy) {
        const auto holder = c10::static_intrusive_pointer_cast<CallHolder>(context->saved_data["call"].toCapsule());
        const auto adjoint = std::make_shared<const Call>(holder->call.adjoint());
        const variable_list signs = context->get_saved_variables();
        return {linear(dy[0], signs.empty() ? std::nullopt : std::optional(signs[0]), adjoint), {}, {}};
    }
};

Tensor linear(const Tensor& x, const std::optional<Tensor>& signs, const CallPtr& call) {
    return Linear::apply(x, signs, call);
}

struct Fused : public torch::autograd::Function<Fused> {
    static Tensor forward(AutogradContext* context, const Tensor& x, const std::optional<Tensor>& given_bias,
                          const CallPtr& call) {
        const Tensor bias = given_bias.value_or(Tensor());
        Tensor signs;
        Tensor y = run(*call, x.detach(), {bias, {}, {}}, SignUse::write, signs);
        context->save_for_backward({signs});
        context->saved_data["call"] = c10::IValue::make_capsule(c10::make_intrusive<CallHolder>(*call));
        context->saved_data["bias_type"] = bias.defined() ? c10::IValue(bias.scalar_type()) : c10::IValue();
        return y;
    }
    static variable_list backward(AutogradContext* context, variable_list dy) {
        const auto holder = c10::static_intrusive_pointer_cast<CallHolder>(context->saved_data["call"].toCapsule());
        const auto adjoint = std::make_shared<const Call>(holder->call.adjoint());
        const Tensor dx = linear(dy[0], context->get_saved_variables()[0], adjoint);
        Tensor db;
        if (const c10::IValue type = context->saved_data["bias_type"]; !type.isNone())
            db = dx.sum({0, 2, 3}, /*keepdim=*/false, at::kFloat).to(type.toScalarType());
        return {dx, db, {}};
    }
};

bool kernels_take(const Tensor& x) {
    return has_kernels(x.device()) && !PlainOperators::active() && has_kernel_storage(x.scalar_type());
}

bool kernels_take(const Call& call, const Tensor& x) {
    FilteredLreluParams p = params_of(call, SignUse::none);
    p.storage = kernel_storage(x.scalar_type());
    return kernels::filtered_lrelu_supports(p);
}

void say_that_libtorch_computes(const char* operator_name) {
    log_once(
        fmt::format("{}: a filter of more than 32 taps, or a factor other than 1, 2 and 4 or not the same along x and "
                    "y, is not one "
                    "of this program's kernels: LibTorch's operators compute it, which takes longer.",
                    operator_name));
}

}  // namespace

std::optional<Tensor> filtered_lrelu_by_kernel(const Tensor& x, const Tensor& bias, const FilteredLreluSpec& spec,
                                               std::int64_t out_h, std::int64_t out_w) {
    if (!kernels_take(x)) return std::nullopt;
    // Nothing to filter: LibTorch's own pointwise operators do as well.
    if (!spec.up_filter.defined() && !spec.down_filter.defined() && spec.up == 1 && spec.down == 1) return std::nullopt;

    // The gain rides on the filters. Its size may go before the activation, which is positively homogeneous, its sign
    // after the clamp, which is symmetric.
    const auto call = std::make_shared<Call>();
    call->up_filter = Taps(spec.up_filter, spec.up * spec.up * std::abs(spec.gain), !spec.flip);
    call->down_filter = Taps(spec.down_filter, spec.gain < 0.0 ? -1.0 : 1.0, !spec.flip);
    call->up = spec.up;
    call->down = spec.down;
    call->pad_x = spec.padding.x0;
    call->pad_y = spec.padding.y0;
    call->in_h = x.size(2);
    call->in_w = x.size(3);
    call->out_h = out_h;
    call->out_w = out_w;
    call->slope = static_cast<float>(spec.slope);
    call->clamp = spec.clamp ? static_cast<float>(*spec.clamp) : -1.0F;
    call->sign_w = static_cast<int>((out_w - 1) * spec.down + call->down_filter.width);
    call->sign_h = static_cast<int>((out_h - 1) * spec.down + call->down_filter.height);
    if (!kernels_take(*call, x)) {
        say_that_libtorch_computes("filtered_lrelu");
        return std::nullopt;
    }

    const bool scaled = spec.load_scale.defined() || spec.store_scale.defined();
    const bool differentiable = learns(x) || learns(bias) || learns(spec.load_scale) || learns(spec.store_scale);
    if (differentiable && scaled) return std::nullopt;  // LibTorch's products have gradients for their scales
    if (differentiable) return Fused::apply(x, bias.defined() ? std::optional(bias) : std::nullopt, CallPtr(call));
    Tensor none;
    return run(*call, x, {bias, spec.load_scale, spec.store_scale}, SignUse::none, none);
}

std::optional<Tensor> upfirdn2d_by_kernel(const Tensor& x, const Tensor& filter, Factor2d up, Factor2d down,
                                          Padding2d padding, double gain, bool flip, std::int64_t out_h,
                                          std::int64_t out_w) {
    if (!kernels_take(x)) return std::nullopt;
    const auto call = std::make_shared<Call>();
    // Where nothing is upsampled, the filter is the second one: it makes only the samples that are kept.
    const Taps taps(filter, gain, !flip);
    (up.x == 1 ? call->down_filter : call->up_filter) = taps;
    call->up = up.x;
    call->down = down.x;
    call->pad_x = padding.x0;
    call->pad_y = padding.y0;
    call->in_h = x.size(2);
    call->in_w = x.size(3);
    call->out_h = out_h;
    call->out_w = out_w;
    if (up.x != up.y || down.x != down.y || !kernels_take(*call, x)) {
        say_that_libtorch_computes("upfirdn2d");
        return std::nullopt;
    }
    if (learns(x)) return linear(x, std::nullopt, call);
    Tensor none;
    return run(*call, x, {}, SignUse::none, none);
}

}  // namespace afs::detail
