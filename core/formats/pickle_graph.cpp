#include "core/formats/pickle_graph.h"

#include <fmt/format.h>

#include <cstring>
#include <functional>

#include "core/base/checked.h"
#include "core/formats/format_error.h"

namespace afs {
namespace {

// A snapshot of three networks at 1024x1024 has some 30,000 values and 100,000 instructions. These bounds together keep
// the cost of a hostile file below 100 MB and one second.
constexpr std::size_t kMaxNodes = 300'000;
constexpr std::uint64_t kMaxLinks = 1'000'000;
constexpr std::uint64_t kMaxOpcodes = 10'000'000;
constexpr std::uint32_t kMaxDepth = 500;
constexpr std::size_t kMaxTensors = 50'000;
constexpr std::uint64_t kSlack = std::uint64_t{16} << 20;  // bytes that copies may cost beyond the size of the file

bool lies_in_order(const PickleTensor& tensor) {
    std::int64_t expected = 1;
    for (std::size_t i = tensor.shape.size(); i-- > 0;) {
        if (tensor.shape[i] == 1) continue;
        if (tensor.strides[i] != expected) return false;
        expected *= tensor.shape[i];  // at most numel, which was checked
    }
    return true;
}

std::vector<std::byte> gather(const PickleTensor& tensor, Bytes storage, std::size_t item, std::int64_t numel) {
    std::vector<std::byte> out(static_cast<std::size_t>(numel) * item);
    std::vector<std::int64_t> index(tensor.shape.size(), 0);
    std::int64_t source = tensor.offset;
    for (std::int64_t i = 0; i < numel; ++i) {
        std::memcpy(out.data() + static_cast<std::size_t>(i) * item,
                    storage.data() + static_cast<std::size_t>(source) * item, item);
        for (std::size_t axis = index.size(); axis-- > 0;) {
            source += tensor.strides[axis];
            if (++index[axis] < tensor.shape[axis]) break;
            source -= tensor.strides[axis] * tensor.shape[axis];
            index[axis] = 0;
        }
    }
    return out;
}

}  // namespace

const PickleNode* PickleNode::find(std::string_view key) const {
    if (kind != PickleKind::dict) return nullptr;
    for (std::size_t i = items.size(); i >= 2; i -= 2)
        if (items[i - 2]->is(PickleKind::text) && items[i - 2]->text == key) return items[i - 1];
    return nullptr;
}

std::string_view describe(PickleKind kind) {
    switch (kind) {
        case PickleKind::none: return "None";
        case PickleKind::boolean: return "True or False";
        case PickleKind::integer:
        case PickleKind::big_integer:
        case PickleKind::real: return "a number";
        case PickleKind::text: return "a text";
        case PickleKind::bytes: return "a byte string";
        case PickleKind::list: return "a list";
        case PickleKind::tuple: return "a tuple";
        case PickleKind::dict: return "a dictionary";
        case PickleKind::set: return "a set";
        case PickleKind::global: return "a name";
        case PickleKind::object: return "a network";
        case PickleKind::dtype: return "a NumPy type";
        case PickleKind::storage: return "a tensor's storage";
        case PickleKind::tensor: return "a tensor";
        case PickleKind::array: return "a NumPy array";
        case PickleKind::opaque: return "a value of unknown meaning";
    }
    return "a value";
}

PickleGraph::PickleGraph(Bytes file, std::shared_ptr<const void> owner, std::string display)
    : file_(file), kept_(std::make_shared<Kept>()), display_(std::move(display)) {
    kept_->file = std::move(owner);
    true_.kind = false_.kind = PickleKind::boolean;
    true_.integer = 1;
}

PickleNode* PickleGraph::make(PickleKind kind, std::uint64_t position) {
    if (nodes_.size() == kMaxNodes) fail(position, fmt::format("it holds more than {} values", kMaxNodes));
    PickleNode& node = nodes_.emplace_back();
    node.kind = kind;
    node.position = position;
    return &node;
}

void PickleGraph::add_item(PickleNode& to, PickleNode* item) {
    if (++links_ > kMaxLinks) fail(item->position, fmt::format("its lists hold more than {} values", kMaxLinks));
    if (item->depth + 1 > to.depth) to.depth = item->depth + 1;
    if (to.depth > kMaxDepth) fail(item->position, fmt::format("it is nested deeper than {} levels", kMaxDepth));
    to.items.push_back(item);
}

std::string_view PickleGraph::keep(std::string text, std::uint64_t position) {
    kept_bytes_ += text.size() + sizeof(text);
    if (kept_bytes_ > file_.size() + kSlack) fail(position, "its texts decode to more bytes than the file has");
    return kept_->texts.emplace_back(std::move(text));
}

void PickleGraph::count_opcode(std::uint64_t position) {
    if (++opcodes_ > kMaxOpcodes) fail(position, fmt::format("it has more than {} pickle instructions", kMaxOpcodes));
}

void PickleGraph::count_nested(std::uint64_t bytes, std::uint64_t position) {
    nested_bytes_ += bytes;
    if (nested_bytes_ > file_.size() + kSlack) fail(position, "it reads the same tensor storage again and again");
}

PickleNode* PickleGraph::add_storage(PickleStorage storage, std::uint64_t position) {
    if (storages.size() == kMaxTensors) fail(position, fmt::format("it holds more than {} storages", kMaxTensors));
    PickleNode* node = make(PickleKind::storage, position);
    node->integer = static_cast<std::int64_t>(storages.size());
    storages.push_back(std::move(storage));
    return node;
}

PickleNode* PickleGraph::add_tensor(PickleKind kind, PickleTensor tensor, std::uint64_t position) {
    if (tensors.size() == kMaxTensors) fail(position, fmt::format("it holds more than {} tensors", kMaxTensors));
    PickleNode* node = make(kind, position);
    node->integer = static_cast<std::int64_t>(tensors.size());
    tensors.push_back(std::move(tensor));
    return node;
}

DType PickleGraph::dtype_of(const PickleNode& tensor) const {
    return storages[tensors[static_cast<std::size_t>(tensor.integer)].storage].dtype;
}

TensorData PickleGraph::tensor_data(const PickleNode& node) {
    const PickleTensor& tensor = tensors[static_cast<std::size_t>(node.integer)];
    const PickleStorage& storage = storages[tensor.storage];
    if (!storage.attached) fail(node.position, fmt::format("the data of its storage \"{}\" is missing", storage.key));
    const std::size_t item = item_size(storage.dtype);
    const std::int64_t numel = checked_numel(tensor.shape).value_or(0);
    const std::size_t size = static_cast<std::size_t>(numel) * item;
    if (numel == 0) return {storage.dtype, tensor.shape, {}, nullptr};
    if (lies_in_order(tensor))
        return {storage.dtype, tensor.shape,
                storage.bytes.subspan(static_cast<std::size_t>(tensor.offset) * item, size), kept_};
    copied_bytes_ += size;
    if (copied_bytes_ > file_.size() + kSlack)
        fail(node.position, "its tensors repeat their elements until they are larger than the file");
    return make_tensor_data(storage.dtype, tensor.shape, gather(tensor, storage.bytes, item, numel));
}

bool PickleGraph::in_file(const char* address) const {
    const auto* begin = reinterpret_cast<const char*>(file_.data());
    return std::less_equal<>{}(begin, address) && std::less_equal<>{}(address, begin + file_.size());
}

std::uint64_t PickleGraph::position_in_file(const char* address) const {
    return static_cast<std::uint64_t>(address - reinterpret_cast<const char*>(file_.data()));
}

void PickleGraph::fail(std::uint64_t position, const std::string& why) const {
    throw cannot_open(display_, fmt::format("{} (at byte {})", why, position));
}

void PickleGraph::fail(std::uint64_t position, const std::string& why, const std::string& what_to_do) const {
    throw cannot_open(display_, fmt::format("{} (at byte {})", why, position), what_to_do);
}

}  // namespace afs
