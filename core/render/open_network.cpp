#include "core/render/open_network.h"

#include <ATen/ATen.h>

#include <filesystem>

#include "core/model/module_outputs.h"
#include "core/model/opened_networks.h"

namespace afs {
namespace {

// The explorer's list: every module's output in order, with the schedule's figures where the schedule has a row of it.
std::vector<LayerInfo> list_layers(const GeneratorConfig& config, const Schedule& schedule) {
    std::vector<LayerInfo> layers;
    for (const ModuleOutput& output : module_outputs(config, schedule)) {
        LayerInfo layer{output.name, output.channels, output.size, output.size, 0, 0, 0, false};
        if (config.family == Family::alias_free) {
            if (output.layer == nullptr) {
                layer.rate = schedule.input_rate;
                layer.cutoff = schedule.input_bandwidth;
            } else {
                layer.rate = output.layer->out_rate;
                layer.cutoff = output.layer->out_cutoff;
                layer.stopband = output.layer->out_stopband;
                layer.half_precision = output.layer->half_precision;
            }
        }
        layers.push_back(std::move(layer));
    }
    return layers;
}

// A file's network is on the CPU; elsewhere it is a copy.
std::shared_ptr<const Generator> on_device(const std::shared_ptr<const Generator>& generator, Device device) {
    if (device.kind == Device::Kind::cpu) return generator;
    std::vector<Tensor> tensors;
    for (const auto& state : generator->state()) tensors.push_back(state.tensor);
    const auto copy = Generator::from_tensors(generator->config(), std::move(tensors));
    copy->to(device);
    return copy;
}

}  // namespace

std::shared_ptr<OpenNetwork> open_network(const ModelRef& model, Device device, const Progress& progress) {
    auto open = std::make_shared<OpenNetwork>();
    open->network = NetworkFile::open(model.path, model.which, progress);
    Network& network = open->network;
    progress.check_stop();
    open->generator = on_device(network.generator, device);

    auto info = std::make_shared<NetworkInfo>();
    info->model = {model.path, network.which, network.sha256};
    info->title = std::filesystem::path(model.path).filename().string();
    if (network.metadata.is_object() && network.metadata.contains("afs.label") &&
        network.metadata["afs.label"].is_string())
        info->label = network.metadata["afs.label"].get<std::string>();
    info->config = config_name(network.config);
    info->format = network.format;
    info->img_resolution = network.config.img_resolution;
    info->img_channels = network.config.img_channels;
    info->z_dim = network.config.z_dim;
    info->c_dim = network.config.c_dim;
    info->w_dim = network.config.w_dim;
    info->num_ws = network.generator->num_ws();
    info->num_params = count_parameters(network.config);
    info->num_tensors = static_cast<std::int64_t>(network.generator->state().size());
    info->input_transformable = network.generator->input_transformable();
    info->has_noise = network.generator->has_noise();
    for (const auto& other : network.others) info->other_networks.push_back(other.name);
    info->warnings = network.warnings;
    info->training_set_kwargs = network.training_set_kwargs;
    info->schedule = open->generator->schedule();
    info->designed_filters = network.config.family == Family::alias_free;
    info->layers = list_layers(network.config, info->schedule);
    open->info = std::move(info);
    note_opened(model.path, network.which, open->generator);
    for (const auto& state : open->generator->state()) open->bytes += state.tensor.nbytes();
    return open;
}

}  // namespace afs
