#include "core/model/describe.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/model/find_config.h"
#include "core/model/native_metadata.h"
#include "core/model/network_file.h"
#include "core/model/tensor_check.h"

namespace afs {
namespace {

constexpr std::size_t kListedTensors = 1000;

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json network_json(const std::string& name, const NetworkRecord& record, const Json& entry, bool list_tensors) {
    std::string class_name = record.class_name;
    if (class_name.empty() && entry.contains("class")) class_name = entry["class"].get<std::string>();
    Json json = {{"name", name},
                 {"class", text_or_null(class_name)},
                 {"num_params", count_parameters(record, entry)},
                 {"num_tensors", record.tensors.size()}};
    if (!list_tensors) return json;
    json["tensors"] = Json::array();
    for (const NamedTensor& tensor : record.tensors) {
        if (json["tensors"].size() == kListedTensors) break;
        json["tensors"].push_back({{"name", tensor.name},
                                   {"dtype", std::string(dtype_name(tensor.tensor.dtype))},
                                   {"shape", tensor.tensor.shape}});
    }
    return json;
}

// The network that is described, or nullptr where the file holds no generator.
const std::pair<std::string, NetworkRecord>* find_generator(const NetworkArchive& archive, const NativeMetadata& native,
                                                            const std::string& which) {
    const std::pair<std::string, NetworkRecord>* found = nullptr;
    for (const auto& network : archive.networks) {
        if (!is_generator(network.second, native_entry(native, network.first))) continue;
        if (network.first == which) return &network;
        if (found == nullptr) found = &network;
    }
    return found;
}

}  // namespace

Json layer_json(const LayerSpec& layer) {
    return {{"name", layer.name},
            {"in_size", layer.in_size},
            {"out_size", layer.out_size},
            {"in_rate", layer.in_rate},
            {"out_rate", layer.out_rate},
            {"in_cutoff", layer.in_cutoff},
            {"out_cutoff", layer.out_cutoff},
            {"in_half_width", layer.in_half_width},
            {"out_half_width", layer.out_half_width},
            {"out_stopband", layer.out_stopband},
            {"up", layer.up},
            {"down", layer.down},
            {"up_taps", layer.up_taps},
            {"down_taps", layer.down_taps},
            {"padding", layer.padding},
            {"channels_in", layer.channels_in},
            {"channels_out", layer.channels_out},
            {"kernel", layer.kernel},
            {"critical", layer.critical},
            {"radial", layer.radial},
            {"half_precision", layer.half_precision},
            {"is_torgb", layer.is_torgb}};
}

Description describe_network_file(const std::filesystem::path& path, const std::string& which) {
    const std::string tried = "Could not read " + path.filename().string();
    const NetworkArchive archive = read_network_archive(path);
    const NativeMetadata native = read_native_metadata(archive.metadata, tried);
    const auto* generator = find_generator(archive, native, which);

    Description description;
    Json& json = description.json;
    const bool other_class = std::ranges::any_of(archive.networks, [&](const auto& network) {
        return !network.second.class_name.empty() || !network.first.empty();
    });
    json["kind"] = generator != nullptr ? "generator" : other_class ? "network" : "tensors";
    json["format"] = archive.format;
    for (const char* key :
         {"config", "img_resolution", "img_channels", "z_dim", "c_dim", "w_dim", "num_ws", "num_params"})
        json[key] = nullptr;
    json["layers"] = Json::array();
    if (generator != nullptr) {
        const auto& [name, record] = *generator;
        const GeneratorConfig config = find_config(record, native_entry(native, name), tried, description.warnings);
        const Schedule schedule = make_schedule(config, tried);
        (void)check_tensors(record, plan_tensors(config, schedule), tried, description.warnings);
        json["config"] = config_name(config);
        json["img_resolution"] = config.img_resolution;
        json["img_channels"] = config.img_channels;
        json["z_dim"] = config.z_dim;
        json["c_dim"] = config.c_dim;
        json["w_dim"] = config.w_dim;
        json["num_ws"] = schedule.num_ws;
        json["num_params"] = count_parameters(config);
        for (const LayerSpec& layer : schedule.layers) json["layers"].push_back(layer_json(layer));
    }
    json["networks"] = Json::array();
    for (const auto& [name, record] : archive.networks)
        json["networks"].push_back(network_json(name, record, native_entry(native, name), generator == nullptr));
    json["training_set_kwargs"] =
        native.training_set_kwargs.is_null() ? archive.training_set_kwargs : native.training_set_kwargs;
    return description;
}

}  // namespace afs
