#include "core/model/alias_free_generator.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

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
    modulations_ws_ = Tensor();
    for (const LayerSpec& spec : schedule_.layers) layers_.emplace_back(spec, config_, tensors);
}

std::vector<Modulation3> AliasFreeGenerator::compute_modulations(const Tensor& ws, const Arithmetic& arithmetic) const {
    std::vector<Modulation3> result;
    for (const SynthesisLayer& layer : layers_)
        result.push_back(layer.modulation(ws.select(1, layer.spec().w_index), arithmetic.type_of(layer.spec())));
    return result;
}

const std::vector<Modulation3>& AliasFreeGenerator::modulations(const Tensor& ws, const Arithmetic& arithmetic) const {
    std::int64_t version = 0;
    for (const SynthesisLayer& layer : layers_) version += layer.version();
    if (version != modulations_version_ || arithmetic.half != modulations_half_ || !modulations_ws_.defined() ||
        !at::equal(ws, modulations_ws_)) {
        const c10::InferenceMode ordinary(false);  // they outlive the caller's mode
        const at::NoGradGuard no_grad;
        const TensorPool::Pause outside;
        modulations_ws_ = ws.clone();
        modulations_version_ = version;
        modulations_half_ = arithmetic.half;
        modulations_ = compute_modulations(modulations_ws_, arithmetic);
    }
    return modulations_;
}

Tensor AliasFreeGenerator::synthesize(const Tensor& ws, const SynthesisOptions& options) const {
    check_ws(ws);
    return replay_or_run(ws, options, [this](const RecordedPasses::Inputs& inputs, const SynthesisOptions& how) {
        return run(inputs, how);
    });
}

Tensor AliasFreeGenerator::run_folded(Tensor x, const Tensor& ws, const Arithmetic& arithmetic,
                                      const ReplacedFilters* filters, const Show& show) const {
    // On a GPU this is recorded (RecordedPasses): nothing may wait for it, as asking whether ws is the same does.
    const std::vector<Modulation3> scales =
        device().kind == Device::Kind::cpu ? modulations(ws, arithmetic) : compute_modulations(ws, arithmetic);
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

Tensor AliasFreeGenerator::run_layer_by_layer(Tensor x, const Tensor& ws, const Arithmetic& arithmetic,
                                              const ReplacedFilters* filters, const Show& show) const {
    for (const SynthesisLayer& layer : layers_) {
        const at::ScalarType type = arithmetic.type_of(layer.spec());
        const Modulation3 scales = layer.modulation(ws.select(1, layer.spec().w_index), type);
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

Tensor AliasFreeGenerator::run(const RecordedPasses::Inputs& inputs, const SynthesisOptions& options) const {
    const Tensor& ws = inputs.ws;
    const Arithmetic arithmetic = choose_arithmetic(options.precision, device());
    const Float32Scope exact(device(), false);
    const Show show = [&](const std::string& name, const std::function<Tensor()>& activation) {
        if (options.on_layer) options.on_layer(name, activation());
        check_not_stopped(options.stop);
    };
    const ReplacedFilters* const filters = options.filters.get();
    Tensor x = input_(ws.select(1, 0), inputs.transform);
    show("input", [&] { return x; });
    if (!at::GradMode::is_enabled()) {
        // Who looks at a layer of float32 gets it as the convolution's scale finds it, and the same picture to the bit:
        // the same products, one operator later. In half precision a product that was rounded is not the same: there
        // the scale is taken off what is shown.
        const bool folded = !options.on_layer_changes_network && (!options.on_layer || arithmetic.half != at::kFloat);
        x = folded ? run_folded(x, ws, arithmetic, filters, show)
                   : run_layer_by_layer(x, ws, arithmetic, filters, show);
    } else if (RecomputeScope::active() && !options.on_layer) {
        x = run_recomputed(x, ws, arithmetic, options);
    } else {
        for (const SynthesisLayer& layer : layers_) {
            x = layer(x, ws.select(1, layer.spec().w_index), arithmetic, filters);
            show(layer.spec().name, [&] { return x; });
        }
    }
    x = x.to(at::kFloat) * config_.output_scale;
    show("output", [&] { return x; });
    return x;
}

}  // namespace afs
