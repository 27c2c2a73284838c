#include "core/train/checkpoint.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "core/base/error.h"
#include "core/base/log.h"
#include "core/formats/safetensors.h"
#include "core/train/run_directory.h"

namespace afs {
namespace {

constexpr const char* kKey = "afs.state";
constexpr int kVersion = 1;

std::string rank_name(std::size_t rank) { return fmt::format("rank.{}", rank); }

// The name, too, must be on the disk before an older state goes.
void sync_folder(const std::filesystem::path& folder) {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    (void)::fsync(fd);  // file systems without it have no such order to keep
    ::close(fd);
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
    std::vector<std::pair<std::string, TensorData>> tensors;
    for (const auto& [name, tensor] : checkpoint.trainer.tensors) tensors.emplace_back(name, to_tensor_data(tensor));
    for (std::size_t i = 0; i < checkpoint.ranks.size(); ++i)
        tensors.emplace_back(
            rank_name(i),
            make_tensor_data(DType::u8, {static_cast<std::int64_t>(checkpoint.ranks[i].size())}, checkpoint.ranks[i]));
    const Json about = {{"version", kVersion},
                        {"options", checkpoint.options},
                        {"run", checkpoint.run},
                        {"trainer", checkpoint.trainer.numbers},
                        {"ranks", checkpoint.ranks.size()}};
    // Large tensors first: their bytes then begin at multiples of their items' size.
    std::ranges::stable_sort(tensors, std::greater<>{}, [](const auto& t) { return item_size(t.second.dtype); });
    write_safetensors(path, tensors, {{kKey, about.dump()}}, Overwrite::yes);
    sync_folder(path.parent_path());
}

Checkpoint load_checkpoint(const std::filesystem::path& path) {
    const std::string tried = fmt::format("Could not continue from {}", path.string());
    const auto refuse = [&](const std::string& why) {
        throw Error(ErrorKind::format, tried, why, "Choose another state of the run.");
    };
    const SafetensorsFile file = read_safetensors(path);
    const std::string* text = file.metadata_value(kKey);
    if (text == nullptr) refuse("it is not the state of a training run");
    const Json about = parse_json(*text, tried);
    Checkpoint checkpoint;
    std::size_t ranks = 0;
    try {
        if (about.at("version").get<int>() > kVersion) refuse("a newer version of this program wrote it");
        checkpoint.options = about.at("options");
        checkpoint.run = about.at("run");
        checkpoint.trainer.numbers = about.at("trainer");
        about.at("ranks").get_to(ranks);
    } catch (const Json::exception& e) {
        refuse(fmt::format("its description is incomplete ({})", e.what()));
    }
    if (ranks > file.tensors.size()) refuse("its numbers are out of range");
    checkpoint.ranks.resize(ranks);
    for (std::size_t i = 0; i < ranks; ++i) {
        const TensorData* part = file.find(rank_name(i));
        if (part == nullptr || part->dtype != DType::u8) refuse(fmt::format("the part of rank {} is missing", i));
        checkpoint.ranks[i].assign(part->bytes.begin(), part->bytes.end());
    }
    for (const auto& [name, tensor] : file.tensors)
        if (!name.starts_with("rank.")) checkpoint.trainer.tensors.emplace_back(name, to_tensor(tensor));
    return checkpoint;
}

std::optional<Checkpoint> newest_checkpoint(const std::filesystem::path& run) {
    for (const std::filesystem::path& path : states_in(run)) try {
            return load_checkpoint(path);
        } catch (const Error& e) {
            log_warning("{}", e.what());
        }
    return {};
}

}  // namespace afs
