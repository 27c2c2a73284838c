#include "core/model/convert.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/error.h"
#include "core/model/find_config.h"
#include "core/model/native_metadata.h"
#include "core/model/network_file.h"
#include "core/model/save_network.h"
#include "core/model/tensor_check.h"

namespace afs {
namespace {

std::vector<std::pair<std::string, const NetworkRecord*>> select(const NetworkArchive& archive, const std::string& what,
                                                                 const std::string& tried) {
    std::vector<std::pair<std::string, const NetworkRecord*>> selected;
    for (const auto& [name, record] : archive.networks)
        if (what == "all" || name == what) selected.emplace_back(name, &record);
    if (selected.empty()) {
        std::vector<std::string> ignored;
        const NetworkRecord& only = choose_network(archive, what, tried, ignored);  // throws, or finds the unnamed one
        for (const auto& [name, record] : archive.networks)
            if (&record == &only) selected.emplace_back(name, &record);
    }
    return selected;
}

SavedNetwork describe_network(const std::string& name, const NetworkRecord& record, const NativeMetadata& native) {
    SavedNetwork network{name, record.class_name, {}, record.init_kwargs, record.attributes, {}};
    const Json entry = native_entry(native, name);
    if (entry.contains("class")) network.class_name = entry["class"].get<std::string>();
    if (entry.contains("config")) network.config = entry["config"];  // a generator's is checked and replaced
    if (entry.contains("init_kwargs")) network.init_kwargs = entry["init_kwargs"];
    if (entry.contains("attributes")) network.attributes = entry["attributes"];
    return network;
}

// The configuration of a generator whose tensors fit it; null, with a warning, for bare tensors of a kind unknown here.
Json checked_config(const NetworkRecord& record, const Json& entry, const std::string& tried,
                    std::vector<std::string>& warnings) {
    std::vector<std::string> doubts;
    try {
        const GeneratorConfig config = find_config(record, entry, tried, doubts);
        (void)check_tensors(record, plan_tensors(config, make_schedule(config, tried)), tried, doubts);
        warnings.insert(warnings.end(), doubts.begin(), doubts.end());
        return to_json(config);
    } catch (const Error& e) {
        if (!entry.is_null() || !record.init_kwargs.is_null()) throw;
        warnings.push_back(fmt::format("The tensors were copied without a configuration, because {}.", e.why()));
        return {};
    }
}

}  // namespace

Conversion convert_network(const std::filesystem::path& in, const std::filesystem::path& out, const std::string& what,
                           Overwrite overwrite, const Progress& progress) {
    const std::string tried = "Could not convert " + in.filename().string();
    constexpr std::array kParts = {"", "G_ema", "G", "D", "all"};
    if (std::ranges::find(kParts, what) == kParts.end())
        throw Error(ErrorKind::argument, fmt::format("\"{}\" is not a part of a network file", what),
                    "parts are G_ema, G, D and all");
    check_may_save_networks(out, overwrite);
    progress.report(-1, "reading " + in.filename().string());
    const NetworkArchive archive = read_network_archive(in);
    const NativeMetadata native = read_native_metadata(archive.metadata, tried);
    const bool whole = out.extension() == ".safetensors" || archive.networks.size() == 1;
    const std::string part = !what.empty() ? what : whole ? "all" : "G_ema";

    Conversion conversion;
    NetworksToSave save;
    save.training_set_kwargs =
        native.training_set_kwargs.is_null() ? archive.training_set_kwargs : native.training_set_kwargs;
    save.texts = archive.metadata;
    for (const auto& [name, record] : select(archive, part, tried)) {
        progress.check_stop();
        SavedNetwork network = describe_network(name, *record, native);
        if (const Json entry = native_entry(native, name); is_generator(*record, entry)) {
            network.config = checked_config(*record, entry, tried, conversion.warnings);
            network.class_name = "Generator";
        }
        if (network.name.empty()) network.name = only_native_name(native).value_or("");
        if (network.name.empty() && !network.config.is_null()) network.name = "G_ema";
        // The unnamed tensors of a state dictionary stand in for any network but one that they are not.
        if (part != "all" && !network.name.empty() && network.name != part &&
            !(part == "G" && network.name == "G_ema") && !what.empty())
            throw Error(ErrorKind::network, tried, fmt::format("there is no network {} in it", part),
                        fmt::format("It holds {}.", network.name));
        const ParameterTest is_parameter(*record, native_entry(native, name));
        for (const NamedTensor& tensor : record->tensors) {
            network.tensors.push_back({tensor.name, tensor.tensor, is_parameter(tensor)});
            conversion.bytes += tensor.tensor.bytes.size();
            ++conversion.tensors;
        }
        conversion.networks.push_back(network.name);
        save.networks.push_back(std::move(network));
    }
    progress.report(-1, "writing " + out.filename().string());
    save_networks(out, save, overwrite);
    return conversion;
}

}  // namespace afs
