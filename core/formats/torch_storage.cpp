#include "core/formats/torch_storage.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <unordered_map>

#include "core/base/checked.h"
#include "core/formats/pickle.h"
#include "core/formats/utf8.h"

namespace afs {
namespace {

constexpr std::array<std::uint8_t, 10> kMagic = {0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};
constexpr std::int64_t kLegacyProtocol = 1001;
constexpr std::size_t kMaxRank = 32;
// A tensor may repeat elements (stride 0, as `expand` makes them) up to this many; more is an attack on the memory.
constexpr std::int64_t kMaxExpanded = 65536;

bool is_magic(const PickleNode& node) {
    return node.is(PickleKind::big_integer) && node.text.size() == kMagic.size() &&
           std::memcmp(node.text.data(), kMagic.data(), kMagic.size()) == 0;
}

}  // namespace

std::vector<std::int64_t> integers_of(const PickleGraph& graph, const PickleNode& node, std::uint64_t position,
                                      std::string_view what) {
    if (!node.is(PickleKind::tuple) && !node.is(PickleKind::list))
        graph.fail(position, fmt::format("the {} of a tensor are {}", what, describe(node.kind)));
    if (node.items.size() > kMaxRank)
        graph.fail(position, fmt::format("a tensor has {} {}; at most {} are read", node.items.size(), what, kMaxRank));
    std::vector<std::int64_t> values;
    for (const PickleNode* item : node.items) {
        if (item->is(PickleKind::big_integer))
            graph.fail(position, fmt::format("one of the {} of a tensor overflows", what));
        if (!item->is(PickleKind::integer))
            graph.fail(position, fmt::format("one of the {} of a tensor is {}", what, describe(item->kind)));
        values.push_back(item->integer);
    }
    return values;
}

void check_view(const PickleGraph& graph, const PickleTensor& tensor, std::uint64_t position) {
    const std::int64_t available = graph.storages[tensor.storage].numel;
    if (tensor.shape.size() != tensor.strides.size())
        graph.fail(position,
                   fmt::format("a tensor has {} sizes but {} strides", tensor.shape.size(), tensor.strides.size()));
    for (const std::int64_t size : tensor.shape)
        if (size < 0) graph.fail(position, fmt::format("a tensor has the negative size {}", size));
    for (const std::int64_t stride : tensor.strides)
        if (stride < 0) graph.fail(position, fmt::format("a tensor has the negative stride {}", stride));
    if (tensor.offset < 0) graph.fail(position, fmt::format("a tensor has the negative offset {}", tensor.offset));
    if (tensor.offset > available)
        graph.fail(position, fmt::format("a tensor begins at element {} of a storage of {}", tensor.offset, available));
    const auto numel = checked_numel(tensor.shape);
    if (!numel) graph.fail(position, fmt::format("the size of a tensor {} overflows", shape_text(tensor.shape)));
    if (*numel == 0) return;
    auto last = std::optional(tensor.offset);
    for (std::size_t i = 0; i < tensor.shape.size() && last; ++i) {
        const auto step = checked_multiply(tensor.shape[i] - 1, tensor.strides[i]);
        last = step ? checked_add(*last, *step) : std::nullopt;
    }
    if (!last) graph.fail(position, fmt::format("the strides {} of a tensor overflow", shape_text(tensor.strides)));
    if (*last >= available)
        graph.fail(position, fmt::format("a tensor reaches element {} of a storage of {}", *last, available));
    if (*numel > available && *numel > kMaxExpanded)
        graph.fail(position,
                   fmt::format("a tensor of {} elements is made by repeating a storage of {}", *numel, available));
}

PickleNode* rebuild_tensor(PickleGraph& graph, const PickleCallSite& site, const PickleNode& arguments) {
    const auto& items = arguments.items;
    if (items.size() < 4) graph.fail(site.position, "a tensor is rebuilt from too few values");
    if (!items[0]->is(PickleKind::storage))
        graph.fail(site.position, fmt::format("a tensor is rebuilt from {}", describe(items[0]->kind)));
    if (!items[1]->is(PickleKind::integer))
        graph.fail(site.position, fmt::format("the offset of a tensor is {}", describe(items[1]->kind)));
    PickleTensor tensor;
    tensor.storage = static_cast<std::size_t>(items[0]->integer);
    tensor.offset = items[1]->integer;
    tensor.shape = integers_of(graph, *items[2], site.position, "sizes");
    tensor.strides = integers_of(graph, *items[3], site.position, "strides");
    check_view(graph, tensor, site.position);
    return graph.add_tensor(PickleKind::tensor, std::move(tensor), site.position);
}

PickleNode* rebuild_parameter(PickleGraph& graph, const PickleCallSite& site, const PickleNode& arguments) {
    if (arguments.items.empty() || !arguments.items[0]->is(PickleKind::tensor))
        graph.fail(site.position, "a parameter is not made of a tensor");
    return arguments.items[0];
}

StorageId parse_storage_id(const PickleGraph& graph, const PickleNode& id, std::uint64_t position) {
    if (!id.is(PickleKind::tuple) || id.items.size() < 5 || !id.items[0]->is(PickleKind::text) ||
        id.items[0]->text != "storage")
        graph.fail(position, "a persistent id does not describe a storage");
    const PickleNode &type = *id.items[1], &key = *id.items[2], &numel = *id.items[4];
    if (!type.is(PickleKind::global) || !type.global->storage)
        graph.fail(position, fmt::format("a storage has the unknown type {}",
                                         type.is(PickleKind::global) ? type.text : describe(type.kind)));
    if (!key.is(PickleKind::text)) graph.fail(position, fmt::format("a storage's key is {}", describe(key.kind)));
    if (!numel.is(PickleKind::integer))
        graph.fail(position,
                   fmt::format("a storage's element count is {} that is no 64-bit whole number", describe(numel.kind)));
    if (numel.integer < 0)
        graph.fail(position, fmt::format("a storage has the negative element count {}", numel.integer));
    if (id.items.size() > 5 && !id.items[5]->is(PickleKind::none))
        graph.fail(position, "it uses views of storages, which only very old files do and which are not supported");
    return {*type.global->storage, std::string(key.text), numel.integer};
}

bool looks_like_legacy_torch(Bytes bytes) {
    // PROTO 2, LONG1 of ten bytes
    constexpr std::array<std::uint8_t, 4> kHead = {0x80, 0x02, 0x8a, 0x0a};
    return bytes.size() > 15 && std::memcmp(bytes.data(), kHead.data(), 4) == 0 &&
           std::memcmp(bytes.data() + 4, kMagic.data(), kMagic.size()) == 0;
}

std::size_t read_legacy_head(PickleGraph& graph, Bytes bytes, const PickleContext& context) {
    const auto position = [&](std::size_t at) {
        const auto* address = reinterpret_cast<const char*>(bytes.data()) + at;
        return graph.in_file(address) ? graph.position_in_file(address) : context.position;
    };
    const Pickle magic = read_pickle(graph, bytes, context);
    if (!is_magic(*magic.value)) graph.fail(position(0), "a tensor storage begins with a wrong magic number");
    std::size_t at = magic.size;
    const Pickle protocol = read_pickle(graph, bytes.subspan(at), context);
    if (!protocol.value->is(PickleKind::integer) || protocol.value->integer != kLegacyProtocol)
        graph.fail(position(at),
                   protocol.value->is(PickleKind::integer)
                       ? fmt::format("a tensor storage has the unknown protocol {}", protocol.value->integer)
                       : "a tensor storage has no protocol number");
    at += protocol.size;
    const Pickle system = read_pickle(graph, bytes.subspan(at), context);
    const PickleNode* little_endian = system.value->find("little_endian");
    if (little_endian == nullptr || !little_endian->is(PickleKind::boolean))
        graph.fail(position(at), "a tensor storage does not say its byte order");
    if (little_endian->integer == 0)
        graph.fail(position(at), "it was written on a big-endian machine, which is not supported",
                   "Save it again on an ordinary one.");
    return at + system.size;
}

void read_legacy_tail(PickleGraph& graph, Bytes bytes, std::size_t at, const PickleContext& context,
                      std::span<const std::size_t> storages) {
    const auto position = [&] {
        const auto* address = reinterpret_cast<const char*>(bytes.data()) + at;
        return graph.in_file(address) ? graph.position_in_file(address) : context.position;
    };
    const Pickle keys = read_pickle(graph, bytes.subspan(at), context);
    if (!keys.value->is(PickleKind::list)) graph.fail(position(), "the keys of the tensor storages are no list");
    if (keys.value->items.size() != storages.size())
        graph.fail(position(),
                   fmt::format("it lists {} tensor storages but uses {}", keys.value->items.size(), storages.size()));
    at += keys.size;
    std::unordered_map<std::string_view, PickleStorage*> by_key;
    for (const std::size_t index : storages) by_key.emplace(graph.storages[index].key, &graph.storages[index]);
    for (const PickleNode* key : keys.value->items) {
        const auto found = key->is(PickleKind::text) ? by_key.find(key->text) : by_key.end();
        PickleStorage* storage = found == by_key.end() ? nullptr : found->second;
        if (storage == nullptr || storage->attached)
            graph.fail(position(), fmt::format("the list of tensor storages disagrees with their use (key \"{}\")",
                                               key->is(PickleKind::text) ? printable(key->text, 40) : "?"));
        if (bytes.size() - at < 8) graph.fail(position(), "it ends early: the data of a tensor storage is missing");
        std::int64_t numel = 0;
        std::memcpy(&numel, bytes.data() + at, 8);
        if (numel != storage->numel)
            graph.fail(position(), fmt::format("a tensor storage has {} elements in one place and {} in another",
                                               storage->numel, numel));
        at += 8;
        const auto size = checked_multiply(numel, static_cast<std::int64_t>(item_size(storage->dtype)));
        if (!size || static_cast<std::uint64_t>(*size) > bytes.size() - at)
            graph.fail(position(), fmt::format("it ends early: a tensor storage of {} elements is cut short", numel));
        storage->bytes = bytes.subspan(at, static_cast<std::size_t>(*size));
        storage->attached = true;
        at += static_cast<std::size_t>(*size);
    }
}

PickleNode* load_storage_from_bytes(PickleGraph& graph, const PickleCallSite& site, const PickleNode& arguments) {
    if (arguments.items.size() != 1 || !arguments.items[0]->is(PickleKind::bytes))
        graph.fail(site.position, "a tensor storage is not made of one byte string");
    if (site.nesting > 0) graph.fail(site.position, "a tensor storage hides inside a tensor storage");
    const Bytes bytes = arguments.items[0]->as_bytes();
    graph.count_nested(bytes.size(), site.position);

    PickleContext context;
    context.position = site.position;
    context.nesting = site.nesting + 1;
    std::size_t at = read_legacy_head(graph, bytes, context);

    context.persistent = [](PickleGraph& g, const PickleNode& id, std::uint64_t position) {
        StorageId storage = parse_storage_id(g, id, position);
        return g.add_storage({storage.dtype, storage.numel, {}, false, std::move(storage.key)}, position);
    };
    const std::size_t first = graph.storages.size();
    const Pickle object = read_pickle(graph, bytes.subspan(at), context);
    if (!object.value->is(PickleKind::storage) || graph.storages.size() != first + 1)
        graph.fail(site.position, fmt::format("a tensor storage holds {}", describe(object.value->kind)));
    at += object.size;
    context.persistent = nullptr;
    read_legacy_tail(graph, bytes, at, context, std::array{first});
    return object.value;
}

}  // namespace afs
