#include "core/model/alias_free_generator.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/model/recompute.h"

namespace afs {
namespace {

Tensor times(const Tensor& x, const Tensor& scale) { return x * scale.to(x.scalar_type()).unsqueeze(2).unsqueeze(3); }

// With zeros where there are more, without the last ones where there are fewer; channels are dimension 1.
Tensor resized_channels(const Tensor& scale, std::int64_t channels) {
    const std::int64_t missing = channels - scale.size(1);
    return missing <= 0 ? scale.narrow(1, 0, channels) : at::constant_pad_nd(scale, {0, missing});
}

// TF32, where it was asked for, is for the convolutions alone.
Tensor convolve(const SynthesisLayer& layer, const Tensor& scaled_x, at::ScalarType type, const Arithmetic& how) {
    const Float32Scope scope(how.device, how.tf32);
    return layer.convolve(scaled_x, type);
}

}  // namespace

AliasFreeGenerator::AliasFreeGenerator(const GeneratorConfig& config, Schedule schedule, std::vector<State> state)
    : Generator(config, std::move(schedule), std::move(state)) {
    bind();
}

void AliasFreeGenerator::bind() {
    const TensorLookup tensors = [this](const std::string& name) { return tensor(name); };
    mapping_ = Mapping(config_, tensors);
    input_ =
        FourierInput(schedule_.input_size, schedule_.input_rate, schedule_.input_bandwidth, tensors, "synthesis.input");
    layers_.clear();
    for (const LayerSpec& spec : schedule_.layers) layers_.emplace_back(spec, config_, tensors);
}

Styles AliasFreeGenerator::styles(const Tensor& ws, Precision precision) const {
    const Arithmetic arithmetic = choose_arithmetic(precision, device());
    Styles result;
    result.placement = input_.placement(ws.select(1, 0));
    for (const SynthesisLayer& layer : layers_) {
        const at::ScalarType type = arithmetic.type_of(layer.spec());
        result.layers.push_back(layer.modulation(ws.select(1, layer.spec().w_index), type));
        result.kernels.push_back(layer.kernel(type));
    }
    return result;
}

AliasFreeGenerator::Show AliasFreeGenerator::show_to(const SynthesisOptions& options) {
    return [&options](const std::string& name, const std::function<Tensor()>& activation) {
        if (options.on_layer) options.on_layer(name, activation());
        check_not_stopped(options.stop);
    };
}

Tensor AliasFreeGenerator::run_folded(Tensor x, const std::vector<Modulation>& scales, const Arithmetic& arithmetic,
                                      const ReplacedFilters* filters, const Show& show) const {
    const auto without_padding = [](const Tensor& t, std::int64_t channels) { return t.narrow(1, 0, channels); };
    x = times(x, without_padding(scales.front().before, x.size(1)));
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        const SynthesisLayer& layer = layers_[i];
        const at::ScalarType type = arithmetic.type_of(layer.spec());
        const Tensor convolved = convolve(layer, x, type, arithmetic);
        Tensor next;
        if (i + 1 < layers_.size()) next = resized_channels(scales[i + 1].before, convolved.size(1));
        x = layer.activate(convolved, scales[i].after, next, filters);
        const std::int64_t channels = layer.spec().channels_out;
        show(layer.spec().name, [&] {
            const Tensor whole = without_padding(x, channels);
            if (!next.defined()) return whole;
            const Tensor scale = without_padding(next, channels).unsqueeze(2).unsqueeze(3);
            return at::where(scale == 0, 0.0, whole.to(at::kFloat) / scale).to(whole.scalar_type());
        });
    }
    return without_padding(x, config_.img_channels);
}

Tensor AliasFreeGenerator::run_layer_by_layer(Tensor x, const ScalesOf& scales_of, const Arithmetic& arithmetic,
                                              const ReplacedFilters* filters, const Show& show) const {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        const SynthesisLayer& layer = layers_[i];
        const at::ScalarType type = arithmetic.type_of(layer.spec());
        const Modulation scales = scales_of(i);
        x = times(x.to(type), scales.before.narrow(1, 0, x.size(1)));
        x = layer.activate(convolve(layer, x, type, arithmetic), scales.after, {}, filters);
        x = x.narrow(1, 0, layer.spec().channels_out);
        show(layer.spec().name, [&] { return x; });
    }
    return x;
}

Tensor AliasFreeGenerator::run_recomputed(Tensor x, const Tensor& ws, const Arithmetic& arithmetic,
                                          const SynthesisOptions& options) const {
    // Groups of about the square root of the number of layers keep least: what goes into each, and one of them whole.
    constexpr std::size_t kGroup = 3;
    for (std::size_t begin = 0; begin < layers_.size(); begin += kGroup) {
        const std::size_t end = std::min(begin + kGroup, layers_.size());
        std::vector<Tensor> inputs = {x}, parameters;
        for (std::size_t i = begin; i < end; ++i) {
            inputs.push_back(ws.select(1, layers_[i].spec().w_index));
            for (const Tensor& parameter : layers_[i].parameters()) parameters.push_back(parameter);
        }
        x = recomputed(
            [this, begin, end, arithmetic, filters = options.filters](const std::vector<Tensor>& in) {
                Tensor y = in[0];
                for (std::size_t i = begin; i < end; ++i)
                    y = layers_[i](y, in[i - begin + 1], arithmetic, filters.get());
                return y;
            },
            inputs, parameters);
        check_not_stopped(options.stop);
    }
    return x;
}

Tensor AliasFreeGenerator::draw(const Styles& styles, const Tensor& transform, const SynthesisOptions& options) const {
    const Arithmetic arithmetic = choose_arithmetic(options.precision, device());
    const Show show = show_to(options);
    Tensor x = input_.features(styles.placement, transform);
    show("input", [&] { return x; });
    // Who looks at a layer of float32 gets it as the convolution's scale finds it, and the same picture to the bit: the
    // same products, one operator later. In half precision a product that was rounded is not the same: there the scale
    // is taken off what is shown.
    const bool folded = !options.on_layer || arithmetic.half != at::kFloat;
    x = folded ? run_folded(x, styles.layers, arithmetic, options.filters.get(), show)
               : run_layer_by_layer(
                     x, [&](std::size_t i) { return styles.layers[i]; }, arithmetic, options.filters.get(), show);
    return finished(x, show);
}

Tensor AliasFreeGenerator::draw_unkept(const Tensor& ws, const SynthesisOptions& options) const {
    const Arithmetic arithmetic = choose_arithmetic(options.precision, device());
    const Show show = show_to(options);
    Tensor x = input_(ws.select(1, 0), options.network_transform);
    show("input", [&] { return x; });
    if (!at::GradMode::is_enabled()) {
        const ScalesOf scales_of = [&](std::size_t i) {
            const LayerSpec& spec = layers_[i].spec();
            return layers_[i].modulation(ws.select(1, spec.w_index), arithmetic.type_of(spec));
        };
        x = run_layer_by_layer(x, scales_of, arithmetic, options.filters.get(), show);
    } else if (RecomputeScope::active() && !options.on_layer) {
        x = run_recomputed(x, ws, arithmetic, options);
    } else {
        for (const SynthesisLayer& layer : layers_) {
            x = layer(x, ws.select(1, layer.spec().w_index), arithmetic, options.filters.get());
            show(layer.spec().name, [&] { return x; });
        }
    }
    return finished(x, show);
}

Tensor AliasFreeGenerator::finished(const Tensor& x, const Show& show) const {
    const Tensor picture = x.to(at::kFloat) * config_.output_scale;
    show("output", [&] { return picture; });
    return picture;
}

}  // namespace afs
