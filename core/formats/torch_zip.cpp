#include "core/formats/torch_zip.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_set>

#include "core/base/checked.h"
#include "core/formats/format_error.h"
#include "core/formats/pickle.h"
#include "core/formats/snapshot_pickle.h"
#include "core/formats/state_dictionary.h"
#include "core/formats/torch_storage.h"
#include "core/formats/utf8.h"
#include "core/formats/zip_directory.h"
#include "core/formats/zip_writer.h"

namespace afs {
namespace {

constexpr std::size_t kMaxConfig = std::size_t{1} << 20;
constexpr std::size_t kAlignment = 64;  // of the members that PyTorch writes; lets it map them

// Hands out one storage per key; makes it with `make` the first time.
class StorageTable {
  public:
    template <class Make>
    PickleNode* get(PickleGraph& graph, const PickleNode& id, std::uint64_t position, const Make& make) {
        StorageId wanted = parse_storage_id(graph, id, position);
        const auto found = nodes_.find(wanted.key);
        if (found != nodes_.end()) {
            const PickleStorage& known = graph.storages[static_cast<std::size_t>(found->second->integer)];
            if (known.dtype != wanted.dtype || known.numel != wanted.numel)
                graph.fail(position,
                           fmt::format("its storage \"{}\" is described in two ways", printable(wanted.key, 40)));
            return found->second;
        }
        std::string key = wanted.key;
        PickleNode* node = graph.add_storage(make(std::move(wanted)), position);
        nodes_.emplace(std::move(key), node);
        return node;
    }

  private:
    std::unordered_map<std::string, PickleNode*> nodes_;
};

// A dictionary with networks as objects is a snapshot that was saved with torch.save; any other is one of tensors.
NetworkArchive archive_of(PickleGraph& graph, const PickleNode& root, std::string format) {
    NetworkArchive archive;
    bool objects = false;
    if (root.is(PickleKind::dict))
        for (const PickleNode* item : root.items) objects = objects || item->is(PickleKind::object);
    if (objects)
        archive = snapshot_archive(graph, root);
    else
        archive.networks = split_networks(flatten_dictionary(graph, root));
    archive.format = std::move(format);
    return archive;
}

std::string root_folder(const ZipDirectory& zip, const std::string& display) {
    constexpr std::string_view kPickle = "/data.pkl";
    for (const ZipEntry& entry : zip.entries())
        if (entry.name.ends_with(kPickle) && entry.name.find('/') == entry.name.size() - kPickle.size())
            return std::string(entry.name.substr(0, entry.name.size() - kPickle.size() + 1));
    throw cannot_open(display,
                      zip.entries().empty() ? "it is an empty ZIP archive, not a network file"
                                            : "it is a ZIP archive but not one that PyTorch wrote: it has no data.pkl",
                      "Name a network-snapshot-*.pkl, a .safetensors or a .pt state dictionary.");
}

Json read_config(Bytes bytes, const std::string& display) {
    if (bytes.size() > kMaxConfig) throw cannot_open(display, "its afs_config.json is too large");
    Json config;
    try {
        config = parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, "Could not open " + display);
    } catch (const Error& e) {
        throw cannot_open(display, "of its afs_config.json: " + e.why());
    }
    if (!config.is_object()) throw cannot_open(display, "its afs_config.json is not an object");
    for (const auto& [key, value] : config.items())
        if (!value.is_string())
            throw cannot_open(display, fmt::format("\"{}\" of its afs_config.json is not a text", printable(key)));
    return config;
}

}  // namespace

NetworkArchive read_torch_zip(Bytes bytes, const std::shared_ptr<const void>& owner, const std::string& display) {
    const ZipDirectory zip(bytes, display);
    const std::string root = root_folder(zip, display);
    if (const ZipEntry* order = zip.find(root + "byteorder")) {
        const Bytes text = zip.data(*order);
        if (std::string_view(reinterpret_cast<const char*>(text.data()), text.size()).starts_with("big"))
            throw cannot_open(display, "it was written on a big-endian machine, which is not supported");
    }
    PickleGraph graph(bytes, owner, display);
    StorageTable table;
    PickleContext context;
    context.persistent = [&](PickleGraph& g, const PickleNode& id, std::uint64_t position) {
        return table.get(g, id, position, [&](StorageId storage) {
            const ZipEntry* entry = zip.find(fmt::format("{}data/{}", root, storage.key));
            if (entry == nullptr)
                g.fail(position, fmt::format("its storage \"{}\" is missing", printable(storage.key, 40)));
            const Bytes data = zip.data(*entry);
            const auto size = checked_multiply(storage.numel, static_cast<std::int64_t>(item_size(storage.dtype)));
            if (!size || static_cast<std::uint64_t>(*size) > data.size())
                g.fail(position, fmt::format("its storage \"{}\" has {} bytes, too few for {} elements",
                                             printable(storage.key, 40), data.size(), storage.numel));
            return PickleStorage{storage.dtype, storage.numel, data.first(static_cast<std::size_t>(*size)), true,
                                 std::move(storage.key)};
        });
    };
    const Pickle pickle = read_pickle(graph, zip.data(*zip.find(root + "data.pkl")), context);
    NetworkArchive archive = archive_of(graph, *pickle.value, "torch-zip");
    if (const ZipEntry* config = zip.find(root + "afs_config.json"))
        archive.metadata = read_config(zip.data(*config), display);
    return archive;
}

NetworkArchive read_torch_legacy(Bytes bytes, const std::shared_ptr<const void>& owner, const std::string& display) {
    PickleGraph graph(bytes, owner, display);
    PickleContext context;
    std::size_t at = read_legacy_head(graph, bytes, context);
    StorageTable table;
    context.persistent = [&](PickleGraph& g, const PickleNode& id, std::uint64_t position) {
        return table.get(g, id, position, [](StorageId storage) {
            return PickleStorage{storage.dtype, storage.numel, {}, false, std::move(storage.key)};
        });
    };
    const Pickle object = read_pickle(graph, bytes.subspan(at), context);
    at += object.size;
    context.persistent = nullptr;
    std::vector<std::size_t> pending;  // storages of nested byte strings have their data already
    for (std::size_t i = 0; i < graph.storages.size(); ++i)
        if (!graph.storages[i].attached) pending.push_back(i);
    read_legacy_tail(graph, bytes, at, context, pending);
    return archive_of(graph, *object.value, "torch-legacy");
}

// --- Writing
// -----------------------------------------------------------------------------------------------------------

namespace {

template <class Number> void append(std::string& out, Number value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

std::string_view storage_class(DType dtype) {
    switch (dtype) {
        case DType::f64: return "DoubleStorage";
        case DType::f32: return "FloatStorage";
        case DType::f16: return "HalfStorage";
        case DType::bf16: return "BFloat16Storage";
        case DType::i64: return "LongStorage";
        case DType::i32: return "IntStorage";
        case DType::i16: return "ShortStorage";
        case DType::i8: return "CharStorage";
        case DType::u8: return "ByteStorage";
        case DType::boolean: return "BoolStorage";
    }
    return "";
}

// The instructions of pickle protocol 2 that a dictionary of tensors needs.
class PickleWriter {
  public:
    std::string out = std::string("\x80\x02", 2);

    void global(std::string_view module, std::string_view name) { out += fmt::format("c{}\n{}\n", module, name); }
    void text(std::string_view value) {
        out += 'X';
        append(out, static_cast<std::uint32_t>(value.size()));
        out += value;
    }
    void integer(std::int64_t value) {
        if (value >= 0 && value < 256) {
            out += 'K';
            append(out, static_cast<std::uint8_t>(value));
        } else if (value >= std::numeric_limits<std::int32_t>::min() &&
                   value <= std::numeric_limits<std::int32_t>::max()) {
            out += 'J';
            append(out, static_cast<std::int32_t>(value));
        } else {
            out += "\x8a\x08";
            append(out, value);
        }
    }
    void integers(std::span<const std::int64_t> values) {
        out += '(';
        for (const std::int64_t value : values) integer(value);
        out += 't';
    }
    void empty_dictionary() {
        global("collections", "OrderedDict");
        out += ")R";
    }
    void tensor(const TensorData& tensor, const std::string& key) {
        std::vector<std::int64_t> strides(tensor.shape.size(), 1);
        for (std::size_t i = strides.size(); i-- > 1;)
            strides[i - 1] = strides[i] * std::max<std::int64_t>(tensor.shape[i], 1);
        global("torch._utils", "_rebuild_tensor_v2");
        out += "((";
        text("storage");
        global("torch", storage_class(tensor.dtype));
        text(key);
        text("cpu");
        integer(tensor.numel());
        out += "tQ";
        integer(0);
        integers(tensor.shape);
        integers(strides);
        out += '\x89';
        empty_dictionary();
        out += "tR";
    }
};

}  // namespace

void write_torch_zip(const std::filesystem::path& path, std::span<const std::pair<std::string, TensorData>> tensors,
                     const StringPairs& metadata, Overwrite overwrite) {
    const std::string tried = "Could not write " + path.string();
    if (tensors.size() > 65'000) throw Error(ErrorKind::argument, tried, "it would have more than 65,000 tensors");
    std::unordered_set<std::string_view> names;
    PickleWriter pickle;
    pickle.empty_dictionary();
    pickle.out += '(';
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        const auto& [name, tensor] = tensors[i];
        if (!names.insert(name).second)
            throw Error(ErrorKind::argument, tried, fmt::format("it would have the tensor \"{}\" twice", name));
        if (!valid_utf8(name)) throw Error(ErrorKind::argument, tried, "a name is not valid UTF-8");
        AFS_CHECK(static_cast<std::size_t>(tensor.numel()) * item_size(tensor.dtype) == tensor.bytes.size());
        pickle.text(name);
        pickle.tensor(tensor, std::to_string(i));
    }
    pickle.out += "u.";

    std::uint64_t total = pickle.out.size();
    for (const auto& [name, tensor] : tensors) total += tensor.bytes.size() + 2 * kAlignment;
    if (total > 0xf0000000)
        throw Error(ErrorKind::argument, tried, "a .pt file of more than 4 GiB is not supported",
                    "Write a .safetensors.");
    ZipWriter zip(path, overwrite, {.alignment = kAlignment});
    zip.add("archive/data.pkl", pickle.out);
    zip.add("archive/byteorder", "little");
    if (!metadata.empty()) {
        Json config = Json::object();
        for (const auto& [key, value] : metadata) config[key] = value;
        zip.add("archive/afs_config.json", config.dump());
    }
    for (std::size_t i = 0; i < tensors.size(); ++i)
        zip.add("archive/data/" + std::to_string(i), tensors[i].second.bytes);
    zip.add("archive/version", "3\n");
    zip.commit();
}

}  // namespace afs
