#include "core/model/alias_free_generator.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

namespace afs {
namespace {

Tensor times(const Tensor& x, const Tensor& scale) { return x * scale.to(x.scalar_type()).unsqueeze(2).unsqueeze(3); }

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

const std::vector<Modulation3>& AliasFreeGenerator::modulations(const Tensor& ws) const {
    std::int64_t version = 0;
    for (const SynthesisLayer& layer : layers_) version += layer.version();
    if (version != modulations_version_ || !modulations_ws_.defined() || !at::equal(ws, modulations_ws_)) {
        const c10::InferenceMode ordinary(false);  // they outlive the caller's mode
        const at::NoGradGuard no_grad;
        const TensorPool::Pause outside;
        modulations_ws_ = ws.clone();
        modulations_version_ = version;
        modulations_.clear();
        for (const SynthesisLayer& layer : layers_)
            modulations_.push_back(layer.modulation(modulations_ws_.select(1, layer.spec().w_index)));
    }
    return modulations_;
}

Tensor AliasFreeGenerator::synthesize(const Tensor& ws, const SynthesisOptions& options) const {
    check_ws(ws);
    return replay_or_run(ws, options, [this](const RecordedPasses::Inputs& inputs, const SynthesisOptions& how) {
        return run(inputs, how);
    });
}

Tensor AliasFreeGenerator::run(const RecordedPasses::Inputs& inputs, const SynthesisOptions& options) const {
    const Tensor& ws = inputs.ws;
    const Arithmetic arithmetic = choose_arithmetic(options.precision, device());
    const Float32Scope exact(device(), false);
    const auto show = [&](const std::string& name, const Tensor& activation) {
        if (options.on_layer) options.on_layer(name, activation);
        check_not_stopped(options.stop);
    };
    const ReplacedFilters* const filters = options.filters.get();
    Tensor x = input_(ws.select(1, 0), inputs.transform);
    show("input", x);
    const bool in_parts = device().kind == Device::Kind::cpu && !at::GradMode::is_enabled();
    if (in_parts && arithmetic.half == at::kFloat && !options.on_layer) {
        // Every activation leaves its nonlinearity with the scale of the convolution that follows.
        const std::vector<Modulation3>& scales = modulations(ws);
        x = times(x, scales.front().before);
        for (std::size_t i = 0; i < layers_.size(); ++i) {
            const Tensor next = i + 1 < layers_.size() ? scales[i + 1].before : Tensor();
            x = layers_[i].activate(layers_[i].convolve(x), scales[i].after, next, filters);
            check_not_stopped(options.stop);
        }
    } else if (in_parts) {
        // Who looks at a layer gets it without that scale, and the same picture to the bit: the same products, one
        // operator later. Weights may change between layers here (calibration). In bfloat16 a product that was rounded
        // is not the same, so it goes this way always.
        for (const SynthesisLayer& layer : layers_) {
            const Modulation3 scales = layer.modulation(ws.select(1, layer.spec().w_index));
            x = times(x.to(arithmetic.type_of(layer.spec())), scales.before);
            x = layer.activate(layer.convolve(x), scales.after, {}, filters);
            show(layer.spec().name, x);
        }
    } else {
        for (const SynthesisLayer& layer : layers_) {
            x = layer(x, ws.select(1, layer.spec().w_index), arithmetic, filters);
            show(layer.spec().name, x);
        }
    }
    x = x.to(at::kFloat) * config_.output_scale;
    show("output", x);
    return x;
}

}  // namespace afs
