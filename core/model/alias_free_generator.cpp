#include "core/model/alias_free_generator.h"

#include <ATen/ATen.h>

namespace afs {

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

Tensor AliasFreeGenerator::synthesize(const Tensor& ws, const SynthesisOptions& options) const {
    check_ws(ws);
    const Arithmetic arithmetic = choose_arithmetic(options.precision, device());
    const Float32Scope exact(device(), false);
    const auto show = [&](const std::string& name, const Tensor& activation) {
        if (options.on_layer) options.on_layer(name, activation);
        check_not_stopped(options.stop);
    };
    Tensor x = input_(ws.select(1, 0), options.network_transform);
    show("input", x);
    for (const SynthesisLayer& layer : layers_) {
        x = layer(x, ws.select(1, layer.spec().w_index), arithmetic);
        show(layer.spec().name, x);
    }
    x = x.to(at::kFloat) * config_.output_scale;
    show("output", x);
    return x;
}

}  // namespace afs
