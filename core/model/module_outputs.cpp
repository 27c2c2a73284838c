#include "core/model/module_outputs.h"

namespace afs {
namespace {

std::vector<ModuleOutput> alias_free_outputs(const Schedule& schedule) {
    std::vector<ModuleOutput> outputs{{"input", schedule.input_channels, schedule.input_size, nullptr}};
    for (const LayerSpec& layer : schedule.layers)
        outputs.push_back({layer.name, layer.channels_out, layer.out_size, &layer});
    const LayerSpec& last = schedule.layers.back();
    outputs.push_back({"output", last.channels_out, last.out_size, &last});
    return outputs;
}

// After its rows a block shows its features and, from the first ToRGB on, the picture so far.
std::vector<ModuleOutput> stylegan2_outputs(const Schedule& schedule) {
    std::vector<ModuleOutput> outputs;
    const auto block_of = [](const LayerSpec& layer) { return layer.name.substr(0, layer.name.find('.')); };
    const LayerSpec* picture = nullptr;
    int features = 0;
    for (std::size_t i = 0; i < schedule.layers.size(); ++i) {
        const LayerSpec& layer = schedule.layers[i];
        outputs.push_back({layer.name, layer.channels_out, layer.out_size, &layer});
        if (layer.is_torgb)
            picture = &layer;
        else
            features = layer.channels_out;
        const std::string block = block_of(layer);
        if (i + 1 < schedule.layers.size() && block_of(schedule.layers[i + 1]) == block) continue;
        if (picture == nullptr) {
            outputs.push_back({block, features, layer.out_size, nullptr});
            continue;
        }
        outputs.push_back({block + ":0", features, layer.out_size, nullptr});
        outputs.push_back({block + ":1", picture->channels_out, layer.out_size, nullptr});
    }
    if (picture != nullptr) outputs.push_back({"output", picture->channels_out, picture->out_size, picture});
    return outputs;
}

}  // namespace

std::vector<ModuleOutput> module_outputs(const GeneratorConfig& config, const Schedule& schedule) {
    return config.family == Family::alias_free ? alias_free_outputs(schedule) : stylegan2_outputs(schedule);
}

}  // namespace afs
