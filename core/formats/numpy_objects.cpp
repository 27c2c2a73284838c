#include "core/formats/numpy_objects.h"

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "core/base/checked.h"
#include "core/formats/torch_storage.h"
#include "core/formats/utf8.h"

namespace afs {
namespace {

struct Code {
    std::string_view code;
    DType dtype;
};
constexpr std::array<Code, 9> kCodes = {{{"f8", DType::f64},
                                         {"f4", DType::f32},
                                         {"f2", DType::f16},
                                         {"i8", DType::i64},
                                         {"i4", DType::i32},
                                         {"i2", DType::i16},
                                         {"i1", DType::i8},
                                         {"u1", DType::u8},
                                         {"b1", DType::boolean}}};

// Nothing for types that this program has no tensors of (texts, dates, objects, unsigned 16 to 64 bits) and for
// big-endian ones: such values are kept as opaque, for no network needs them.
std::optional<DType> tensor_type(const PickleNode& dtype) {
    if (!dtype.is(PickleKind::dtype)) return std::nullopt;
    if (!dtype.items.empty()) {
        const PickleNode& state = *dtype.items.back();
        if (state.items.size() > 1 && state.items[1]->is(PickleKind::text) && state.items[1]->text == ">")
            return std::nullopt;
    }
    for (const Code& row : kCodes)
        if (row.code == dtype.text) return row.dtype;
    return std::nullopt;
}

std::optional<std::int64_t> unsigned_value(std::string_view code, Bytes bytes) {
    if (code.size() != 2 || code[0] != 'u' || bytes.size() > 8 || code[1] != static_cast<char>('0' + bytes.size()))
        return std::nullopt;
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data(), bytes.size());
    if (value > std::uint64_t{INT64_MAX}) return std::nullopt;
    return static_cast<std::int64_t>(value);
}

// An array over `bytes`, which must have exactly the right size; opaque for types without tensors.
void set_array(PickleGraph& graph, std::uint64_t position, PickleNode& array, const PickleNode& shape,
               const PickleNode& dtype, bool fortran, const PickleNode& data) {
    if (!dtype.is(PickleKind::dtype)) graph.fail(position, "the type of a NumPy array is not a type");
    const auto type = tensor_type(dtype);
    if (!type || !data.is(PickleKind::bytes)) {
        array.kind = PickleKind::opaque;
        return;
    }
    PickleTensor tensor;
    tensor.shape = integers_of(graph, shape, position, "sizes");
    const auto numel = checked_numel(tensor.shape);
    const auto size = numel ? checked_multiply(*numel, static_cast<std::int64_t>(item_size(*type))) : numel;
    if (!size || static_cast<std::uint64_t>(*size) != data.text.size())
        graph.fail(position, fmt::format("a NumPy array of shape {} has {} bytes of data", shape_text(tensor.shape),
                                         data.text.size()));
    tensor.strides.assign(tensor.shape.size(), 0);
    if (*numel > 0) {
        std::int64_t stride = 1;
        for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
            const std::size_t axis = fortran ? i : tensor.shape.size() - 1 - i;
            tensor.strides[axis] = stride;
            stride *= tensor.shape[axis];  // at most numel
        }
    }
    PickleStorage storage{*type, *numel, data.as_bytes(), true, {}};
    tensor.storage = static_cast<std::size_t>(graph.add_storage(std::move(storage), position)->integer);
    array.integer = graph.add_tensor(PickleKind::array, std::move(tensor), position)->integer;
}

}  // namespace

PickleNode* make_dtype(PickleGraph& graph, const PickleCallSite& site, const PickleNode& arguments) {
    if (arguments.items.empty() || !arguments.items[0]->is(PickleKind::text))
        graph.fail(site.position, "a NumPy type has no code");
    PickleNode* node = graph.make(PickleKind::dtype, site.position);
    node->text = arguments.items[0]->text;
    return node;
}

void build_dtype(PickleGraph& graph, std::uint64_t position, PickleNode& dtype, PickleNode& state) {
    if (!state.is(PickleKind::tuple)) graph.fail(position, "the state of a NumPy type is not a tuple");
    graph.add_item(dtype, &state);
}

PickleNode* make_scalar(PickleGraph& graph, const PickleCallSite& site, const PickleNode& arguments) {
    if (arguments.items.size() != 2 || !arguments.items[0]->is(PickleKind::dtype))
        graph.fail(site.position, "a NumPy number is not made of a type and its bytes");
    const PickleNode &dtype = *arguments.items[0], &data = *arguments.items[1];
    const auto type = tensor_type(dtype);
    if (!data.is(PickleKind::bytes)) return graph.make(PickleKind::opaque, site.position);
    if (!type) {
        const auto value = unsigned_value(dtype.text, data.as_bytes());
        PickleNode* node = graph.make(value ? PickleKind::integer : PickleKind::opaque, site.position);
        if (value) node->integer = *value;
        return node;
    }
    if (data.text.size() != item_size(*type))
        graph.fail(site.position,
                   fmt::format("a NumPy number of type {} has {} bytes", printable(dtype.text, 20), data.text.size()));
    const TensorData scalar{*type, {}, data.as_bytes(), nullptr};
    if (*type == DType::boolean) return graph.boolean(to_doubles(scalar)[0] != 0.0);
    if (*type == DType::i64) {  // a double does not hold all of them
        PickleNode* node = graph.make(PickleKind::integer, site.position);
        std::memcpy(&node->integer, data.text.data(), 8);
        return node;
    }
    const double value = to_doubles(scalar)[0];
    const bool real = *type == DType::f64 || *type == DType::f32 || *type == DType::f16;
    PickleNode* node = graph.make(real ? PickleKind::real : PickleKind::integer, site.position);
    if (real)
        node->real = value;
    else
        node->integer = static_cast<std::int64_t>(value);
    return node;
}

PickleNode* make_array(PickleGraph& graph, const PickleCallSite& site, const PickleNode&) {
    PickleNode* node = graph.make(PickleKind::array, site.position);
    node->integer = -1;
    return node;
}

void build_array(PickleGraph& graph, std::uint64_t position, PickleNode& array, PickleNode& state) {
    if (!state.is(PickleKind::tuple) || state.items.size() != 5 || !state.items[3]->is(PickleKind::boolean))
        graph.fail(position, "the state of a NumPy array is malformed");
    set_array(graph, position, array, *state.items[1], *state.items[2], state.items[3]->integer != 0, *state.items[4]);
}

PickleNode* array_from_buffer(PickleGraph& graph, const PickleCallSite& site, const PickleNode& arguments) {
    if (arguments.items.size() != 4 || !arguments.items[3]->is(PickleKind::text))
        graph.fail(site.position, "a NumPy array is made of the wrong number of values");
    PickleNode* node = graph.make(PickleKind::array, site.position);
    node->integer = -1;
    set_array(graph, site.position, *node, *arguments.items[2], *arguments.items[1], arguments.items[3]->text == "F",
              *arguments.items[0]);
    return node;
}

}  // namespace afs
