#include "core/train/transfer.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "core/base/error.h"
#include "core/formats/network_archive.h"

namespace afs {
namespace {

struct Copy {
    Tensor to;
    const NamedTensor* from;
};

// Appends the copies of one network; returns how many names the file lacks.
std::size_t plan_copies(const std::string& name, std::span<const Generator::State> state, const NetworkRecord& record,
                        const std::string& tried, std::vector<Copy>& copies) {
    std::size_t missing = 0;
    for (const Generator::State& entry : state) {
        const NamedTensor* found = record.find(entry.name);
        if (found == nullptr) {
            ++missing;
            continue;
        }
        const std::vector<std::int64_t>& shape = found->tensor.shape;
        if (entry.tensor.sizes() != at::IntArrayRef(shape))
            throw Error(ErrorKind::network, tried,
                        fmt::format("{}.{} has the shape {} in it, but {} here", name, entry.name, shape_text(shape),
                                    shape_text(entry.tensor.sizes())),
                        "Train with the configuration of that network: --cfg, --cbase, --cmax, --map-depth, --cond and "
                        "the data set's resolution must be the same (see `afstudio inspect`).");
        copies.push_back({entry.tensor, found});
    }
    return missing;
}

}  // namespace

Transferred transfer_networks(const std::filesystem::path& file, Generator& g, Discriminator& d, Generator& g_ema) {
    const std::string tried = "Could not begin with " + file.filename().string();
    const NetworkArchive archive = read_network_archive(file);
    const auto generator = [&](const char* name, const char* other) {
        const NetworkRecord* record = archive.find(name);
        if (record == nullptr) record = archive.find(other);
        return record == nullptr ? archive.find("") : record;
    };
    struct Part {
        std::string name;
        std::span<const Generator::State> state;
        const NetworkRecord* record;
    };
    const Part parts[] = {{"G", g.state(), generator("G", "G_ema")},
                          {"D", d.state(), archive.find("D")},
                          {"G_ema", g_ema.state(), generator("G_ema", "G")}};

    Transferred result;
    std::vector<Copy> copies;
    for (const Part& part : parts) {
        const bool is_generator = part.name != "D";
        if (part.record == nullptr) {
            if (is_generator)
                throw Error(ErrorKind::network, tried, "there is no generator in it",
                            "Choose a snapshot of training or a generator's network file.");
            result.remarks.push_back(
                fmt::format("{} holds no discriminator: ours begins untrained.", file.filename().string()));
            continue;
        }
        const std::size_t missing = plan_copies(part.name, part.state, *part.record, tried, copies);
        // Mapping networks are much alike; what draws is not.
        const bool draws_alike = std::ranges::any_of(part.state, [&](const Generator::State& entry) {
            return entry.name.starts_with("synthesis.") && part.record->find(entry.name) != nullptr;
        });
        if (is_generator && !draws_alike)
            throw Error(ErrorKind::network, tried, "its tensors have other names: it is a network of another kind",
                        "Choose --cfg as that network was trained (see `afstudio inspect`).");
        if (missing > 0)
            result.remarks.push_back(
                fmt::format("{} of {} tensors of {} are not in {}: they keep their initial values.", missing,
                            part.state.size(), part.name, file.filename().string()));
        if (missing < part.state.size()) result.copied.push_back(part.name);
    }
    const c10::InferenceMode ordinary(false);
    const at::NoGradGuard no_gradient;
    for (Copy& copy : copies) copy.to.copy_(to_tensor(copy.from->tensor));
    return result;
}

}  // namespace afs
