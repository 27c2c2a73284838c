#include "core/formats/state_dictionary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "core/formats/utf8.h"

namespace afs {
namespace {

constexpr std::array<std::string_view, 4> kPrefixes = {"G_ema.", "G.", "D.", "augment_pipe."};
constexpr int kMaxLevels = 8;
constexpr std::size_t kMaxTensors = 20'000;
constexpr std::size_t kMaxVisits = 300'000;
constexpr std::size_t kMaxName = 200;

class Collector {
  public:
    explicit Collector(PickleGraph& graph) : graph_(graph) {}

    void add(const PickleNode& dict, const std::string& prefix, int level) {
        if (level > kMaxLevels)
            graph_.fail(dict.position, fmt::format("its dictionaries are nested deeper than {} levels", kMaxLevels));
        for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2) {
            if (++visits_ > kMaxVisits) graph_.fail(dict.position, "its dictionaries hold too many values");
            const PickleNode &key = *dict.items[i], &value = *dict.items[i + 1];
            if (!value.is(PickleKind::tensor) && !value.is(PickleKind::dict)) continue;
            const bool text = key.is(PickleKind::text);
            if ((!text && !key.is(PickleKind::integer)) || key.text.size() > kMaxName)
                graph_.fail(key.position, fmt::format("{} names a tensor", text ? "a long text" : describe(key.kind)));
            std::string name = prefix + (text ? std::string(key.text) : std::to_string(key.integer));
            if (value.is(PickleKind::dict)) {
                add(value, name + ".", level + 1);
                continue;
            }
            if (tensors.size() == kMaxTensors)
                graph_.fail(value.position, fmt::format("it holds more than {} tensors", kMaxTensors));
            if (!names_.insert(name).second)
                graph_.fail(value.position, fmt::format("it has the tensor {} twice", printable(name)));
            TensorData data = graph_.tensor_data(value);
            bytes_ += data.bytes.size();
            if (bytes_ > graph_.file().size() + (std::size_t{16} << 20))
                graph_.fail(value.position, "its tensors are larger than the file together");
            tensors.push_back({std::move(name), std::move(data), true});
        }
    }

    std::vector<NamedTensor> tensors;

  private:
    PickleGraph& graph_;
    std::unordered_set<std::string> names_;
    std::size_t visits_ = 0, bytes_ = 0;
};

}  // namespace

std::vector<std::pair<std::string, NetworkRecord>> split_networks(std::vector<NamedTensor> tensors) {
    std::vector<std::pair<std::string, NetworkRecord>> networks;
    for (NamedTensor& tensor : tensors) {
        std::string key;
        for (const std::string_view prefix : kPrefixes) {
            if (!tensor.name.starts_with(prefix) || tensor.name.size() == prefix.size()) continue;
            key = prefix.substr(0, prefix.size() - 1);
            tensor.name.erase(0, prefix.size());
            break;
        }
        auto found = std::find_if(networks.begin(), networks.end(), [&](const auto& n) { return n.first == key; });
        if (found == networks.end()) {
            found = networks.insert(networks.end(), {key, {}});
            found->second.attributes = Json::object();
        }
        found->second.tensors.push_back(std::move(tensor));
    }
    return networks;
}

std::vector<NamedTensor> flatten_dictionary(PickleGraph& graph, const PickleNode& root) {
    if (!root.is(PickleKind::dict))
        graph.fail(root.position,
                   fmt::format("a dictionary of tensors was expected, but it holds {}", describe(root.kind)));
    Collector collector(graph);
    collector.add(root, "", 0);
    if (collector.tensors.empty()) graph.fail(root.position, "it is not a network file: it holds no tensors");
    return std::move(collector.tensors);
}

}  // namespace afs
