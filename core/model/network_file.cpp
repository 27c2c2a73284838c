#include "core/model/network_file.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/base/sha256.h"
#include "core/model/discriminator.h"
#include "core/model/find_config.h"
#include "core/model/native_metadata.h"
#include "core/model/tensor_check.h"

namespace afs {
namespace {

// "a, b, c and 4 more"
std::string list_text(const std::vector<std::string>& names) {
    constexpr std::size_t kShown = 5;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i == 0 ? "" : ", ") + names[i];
    if (names.size() > kShown) text += fmt::format(" and {} more", names.size() - kShown);
    return text;
}

Tensor designed_tensor(const TensorPlan& plan) {
    if (plan.init == TensorPlan::Init::identity) return at::eye(plan.shape[0], at::kFloat);
    return at::tensor(at::ArrayRef<double>(plan.filter), at::kDouble).to(at::kFloat).view(plan.shape);
}

// In one pass and no memory, as a network has a hundred megabytes of values.
bool is_finite(const Tensor& tensor) {
    if (tensor.numel() == 0) return true;
    const auto [least, most] = at::aminmax(tensor);
    return std::isfinite(least.item<float>()) && std::isfinite(most.item<float>());
}

}  // namespace

const NetworkRecord& choose_network(const NetworkArchive& archive, const std::string& which, const std::string& tried,
                                    std::vector<std::string>& warnings) {
    if (const NetworkRecord* found = archive.find(which)) return *found;
    std::vector<std::string> names;
    for (const auto& [name, record] : archive.networks) names.push_back(name);
    if (names.size() == 1 && names[0].empty()) return archive.networks[0].second;
    if (std::ranges::find(archive.absent, which) != archive.absent.end())
        throw Error(ErrorKind::network, tried, fmt::format("its {} is None", which), "Choose a complete snapshot.");
    if (which == "G_ema" && archive.format != "pickle")
        if (const NetworkRecord* g = archive.find("G")) {
            warnings.push_back("The file holds no G_ema; its G was opened instead.");
            return *g;
        }
    std::erase(names, "");
    throw Error(ErrorKind::network, tried, fmt::format("there is no network {} in it", which),
                names.empty() ? "Choose a generator's network file." : fmt::format("It holds: {}.", list_text(names)));
}

GeneratorConfig find_config(const NetworkRecord& record, const Json& native, const std::string& tried,
                            std::vector<std::string>& warnings) {
    std::string class_name = record.class_name;
    if (class_name.empty() && native.contains("class")) class_name = native["class"].get<std::string>();
    if (!class_name.empty() && class_name != "Generator")
        throw Error(ErrorKind::network, tried, fmt::format("the network is a {}, not a Generator", class_name),
                    "Choose another network of the file.");
    if (native.contains("config")) return generator_config_from_json(native["config"], tried);
    if (native.contains("init_kwargs")) {
        NetworkRecord official = record;  // tensors are shared, not copied
        official.init_kwargs = native["init_kwargs"];
        if (native.contains("attributes")) official.attributes = native["attributes"];
        return config_from_official(official, tried, warnings);
    }
    if (record.init_kwargs.is_object()) return config_from_official(record, tried, warnings);
    return infer_config(record, tried, warnings);
}

std::int64_t count_parameters(const NetworkRecord& record, const Json& native) {
    const ParameterTest is_parameter(record, native);
    std::int64_t count = 0;
    for (const NamedTensor& tensor : record.tensors)
        if (is_parameter(tensor)) count += tensor.tensor.numel();
    return count;
}

namespace {

// One tensor for each plan, in that order. Values that will damage pictures are told in warnings.
std::vector<Tensor> read_tensors(const NetworkRecord& record, const std::vector<TensorPlan>& plans,
                                 const std::string& tried, std::vector<std::string>& warnings,
                                 const Progress& progress = {}) {
    const std::vector<const NamedTensor*> found = check_tensors(record, plans, tried, warnings);
    const c10::InferenceMode ordinary(false);
    std::vector<Tensor> tensors;
    std::vector<std::string> not_finite, not_positive;
    for (std::size_t i = 0; i < plans.size(); ++i) {
        progress.check_stop();
        progress.report(static_cast<double>(i) / static_cast<double>(plans.size()), "reading tensors");
        if (found[i] == nullptr) {
            tensors.push_back(designed_tensor(plans[i]));
            continue;
        }
        Tensor tensor = to_tensor(found[i]->tensor).to(at::kFloat).view(plans[i].shape);
        if (!is_finite(tensor))
            not_finite.push_back(plans[i].name);
        else if (plans[i].name.ends_with(".magnitude_ema") && !(tensor.item<float>() > 0))
            not_positive.push_back(plans[i].name);
        tensors.push_back(std::move(tensor));
    }
    if (!not_finite.empty())
        warnings.push_back(
            fmt::format("Values that are not finite numbers (NaN or infinity) were found in {}: pictures will be "
                        "damaged.",
                        list_text(not_finite)));
    if (!not_positive.empty())
        warnings.push_back(fmt::format("magnitude_ema must be positive, but is not in {}: pictures will be damaged.",
                                       list_text(not_positive)));
    return tensors;
}

}  // namespace

std::shared_ptr<Generator> build_generator(const NetworkRecord& record, const GeneratorConfig& config,
                                           const std::string& tried, std::vector<std::string>& warnings,
                                           const Progress& progress) {
    const std::vector<TensorPlan> plans = plan_tensors(config, make_schedule(config, tried));
    return Generator::from_tensors(config, read_tensors(record, plans, tried, warnings, progress));
}

std::shared_ptr<Discriminator> build_discriminator(const NetworkRecord& record, const DiscriminatorConfig& config,
                                                   const std::string& tried, std::vector<std::string>& warnings) {
    validate(config, tried);
    return Discriminator::from_tensors(config, read_tensors(record, plan_tensors(config), tried, warnings));
}

namespace {

// Everything but the file's hash. The mapping of the file ends with this function.
Network open_network_of(const std::filesystem::path& path, const std::string& which, const std::string& tried,
                        const Progress& progress) {
    const NetworkArchive archive = read_network_archive(path);
    progress.check_stop();

    Network network;
    network.path = path;
    network.which = which;
    network.format = archive.format;
    network.metadata = archive.metadata;
    const NetworkRecord& record = choose_network(archive, which, tried, network.warnings);
    std::string name;
    for (const auto& [key, other] : archive.networks)
        if (&other == &record) name = key;
    if (!name.empty()) network.which = name;

    const NativeMetadata native = read_native_metadata(archive.metadata, tried);
    network.config = find_config(record, native_entry(native, name), tried, network.warnings);
    network.generator = build_generator(record, network.config, tried, network.warnings, progress);
    for (const auto& [key, other] : archive.networks) {
        if (&other == &record) continue;
        const Json entry = native_entry(native, key);
        OtherNetwork listed{key, other.class_name, count_parameters(other, entry)};
        if (listed.class_name.empty() && entry.contains("class")) listed.class_name = entry["class"].get<std::string>();
        network.others.push_back(std::move(listed));
    }
    network.training_set_kwargs =
        native.training_set_kwargs.is_null() ? archive.training_set_kwargs : native.training_set_kwargs;
    return network;
}

}  // namespace

Network NetworkFile::open(const std::filesystem::path& path, const std::string& which, const Progress& progress) {
    const std::string name = path.filename().string();
    progress.report(-1, "reading " + name);
    Network network = open_network_of(path, which, "Could not open " + name, progress.part(0.0, 0.6));
    const Progress checking = progress.part(0.6, 0.95);
    network.sha256 = sha256_hex(MappedFile(path).bytes(), [&](double done) {
        checking.check_stop();
        checking.report(done, "checking " + name);
    });
    return network;
}

}  // namespace afs
