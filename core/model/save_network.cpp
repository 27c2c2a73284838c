#include "core/model/save_network.h"

#include <fmt/format.h>

#include "core/base/error.h"
#include "core/formats/safetensors.h"
#include "core/formats/torch_zip.h"
#include "core/model/native_metadata.h"

namespace afs {
namespace {

bool is_safetensors(const std::filesystem::path& path) { return path.extension() == ".safetensors"; }

}  // namespace

void check_may_save_networks(const std::filesystem::path& path, Overwrite overwrite) {
    if (!is_safetensors(path) && path.extension() != ".pt" && path.extension() != ".pth")
        throw Error(ErrorKind::argument, fmt::format("Could not write {}", path.filename().string()),
                    fmt::format("networks are not written as \"{}\" files", path.extension().string()),
                    "Give the output a name that ends in .safetensors or .pt.");
    check_may_write(path, overwrite);
}

void save_networks(const std::filesystem::path& path, const NetworksToSave& what, Overwrite overwrite) {
    check_may_save_networks(path, overwrite);
    const bool prefixed = is_safetensors(path) || what.networks.size() > 1;
    NativeMetadata native;
    native.networks = Json::object();
    native.training_set_kwargs = what.training_set_kwargs;
    std::vector<std::pair<std::string, TensorData>> tensors;
    for (const SavedNetwork& network : what.networks) {
        Json entry = Json::object();
        if (!network.class_name.empty()) entry["class"] = network.class_name;
        if (!network.config.is_null()) entry["config"] = network.config;
        if (!network.init_kwargs.is_null()) entry["init_kwargs"] = network.init_kwargs;
        if (!network.attributes.is_null() && !network.attributes.empty()) entry["attributes"] = network.attributes;
        const std::string prefix = prefixed && !network.name.empty() ? network.name + "." : "";
        Json buffers = Json::array();
        for (const NamedTensor& tensor : network.tensors) {
            tensors.emplace_back(prefix + tensor.name, tensor.tensor);
            if (!tensor.parameter) buffers.push_back(tensor.name);
        }
        if (!buffers.empty()) entry["buffers"] = std::move(buffers);
        if (!entry.empty()) native.networks[network.name] = std::move(entry);
    }
    const StringPairs metadata = write_native_metadata(native, what.texts);
    if (is_safetensors(path))
        write_safetensors(path, tensors, metadata, overwrite);
    else
        write_torch_zip(path, tensors, metadata, overwrite);
}

}  // namespace afs
