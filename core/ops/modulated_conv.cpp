#include "core/ops/modulated_conv.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/ops/argument_checks.h"
#include "core/ops/upfirdn2d.h"

namespace afs {
namespace {

constexpr const char* kModulatedConv3 = "modulated_conv3";
constexpr const char* kModulatedConv2 = "modulated_conv2";
constexpr double kEpsilon = 1e-8;  // of demodulation (SPEC 6.3, 11)

bool is_half(const Tensor& x) { return x.scalar_type() == at::kHalf || x.scalar_type() == at::kBFloat16; }

void check_weight(const char* operator_name, const Tensor& x, const Tensor& weight) {
    check_picture(operator_name, "x", x);
    if (!weight.defined() || weight.dim() != 4 || !weight.is_floating_point() || weight.size(1) != x.size(1) ||
        weight.size(2) != weight.size(3) || weight.size(2) < 1)
        refuse_argument(operator_name, "weight is {}, but must be [Cout, {}, k, k] of a floating-point type",
                        describe(weight), x.size(1));
    if (weight.device() != x.device())
        refuse_argument(operator_name, "weight is on {}, but x is on {}", weight.device().str(), x.device().str());
}

void check_styles(const char* operator_name, const Tensor& x, const Tensor& styles) {
    if (!styles.defined() || styles.dim() != 2 || styles.size(0) != x.size(0) || styles.size(1) != x.size(1) ||
        !styles.is_floating_point())
        refuse_argument(operator_name, "styles is {}, but must be [{}, {}] of a floating-point type", describe(styles),
                        x.size(0), x.size(1));
}

// The type of styles and demodulation.
at::ScalarType wide_type(const Tensor& x) { return x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat; }

// oneDNN's convolution and the filters that follow are fastest on channels-last data; on CUDA x keeps its layout.
Tensor preferred_layout(const Tensor& x) { return x.is_cpu() ? x.contiguous(at::MemoryFormat::ChannelsLast) : x; }

// One sample's style may as well scale the weights, and that is the cheaper where there are fewer weights than
// activations.
bool scale_weights(const Tensor& x, const Tensor& weight) {
    return x.size(0) == 1 && weight.numel() < (weight.size(0) + weight.size(1)) * x.size(2) * x.size(3);
}

Tensor scaled_weight(const Tensor& weight, const Modulation& scales) {
    const Tensor both = scales.after.defined() ? scales.after.view({-1, 1}) * scales.before : scales.before;
    return weight * both.unsqueeze(2).unsqueeze(3);
}

// SPEC 6.3's normalisation of a kernel and what demodulation needs of it; see ModulatedKernel.
void measure_kernel(const Tensor& weight, Tensor& norm, Tensor& squares) {
    const Tensor sums = weight.square().sum({2, 3});  // [Cout, Cin]
    norm = at::rsqrt(sums.mean(1) / static_cast<double>(weight.size(2) * weight.size(3)));
    squares = sums * norm.square().unsqueeze(1);
}

// y * after + bias, with y [N, Cout, H, W].
Tensor scale_result(const Tensor& y, const Tensor& after, const Tensor& bias) {
    const auto b = bias.defined() ? bias.to(y.scalar_type()).view({1, -1, 1, 1}) : Tensor();
    if (!after.defined()) return bias.defined() ? y + b : y;
    const Tensor d = after.to(y.scalar_type()).unsqueeze(2).unsqueeze(3);
    return bias.defined() ? at::addcmul(b, y, d) : y * d;
}

Tensor scale_input(const Tensor& x, const Tensor& before) {
    return x * before.to(x.scalar_type()).unsqueeze(2).unsqueeze(3);
}

// The kernel as a true convolution at twice the rate: SPEC 11's upsample2d by `filter` and the unpadded convolution, in
// the other order (a stride-2 transposed convolution, then the filter), which is the same sum with a quarter of the
// multiplications.
Tensor filter_after_up2(const Tensor& y, int k, const Tensor& filter, int padding) {
    const int h = filter.defined() ? static_cast<int>(filter.size(0)) : 1;
    const int w = filter.defined() ? static_cast<int>(filter.size(-1)) : 1;
    // Upsampling pads by p + (taps + up - 1)/2 and p + (taps - up)/2, rounded down. y starts k - 1 samples before the
    // first output that the unpadded kernel keeps, and lacks the up - 1 zeros behind the last sample.
    const auto lo = [&](int taps) { return padding + ((taps + 1) >> 1) - (k - 1); };
    const auto hi = [&](int taps) { return padding + ((taps - 2) >> 1) + 1 - (k - 1); };
    return upfirdn2d(y, filter, {}, {}, {lo(w), hi(w), lo(h), hi(h)}, /*gain=*/4.0);
}

Tensor convolve_up2(const Tensor& x, const Tensor& weight, const Tensor& filter, int padding) {
    const int k = static_cast<int>(weight.size(2));
    if (k == 1 && padding == 0) return upsample2d(at::conv2d(x, weight), filter, {2, 2});
    const Tensor y = at::conv_transpose2d(x, weight.transpose(0, 1), /*bias=*/{}, /*stride=*/2);
    return filter_after_up2(y, k, filter, padding);
}

}  // namespace

ModulatedKernel::ModulatedKernel(const Tensor& stored) {
    if (!stored.defined() || stored.dim() != 4 || !stored.is_floating_point())
        refuse_argument(kModulatedConv3, "weight is {}, but must be [Cout, Cin, k, k] of a floating-point type",
                        describe(stored));
    // Kernels that are scaled for each sample (see scale_weights) are small; only those are worth a second copy.
    constexpr std::int64_t kSmall = 1 << 20;
    weight = stored.is_cpu() && stored.numel() < kSmall ? stored.contiguous(at::MemoryFormat::ChannelsLast) : stored;
    measure_kernel(weight.to(wide_type(weight)), norm, squares);
    packed = PackedKernel(weight);
}

ModulatedKernel half_kernel(const Tensor& stored, c10::ScalarType type, bool demodulate) {
    AFS_CHECK(type == at::kHalf || type == at::kBFloat16);
    ModulatedKernel kernel(stored.to(at::kFloat));
    Tensor weight = kernel.weight;
    if (demodulate) weight = weight * kernel.norm.view({-1, 1, 1, 1});
    const auto missing = [](std::int64_t channels) {
        return (kHalfChannels - channels % kHalfChannels) % kHalfChannels;
    };
    const std::int64_t outputs = weight.size(0) < kHalfChannels ? 0 : missing(weight.size(0));
    weight = at::constant_pad_nd(weight, {0, 0, 0, 0, 0, missing(weight.size(1)), 0, outputs});
    kernel.weight = weight.to(type).contiguous(at::MemoryFormat::ChannelsLast);
    kernel.norm = at::ones_like(kernel.norm);
    kernel.packed = PackedKernel(kernel.weight);
    return kernel;
}

Tensor modulated_conv3(const Tensor& x, const Tensor& weight, const Tensor& styles, bool demodulate,
                       const Tensor& input_gain, const Tensor& bias) {
    check_weight(kModulatedConv3, x, weight);
    ModulatedKernel kernel;
    kernel.weight = weight.to(wide_type(x));
    if (demodulate) measure_kernel(kernel.weight, kernel.norm, kernel.squares);
    return modulated_conv3(x, kernel, styles, demodulate, input_gain, bias);
}

Modulation modulation3(const ModulatedKernel& kernel, const Tensor& styles, bool demodulate, const Tensor& input_gain) {
    const at::ScalarType type = wide_type(kernel.weight);
    const auto padded = [](const Tensor& scale, std::int64_t channels) {
        return scale.size(1) == channels ? scale : at::constant_pad_nd(scale, {0, channels - scale.size(1)});
    };
    Modulation result{styles.to(type), {}};
    if (demodulate) {
        // In SPEC 6.3's words: W_n = W r_o s_i, then d_o = rsqrt(sum W_n^2 + epsilon), with the sums over the kernel
        // taken once for all samples. r_o and d_o go behind the convolution.
        AFS_CHECK(kernel.norm.defined() && kernel.squares.defined());
        result.before = result.before * at::rsqrt(result.before.square().mean());  // over the WHOLE batch
        const Tensor sums = at::mm(result.before.square(), kernel.squares.to(type).t());
        result.after = padded(kernel.norm.to(type) * at::rsqrt(sums + kEpsilon), kernel.weight.size(0));
    }
    if (input_gain.defined()) result.before = result.before * input_gain.to(type);
    result.before = padded(result.before, kernel.weight.size(1));
    return result;
}

Tensor convolve3(const Tensor& scaled_x, const ModulatedKernel& kernel, const Tensor& bias) {
    const Tensor& weight = kernel.weight;
    check_weight(kModulatedConv3, scaled_x, weight);
    check_bias(kModulatedConv3, bias, scaled_x, weight.size(0));
    const at::ScalarType type = scaled_x.scalar_type();
    const int padding = static_cast<int>(weight.size(2)) - 1;
    if (kernel.packed.defined()) return kernel.packed.convolve(preferred_layout(scaled_x), bias, padding);
    return at::conv2d(preferred_layout(scaled_x), weight.to(type), bias.defined() ? bias.to(type) : bias, /*stride=*/1,
                      padding);
}

Tensor modulated_conv3(const Tensor& x, const ModulatedKernel& kernel, const Tensor& styles, bool demodulate,
                       const Tensor& input_gain, const Tensor& bias) {
    const Tensor& weight = kernel.weight;
    check_weight(kModulatedConv3, x, weight);
    check_styles(kModulatedConv3, x, styles);
    check_bias(kModulatedConv3, bias, x, weight.size(0));
    const bool gain_fits = !input_gain.defined() || input_gain.dim() == 0 ||
                           (input_gain.dim() == 1 && input_gain.size(0) == x.size(1)) ||
                           (input_gain.dim() == 2 && input_gain.sizes() == styles.sizes());
    if (!gain_fits)
        refuse_argument(kModulatedConv3, "input_gain is {}, but must be [], [{}] or [{}, {}]", describe(input_gain),
                        x.size(1), x.size(0), x.size(1));
    const std::int64_t padding = weight.size(2) - 1;
    if (x.numel() == 0) return empty_result(x, {x.size(0), weight.size(0), x.size(2) + padding, x.size(3) + padding});

    const Modulation scales = modulation3(kernel, styles, demodulate, input_gain);
    const Tensor picture = preferred_layout(x);
    if (scale_weights(x, weight))
        return at::conv2d(picture, scaled_weight(weight.to(wide_type(x)), scales).to(x.scalar_type()),
                          bias.defined() ? bias.to(x.scalar_type()) : bias, /*stride=*/1, padding);
    if (is_half(x) && demodulate) {
        // Kernels of unit mean square, styles of unit mean square: nothing between them leaves half's range.
        const Tensor norm = kernel.norm.to(wide_type(x));
        const Tensor unit = (weight.to(wide_type(x)) * norm.view({-1, 1, 1, 1})).to(x.scalar_type());
        const Tensor y = at::conv2d(scale_input(picture, scales.before), unit, /*bias=*/{}, /*stride=*/1, padding);
        return scale_result(y, scales.after / norm, bias);
    }
    return scale_result(convolve3(scale_input(picture, scales.before), kernel), scales.after, bias);
}

ModulatedKernel2::ModulatedKernel2(const Tensor& stored, c10::ScalarType type, bool demodulate) {
    if (!stored.defined() || stored.dim() != 4 || !stored.is_floating_point())
        refuse_argument(kModulatedConv2, "weight is {}, but must be [Cout, Cin, k, k] of a floating-point type",
                        describe(stored));
    weight = stored.to(type == at::kDouble ? at::kDouble : at::kFloat);
    if (demodulate) {
        if (type == at::kHalf || type == at::kBFloat16) {
            const double fan_in = static_cast<double>(weight.size(1) * weight.size(2) * weight.size(3));
            weight = weight / (weight.abs().amax({1, 2, 3}, /*keepdim=*/true) * std::sqrt(fan_in));
        }
        squares = weight.square().sum({2, 3});
    }
    packed = PackedKernel(weight);
}

Modulation modulation2(const ModulatedKernel2& kernel, const Tensor& styles, c10::ScalarType type, bool demodulate) {
    const at::ScalarType wide = type == at::kDouble ? at::kDouble : at::kFloat;
    Modulation result{styles.to(wide), {}};
    if (demodulate) {
        AFS_CHECK(kernel.squares.defined());
        if (type == at::kHalf || type == at::kBFloat16)
            result.before = result.before / result.before.abs().amax(1, /*keepdim=*/true);
        result.after = at::rsqrt(at::mm(result.before.square(), kernel.squares.to(wide).t()) + kEpsilon);
    }
    return result;
}

Convolved2 convolve2(const Tensor& x, const ModulatedKernel2& kernel, const Modulation& scales,
                     const ModulatedConv2Spec& spec) {
    check_weight(kModulatedConv2, x, kernel.weight);
    check_styles(kModulatedConv2, x, scales.before);
    check_filter(kModulatedConv2, "resample_filter", spec.resample_filter, x);
    if (kernel.weight.size(2) % 2 == 0)
        refuse_argument(kModulatedConv2, "weight is {}, but the kernel's side must be odd", describe(kernel.weight));
    if (spec.up != 1 && spec.up != 2) refuse_argument(kModulatedConv2, "up is {}, but must be 1 or 2", spec.up);
    if (x.numel() == 0)
        return {empty_result(x, {x.size(0), kernel.weight.size(0), x.size(2) * spec.up, x.size(3) * spec.up}), {}};

    const Tensor picture = preferred_layout(x);
    const int k = static_cast<int>(kernel.weight.size(2)), padding = k / 2;
    const auto convolve = [&](const Tensor& p, const Tensor& w) {
        return spec.up == 2 ? convolve_up2(p, w, spec.resample_filter, padding)
                            : at::conv2d(p, w, /*bias=*/{}, /*stride=*/1, padding);
    };
    // A kernel that was transformed before must stay as it is.
    const bool transformed = spec.up == 1 && kernel.packed.defined() && can_transform(x, kernel.weight, padding);
    if (!transformed && scale_weights(x, kernel.weight))
        return {convolve(picture, scaled_weight(kernel.weight.to(wide_type(x)), scales).to(x.scalar_type())), {}};
    const Tensor scaled = scale_input(picture, scales.before);
    if (!can_pack(scaled)) return {convolve(scaled, kernel.weight.to(x.scalar_type())), scales.after};
    if (spec.up == 1) return {kernel.packed.convolve(scaled, {}, padding), scales.after};
    if (k == 1) return {upsample2d(kernel.packed.convolve(scaled, {}, 0), spec.resample_filter, {2, 2}), scales.after};
    return {filter_after_up2(kernel.packed.convolve_transposed(scaled), k, spec.resample_filter, padding),
            scales.after};
}

Tensor modulated_conv2(const Tensor& x, const Tensor& weight, const Tensor& styles, const Tensor& noise,
                       const ModulatedConv2Spec& spec) {
    check_weight(kModulatedConv2, x, weight);
    const std::vector<std::int64_t> shape{x.size(0), weight.size(0), x.size(2) * spec.up, x.size(3) * spec.up};
    if (noise.defined() && !at::is_expandable_to(noise.sizes(), {shape[0], 1, shape[2], shape[3]}))
        refuse_argument(kModulatedConv2, "noise is {}, but must broadcast to [{}, 1, {}, {}]", describe(noise),
                        shape[0], shape[2], shape[3]);
    check_styles(kModulatedConv2, x, styles);
    const ModulatedKernel2 kernel(weight, x.scalar_type(), spec.demodulate);
    const Modulation scales =
        x.numel() == 0 ? Modulation{styles, {}} : modulation2(kernel, styles, x.scalar_type(), spec.demodulate);
    const Convolved2 convolved = convolve2(x, kernel, scales, spec);
    const Tensor y = scale_result(convolved.y, convolved.scale, {});
    return noise.defined() && y.numel() > 0 ? y + noise.to(x.scalar_type()) : y;
}

Tensor conv2d_resample(const Tensor& x, const Tensor& weight, const Tensor& filter, int up, int down, int padding) {
    constexpr const char* kName = "conv2d_resample";
    check_weight(kName, x, weight);
    check_filter(kName, "filter", filter, x);
    if ((up != 1 && up != 2) || (down != 1 && down != 2) || (up == 2 && down == 2))
        refuse_argument(kName, "up is {} and down is {}, but one must be 1, the other 1 or 2", up, down);
    if (padding < 0) refuse_argument(kName, "padding is {}, but must be at least 0", padding);
    const std::int64_t k = weight.size(2);
    const auto side = [&](std::int64_t in) { return (in * up + 2 * padding - k) / down + 1; };
    if (std::min(x.size(2), x.size(3)) * up + 2 * padding < k)
        refuse_argument(kName, "x is {}, which leaves no room for a kernel of {} x {} with padding {}", describe(x), k,
                        k, padding);
    if (x.numel() == 0) return empty_result(x, {x.size(0), weight.size(0), side(x.size(2)), side(x.size(3))});

    const Tensor picture = preferred_layout(x), w = weight.to(x.scalar_type());
    if (up == 2) return convolve_up2(picture, w, filter, padding);
    if (down == 1) return at::conv2d(picture, w, /*bias=*/{}, /*stride=*/1, padding);
    if (k == 1 && padding == 0) return at::conv2d(downsample2d(picture, filter), w);
    // All samples of the filtered picture, as downsample2d would pad for this kernel; the stride drops them.
    const int taps_y = filter.defined() ? static_cast<int>(filter.size(0)) : 1;
    const int taps_x = filter.defined() ? static_cast<int>(filter.size(-1)) : 1;
    const Padding2d around{padding + ((taps_x - 1) >> 1), padding + ((taps_x - 2) >> 1), padding + ((taps_y - 1) >> 1),
                           padding + ((taps_y - 2) >> 1)};
    return at::conv2d(upfirdn2d(picture, filter, {}, {}, around), w, /*bias=*/{}, /*stride=*/2);
}

}  // namespace afs
