#include "core/model/native_metadata.h"

#include <fmt/format.h>

#include "core/base/error.h"

namespace afs {
namespace {

constexpr const char* kVersionKey = "afs.version";
constexpr const char* kConfigKey = "afs.config";
constexpr const char* kTrainingSetKey = "afs.training_set_kwargs";

const std::string* text_of(const Json& metadata, const char* key) {
    if (!metadata.is_object() || !metadata.contains(key) || !metadata[key].is_string()) return nullptr;
    return metadata[key].get_ptr<const std::string*>();
}

}  // namespace

NativeMetadata read_native_metadata(const Json& metadata, const std::string& tried) {
    NativeMetadata result;
    const std::string* config = text_of(metadata, kConfigKey);
    if (config == nullptr) return result;
    const std::string* version = text_of(metadata, kVersionKey);
    if (version != nullptr && *version != kNativeVersion)
        throw Error(ErrorKind::network, tried,
                    fmt::format("its format has the version {}, and this program reads version {}",
                                version->substr(0, 20), kNativeVersion),
                    "Update the program.");
    result.networks = parse_json(*config, tried);
    if (!result.networks.is_object())
        throw Error(ErrorKind::network, tried, "its metadata \"afs.config\" is not a JSON object");
    if (const std::string* kwargs = text_of(metadata, kTrainingSetKey))
        result.training_set_kwargs = parse_json(*kwargs, tried);
    return result;
}

Json native_entry(const NativeMetadata& metadata, const std::string& network) {
    const auto name = network.empty() ? only_native_name(metadata) : network;
    if (!name || !metadata.networks.is_object() || !metadata.networks.contains(*name)) return {};
    const Json& found = metadata.networks[*name];
    if (!found.is_object()) return {};
    Json entry = Json::object();
    for (const auto& [key, value] : found.items())
        if (key == "class" ? value.is_string() : key == "buffers" ? value.is_array() : value.is_object())
            entry[key] = value;
    return entry;
}

std::optional<std::string> only_native_name(const NativeMetadata& metadata) {
    if (!metadata.networks.is_object() || metadata.networks.size() != 1) return std::nullopt;
    return metadata.networks.begin().key();
}

std::vector<std::pair<std::string, std::string>> write_native_metadata(const NativeMetadata& metadata,
                                                                       const Json& extra) {
    std::vector<std::pair<std::string, std::string>> texts = {{kVersionKey, kNativeVersion},
                                                              {kConfigKey, metadata.networks.dump()}};
    if (!metadata.training_set_kwargs.is_null())
        texts.emplace_back(kTrainingSetKey, metadata.training_set_kwargs.dump());
    if (!extra.is_object()) return texts;
    for (const auto& [key, value] : extra.items())
        if (value.is_string() && key != kVersionKey && key != kConfigKey && key != kTrainingSetKey)
            texts.emplace_back(key, value.get<std::string>());
    return texts;
}

}  // namespace afs
