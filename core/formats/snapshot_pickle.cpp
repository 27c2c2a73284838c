#include "core/formats/snapshot_pickle.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "core/formats/pickle.h"
#include "core/formats/pickle_json.h"
#include "core/formats/utf8.h"

namespace afs {
namespace {

constexpr int kMaxLevels = 32;
constexpr std::size_t kMaxModules = 10'000;
constexpr std::size_t kMaxTensors = 20'000;
constexpr std::size_t kMaxVisits = 1'000'000;  // entries looked at, those of modules that appear again included
constexpr std::size_t kMaxStateEntries = 2000;
constexpr std::size_t kMaxName = 200;
constexpr std::array<std::string_view, 4> kNetworkKeys = {"G", "D", "G_ema", "augment_pipe"};
constexpr std::string_view kNotNetwork = "Name a network-snapshot-*.pkl, a .safetensors or a .pt state dictionary.";

class Flattener {
  public:
    Flattener(PickleGraph& graph, std::string key) : graph_(graph), key_(std::move(key)) {}

    NetworkRecord run(const PickleNode& network) {
        record_.class_name = std::string(network.text);
        const PickleNode& state = state_of(network);
        add_module(network, "", 0);
        record_.init_kwargs = kwargs(state, network.position);
        record_.attributes = attributes(state);
        return std::move(record_);
    }

  private:
    static const PickleNode& state_of(const PickleNode& module) { return *module.items[0]->find("state"); }

    [[noreturn]] void fail(const PickleNode& node, const std::string& why) const {
        graph_.fail(node.position, fmt::format("its {} {}", key_, why));
    }

    // A dictionary of the module's state; nothing when it has none.
    const PickleNode* member(const PickleNode& state, const std::string& path, std::string_view name) {
        const PickleNode* found = state.find(name);
        if (found == nullptr) return nullptr;
        if (!found->is(PickleKind::dict))
            fail(*found, fmt::format("is malformed: {}{} is {}", path, name, describe(found->kind)));
        visits_ += state.items.size() + found->items.size();
        if (visits_ > kMaxVisits) fail(*found, "has too many parts");
        return found;
    }

    void add_module(const PickleNode& module, const std::string& path, int level) {
        if (level > kMaxLevels) fail(module, fmt::format("has modules nested deeper than {} levels", kMaxLevels));
        const PickleNode& state = state_of(module);
        if (state.items.size() > 2 * kMaxStateEntries)
            fail(module, fmt::format("has a module with more than {} attributes", kMaxStateEntries));
        const std::string prefix = path.empty() ? "" : path + ".";
        add_tensors(member(state, prefix, "_parameters"), prefix, true);
        add_tensors(member(state, prefix, "_buffers"), prefix, false);
        const PickleNode* modules = member(state, prefix, "_modules");
        if (modules == nullptr) return;
        for (std::size_t i = 0; i < modules->items.size(); i += 2) {
            const PickleNode &name = *modules->items[i], &child = *modules->items[i + 1];
            if (child.is(PickleKind::none)) continue;
            const std::string child_path = prefix + name_of(name);
            if (!child.is(PickleKind::object))
                fail(child,
                     fmt::format("is malformed: its module {} is {}", printable(child_path), describe(child.kind)));
            if (record_.modules.size() == kMaxModules)
                fail(child, fmt::format("has more than {} modules", kMaxModules));
            record_.modules.emplace_back(child_path, std::string(child.text));
            add_module(child, child_path, level + 1);
        }
    }

    void add_tensors(const PickleNode* entries, const std::string& prefix, bool parameters) {
        if (entries == nullptr) return;
        for (std::size_t i = 0; i < entries->items.size(); i += 2) {
            const PickleNode &name = *entries->items[i], &value = *entries->items[i + 1];
            if (value.is(PickleKind::none)) continue;
            std::string path = prefix + name_of(name);
            if (!value.is(PickleKind::tensor))
                fail(value,
                     fmt::format("is malformed: {} is {} instead of a tensor", printable(path), describe(value.kind)));
            if (record_.tensors.size() == kMaxTensors)
                fail(value, fmt::format("has more than {} tensors", kMaxTensors));
            if (!names_.insert(path).second)
                fail(value, fmt::format("is malformed: it has the tensor {} twice", printable(path)));
            record_.tensors.push_back({std::move(path), graph_.tensor_data(value), parameters});
            bytes_ += record_.tensors.back().tensor.bytes.size();
            // One storage may serve several names, but a network is not larger than its file.
            if (bytes_ > graph_.file().size() + (std::size_t{16} << 20))
                fail(value, "has tensors that are larger than the file together");
        }
    }

    std::string name_of(const PickleNode& key) const {
        if (!key.is(PickleKind::text) || key.text.empty())
            fail(key, fmt::format("is malformed: {} stands where a name belongs", describe(key.kind)));
        if (key.text.size() > kMaxName) fail(key, fmt::format("is malformed: a name has {} bytes", key.text.size()));
        return std::string(key.text);
    }

    Json kwargs(const PickleNode& state, std::uint64_t position) {
        const PickleNode* entries = member(state, "", "_init_kwargs");
        Json values = Json::object();
        if (entries == nullptr) return values;
        JsonBudget budget;
        if (entries->items.size() > 1000)
            graph_.fail(position, fmt::format("the configuration of its {} is too large", key_));
        for (std::size_t i = 0; i < entries->items.size(); i += 2) {
            const std::string name = name_of(*entries->items[i]);
            const PickleNode& value = *entries->items[i + 1];
            auto json = plain_json(graph_, value, budget);
            if (!json)
                fail(value, fmt::format("has a configuration that cannot be read: {} is or holds {}, or is too large",
                                        printable(name), describe(value.kind)));
            values[name] = std::move(*json);
        }
        return values;
    }

    // Plain values only; the module's machinery (names with an underscore) is left out, but for its positional
    // arguments.
    Json attributes(const PickleNode& state) {
        Json values = Json::object();
        JsonBudget budget;
        for (std::size_t i = 0; i < state.items.size() && values.size() < 200; i += 2) {
            const PickleNode &name = *state.items[i], &value = *state.items[i + 1];
            if (!name.is(PickleKind::text) || name.text.empty() || name.text.size() > kMaxName) continue;
            if (name.text == "_init_args" ? value.items.empty() : name.text.front() == '_') continue;
            if (auto json = plain_json(graph_, value, budget)) values[std::string(name.text)] = std::move(*json);
        }
        return values;
    }

    PickleGraph& graph_;
    std::string key_;
    NetworkRecord record_;
    std::unordered_set<std::string> names_;
    std::size_t bytes_ = 0, visits_ = 0;
};

}  // namespace

NetworkArchive snapshot_archive(PickleGraph& graph, const PickleNode& root) {
    if (!root.is(PickleKind::dict))
        graph.fail(root.position,
                   fmt::format("it is not a network file: a dictionary with G_ema was expected, but it holds {}",
                               describe(root.kind)),
                   std::string(kNotNetwork));
    NetworkArchive archive;
    archive.format = "pickle";
    std::unordered_set<std::string_view> seen;
    for (std::size_t i = 0; i < root.items.size(); i += 2) {
        const PickleNode &key = *root.items[i], &value = *root.items[i + 1];
        if (!key.is(PickleKind::text) || key.text.size() > kMaxName) continue;
        const bool known = std::find(kNetworkKeys.begin(), kNetworkKeys.end(), key.text) != kNetworkKeys.end();
        if (!known && !value.is(PickleKind::object)) continue;
        if (!seen.insert(key.text).second)
            graph.fail(key.position, fmt::format("it has the key \"{}\" twice", printable(key.text)));
        if (value.is(PickleKind::none)) {
            archive.absent.emplace_back(key.text);
        } else if (value.is(PickleKind::object)) {
            if (archive.networks.size() == 16) graph.fail(value.position, "it holds more than 16 networks");
            archive.networks.emplace_back(key.text, Flattener(graph, printable(key.text)).run(value));
        } else {
            graph.fail(value.position, fmt::format("its {} is {}, not a network", key.text, describe(value.kind)));
        }
    }
    if (archive.networks.empty() && archive.absent.empty())
        graph.fail(root.position, "it is not a network file: it is a dictionary without G_ema, G or D",
                   std::string(kNotNetwork));
    if (const PickleNode* kwargs = root.find("training_set_kwargs");
        kwargs != nullptr && kwargs->is(PickleKind::dict)) {
        archive.training_set_kwargs = Json::object();
        JsonBudget budget;
        for (std::size_t i = 0; i < kwargs->items.size() && archive.training_set_kwargs.size() < 200; i += 2) {
            if (!kwargs->items[i]->is(PickleKind::text) || kwargs->items[i]->text.size() > kMaxName) continue;
            if (auto json = plain_json(graph, *kwargs->items[i + 1], budget))
                archive.training_set_kwargs[std::string(kwargs->items[i]->text)] = std::move(*json);
        }
    }
    return archive;
}

NetworkArchive read_snapshot(Bytes bytes, const std::shared_ptr<const void>& owner, const std::string& display) {
    PickleGraph graph(bytes, owner, display);
    return snapshot_archive(graph, *read_pickle(graph, bytes).value);
}

}  // namespace afs
