#include "core/analysis/feature_cache.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/sha256.h"
#include "core/formats/safetensors.h"

namespace afs {
namespace {

constexpr const char* kVersion = "1";

using Tensors = std::vector<std::pair<std::string, TensorData>>;

// "all": every feature. "moments": their sums.
std::filesystem::path path_of(const std::filesystem::path& folder, const FeatureKey& key, const char* what) {
    const Json words = {kVersion, key.pictures, key.detector, device_name(key.device), key.items, what};
    const std::string text = words.dump();
    return folder / fmt::format("{}-{}.safetensors", sha256_hex(std::as_bytes(std::span(text))), what);
}

std::string checksum(const Tensors& tensors) {
    std::string all;
    for (const auto& [name, data] : tensors) all += name + sha256_hex(data.bytes);
    return sha256_hex(std::as_bytes(std::span(all)));
}

// Nothing unless it is exactly what was stored.
std::optional<Tensors> read(const std::filesystem::path& path) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return {};
    try {
        SafetensorsFile file = read_safetensors(path);
        const std::string* sum = file.metadata_value("checksum");
        if (sum != nullptr && *sum == checksum(file.tensors)) return std::move(file.tensors);
        log_warning("{} is damaged: its features are computed again", path.string());
    } catch (const Error& e) {
        log_warning("{}: its features are computed again", e.what());
    }
    return {};
}

// What is kept for later is not to fill a disk: no more than a quarter of what is free.
bool has_room_for(const std::filesystem::path& folder, std::size_t bytes) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    const std::filesystem::space_info space = std::filesystem::space(folder, failed);
    return !failed && bytes <= space.available / 4;
}

void write(const std::filesystem::path& path, const Tensors& tensors) {
    write_safetensors(path, tensors, {{"checksum", checksum(tensors)}}, Overwrite::yes);
}

const TensorData* of_shape(const Tensors& tensors, const char* name, DType type, std::size_t dimensions) {
    for (const auto& [other, data] : tensors)
        if (other == name && data.dtype == type && data.shape.size() == dimensions) return &data;
    return nullptr;
}

}  // namespace

std::string content_hash(const DataSet& set, const Progress& progress) {
    const PictureFiles files(set.path());
    std::string all;
    for (std::int64_t i = 0; i < set.size(); ++i) {
        if (i % 64 == 0) {
            progress.check_stop();
            progress.report(static_cast<double>(i) / static_cast<double>(set.size()),
                            fmt::format("comparing real pictures with those seen before, {} of {}", i, set.size()));
        }
        const std::string& name = set.picture_name(i);
        const auto bytes = files.read(name);
        if (!bytes)
            throw Error(ErrorKind::file, fmt::format("Could not read {}", files.display(name)), "it is gone meanwhile");
        all += sha256_hex(bytes->bytes);
        if (set.item(i).mirrored) all += 'm';
    }
    return sha256_hex(std::as_bytes(std::span(all)));
}

std::optional<FeatureStatistics> FeatureCache::find(const FeatureKey& key, const FeatureStatistics::Keep& keep) const {
    if (!enabled()) return {};
    Tensor features, sum, products;
    if (keep.all) {
        const auto found = read(path_of(folder_, key, "all"));
        const TensorData* data = found ? of_shape(*found, "features", DType::f32, 2) : nullptr;
        if (data == nullptr || data->shape[0] != key.items) return {};
        features = to_tensor(*data);
    }
    if (keep.moments) {
        const auto found = read(path_of(folder_, key, "moments"));
        const TensorData* first = found ? of_shape(*found, "sum", DType::f64, 1) : nullptr;
        const TensorData* second = found ? of_shape(*found, "products", DType::f64, 2) : nullptr;
        if (first == nullptr || second == nullptr || second->shape[0] != first->shape[0] ||
            second->shape[1] != first->shape[0])
            return {};
        sum = to_tensor(*first);
        products = to_tensor(*second);
    }
    return FeatureStatistics(keep, key.items, features, sum, products);
}

void FeatureCache::store(const FeatureKey& key, const FeatureStatistics& features) const {
    if (!enabled()) return;
    AFS_CHECK(features.items() == key.items);
    if (features.keeps().all) {
        const Tensor all = features.all();
        if (has_room_for(folder_, all.nbytes()))
            write(path_of(folder_, key, "all"), {{"features", to_tensor_data(all)}});
        else
            log_info("{} has too little room for the features of {} pictures: they are not kept", folder_.string(),
                     key.items);
    }
    if (features.keeps().moments)
        write(path_of(folder_, key, "moments"), {{"sum", to_tensor_data(features.raw_sum().cpu())},
                                                 {"products", to_tensor_data(features.raw_products().cpu())}});
}

}  // namespace afs
